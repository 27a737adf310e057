package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/diff"
	"github.com/lodehq/lode/medallion"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	asOf, knownAt, key []string
	rebuild            bool
	limit              int
	options            medallion.Options
}

func (p *program) diffCommand() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff [TABLE [TABLE]]",
		Short: "Compare two tables, two times, or the warehouse and a rebuild",
		Long: `Diff compares by key, column by column, counts what differs and prints the first
differences. Of two tables of the warehouse it compares the columns that both have; of
one table of silver or gold the states at two times; with --rebuild all tables, or those
selected, with what a rebuild from bronze gives. The rebuild goes into temporary tables
and is thrown away.

A time that is given once is compared with now. When a row was written does not count,
and surrogate keys are compared by the member and version that they stand for.

Exit code 1 says that something differs. With -o json: [{"table", "a", "b", "rows_a",
"rows_b", "only_a", "only_b", "changed", "notes", "first": [{"key", "change", "columns"}]}].`,
		Example: `  lode diff gold.dim_customers old.dim_customers --key source_system,source_id,valid_from
  lode diff dim_customers --as-of 2025-03-01 --as-of 2025-04-01
  lode diff fact_orders --as-known-at 2025-03-07
  lode diff --rebuild --select fact_orders`,
		Args: cobra.MaximumNArgs(2),
		RunE: p.begin(func(ctx context.Context, args []string) error {
			if err := p.wants("table", "json"); err != nil {
				return err
			}
			work, err := f.work(args)
			if err != nil {
				return err
			}
			return p.with(ctx, func(s Session) error {
				results, err := work(ctx, s)
				if err != nil {
					return err
				}
				return p.showDiff(results)
			})
		}),
	}
	f.define(cmd)
	return cmd
}

func (f *diffFlags) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.asOf, "as-of", nil, "compare the star as it was at this valid time; twice for two times")
	flags.StringArrayVar(&f.knownAt, "as-known-at", nil, "compare the star as it was known at this time; twice for two times")
	flags.StringSliceVar(&f.key, "key", nil, "columns that tell the rows of two tables apart; default the primary key")
	flags.BoolVar(&f.rebuild, "rebuild", false, "compare the warehouse with a rebuild from bronze")
	flags.IntVar(&f.limit, "limit", 10, "most differences to print for each table")
	selectFlags(cmd, &f.options)
}

// differ makes a comparison.
type differ func(ctx context.Context, s Session) ([]diff.Result, error)

// work is the comparison that the arguments ask for.
func (f *diffFlags) work(args []string) (differ, error) {
	times := len(f.asOf) + len(f.knownAt)
	switch {
	case f.limit < 0:
		return nil, usagef("--limit counts differences; it cannot be negative")
	case f.rebuild && (len(args) > 0 || times > 0 || len(f.key) > 0):
		return nil, usagef("--rebuild compares what is made from bronze; choose tables with --select, and leave out tables, times and keys")
	case f.rebuild:
		return func(ctx context.Context, s Session) ([]diff.Result, error) {
			return s.DiffRebuild(ctx, f.options, f.limit)
		}, nil
	case len(f.options.Select) > 0:
		return nil, usagef("--select belongs to --rebuild; name a table here")
	case len(args) == 2 && times == 0:
		return one(func(ctx context.Context, s Session) (diff.Result, error) {
			return s.DiffTables(ctx, args[0], args[1], f.key, f.limit)
		}), nil
	case len(args) == 1 && times > 0 && len(f.key) == 0:
		return f.times(args[0])
	}
	return nil, usagef("diff compares two tables, or one at two times (--as-of, --as-known-at), or the warehouse and a rebuild (--rebuild)")
}

func one(work func(ctx context.Context, s Session) (diff.Result, error)) differ {
	return func(ctx context.Context, s Session) ([]diff.Result, error) {
		r, err := work(ctx, s)
		return []diff.Result{r}, err
	}
}

// times compares a table at two moments. A time given once is that of the first, and the
// second is now; beside two times of the other kind it is that of both.
func (f *diffFlags) times(table string) (differ, error) {
	asOf, err := instants("--as-of", f.asOf)
	if err != nil {
		return nil, err
	}
	knownAt, err := instants("--as-known-at", f.knownAt)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	if len(asOf) == 1 {
		asOf = append(asOf, now)
		if len(knownAt) == 2 {
			asOf[1] = asOf[0]
		}
	}
	if len(knownAt) == 1 {
		knownAt = append(knownAt, time.Time{})
		if len(f.asOf) == 2 {
			knownAt[1] = knownAt[0]
		}
	}
	var a, b medallion.Moment
	if len(asOf) == 2 {
		a.AsOf, b.AsOf = asOf[0], asOf[1]
	}
	if len(knownAt) == 2 {
		a.KnownAt, b.KnownAt = knownAt[0], knownAt[1]
	}
	return one(func(ctx context.Context, s Session) (diff.Result, error) {
		return s.DiffMoments(ctx, table, a, b, f.limit)
	}), nil
}

func instants(flag string, texts []string) ([]time.Time, error) {
	if len(texts) > 2 {
		return nil, usagef("%s is given %d times; two times can be compared", flag, len(texts))
	}
	out := make([]time.Time, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = instant(flag, text); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// showDiff prints what differs, and tells by its error whether anything does.
func (p *program) showDiff(results []diff.Result) error {
	var count int64
	for _, r := range results {
		count += r.Count()
	}
	if p.output == "json" {
		if err := p.writeJSON(results); err != nil {
			return err
		}
	} else {
		for _, r := range results {
			p.showResult(r)
		}
	}
	if count > 0 {
		return reportedError{codeFailed}
	}
	return nil
}

func (p *program) showResult(r diff.Result) {
	for _, n := range r.Notes {
		p.log.Warn(n + "; not compared")
	}
	if r.Count() == 0 {
		p.printf("%s: no difference between %s and %s (%s)\n", r.Table, r.A, r.B, plural(int(r.RowsA), "row"))
		return
	}
	p.printf("%s, %s and %s: %s, %s only in the first, %s only in the second, %s changed\n", r.Table, r.A, r.B,
		plural(int(r.Count()), "difference"), grouped(r.OnlyA), grouped(r.OnlyB), grouped(r.Changed))
	g := grid{header: []string{"  key", "column", r.A, r.B}}
	for _, d := range r.First {
		for _, line := range changes(d) {
			g.add(append([]string{"  " + keyText(d)}, line...)...)
		}
	}
	if len(r.First) > 0 {
		g.write(p.out)
	}
	if rest := r.Count() - int64(len(r.First)); rest > 0 {
		p.printf("  and %s more; --limit shows more of them\n", grouped(rest))
	}
}

// changes are what to say of a difference: column and both values. A row that is only on
// one side, or there several times, is told as a whole.
func changes(d diff.Difference) [][]string {
	switch d.Change {
	case diff.OnlyInA:
		return [][]string{{"(row)", "is there", ""}}
	case diff.OnlyInB:
		return [][]string{{"(row)", "", "is there"}}
	case diff.Repeated:
		return [][]string{{"(row)", "the key is there several times", ""}}
	}
	var out [][]string
	for _, c := range d.Cells {
		out = append(out, []string{c.Name, valueText(c.A), valueText(c.B)})
	}
	return out
}

func keyText(d diff.Difference) string {
	var parts []string
	for _, c := range d.Key {
		if c.Value != nil {
			parts = append(parts, *c.Value)
		}
	}
	return strings.Join(parts, "/")
}

func valueText(v *string) string {
	if v == nil {
		return "NULL"
	}
	return *v
}
