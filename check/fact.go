package check

import (
	"fmt"
	"slices"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// Fact lists the checks of a fact. The scope says at what time it was brought up to date,
// which tells the periods of a snapshot that have rows.
func (w Writer) Fact(m *schema.FactModel, s star.Scope) []Check {
	name := m.Table.Name
	out := []Check{
		{Unique, name, w.unique(m.Table, m.Unit(), m.Table.PrimaryKey)},
		{Counted, name, w.counted(m, s)},
	}
	if len(m.Roles) == 0 {
		return out
	}
	return append(out, Check{Resolves, name, w.resolves(m)}, Check{I6, name, w.named(m, s)})
}

// units is the relation of the units to look at.
func (w Writer) units() string {
	if w.Keys == "" {
		return ""
	}
	return w.Dialect.Quote(w.Keys)
}

// counted holds when just the rows are there that silver gives.
func (w Writer) counted(m *schema.FactModel, s star.Scope) string {
	d, pk := w.Dialect, m.Table.PrimaryKey
	both := make([]string, len(pk))
	for i, k := range pk {
		both[i] = fmt.Sprintf("COALESCE(%s, %s)", sqltext.Column(d, "s", k), sqltext.Column(d, "f", k))
	}
	return w.brokenIn("", w.key(both...), "FROM (\n"+star.Rows(d, m, s, nil, w.units())+"\n) s",
		fmt.Sprintf("FULL JOIN %s ON %s", w.rows(m.Table, "f", m.Unit()), sqltext.On(d, "f", "s", pk...)),
		fmt.Sprintf("WHERE %s IS NULL OR %s IS NULL", sqltext.Column(d, "s", pk[0]), sqltext.Column(d, "f", pk[0])))
}

// resolves holds when each key is that of a member, and a durable key that of the same one.
func (w Writer) resolves(m *schema.FactModel) string {
	d := w.Dialect
	var queries []string
	for _, r := range m.Roles {
		nowhere := fmt.Sprintf("v.%s IS NULL", d.Quote(r.Points().SurrogateKey))
		if r.Durable != "" {
			nowhere += fmt.Sprintf(" OR f.%s IS DISTINCT FROM v.%s", d.Quote(r.Durable), d.Quote(r.Dim.DurableKey))
		}
		queries = append(queries, w.brokenIn(r.Column, w.key(w.columns("f", m.Table.PrimaryKey)...), "FROM "+w.rows(m.Table, "f", m.Unit()),
			fmt.Sprintf("LEFT JOIN %s v ON v.%s = f.%s WHERE %s", d.Table(r.Points().Table.Name), d.Quote(r.Points().SurrogateKey), d.Quote(r.Column), nowhere)))
	}
	return either(queries...)
}

// named is I6: each key is that of the member that the row names.
func (w Writer) named(m *schema.FactModel, s star.Scope) string {
	var need []string
	for _, r := range m.Roles {
		need = append(need, r.Key...)
		need = append(need, m.RefusedLists(r)...)
		if r.Dim.Lookup() == schema.ByEvent {
			need = append(need, schema.EventStream, schema.EventSeq)
		}
	}
	if m.Snapshot == nil {
		need = append(need, m.EventAt)
	}
	slices.Sort(need)
	rows := "(\n" + star.Rows(w.Dialect, m, s, slices.Compact(need), w.units()) + "\n) s"
	var queries []string
	for _, r := range m.Roles {
		queries = append(queries, role{w, m, r}.wrong(rows))
	}
	return either(queries...)
}

// timestamp is an expression as a timestamp.
func timestamp(d warehouse.Dialect, x string) string {
	return "CAST(" + x + " AS " + d.TypeName(record.Of(record.Timestamp)) + ")"
}
