package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/lodehq/lode/run"
)

// bars shows a moving line with the rate for each running step. What has ended, and log
// lines, go above them.
type bars struct {
	mu      sync.Mutex
	program *program
	all     *mpb.Progress // nil after close
	running map[string]*mpb.Bar
}

// newBars draws on the terminal itself, not through the redactor, which would hide from
// the drawing how wide the terminal is: a bar shows names of steps and numbers only. Log
// lines pass the redactor on their way to the bars.
func newBars(p *program) *bars {
	b := &bars{program: p, running: map[string]*mpb.Bar{}, all: mpb.New(mpb.WithOutput(p.terminal), mpb.WithWidth(20))}
	p.logTo.divert(flushing{newRedactor(b.all, p.secrets)})
	return b
}

// flushing passes whole log lines on at once.
type flushing struct{ r *redactor }

func (f flushing) Write(p []byte) (int, error) {
	if _, err := f.r.Write(p); err != nil {
		return 0, err
	}
	return len(p), f.r.Close()
}

func (b *bars) step(s run.StepReport) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		return
	}
	if s.Status == "" {
		b.running[s.Name] = b.all.New(0, mpb.SpinnerStyle().PositionLeft(), mpb.BarWidth(2), mpb.AppendDecorators(
			decor.Name(fmt.Sprintf("%-32s", s.Name)),
			decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 8}),
			decor.Any(rateSince(time.Now())),
		))
		return
	}
	if bar, ok := b.running[s.Name]; ok {
		bar.Abort(true)
		bar.Wait()
		delete(b.running, s.Name)
	}
	fmt.Fprintln(b.program.logTo, stepLine(s))
}

// rateSince tells how many rows have come and how fast; steps that count none say nothing.
func rateSince(start time.Time) decor.DecorFunc {
	return func(s decor.Statistics) string {
		if s.Current == 0 {
			return ""
		}
		rate := float64(s.Current) / max(time.Since(start).Seconds(), 0.001)
		return fmt.Sprintf("%16s rows %12s/s", grouped(s.Current), grouped(int64(rate)))
	}
}

func (b *bars) rows(step string, rows int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bar, ok := b.running[step]; ok {
		bar.SetCurrent(rows)
	}
}

func (b *bars) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		return
	}
	for _, bar := range b.running {
		bar.Abort(true)
	}
	b.all.Wait()
	b.program.logTo.divert(b.program.err)
	b.all, b.running = nil, nil
}
