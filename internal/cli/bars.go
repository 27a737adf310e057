package cli

import (
	"fmt"
	"sync"

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
	above := newRedactor(b.all)
	above.secrets = p.err.secrets
	p.logTo.divert(flushing{above})
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
		b.running[s.Name] = b.all.New(0, mpb.SpinnerStyle().PositionLeft(), mpb.BarWidth(2),
			mpb.AppendDecorators(
				decor.Name(fmt.Sprintf("%-32s", s.Name)),
				decor.Any(func(st decor.Statistics) string { return grouped(st.Current) + " rows" }, decor.WC{W: 16}),
				decor.AverageSpeed(0, "%.0f/s", decor.WC{W: 12}),
				decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 8}),
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
