package star

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// log writes the log of the touched things anew: one event for each instant at which one of
// a thing's records changed, with the values that survive of the states that its records
// had then. The thing is deleted while all of them are.
func (x matching) log() []sqltext.Statement {
	d := x.d
	forget := sqltext.Statement{Note: "forget what was known of the touched things", SQL: "DELETE FROM " + d.Table(x.m.Log.Name)}
	of := fmt.Sprintf("WHERE f.%s IS NOT NULL", d.Quote(x.master[0]))
	if !x.s.All {
		forget.SQL += fmt.Sprintf(" l USING %s k WHERE %s", d.Quote(x.s.Keys), sqltext.On(d, "k", "l", x.key...))
		of = fmt.Sprintf("JOIN %s k ON %s", d.Quote(x.s.Keys), sqltext.OnPairs(d, "k", x.key, "f", x.master))
	}
	out := append([]sqltext.Statement{forget}, affected.Create(d, tmpOwn, "the records that these now have", fmt.Sprintf(
		"SELECT %s, %s, r.lode_n FROM %s f JOIN %s r ON %s %s", x.list("f", x.key...), x.list("f", x.master...), d.Quote(tmpMembers), d.Quote(MatchRecords), sqltext.On(d, "r", "f", x.key...), of))...)
	out = append(out, affected.Create(d, tmpStates, "the states that these went through", x.states())...)
	return append(out, sqltext.Statement{Note: "what survives of them at each instant", SQL: x.survived()})
}

// happened is what is kept of the event behind a state.
func happened() []string {
	return []string{schema.ObservedAt, schema.EventStream, schema.EventSeq, schema.EventOrdinal, schema.LoadID}
}

// states selects, for each record, the winner of each instant with the instant at which
// the next one follows it. A life ends with a delete.
func (x matching) states() string {
	key := x.list("s", x.key...)
	columns := []string{"s.*", fmt.Sprintf("lead(s.valid_at) OVER (PARTITION BY %s ORDER BY s.valid_at) AS lode_until", key)}
	for _, v := range x.c.Survivors {
		if v.Take == schema.TakeFirst {
			columns = append(columns, x.first(v.Name, key+", s.lode_life")...)
		}
	}
	return lines(
		"SELECT "+strings.Join(columns, ",\n       "),
		fmt.Sprintf("FROM (SELECT s.*, sum(CASE s.op WHEN 'delete' THEN 1 ELSE 0 END) OVER (PARTITION BY %s ORDER BY s.valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS lode_life FROM (", key),
		x.events(),
		") s) s")
}

// first is, in the life of a record, the first value of a column, and since when it is known.
func (x matching) first(column, life string) []string {
	known := fmt.Sprintf("CASE WHEN s.op = 'upsert' AND %s IS NOT NULL THEN %%s END", sqltext.Column(x.d, "s", column))
	return []string{
		fmt.Sprintf("min(%s) OVER (PARTITION BY %s ORDER BY s.valid_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS %s",
			fmt.Sprintf(known, "s.valid_at"), life, x.d.Quote(since(column))),
		fmt.Sprintf("first_value(%s) OVER (PARTITION BY %s ORDER BY COALESCE(%s, 1), s.valid_at) AS %s",
			sqltext.Column(x.d, "s", column), life, fmt.Sprintf(known, "0"), x.d.Quote(firstOf(column))),
	}
}

func since(column string) string   { return sqltext.Derived("lode_since_", column) }
func firstOf(column string) string { return sqltext.Derived("lode_first_", column) }

// events selects the winning event of each instant of each record, with its thing.
func (x matching) events() string {
	d := x.d
	kept := slices.Concat([]string{schema.ValidAtCol, schema.SourceOrder, schema.Op}, happened())
	parts := make([]string, len(x.c.Of))
	for i, of := range x.c.Of {
		var read, values []string
		for _, v := range x.c.Survivors {
			if of.Column(v.Name) == nil {
				values = append(values, "CAST(NULL AS "+d.TypeName(x.m.Column(v.Name).Stored)+") AS "+d.Quote(v.Name))
				continue
			}
			read, values = append(read, v.Name), append(values, sqltext.Column(d, "e", v.Name))
		}
		own := fmt.Sprintf(" JOIN %s o ON %s", d.Quote(tmpOwn), x.same(of, "l", "o"))
		parts[i] = lines(
			fmt.Sprintf("SELECT %s, %s, o.lode_n, %s, %s", x.named(of, "e"), x.list("o", x.master...), x.list("e", kept...), strings.Join(values, ", ")),
			fmt.Sprintf("FROM (SELECT w.*, row_number() OVER (PARTITION BY %s, w.valid_at ORDER BY %s) AS lode_place FROM (", x.list("w", of.Key()...), EventOrder(d, "w")),
			Log(d, of, x.s.Partial[i], own, read...),
			fmt.Sprintf(") w) e JOIN %s o ON %s WHERE e.lode_place = 1", d.Quote(tmpOwn), x.same(of, "e", "o")))
	}
	return strings.Join(parts, "\nUNION ALL\n")
}

// survived appends the events of the things to their log.
func (x matching) survived() string {
	d := x.d
	log := slices.Concat([]string{schema.ValidAtCol, schema.Op}, happened(), x.key)
	var made []string
	var values []string
	for _, c := range x.m.Columns[x.m.KeyCount:] {
		if c.Program != nil {
			made = append(made, computed(d, x.m, c, "y"))
			continue
		}
		values = append(values, c.Name)
	}
	into, from := slices.Concat(log, values), []string{x.list("y", log...), x.list("y", values...)}
	for _, c := range x.m.Columns {
		if c.Program != nil {
			into = append(into, c.Name)
		}
	}
	return lines(
		fmt.Sprintf("INSERT INTO %s (%s)", d.Table(x.m.Log.Name), x.list("", append([]string{schema.LogSeq}, into...)...)),
		fmt.Sprintf("SELECT %d + row_number() OVER (ORDER BY %s, y.valid_at), %s FROM (", x.s.First, x.byKey("y"), strings.Join(append(from, made...), ", ")),
		x.chosen(),
		") y")
}

// chosen selects the value that survives of each column at each instant. The event behind
// it is the one that won of all that happened then.
func (x matching) chosen() string {
	d, cause := x.d, append([]string{schema.ValidAtCol}, happened()...)
	columns := make([]string, 0, len(x.key)+len(x.c.Survivors)+2)
	for i, k := range x.key {
		columns = append(columns, sqltext.Column(d, "i", x.master[i])+" AS "+d.Quote(k))
	}
	columns = append(columns, x.list("i", cause...), "CASE WHEN bool_or(s.op = 'upsert') THEN 'upsert' ELSE 'delete' END AS op")
	for _, v := range x.c.Survivors {
		columns = append(columns, x.choice(v))
	}
	masters := x.list("s", x.master...)
	return lines(
		"SELECT "+strings.Join(columns, ",\n       "),
		fmt.Sprintf("FROM (SELECT DISTINCT ON (%s, s.valid_at) %s, %s FROM %s s ORDER BY %s, s.valid_at, %s) i", masters, masters, x.list("s", cause...), d.Quote(tmpStates), masters, EventOrder(d, "s")),
		fmt.Sprintf("JOIN %s s ON %s AND s.valid_at <= i.valid_at AND (s.lode_until IS NULL OR i.valid_at < s.lode_until)", d.Quote(tmpStates), sqltext.On(d, "s", "i", x.master...)),
		fmt.Sprintf("GROUP BY %s, %s", x.list("i", x.master...), x.list("i", cause...)))
}

// choice picks the value of one column among the states of records that exist. What else
// is equal, the record that changed last decides, and then the older one.
func (x matching) choice(v schema.Survivor) string {
	value, known, order := sqltext.Column(x.d, "s", v.Name), sqltext.Column(x.d, "s", v.Name), "s.valid_at DESC, s.lode_n"
	switch {
	case v.Take == schema.TakeFirst:
		value, known = sqltext.Column(x.d, "s", firstOf(v.Name)), sqltext.Column(x.d, "s", since(v.Name))
		order = known + ", s.lode_n"
	case len(v.Prefer) > 0:
		order = x.precedence(v.Prefer) + ", " + order
	}
	return fmt.Sprintf("(array_agg(%s ORDER BY %s) FILTER (WHERE s.op = 'upsert' AND %s IS NOT NULL))[1] AS %s", value, order, known, x.d.Quote(v.Name))
}

// precedence is the place of a record's source, or entity, in a list.
func (x matching) precedence(names []string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i, name := range names {
		var is []string
		if x.c.Several() {
			is = append(is, sqltext.Column(x.d, "s", schema.SourceEntity)+" = "+x.text(name))
		}
		if slices.Contains(x.key, schema.SourceSystem) {
			is = append(is, sqltext.Column(x.d, "s", schema.SourceSystem)+" = "+x.text(name))
		}
		fmt.Fprintf(&b, " WHEN %s THEN %d", strings.Join(is, " OR "), i)
	}
	fmt.Fprintf(&b, " ELSE %d END", len(names))
	return b.String()
}
