package trace

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
)

// story is the events of a key, oldest first; of several at one instant the one that
// counts is the last.
type story struct {
	events []Event
	told   []map[string]*string // of each event the values in force of the columns asked for
}

// story reads the events of an entity whose key columns have the values in parts, with
// what brought them, and the values of the columns told.
func (t Tracer) story(ctx context.Context, m *schema.EntityModel, key, parts []string, told ...string) (*story, error) {
	d := t.Ledger.Dialect
	columns := sqltext.List(d, "l", schema.Op, schema.ValidAtCol, schema.ObservedAt, schema.EventStream, schema.EventSeq, schema.EventOrdinal, schema.Absent, schema.LoadID)
	from := d.Table(m.Log.Name) + " l"
	if len(told) > 0 {
		columns += ", " + sqltext.List(d, "v", told...)
		from += fmt.Sprintf(" LEFT JOIN (%s) v ON v.log_seq = l.log_seq AND %s", star.Log(d, m, true, "", told...), t.equal(m.Log, "v", key, parts))
	}
	sql := fmt.Sprintf("SELECT %s FROM %s WHERE %s AND l.op IN ('upsert', 'delete', 'held') ORDER BY l.valid_at DESC, %s",
		columns, from, t.equal(m.Log, "l", key, parts), star.EventOrder(d, "l"))
	s := &story{}
	for b, err := range t.Reader.Query(ctx, sql) {
		if err != nil {
			return nil, fmt.Errorf("read the events of %s: %w", m.Name, err)
		}
		for i := range b.Len() {
			v := b.Row(i)
			e := Event{Entity: m.Name, Op: v[0].Text(), ValidAt: v[1].Time(), ObservedAt: v[2].Time(), Stream: v[3].Text(), Seq: v[4].Int(), Ordinal: v[5].Int(), Load: &Load{ID: v[7].Text()}}
			if !v[6].IsNull() {
				e.Absent = strings.Split(v[6].Text(), ",")
			}
			values := map[string]*string{}
			for j, name := range told {
				values[name] = textOf(v[8+j])
			}
			s.events, s.told = append(s.events, e), append(s.told, values)
		}
	}
	slices.Reverse(s.events)
	slices.Reverse(s.told)
	for i := range s.events {
		s.events[i].Number = i + 1
		if s.events[i].Op == "held" {
			s.events[i].Part = "kept out by a rule; it is in the quarantine"
		}
	}
	return s, t.brought(ctx, m, s)
}

// brought adds to events what brought them.
func (t Tracer) brought(ctx context.Context, m *schema.EntityModel, s *story) error {
	for _, ref := range t.Model.Streams {
		var seqs []string
		for _, e := range s.events {
			if e.Stream == ref.String() {
				seqs = append(seqs, strconv.FormatInt(e.Seq, 10))
			}
		}
		if len(seqs) == 0 {
			continue
		}
		if err := t.records(ctx, ref, strings.Join(seqs, ", "), s); err != nil {
			return fmt.Errorf("read the records of %s: %w", ref, err)
		}
		if err := t.problems(ctx, m, ref, strings.Join(seqs, ", "), s); err != nil {
			return fmt.Errorf("read the quarantine of %s: %w", m.Name, err)
		}
	}
	return nil
}

// records reads the records of a stream from bronze, with their loads and requests.
func (t Tracer) records(ctx context.Context, ref schema.StreamRef, seqs string, s *story) error {
	d, bronze := t.Ledger.Dialect, t.Model.BronzeTable(ref)
	sql := strings.Join([]string{
		"SELECT b.seq, CAST(b.payload AS " + d.TypeName(record.Of(record.Text)) + "), b.note, b.load_id, l.run_id, l.mode, l.status, l.started_at, b.request, r.origin",
		fmt.Sprintf("FROM %s b LEFT JOIN %s l ON l.load_id = b.load_id", d.Table(bronze.Name), t.Ledger.Table("loads")),
		fmt.Sprintf("LEFT JOIN %s r ON r.load_id = b.load_id AND r.request = b.request", t.Ledger.Table("requests")),
		"WHERE b.seq IN (" + seqs + ")"}, "\n")
	for b, err := range t.Reader.Query(ctx, sql) {
		if err != nil {
			return err
		}
		for i := range b.Len() {
			s.received(ref.String(), b.Row(i))
		}
	}
	return nil
}

func (s *story) received(stream string, v []record.Value) {
	for i := range s.events {
		e := &s.events[i]
		if e.Stream != stream || e.Seq != v[0].Int() {
			continue
		}
		if !v[1].IsNull() {
			e.Payload = []byte(v[1].Text())
		}
		e.Note = v[2].Text()
		e.Load = &Load{ID: v[3].Text(), RunID: v[4].Text(), Mode: v[5].Text(), Status: v[6].Text()}
		if !v[7].IsNull() {
			e.Load.StartedAt = v[7].Time()
		}
		e.Request = &Request{Number: v[8].Int(), Origin: v[9].Text()}
	}
}

// problems reads what was wrong with values of the events.
func (t Tracer) problems(ctx context.Context, m *schema.EntityModel, ref schema.StreamRef, seqs string, s *story) error {
	sql := fmt.Sprintf("SELECT seq, ordinal, kind, column_name, reason, value FROM %s WHERE entity = $1 AND stream = $2 AND seq IN (%s)", t.Ledger.Table("quarantine"), seqs)
	for b, err := range t.Reader.Query(ctx, sql, record.TextValue(m.Name), record.TextValue(ref.String())) {
		if err != nil {
			return err
		}
		for i := range b.Len() {
			v := b.Row(i)
			for j := range s.events {
				if e := &s.events[j]; e.Stream == ref.String() && e.Seq == v[0].Int() && e.Ordinal == v[1].Int() {
					e.Problems = append(e.Problems, Problem{v[2].Text(), v[3].Text(), v[4].Text(), v[5].Text()})
				}
			}
		}
	}
	return nil
}

// counts tells whether an event has not been left out.
func (s *story) counts(i int) bool { return s.events[i].Part == "" }

// supersede leaves out, of the events that have the same place, all but the last.
func (s *story) supersede(how string, place func(i int) string) {
	last := map[string]int{}
	for i := range s.events {
		if !s.counts(i) {
			continue
		}
		if j, ok := last[place(i)]; ok {
			s.mark(j, how)
		}
		last[place(i)] = i
	}
}

// instants leaves out, of the events of one instant, all but the last.
func (s *story) instants() {
	s.supersede("superseded by another at the same time", func(i int) string { return s.events[i].ValidAt.String() })
}

// newest is the newest upsert among those that pass, -1 if there is none.
func (s *story) newest(pass func(Event) bool) int {
	for i := len(s.events) - 1; i >= 0; i-- {
		if e := s.events[i]; e.Op == "upsert" && (pass == nil || pass(e)) {
			return i
		}
	}
	return -1
}

func (s *story) mark(i int, part string) {
	if i >= 0 {
		s.events[i].Part = part
	}
}

// sent is the event that sent the value in force at event i: itself, or the last one
// before it that carried the column. A delete ends what can be inherited.
func (s *story) sent(i int, column string) int {
	for j := i; j >= 0; j-- {
		if s.events[j].Op == "delete" {
			break
		}
		if s.events[j].Op == "upsert" && !slices.Contains(s.events[j].Absent, column) {
			return j
		}
	}
	return -1
}
