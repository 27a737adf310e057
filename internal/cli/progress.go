package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/lodehq/lode/run"
)

// progress shows how a run goes on. Its methods may be called by several goroutines, but
// step by one at a time. After close nothing more is shown.
type progress interface {
	step(run.StepReport)          // a step begins (Status "") or ends
	rows(step string, rows int64) // a step has come so far
	close()
}

// progress chooses how to show it: bars on a terminal, lines elsewhere.
func (p *program) progress() progress {
	switch {
	case p.quiet:
		return silent{}
	case p.errIsTerminal:
		return newBars(p)
	}
	return lines{p.logTo}
}

type silent struct{}

func (silent) step(run.StepReport) {}
func (silent) rows(string, int64)  {}
func (silent) close()              {}

// lines writes one line for each step that has ended.
type lines struct{ to io.Writer }

func (l lines) step(s run.StepReport) {
	if s.Status != "" {
		fmt.Fprintln(l.to, stepLine(s))
	}
}

func (lines) rows(string, int64) {}
func (lines) close()             {}

// stepLine tells how a step went:
//
//	bronze.crm_customers             done      4,012 read  4,012 inserted  0.8s
func stepLine(s run.StepReport) string {
	parts := []string{fmt.Sprintf("%-32s %-8s", s.Name, s.Status)}
	for _, c := range s.Outcome.Counts {
		parts = append(parts, grouped(c.N)+" "+c.Name)
	}
	if s.Outcome.Note != "" {
		parts = append(parts, s.Outcome.Note)
	}
	if s.Status != run.Skipped {
		parts = append(parts, seconds(s.Ended.Sub(s.Started)))
	}
	return printable(strings.Join(parts, "  "))
}
