package medallion

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Drift is in what a source differs from its mapping, for one field or column.
type Drift struct {
	Entity    string      `json:"entity"`
	Stream    string      `json:"stream"`
	Field     string      `json:"field"`
	Declared  bool        `json:"declared"` // a column of the entity; else a field that no mapping knows
	Kinds     []DriftKind `json:"kinds"`
	Types     []DriftType `json:"types"`
	FirstSeen time.Time   `json:"first_seen"`
	LastSeen  time.Time   `json:"last_seen"`
	Count     int64       `json:"count"`
}

// DriftKind says what has happened to a field.
type DriftKind string

// The kinds of drift.
const (
	Unmapped     DriftKind = "unmapped"      // was there from the first load on, and no mapping knows it
	NewField     DriftKind = "new"           // came after the first load
	Vanished     DriftKind = "vanished"      // not in the newest load that brought anything
	ChangingType DriftKind = "changing type" // values of several types, or of one that the column refuses
)

// DriftType is one type that values of a field had. The counts are of events.
type DriftType struct {
	Type      string    `json:"type"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	Count     int64     `json:"count"`
	Sample    string    `json:"sample"`
}

// refusedType is the type of values that a column's own type refuses.
const refusedType = "refused"

// Drift lists in what the sources differ from the mappings, by entity, stream and field.
func (e *Engine) Drift(ctx context.Context) ([]Drift, error) {
	held, err := e.held(ctx)
	if err != nil || !e.remembered(held) {
		return nil, err
	}
	loads, err := e.loadTimes(ctx)
	if err != nil {
		return nil, err
	}
	found := map[[3]string]*Drift{}
	if err := e.driftOfFields(ctx, found); err != nil {
		return nil, err
	}
	for _, d := range found {
		d.judge(loads[d.Stream])
	}
	if err := e.driftOfValues(ctx, found); err != nil {
		return nil, err
	}
	for _, m := range e.Model.Entities {
		if _, there := held[m.Log.Name]; there && m.Conformed == nil {
			if err := e.driftOfColumns(ctx, m, loads, found); err != nil {
				return nil, err
			}
		}
	}
	var out []Drift
	for _, d := range found {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Drift) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Field, b.Field))
	})
	return out, nil
}

// judge says what has happened to a field that no mapping knows.
func (d *Drift) judge(l loadTimes) {
	kind := Unmapped
	if !l.firstEnded.IsZero() && d.FirstSeen.After(l.firstEnded) {
		kind = NewField
	}
	if d.LastSeen.Before(l.newest) {
		kind = Vanished
	}
	d.Kinds = []DriftKind{kind}
	if d.typesOfValues() > 1 {
		d.Kinds = append(d.Kinds, ChangingType)
	}
}

// typesOfValues counts the types of a field's values: null is none.
func (d *Drift) typesOfValues() (n int) {
	for _, t := range d.Types {
		if t.Type != nullType {
			n++
		}
	}
	return n
}

// loadTimes are the times of a stream's loads that brought anything.
type loadTimes struct{ firstEnded, newest time.Time }

func (e *Engine) loadTimes(ctx context.Context) (map[string]loadTimes, error) {
	out := map[string]loadTimes{}
	sql := "SELECT stream, min(ended_at), max(started_at) FROM " + e.Ledger.Table("loads") + " WHERE stored > 0 GROUP BY stream"
	err := e.eachRow(ctx, sql, func(row []record.Value) {
		out[row[0].Text()] = loadTimes{row[1].Time(), row[2].Time()}
	})
	return out, err
}

// eachRow runs a query and hands over its rows.
func (e *Engine) eachRow(ctx context.Context, sql string, do func(row []record.Value)) error {
	for b, err := range e.Warehouse.Query(ctx, sql) {
		if err != nil {
			return fmt.Errorf("look for drift: %w", err)
		}
		for i := range b.Len() {
			do(b.Row(i))
		}
	}
	return nil
}

// driftOfFields gathers the registry of fields that no mapping knows.
func (e *Engine) driftOfFields(ctx context.Context, found map[[3]string]*Drift) error {
	sql := "SELECT entity, stream, name, type, first_seen, last_seen, count, sample FROM " + e.Ledger.Table("custom_fields") + " ORDER BY first_seen, type"
	return e.eachRow(ctx, sql, func(row []record.Value) {
		if e.Model.Entity(row[0].Text()) != nil {
			drifting(found, row[0].Text(), row[1].Text(), row[2].Text()).add(DriftType{row[3].Text(), row[4].Time(), row[5].Time(), row[6].Int(), row[7].Text()})
		}
	})
}

// driftOfValues gathers the values that wait in quarantine because their column's type
// refuses them.
func (e *Engine) driftOfValues(ctx context.Context, found map[[3]string]*Drift) error {
	sql := "SELECT entity, stream, column_name, min(observed_at), max(observed_at), count(*), min(value) FROM " + e.Ledger.Table("quarantine") +
		" WHERE kind = " + e.text(kindValue) + " AND NOT superseded AND column_name IS NOT NULL GROUP BY entity, stream, column_name"
	return e.eachRow(ctx, sql, func(row []record.Value) {
		if e.Model.Entity(row[0].Text()) == nil {
			return
		}
		d := drifting(found, row[0].Text(), row[1].Text(), row[2].Text())
		d.Declared, d.Kinds = true, append(d.Kinds, ChangingType)
		d.add(DriftType{refusedType, row[3].Time(), row[4].Time(), row[5].Int(), row[6].Text()})
	})
}

// driftOfColumns finds the declared columns that a source no longer sends.
func (e *Engine) driftOfColumns(ctx context.Context, m *schema.EntityModel, loads map[string]loadTimes, found map[[3]string]*Drift) error {
	var columns []string
	sql := "SELECT event_stream"
	for _, c := range m.Columns {
		if c.Type == nil {
			continue // made by Lode, from what is always there
		}
		columns = append(columns, c.Name)
		sent := sentIn(e.dialect(), e.text, c.Name)
		sql += fmt.Sprintf(", min(%[1]s), max(%[1]s), count(%[1]s)", sent)
	}
	sql += fmt.Sprintf(" FROM %s WHERE op = 'upsert' GROUP BY event_stream", e.dialect().Table(m.Log.Name))
	return e.eachRow(ctx, sql, func(row []record.Value) {
		stream := row[0].Text()
		for i, c := range columns {
			first, last, count := row[1+3*i], row[2+3*i], row[3+3*i].Int()
			if count == 0 || !last.Time().Before(loads[stream].newest) {
				continue
			}
			d := drifting(found, m.Name, stream, c)
			d.Declared, d.Kinds = true, append(d.Kinds, Vanished)
			d.FirstSeen, d.LastSeen, d.Count = first.Time(), last.Time(), count
		}
	})
}

// sentIn is when an event was observed that carried a column, NULL for one that did not.
func sentIn(d warehouse.Dialect, text func(string) string, column string) string {
	return fmt.Sprintf("CASE WHEN strpos(',' || coalesce(%s, '') || ',', %s) = 0 THEN observed_at END", d.Quote(schema.Absent), text(","+column+","))
}

// drifting is the drift of a field, made if it is not there yet.
func drifting(found map[[3]string]*Drift, entity, stream, field string) *Drift {
	key := [3]string{entity, stream, field}
	if found[key] == nil {
		found[key] = &Drift{Entity: entity, Stream: stream, Field: field, Types: []DriftType{}}
	}
	return found[key]
}

// add counts a type in.
func (d *Drift) add(t DriftType) {
	d.Types = append(d.Types, t)
	if d.FirstSeen.IsZero() || t.FirstSeen.Before(d.FirstSeen) {
		d.FirstSeen = t.FirstSeen
	}
	if t.LastSeen.After(d.LastSeen) {
		d.LastSeen = t.LastSeen
	}
	d.Count += t.Count
}

// TypeText lists the types and how often each was seen.
func (d Drift) TypeText() string {
	texts := make([]string, len(d.Types))
	for i, t := range d.Types {
		texts[i] = fmt.Sprintf("%s (%d)", t.Type, t.Count)
	}
	return strings.Join(texts, ", ")
}
