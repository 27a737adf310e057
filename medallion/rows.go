package medallion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/mapping"
	"github.com/lodehq/lode/source"
)

// rowMapper turns the bronze events of one stream into rows of an entity's log: map,
// convert, compute, check. What breaks a rule goes to the notes instead.
type rowMapper struct {
	m       *schema.EntityModel
	in      input
	stream  source.Stream
	mappers []*mapping.Mapper
	layout  layout

	current bronzeEvent
	values  []record.Value // of RowColumns, for expressions
	absent  []string
	refused []string // columns whose value could not be read
	out     *record.Batch
	notes   *notes
	custom  []byte
	// unkeyed is set when a nested row could not be keyed: then the list is not known to be complete.
	unkeyed bool
	// timeless is set for a delete that does not tell the time that its mapping looks for.
	timeless bool
	lifts    bool // the batch holds events that may have to be lifted, see lift.go
}

// bronzeEvent is what is known of the event being mapped.
type bronzeEvent struct {
	seq, observed int64
	loadID, key   string
	deleted       bool
}

// layout is where the log's own columns stand in its batch.
type layout struct {
	seq, validAt, order, op, observed, stream, eventSeq, ordinal, load, absent, refused, custom, superseded, key, values int
}

func newLayout(m *schema.EntityModel) layout {
	b := record.Batch{Columns: m.Log.Columns()}
	return layout{
		seq: b.Index(schema.LogSeq), validAt: b.Index(schema.ValidAtCol), order: b.Index(schema.SourceOrder), op: b.Index(schema.Op),
		observed: b.Index(schema.ObservedAt), stream: b.Index(schema.EventStream), eventSeq: b.Index(schema.EventSeq), ordinal: b.Index(schema.EventOrdinal),
		load: b.Index(schema.LoadID), absent: b.Index(schema.Absent), refused: b.Index(schema.Refused), custom: b.Index(schema.CustomFields),
		superseded: b.Index(schema.Superseded), key: b.Index(schema.EventKey),
		values: len(b.Columns) - len(m.Columns),
	}
}

func newRowMapper(e *Engine, m *schema.EntityModel, in input) (*rowMapper, error) {
	r := &rowMapper{m: m, in: in, stream: e.Streams[in.ref], layout: newLayout(m), values: make([]record.Value, len(m.Columns))}
	for _, i := range in.mappings {
		spec := m.Specs[i]
		spec.Ignore = slices.Concat(spec.Ignore, r.stream.Key, e.Model.Lists(in.ref.String()))
		mapper, err := mapping.Compile(spec)
		if err != nil {
			return nil, fmt.Errorf("mapping of %s: %w", in.ref, err) // resolved before: cannot happen
		}
		r.mappers = append(r.mappers, mapper)
	}
	return r, nil
}

// batch maps a batch of bronze events. What goes wrong inside is the batch's error: it
// must not take the process with it.
func (r *rowMapper) batch(m *mapped) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("map event %d of %s (a bug in Lode or in a column type): %v", r.current.seq, r.in.ref, p)
		}
	}()
	m.rows = record.NewBatch(r.m.Log.Columns())
	r.out, r.notes = m.rows, &m.notes
	m.again, r.lifts = slices.Contains(m.events.Vectors[7].Valid, true), false
	for i := range m.events.Len() {
		if err := r.event(m.events, i); err != nil {
			return err
		}
	}
	m.lifts = r.lifts
	return nil
}

func (r *rowMapper) event(events *record.Batch, i int) error {
	v := events.Vectors
	r.current = bronzeEvent{
		seq: v[0].Ints[i], loadID: v[1].Texts[i], observed: v[2].Ints[i], key: v[3].Texts[i],
		deleted: v[4].Texts[i] == "delete",
	}
	r.lifts = r.lifts || v[6].Valid[i] && v[6].Ints[i] != 0
	payload := []byte(v[5].Texts[i])
	if r.current.deleted {
		payload = r.deletedPayload(payload)
	}
	for j, mapper := range r.mappers {
		if err := r.mapOne(mapper, r.m.From[r.in.mappings[j]], payload); err != nil {
			return err
		}
	}
	return nil
}

func (r *rowMapper) mapOne(mapper *mapping.Mapper, declared schema.Mapping, payload []byte) error {
	var failed error
	r.unkeyed = false
	err := mapper.Map(payload, mapping.Meta{Stream: r.in.ref.String(), Seq: r.current.seq}, func(row *mapping.Row) {
		if failed != nil {
			return
		}
		r.timeless = r.current.deleted && declared.ValidAt.Field != "" && row.ValidAt.IsNull()
		switch {
		case row.Scope && !r.unkeyed:
			r.orderBySeq(row, declared)
			r.scope(row)
		case row.Scope:
			// A row of the list has no key: what the list holds is not known.
		case r.current.deleted && declared.Each != "":
			// The record is gone, and with it its list, whatever its last words were.
		default:
			r.orderBySeq(row, declared)
			failed = r.row(row, declared)
		}
	})
	if err != nil {
		r.quarantine(kindRecord, 0, "", err.Error(), string(payload))
	}
	return failed
}

// orderBySeq orders events whose only time is that of observation, which many share, as
// bronze does. Where the source has a time of its own, the declared tie rule stands.
func (r *rowMapper) orderBySeq(row *mapping.Row, declared schema.Mapping) {
	if declared.ValidAt.Field == "" && declared.Order == "" {
		row.Order = record.IntValue(r.current.seq)
	}
}

// row converts, computes and checks one row, and writes it into the log.
func (r *rowMapper) row(row *mapping.Row, declared schema.Mapping) error {
	r.convert(row, declared)
	problems := row.Problems
	if r.current.deleted {
		problems = nil
	}
	if problem := r.keyProblem(); problem != "" {
		r.unkeyed = true
		problems = append(problems, problem)
	}
	if len(problems) == 0 && !r.current.deleted {
		var err error
		if problems, err = r.check(row.Index); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		r.quarantine(kindRecord, row.Index, "", strings.Join(problems, "; "), "")
		if r.unkeyed || declared.Each == "" {
			return nil
		}
		r.write(row, "held")
		return nil
	}
	if r.m.Entity.CustomFields == "freeze" && len(row.Custom) > 0 {
		return fmt.Errorf("%s: record %s of %s carries the unknown field %q, and custom_fields is freeze; map it, ignore it, or keep it",
			r.m.Current.Name, r.current.key, r.in.ref, row.Custom[0].Name)
	}
	r.write(row, r.opName())
	return nil
}

func (r *rowMapper) opName() string {
	if r.current.deleted {
		return "delete"
	}
	return "upsert"
}

// convert fills the values of the declared columns. A value that its type refuses
// becomes NULL and is quarantined; the row stays, and says so.
func (r *rowMapper) convert(row *mapping.Row, declared schema.Mapping) {
	r.absent, r.refused = r.absent[:0], r.refused[:0]
	field := 0
	for i, c := range r.m.Columns {
		r.values[i] = record.Null
		if c.Type == nil {
			r.values[i] = r.builtin(c, row, declared)
			continue
		}
		raw := row.Raw[field]
		field++
		if raw == nil {
			if declared.Absent != "null" {
				r.absent = append(r.absent, c.Name)
			}
			continue
		}
		value, err := c.Type.Decode(raw)
		if err != nil && !r.current.deleted {
			r.refuse(row.Index, c.Name, err.Error(), string(raw))
		}
		if err == nil {
			r.values[i] = value
		}
	}
}

// builtin is the value of a key column that no mapping has to name.
func (r *rowMapper) builtin(c schema.ColumnModel, row *mapping.Row, declared schema.Mapping) record.Value {
	switch c.Name {
	case schema.SourceSystem:
		return record.TextValue(declared.SourceSystem)
	case schema.SourceID:
		id := row.ID
		if id == "" {
			id = strings.Join(source.SplitKey(r.current.key), "/")
		}
		if id != "" {
			return record.TextValue(id)
		}
	}
	return record.Null
}

// keyProblem tells why the row has no usable key, "" if it has one.
func (r *rowMapper) keyProblem() string {
	length := 0
	for i := range r.m.KeyCount {
		if r.values[i].IsNull() {
			return "the key column " + r.m.Columns[i].Name + " has no value"
		}
		length += len(r.values[i].Text())
	}
	if length > maxKey {
		return fmt.Sprintf("the key has %d bytes, more than %d", length, maxKey)
	}
	return ""
}

// value lets expressions read the row's values by position.
func (r *rowMapper) value(i int) record.Value { return r.values[i] }

// check computes the computed columns and holds the row against required and rules. It
// returns the reasons to keep the row out; an error means that the run has to stop.
func (r *rowMapper) check(index int) ([]string, error) {
	var problems []string
	for i, c := range r.m.Columns {
		if c.Program != nil {
			value, err := c.Program.Eval(r.value)
			if err != nil {
				r.refuse(index, c.Name, err.Error(), "")
				value = record.Null
			}
			r.values[i] = value
			continue
		}
		if c.Required && r.values[i].IsNull() {
			problems = append(problems, "required column "+c.Name+" has no value")
		}
	}
	for _, rule := range r.m.Rules {
		holds, err := rule.Program.Eval(r.value)
		if err == nil && (holds.IsNull() || holds.Bool()) {
			continue
		}
		reason := "rule broken: " + rule.Name
		if err != nil {
			reason += ": " + err.Error()
		}
		switch rule.Otherwise {
		case "fail":
			return nil, fmt.Errorf("%s: %s (%s), by record %s of %s; mend the source, or let the rule quarantine",
				r.m.Current.Name, reason, rule.Check, r.current.key, r.in.ref)
		case "warn":
			r.quarantine(kindWarning, index, "", reason, "")
		default:
			problems = append(problems, reason)
		}
	}
	return problems, nil
}

// scope writes the row that says a record's list is complete.
func (r *rowMapper) scope(row *mapping.Row) {
	for i := range r.values {
		r.values[i] = record.Null
	}
	r.absent, r.refused = r.absent[:0], r.refused[:0]
	if len(row.Problems) > 0 && !r.current.deleted {
		return // each of its rows has been quarantined for the same reason
	}
	row.Index = -1
	r.write(row, "scope")
}

// write appends the row to the log's batch.
func (r *rowMapper) write(row *mapping.Row, op string) {
	v, l := r.out.Vectors, r.layout
	v[l.seq].AppendInt(0) // numbered when its place in the log is known
	at := r.current.observed
	if !row.ValidAt.IsNull() {
		at = row.ValidAt.Int()
	}
	if r.timeless {
		r.absent, r.lifts = append(r.absent, schema.ValidAtCol), true
	}
	v[l.validAt].AppendInt(at)
	v[l.order].Append(row.Order)
	v[l.op].AppendText(op)
	v[l.observed].AppendInt(r.current.observed)
	v[l.stream].AppendText(r.in.ref.String())
	v[l.eventSeq].AppendInt(r.current.seq)
	v[l.ordinal].AppendInt(int64(row.Index))
	v[l.load].AppendText(r.current.loadID)
	appendText(&v[l.absent], strings.Join(r.absent, ","))
	r.notes.partial = r.notes.partial || op == "upsert" && len(r.absent) > 0
	appendText(&v[l.refused], strings.Join(r.refused, ","))
	r.notes.refused = r.notes.refused || len(r.refused) > 0
	appendText(&v[l.custom], r.customFields(row, op))
	v[l.superseded].AppendInt(0) // what wins is known when all are in the log
	if l.key >= 0 {
		appendText(&v[l.key], r.current.key)
	}
	for i := range r.values {
		v[l.values+i].Append(r.values[i])
	}
}

// customFields is the JSON object of the row's unknown fields, "" if it has none.
func (r *rowMapper) customFields(row *mapping.Row, op string) string {
	if len(row.Custom) == 0 || op != "upsert" {
		return ""
	}
	r.custom = append(r.custom[:0], '{')
	for i, f := range row.Custom {
		if i > 0 {
			r.custom = append(r.custom, ',')
		}
		quoted, err := jsontext.AppendQuote(r.custom, f.Name)
		if err != nil {
			continue // the name came out of valid JSON
		}
		r.custom = append(append(quoted, ':'), storable(f.Value)...)
		r.notes.field(r.m.Name, r.in.ref.String(), f.Name, kindOf(f.Value), string(f.Value), r.current.observed)
	}
	return string(append(r.custom, '}'))
}

// refuse quarantines a value that could not be read.
func (r *rowMapper) refuse(index int, column, reason, value string) {
	r.refused = append(r.refused, column)
	r.quarantine(kindValue, index, column, reason, value)
}

func (r *rowMapper) quarantine(kind string, index int, column, reason, value string) {
	r.notes.quarantine(ledger.Quarantined{
		Entity: r.m.Name, Stream: r.in.ref.String(), Seq: r.current.seq, Ordinal: int64(index), Kind: kind, Column: column,
		Reason: shorten(reason), Value: shorten(value), RecordKey: r.current.key, LoadID: r.current.loadID, ObservedAt: r.current.observed,
	})
}
