package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/lmittmann/tint"

	"github.com/lodehq/lode/medallion"
)

// divertible is where log lines go: standard error, or above the progress bars while
// there are some.
type divertible struct {
	mu sync.Mutex
	to io.Writer
}

func (d *divertible) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.to.Write(p)
}

func (d *divertible) divert(to io.Writer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.to = to
}

// setUp reads the global flags.
func (p *program) setUp() error {
	if err := p.level.UnmarshalText([]byte(p.logLevel)); err != nil {
		return usagef("--log-level %s is not debug, info, warn or error", p.logLevel)
	}
	if p.quiet {
		p.level.Set(max(p.level.Level(), slog.LevelWarn))
	}
	if p.output != "table" && p.output != "json" && p.output != "csv" {
		return usagef("--output %s is not table, json or csv", p.output)
	}
	p.logTo = &divertible{to: p.err}
	p.log = slog.New(tint.NewTextHandler(p.logTo, &tint.Options{Level: &p.level, TimeFormat: "15:04:05", NoColor: !p.colour()}))
	return nil
}

func (p *program) colour() bool {
	return p.errIsTerminal && !p.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// logEvent writes what happens during a run, each kind at the level at which a person
// would want to hear of it. Progress is shown elsewhere.
func (p *program) logEvent(e medallion.Event) {
	level := slog.LevelInfo
	switch e.Kind {
	case "progress":
		return
	case "warning":
		level = slog.LevelWarn
	case "retry", "rate_limited", "token_refreshed":
		level = slog.LevelDebug
	}
	var attrs []any
	if e.Step != "" {
		attrs = append(attrs, "step", e.Step)
	}
	if e.Kind != "warning" && e.Kind != "notice" {
		attrs = append(attrs, "kind", e.Kind)
	}
	if e.Rows != 0 {
		attrs = append(attrs, "rows", e.Rows)
	}
	p.log.Log(context.Background(), level, e.Text, attrs...)
}
