package check

import (
	"fmt"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// Input is a stream that an entity is mapped from: the bronze events that should have
// arrived have numbers behind After, up to and with UpTo.
type Input struct {
	Stream      string
	Bronze      schema.Name
	After, UpTo int64
	Logged      int64 // their rows in the log have greater numbers; 0 where that is not known
}

// Entity lists the checks of silver: of the entity's log, and of its state.
func (w Writer) Entity(m *schema.EntityModel, quarantine string, inputs ...Input) []Check {
	out := []Check{
		{Unique, m.Current.Name, w.unique(m.Current, m.Key(), m.Key())},
		{Current, m.Current.Name, w.current(m)},
	}
	if w.Keys == "" {
		out = append(out, Check{Unique, m.Log.Name, w.unique(m.Log, nil, m.Log.PrimaryKey)})
	}
	var arrived []string
	for _, in := range inputs {
		arrived = append(arrived, w.arrived(m, quarantine, in))
	}
	if m.Conformed != nil && w.Keys == "" {
		for _, of := range m.Conformed.Of {
			arrived = append(arrived, w.belongs(m, of))
		}
	}
	if len(arrived) > 0 {
		out = append(out, Check{Arrived, m.Log.Name, either(arrived...)})
	}
	return out
}

// current holds when the state has a row for each key of which the log knows an upsert,
// and for no other.
func (w Writer) current(m *schema.EntityModel) string {
	d, key := w.Dialect, m.Key()
	both := make([]string, len(key))
	for i, k := range key {
		both[i] = fmt.Sprintf("COALESCE(%s, %s)", sqltext.Column(d, "l", k), sqltext.Column(d, "c", k))
	}
	return w.brokenIn("", w.key(both...),
		fmt.Sprintf("FROM (SELECT DISTINCT %s FROM %s WHERE t.op = 'upsert') l", sqltext.List(d, "t", key...), w.rows(m.Log, "t", key)),
		fmt.Sprintf("FULL JOIN %s ON %s", w.rows(m.Current, "c", key), sqltext.On(d, "c", "l", key...)),
		fmt.Sprintf("WHERE %s IS NULL OR %s IS NULL", sqltext.Column(d, "l", key[0]), sqltext.Column(d, "c", key[0])))
}

// arrived holds when each bronze event that could be keyed has a row in the log, or one in
// the quarantine, or says again what an older one said. What is left of a record that is
// deleted, and whose list was taken apart, is the list that it had.
func (w Writer) arrived(m *schema.EntityModel, quarantine string, in Input) string {
	d := w.Dialect
	stream, entity := d.Literal(record.TextValue(in.Stream), record.Of(record.Text)), d.Literal(record.TextValue(m.Name), record.Of(record.Text))
	op := ""
	if m.Nested() {
		op = " AND b.op <> 'delete'"
	}
	return w.brokenIn("", stream+" || '/' || "+w.key("b.seq"),
		fmt.Sprintf("FROM %s b WHERE b.seq > %d AND b.seq <= %d AND b.repeats IS NULL AND (b.key IS NULL OR b.key NOT LIKE '!%%')%s", d.Table(in.Bronze), in.After, in.UpTo, op),
		fmt.Sprintf("  AND NOT EXISTS (SELECT 1 FROM %s l WHERE l.log_seq > %d AND l.event_stream = %s AND l.event_seq = b.seq)", d.Table(m.Log.Name), in.Logged, stream),
		fmt.Sprintf("  AND NOT EXISTS (SELECT 1 FROM %s q WHERE q.entity = %s AND q.stream = %s AND q.seq = b.seq)", quarantine, entity, stream))
}

// belongs holds when each record of an entity is a member of a thing that it is part of.
func (w Writer) belongs(m, of *schema.EntityModel) string {
	d := w.Dialect
	same, key := sqltext.On(d, "r", "c", of.Key()...), w.columns("c", of.Key())
	if m.Conformed.Several() {
		name := d.Literal(record.TextValue(of.Name), record.Of(record.Text))
		same += " AND " + sqltext.Column(d, "r", schema.SourceEntity) + " = " + name
		key = append([]string{name}, key...)
	}
	return w.brokenIn("", w.key(key...),
		fmt.Sprintf("FROM %s c WHERE NOT EXISTS (SELECT 1 FROM %s r WHERE %s)", d.Table(of.Current.Name), d.Table(m.Conformed.Members.Name), same))
}
