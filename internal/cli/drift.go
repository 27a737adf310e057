package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/medallion"
)

func (p *program) driftCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "drift",
		Short: "Show in what the sources differ from their mappings",
		Long: `Drift lists the fields that no mapping knows (unmapped, or new since the first load), the
fields and columns that the newest load that brought anything did not carry (vanished),
and those with values of several types, or of a type that their column refuses (changing
type): since when and until when they were seen, how often, and for example what.

With -o json: [{"entity", "stream", "field", "declared", "kinds", "types": [{"type",
"first_seen", "last_seen", "count", "sample"}], "first_seen", "last_seen", "count"}].`,
		Example: `  lode drift
  lode drift -o json`,
		Args: noArguments,
		RunE: p.begin(func(ctx context.Context, _ []string) error {
			return p.look(ctx, func(m evolve.Migrations) error {
				drifts, err := m.Drift(ctx)
				if err != nil {
					return err
				}
				if p.output == "json" {
					return p.writeJSON(listed(drifts))
				}
				p.listing(driftGrid(drifts), "the sources send what the mappings know")
				return nil
			})
		}),
	}
}

func driftGrid(drifts []medallion.Drift) grid {
	g := grid{header: []string{"entity", "stream", "field", "drift", "types", "first seen (UTC)", "last seen (UTC)", "count", "for example"}, numeric: []bool{7: true}}
	for _, d := range drifts {
		var kinds, samples []string
		for _, k := range d.Kinds {
			kinds = append(kinds, string(k))
		}
		for _, t := range d.Types {
			samples = append(samples, cut(t.Sample, 30))
		}
		g.add(d.Entity, d.Stream, d.Field, strings.Join(kinds, ", "), d.TypeText(), when(d.FirstSeen), when(d.LastSeen), grouped(d.Count), strings.Join(samples, ", "))
	}
	return g
}
