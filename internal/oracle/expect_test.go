package oracle_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/oracle"
)

// truth is what the star must hold after a history, at a time.
type truth struct {
	p         project
	now       time.Time
	chains    []map[string][]oracle.Version // of each dimension
	items     map[string]oracle.Row         // those that are not deleted
	profiles  map[string][]oracle.Version   // of the mini-dimension
	sales     map[string]act
	mentioned map[string]bool // items that a row of some fact was ever about
}

func truthOf(p project, history []act, now time.Time) truth {
	var items []oracle.Event
	var sales []oracle.Observation[act]
	w := truth{p: p, now: now, mentioned: map[string]bool{}}
	for _, x := range history {
		switch x.kind {
		case item, itemGone:
			items = append(items, x.event())
			if p.kinds.Reversal || p.kinds.Snapshot != "" { // which are of items, also of one that a dimension by days never shows
				w.mentioned[x.key] = true
			}
		case sale, saleGone:
			sales = append(sales, oracle.Observation[act]{Key: x.key, Delete: x.kind == saleGone, Value: x})
			w.mentioned[x.item] = true
		}
	}
	for _, d := range p.dims {
		w.chains = append(w.chains, oracle.Chains(d.Dimension, items))
	}
	w.profiles = oracle.Chains(p.history().Dimension, items)
	var gone map[string]bool
	w.items, gone = oracle.State(p.dims[0].Dimension, items)
	maps.DeleteFunc(w.items, func(key string, _ oracle.Row) bool { return gone[key] })
	w.sales = oracle.Current(sales)
	return w
}

// current tells whether a version of a dimension is.
func (w truth) current(d dimension, v oracle.Version) bool {
	if d.inForce {
		now := w.now.UnixMicro()
		return v.From <= now && now < v.To
	}
	return v.To == oracle.High
}

// versions are the rows of a dimension.
func (w truth) versions(i int) []string {
	var out []string
	for _, chain := range w.chains[i] {
		for _, v := range chain {
			out = append(out, w.p.dims[i].line(v, w.current(w.p.dims[i], v)))
		}
	}
	return out
}

// state are the rows of the items' current state.
func (w truth) state() []string {
	var out []string
	for key, row := range w.items {
		line := []string{key}
		for _, name := range slices.Sorted(maps.Keys(w.p.types)) {
			line = append(line, shown(row[name]))
		}
		out = append(out, strings.Join(line, " | "))
	}
	return out
}

// facts are the sales without their keys.
func (w truth) facts() []string {
	var out []string
	for id, s := range w.sales {
		out = append(out, fmt.Sprintf("%s | %s | %s | %s", id, orNull(s.item), s.amountText(), s.day()))
	}
	return out
}

func orNull(s string) string {
	if s == "" || s == unreadable {
		return "NULL"
	}
	return s
}

func (x act) amountText() string {
	if x.amount < 0 {
		return "NULL"
	}
	return cents(x.amount)
}

func (x act) day() string {
	switch {
	case x.at == never:
		return "-4"
	case x.at < 0:
		return "-1"
	}
	return minutes(x.at).Format("20060102")
}

// daily are the rows of the aggregate by day.
func (w truth) daily() []string {
	group := func(s act) string {
		if s.at < 0 {
			return "NULL"
		}
		return minutes(s.at).Format(time.DateOnly)
	}
	return w.grouped(group, func(group []act) string {
		var paid []int
		items := map[string]bool{}
		for _, s := range group {
			if s.amount >= 0 {
				paid = append(paid, s.amount)
			}
			if s.item != "" && s.item != unreadable {
				items[s.item] = true
			}
		}
		least, most := "NULL", "NULL"
		if len(paid) > 0 {
			least, most = cents(slices.Min(paid)), cents(slices.Max(paid))
		}
		return fmt.Sprintf("%s | %s | %d", least, most, len(items))
	})
}

// byAttribute are the rows of the aggregate that is grouped by an attribute.
func (w truth) byAttribute() []string {
	return w.grouped(w.attribute, func(group []act) string {
		sum, paid := 0, 0
		for _, s := range group {
			if s.amount >= 0 {
				sum, paid = sum+s.amount, paid+1
			}
		}
		total := "NULL"
		if paid > 0 {
			total = cents(sum)
		}
		return fmt.Sprintf("%s | %d | %d", total, len(group), paid)
	})
}

// attribute is what a sale is grouped by.
func (w truth) attribute(s act) string {
	r := w.p.roles[w.p.group.role]
	t := w.target(r, s)
	switch {
	case t.Version != nil:
		return shown(t.Version.Values[w.p.group.attribute])
	case t.Inferred:
		return "NULL"
	}
	return map[int]string{oracle.Unknown: "Unknown", oracle.NotApplicable: "Not applicable", oracle.Deleted: "Deleted", oracle.Error: "Error"}[t.Special]
}

func (w truth) target(r role, s act) oracle.Target {
	return w.find(r, s, w.p.dims[r.dim], w.chains[r.dim][s.item])
}

// find is what a sale leads to in a dimension, of the versions of its item.
func (w truth) find(r role, s act, d dimension, chain []oracle.Version) oracle.Target {
	of := oracle.Named{KeyRefused: s.item == unreadable, AtRefused: s.at == never}
	if s.item != "" && s.item != unreadable {
		of.Key = &s.item
	}
	if s.at >= 0 {
		micros := minutes(s.at).UnixMicro()
		of.At = &micros
	}
	var now *oracle.Version
	for i := range chain {
		if w.current(d, chain[i]) {
			now = &chain[i]
		}
	}
	return r.Find(of, chain, now)
}

func (w truth) grouped(by func(act) string, sum func([]act) string) []string {
	groups := map[string][]act{}
	for _, s := range w.sales {
		name := by(s)
		groups[name] = append(groups[name], s)
	}
	var out []string
	for name, group := range groups {
		out = append(out, name+" | "+sum(group))
	}
	return out
}

// compare holds the warehouse against what must stand there.
func (w truth) compare(ctx context.Context, l *lode.Lode, f found, history []act) error {
	for i, d := range w.p.dims {
		var got []string
		for _, rows := range f.dims[i] {
			for _, m := range rows {
				if !m.inferred {
					got = append(got, m.text)
				}
			}
		}
		if err := same(d.name, got, w.versions(i)); err != nil {
			return err
		}
		if err := w.inferred(i, f); err != nil {
			return err
		}
	}
	more, err := w.kindQueries(ctx, l, history)
	if err != nil {
		return err
	}
	for _, c := range append(w.queries(), more...) {
		got, err := texts(ctx, l, c.sql)
		if err != nil {
			return err
		}
		if err := same(c.what, got, c.want); err != nil {
			return err
		}
	}
	return w.compareProfiles(ctx, l)
}

type question struct {
	what, sql string
	want      []string
}

func (w truth) queries() []question {
	columns := strings.Join(slices.Sorted(maps.Keys(w.p.types)), ", ")
	out := []question{
		{"silver.items", "SELECT source_id, " + columns + " FROM silver.items WHERE NOT is_deleted", w.state()},
		{"fact_sales", "SELECT source_id, item_id, sold_amount, sold_on_key FROM gold.fact_sales", w.facts()},
		{"agg_daily", "SELECT sold_on, least_amount, most_amount, item_count FROM gold.agg_daily", w.daily()},
	}
	if w.p.group.role >= 0 {
		out = append(out, question{"agg_grouped", "SELECT grouped, sold_amount, sale_count, paid_count FROM gold.agg_grouped", w.byAttribute()})
	}
	return out
}

// inferred wants a member for each item that a fact needs and no event has spoken of.
// One that no fact needs any more may stay, if a row of one was ever about it.
func (w truth) inferred(i int, f found) error {
	for key, rows := range f.dims[i] {
		m := rows[0]
		if !m.inferred {
			continue
		}
		blank := m.From == oracle.Low && m.To == oracle.High && m.current && m.Number == 1
		for _, v := range m.Values {
			blank = blank && v == nil
		}
		if len(rows) != 1 || !blank || len(w.chains[i][key]) > 0 || !w.mentioned[key] {
			return fmt.Errorf("%s: an inferred member that must not be: %s", w.p.dims[i].name, m.text)
		}
	}
	return nil
}

// same compares as sets: the databases sort texts by different collations.
func same(what string, got, want []string) error {
	slices.Sort(got)
	slices.Sort(want)
	if slices.Equal(got, want) {
		return nil
	}
	return fmt.Errorf("%s\n got:\n\t%s\nwant:\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
}
