package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/trace"
)

func (p *program) traceCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "trace TABLE KEY [COLUMN]",
		Short: "Show where a row is from, down to the record as it was received",
		Long: `Trace shows a row of gold or silver, what gave each of its columns the value (the
mapping, the rule or the lookup), the events that the row came from, and for each of
them the record byte for byte, with the load and the request that brought it.

A row of a dimension is named by its surrogate key, every other by the columns of its key
in their order, with / between, or as a JSON list if a value has a / in it. Of silver
give the schema too where a table of gold has the same name.

With -o json: {"table", "kind", "columns": [{"name", "value", "made", "event"}],
"events": [{"number", "op", "valid_at", "observed_at", "part", "payload", "load",
"request", ...}], "notes"}.`,
		Example: `  lode trace fact_orders files/1003
  lode trace fact_orders files/1003 customer_key
  lode trace dim_customers 3
  lode trace silver.customers '["files","3"]' -o json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > 3 {
				return usagef("trace wants a table, a key and perhaps a column, for example `lode trace fact_orders files/1003`")
			}
			return nil
		},
		RunE: p.begin(func(ctx context.Context, args []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			return p.with(ctx, func(s Session) error {
				column := ""
				if len(args) == 3 {
					column = args[2]
				}
				found, err := s.Trace(ctx, args[0], args[1], column)
				if err != nil {
					return err
				}
				if p.output == "json" {
					return p.writeJSON(found)
				}
				p.showTrace(found, args[1])
				return nil
			})
		}),
	}
}

func (p *program) showTrace(t trace.Trace, key string) {
	p.printf("%s %s\n\n", t.Table, printable(key))
	for _, n := range t.Notes {
		p.printf("%s\n\n", printable(n))
	}
	g := grid{header: []string{"column", "value", "event", "made by"}}
	for _, c := range t.Columns {
		event := ""
		if c.Event > 0 {
			event = strconv.Itoa(c.Event)
		}
		g.add(c.Name, valueText(c.Value), event, c.Made)
	}
	g.write(p.out)
	if len(t.Events) > 0 {
		p.printf("\nevents, oldest first\n")
	}
	for _, e := range t.Events {
		p.showEvent(e)
	}
}

func (p *program) showEvent(e trace.Event) {
	part := ""
	if e.Part != "" {
		part = ": " + e.Part
	}
	p.printf("%3d  %s of %s, valid %s, observed %s%s\n", e.Number, e.Op, e.Entity, instantText(e.ValidAt), instantText(e.ObservedAt), printable(part))
	if len(e.Absent) > 0 {
		p.printf("     not sent: %s\n", strings.Join(e.Absent, ", "))
	}
	for _, problem := range e.Problems {
		p.printf("     %s: %s\n", problem.Kind, printable(strings.TrimPrefix(problem.Column+": "+problem.Reason, ": ")))
	}
	if e.Load != nil {
		p.printf("     %s %d, load %s (%s, %s, started %s)\n", e.Stream, e.Seq, e.Load.ID, e.Load.Mode, e.Load.Status, instantText(e.Load.StartedAt))
	}
	if e.Request != nil {
		p.printf("     request %d: %s\n", e.Request.Number, printable(e.Request.Origin))
	}
	if e.Note != "" {
		p.printf("     note: %s\n", printable(e.Note))
	}
	if e.Payload != nil {
		p.printf("     %s\n", printable(string(e.Payload)))
	}
}

func instantText(t time.Time) string {
	if t.IsZero() {
		return "at a time that is not known"
	}
	return t.UTC().Format("2006-01-02T15:04:05.999999Z")
}
