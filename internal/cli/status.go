package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/medallion"
)

func (p *program) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show where streams, tables and runs stand, and what is quarantined",
		Long: `Status shows when each stream was last synced, how many rows each table holds, the last
runs, and what waits in the quarantine and why.

With -o json: {"streams": [...], "tables": [...], "runs": [...], "quarantine": [...]}.`,
		Example: `  lode status
  lode status -o json`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			return p.with(ctx, func(s Session) error {
				status, err := s.Status(ctx)
				if err != nil {
					return err
				}
				return p.showStatus(status)
			})
		}),
	}
}

// statusJSON is the status as a program reads it.
type statusJSON struct {
	Streams    []medallion.StreamStatus     `json:"streams"`
	Tables     []medallion.TableStatus      `json:"tables"`
	Runs       []medallion.RunStatus        `json:"runs"`
	Quarantine []medallion.QuarantineStatus `json:"quarantine"`
}

func (p *program) showStatus(s medallion.Status) error {
	if p.output == "json" {
		return p.writeJSON(statusJSON(s))
	}
	p.section("Streams", streamGrid(s))
	p.section("Tables", tableGrid(s))
	p.section("Last runs", runGrid(s))
	if len(s.Quarantine) == 0 {
		p.printf("Nothing is quarantined.\n")
		return nil
	}
	p.section("Quarantine", quarantineGrid(s))
	p.printf("After mending the cause, `lode replay` maps these records again.\n")
	return nil
}

func (p *program) section(title string, g grid) {
	if len(g.rows) == 0 {
		p.printf("%s: none yet\n\n", title)
		return
	}
	p.printf("%s\n", title)
	g.write(p.out)
	p.printf("\n")
}

func streamGrid(s medallion.Status) grid {
	g := grid{header: []string{"stream", "status", "mode", "last sync (UTC)", "records", "events", "state"}, numeric: []bool{4: true, 5: true}}
	for _, x := range s.Streams {
		g.add(x.Stream, x.Status, x.Mode, when(x.SyncedAt), grouped(x.Records), grouped(x.Events), cut(x.State, 60))
	}
	return g
}

func tableGrid(s medallion.Status) grid {
	g := grid{header: []string{"table", "kind", "rows"}, numeric: []bool{2: true}}
	for _, t := range s.Tables {
		rows := "not created yet"
		if t.Rows >= 0 {
			rows = grouped(t.Rows)
		}
		g.add(t.Table, string(t.Kind), rows)
	}
	return g
}

func runGrid(s medallion.Status) grid {
	g := grid{header: []string{"run", "command", "status", "started (UTC)", "time", "message"}, numeric: []bool{4: true}}
	for _, r := range s.Runs {
		took := ""
		if !r.EndedAt.IsZero() {
			took = seconds(r.EndedAt.Sub(r.StartedAt))
		}
		g.add(r.RunID, r.Command, r.Status, when(r.StartedAt), took, cut(r.Message, 100))
	}
	return g
}

func quarantineGrid(s medallion.Status) grid {
	g := grid{header: []string{"entity", "stream", "kind", "reason", "count", "for example"}, numeric: []bool{4: true}}
	for _, q := range s.Quarantine {
		g.add(q.Entity, q.Stream, q.Kind, q.Reason, grouped(q.Count), cut(q.Sample, 60))
	}
	return g
}

// cut shortens a text that would make a table too wide; the JSON output has all of it.
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-1]) + "…"
}
