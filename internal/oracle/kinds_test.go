package oracle_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/oracle"
	"github.com/lodehq/lode/schema"
)

// kinds are the facts that a project has beside its sales: of each kind one or none.
type kinds struct {
	Reversal     bool   // the states of the items, each taken back when the next is observed
	Snapshot     string // the items at the end of each day, week or month; "" for none
	Accumulating bool   // the sales with the day of each milestone, and the time between them
	Joined       bool   // the sales with what is said of their items today
}

func drawKinds(t *rapid.T) kinds {
	one := func(name string) bool { return rapid.IntRange(0, 2).Draw(t, name) == 0 }
	k := kinds{Reversal: one("reversal"), Accumulating: one("accumulating"), Joined: one("joined")}
	if one("snapshot") {
		k.Snapshot = rapid.SampledFrom([]string{"month", "month", "week", "day"}).Draw(t, "every")
	}
	return k
}

// declare adds the facts to a project.
func (k kinds) declare(p project, out *schema.Project) {
	late := out.Facts[0].Late
	ofItem := schema.Role{Name: "item", Dimension: p.dims[0].name, Key: []string{"source_id"}}
	ofSale := schema.Role{Name: "item", Dimension: p.dims[0].name, Key: []string{"item_id"}, WhenNull: "not_applicable"}
	if k.Reversal {
		out.Facts = append(out.Facts, schema.Fact{
			Name: "fact_states", Grain: "one row per item and correction", From: "items", EventAt: "said_at", Late: late,
			Corrections: "reversal", Dimensions: []schema.Role{ofItem}, Degenerate: []string{"a"},
		})
	}
	if k.Snapshot != "" {
		out.Facts = append(out.Facts, schema.Fact{
			Name: "fact_balances", Grain: "one row per item and " + k.Snapshot, From: "items", Late: late,
			Snapshot: &schema.Snapshot{Every: k.Snapshot}, Dimensions: []schema.Role{ofItem}, Degenerate: []string{"a"},
		})
	}
	if k.Accumulating {
		out.Facts = append(out.Facts, schema.Fact{
			Name: "fact_steps", Grain: "one row per sale", From: "sales", EventAt: "sold_at", Late: late, Dimensions: []schema.Role{ofSale},
			Milestones: &schema.Milestones{Calendar: "dim_dates", Dates: []schema.Milestone{{Name: "sold", At: "sold_at"}, {Name: "paid", At: "paid_at"}}},
			Lags:       []schema.Lag{{Name: "minutes_to_pay", From: "sold", To: "paid", In: "minutes"}, {Name: "days_to_pay", From: "sold", To: "paid"}},
		})
	}
	if k.Joined {
		out.Facts = append(out.Facts, schema.Fact{
			Name: "fact_joined", Grain: "one row per sale", From: "sales", EventAt: "sold_at", Late: late,
			Joins:      []schema.Join{{Name: "of", Entity: "items", Key: []string{"item_id"}}},
			Dimensions: []schema.Role{ofSale, {Name: "said_on", Dimension: "dim_dates", Key: []string{"of.said_at"}}}, Degenerate: []string{"of.a"},
		})
	}
}

// kindQueries are what the facts must hold. Of the items it goes by what bronze holds, for
// that is what was observed: a run that broke off, and a source that says everything again,
// decide what the order of the observations was.
func (w truth) kindQueries(ctx context.Context, l *lode.Lode, history []act) ([]question, error) {
	observed, err := observations(ctx, l, history)
	if err != nil {
		return nil, err
	}
	d := w.p.dims[0]
	ask := func(fact, columns string) question {
		return question{what: fact, sql: fmt.Sprintf("SELECT f.source_id, %s, CASE WHEN d.%[2]s_key < 0 THEN CAST(d.%[2]s_key AS text) WHEN d.is_inferred THEN 'inferred' ELSE CAST(d.version AS text) END FROM gold.%[3]s f JOIN gold.%[4]s d ON d.%[2]s_key = f.item_key",
			columns, d.key(), fact, d.name)}
	}
	var out []question
	if w.p.kinds.Reversal {
		q := ask("fact_states", "f.correction, f.is_reversal, f.a")
		for _, c := range oracle.Corrections(d.Dimension, observed, "a") {
			q.want = append(q.want, fmt.Sprintf("%s | %d | %t | %s | %s", c.Key, c.Number, c.Reversal, shown(c.Values["a"]), w.ofItem(c.Key, c.At)))
		}
		out = append(out, q)
	}
	if every := w.p.kinds.Snapshot; every != "" {
		q := ask("fact_balances", "f.period_start, f.a")
		for _, b := range oracle.Balances(d.Dimension, observed, every, w.now) {
			q.want = append(q.want, fmt.Sprintf("%s | %s | %s | %s", b.Key, b.Starts.Format(time.DateOnly), shown(b.Values["a"]), w.ofItem(b.Key, b.Ends.UnixMicro()-1)))
		}
		out = append(out, q)
	}
	if w.p.kinds.Accumulating {
		q := ask("fact_steps", "f.sold_key, f.paid_key, f.minutes_to_pay, f.days_to_pay")
		for id, s := range w.sales {
			q.want = append(q.want, fmt.Sprintf("%s | %s | %s | %s | %s", id, milestone(s.at), milestone(s.paid), lags(s), w.ofSale(s)))
		}
		out = append(out, q)
	}
	if w.p.kinds.Joined {
		q := ask("fact_joined", "f.said_on_key, f.a")
		for id, s := range w.sales {
			on, a := "-1", "NULL"
			if row, ok := w.items[s.item]; ok {
				on, a = *row["said_on"], shown(row["a"])
			}
			q.want = append(q.want, fmt.Sprintf("%s | %s | %s | %s", id, on, a, w.ofSale(s)))
		}
		out = append(out, q)
	}
	return out, nil
}

// observations are the events of the items in the order of bronze.
func observations(ctx context.Context, l *lode.Lode, history []act) ([]oracle.Event, error) {
	said := map[string]oracle.Event{}
	for _, x := range history {
		switch x.kind {
		case item:
			said["upsert | "+x.payload()] = x.event()
		case itemGone:
			said["delete | "+x.payload()] = x.event()
		}
	}
	rows, err := query(ctx, l, "SELECT op, CAST(payload AS text) FROM bronze.s_items ORDER BY seq")
	var out []oracle.Event
	for _, r := range rows {
		e, ok := said[r[0].Text()+" | "+r[1].Text()]
		if !ok {
			return nil, fmt.Errorf("bronze holds what nobody said: %s %s", r[0].Text(), r[1].Text())
		}
		out = append(out, e)
	}
	return out, err
}

// ofItem is where a row about an item leads to at a time.
func (w truth) ofItem(key string, at int64) string {
	d := w.p.dims[0]
	r := oracle.Role{Gap: d.gap, WhenNull: oracle.Unknown, Infer: w.p.roles[0].Infer}
	return led(r.Find(oracle.Named{Key: &key, At: &at}, w.chains[0][key], nil))
}

// ofSale is where a sale leads to.
func (w truth) ofSale(s act) string {
	d := w.p.dims[0]
	r := role{Role: oracle.Role{Gap: d.gap, WhenNull: oracle.NotApplicable, Infer: w.p.roles[0].Infer}}
	return led(w.find(r, s, d, w.chains[0][s.item]))
}

func led(t oracle.Target) string {
	switch {
	case t.Inferred:
		return "inferred"
	case t.Version != nil:
		return fmt.Sprint(t.Version.Number)
	}
	return fmt.Sprint(t.Special)
}

// milestone is the key of the day of a minute.
func milestone(minute int) string {
	switch {
	case minute == never:
		return "-4"
	case minute < 0:
		return "-5"
	}
	return minutes(minute).Format("20060102")
}

// lags are the minutes and the midnights from the one milestone of a sale to the other.
func lags(s act) string {
	if s.at < 0 || s.paid < 0 {
		return "NULL | NULL"
	}
	days := minutes(s.paid).Truncate(24*time.Hour).Sub(minutes(s.at).Truncate(24*time.Hour)) / (24 * time.Hour)
	return fmt.Sprintf("%d | %d", s.paid-s.at, days)
}

// without leaves out the rows of a table.
func without(rows []string, table string) []string {
	return slices.DeleteFunc(slices.Clone(rows), func(r string) bool { return len(r) > len(table) && r[:len(table)] == table })
}
