package cli

import (
	"slices"
	"time"

	"github.com/lodehq/lode/run"
)

// reportJSON is a run's report as a program reads it.
type reportJSON struct {
	RunID     string     `json:"run_id"`
	Status    run.Status `json:"status"`
	StartedAt time.Time  `json:"started_at"`
	EndedAt   time.Time  `json:"ended_at"`
	Steps     []stepJSON `json:"steps"`
}

type stepJSON struct {
	Step      string           `json:"step"`
	Status    run.Status       `json:"status"`
	Counts    map[string]int64 `json:"counts"`
	Note      string           `json:"note,omitzero"`
	Error     string           `json:"error,omitzero"`
	StartedAt time.Time        `json:"started_at"`
	EndedAt   time.Time        `json:"ended_at"`
}

// showReport prints how a run went.
func (p *program) showReport(r run.Report) error {
	if p.output == "json" {
		return p.writeJSON(reportOf(r))
	}
	if p.quiet {
		return nil
	}
	counts := countNames(r)
	g := grid{header: slices.Concat([]string{"step", "status"}, counts, []string{"time", "note"})}
	g.numeric = make([]bool, len(g.header)-1)
	for i := range counts {
		g.numeric[2+i] = true
	}
	g.numeric[2+len(counts)] = true
	for _, s := range r.Steps {
		cells := []string{s.Name, string(s.Status)}
		for _, name := range counts {
			cells = append(cells, countText(s.Outcome.Get(name)))
		}
		g.add(append(cells, seconds(s.Ended.Sub(s.Started)), s.Outcome.Note)...)
	}
	g.write(p.out)
	p.printf("\nrun %s: %s in %s\n", r.RunID, r.Status(), seconds(r.Ended.Sub(r.Started)))
	return nil
}

func reportOf(r run.Report) reportJSON {
	out := reportJSON{RunID: r.RunID, Status: r.Status(), StartedAt: r.Started, EndedAt: r.Ended}
	for _, s := range r.Steps {
		step := stepJSON{Step: s.Name, Status: s.Status, Counts: map[string]int64{}, Note: s.Outcome.Note, StartedAt: s.Started, EndedAt: s.Ended}
		for _, c := range s.Outcome.Counts {
			step.Counts[c.Name] = c.N
		}
		if s.Err != nil {
			step.Error = s.Err.Error()
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

// countNames lists the counts that any step has, in the order in which steps name them.
func countNames(r run.Report) []string {
	order := []string{"read", "inserted", "updated", "deleted", "unchanged", "quarantined", "inferred"}
	var present []string
	for _, s := range r.Steps {
		for _, c := range s.Outcome.Counts {
			if !slices.Contains(order, c.Name) {
				order = append(order, c.Name)
			}
			present = append(present, c.Name)
		}
	}
	return slices.DeleteFunc(order, func(name string) bool { return !slices.Contains(present, name) })
}

func countText(n int64) string {
	if n == 0 {
		return ""
	}
	return grouped(n)
}
