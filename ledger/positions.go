package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

// Reader reads outside or inside a transaction; a warehouse and a Tx both are one.
type Reader interface {
	Query(ctx context.Context, sql string, args ...record.Value) record.Batches
}

// Position says how far a step has consumed an input, and under which definition.
type Position struct {
	Step, Input string
	Position    int64
	Fingerprint string
	At          time.Time
}

// Snapshot is what the ledger holds of all steps at one moment, read in a few queries
// however many tables a project has.
type Snapshot struct {
	Sequences   map[string]int64
	Positions   map[[2]string]Position
	Streams     map[string]Stream
	Definitions map[string]string // fingerprints, by object
	Due         map[string]bool   // steps that find work because time has passed, where that has been asked
}

// Position is the position of a step in an input; the zero Position when it never ran.
func (s Snapshot) Position(step, input string) Position { return s.Positions[[2]string{step, input}] }

// Ran tells whether a step has ever run, of whatever input.
func (s Snapshot) Ran(step string) bool {
	for _, p := range s.Positions {
		if p.Step == step && p.Fingerprint != "" {
			return true
		}
	}
	return false
}

// Redefined tells whether a step has run under another definition than that of a
// fingerprint: also when it read another input by that definition.
func (s Snapshot) Redefined(step, fingerprint string) bool {
	for _, p := range s.Positions {
		if p.Step == step && p.Fingerprint != "" && p.Fingerprint != fingerprint {
			return true
		}
	}
	return false
}

// Outdate lets the snapshot say that a step will compute every key again although it was
// last run with the definition of a fingerprint.
func (s Snapshot) Outdate(step, fingerprint string) {
	for key, p := range s.Positions {
		if p.Step == step && p.Fingerprint == fingerprint {
			p.Fingerprint = outdated
			s.Positions[key] = p
		}
	}
}

// Read reads the snapshot.
func (l Ledger) Read(ctx context.Context, r Reader) (Snapshot, error) {
	s := Snapshot{Sequences: map[string]int64{}, Positions: map[[2]string]Position{}, Streams: map[string]Stream{}, Definitions: map[string]string{}}
	err := each(r.Query(ctx, "SELECT name, last FROM "+l.Table("sequences")), func(row []record.Value) {
		s.Sequences[row[0].Text()] = row[1].Int()
	})
	if err != nil {
		return s, fmt.Errorf("read sequences: %w", err)
	}
	err = each(r.Query(ctx, "SELECT step, input, position, fingerprint, written_at FROM "+l.Table("positions")), func(row []record.Value) {
		p := Position{row[0].Text(), row[1].Text(), row[2].Int(), row[3].Text(), row[4].Time()}
		s.Positions[[2]string{p.Step, p.Input}] = p
	})
	if err != nil {
		return s, fmt.Errorf("read positions: %w", err)
	}
	err = each(r.Query(ctx, "SELECT object, fingerprint FROM "+l.Table("definitions")), func(row []record.Value) {
		s.Definitions[row[0].Text()] = row[1].Text()
	})
	if err != nil {
		return s, fmt.Errorf("read definitions: %w", err)
	}
	return s, l.readStreams(ctx, r, s.Streams)
}

// each calls visit for each row of a result.
func each(batches record.Batches, visit func([]record.Value)) error {
	for b, err := range batches {
		if err != nil {
			return err
		}
		for i := range b.Len() {
			visit(b.Row(i))
		}
	}
	return nil
}

// SetPosition records how far a step has come.
func (l Ledger) SetPosition(ctx context.Context, tx warehouse.Tx, p Position) error {
	return l.put(ctx, tx, "positions", 2, []string{"step", "input", "position", "fingerprint", "written_at"},
		record.TextValue(p.Step), record.TextValue(p.Input), record.IntValue(p.Position), record.TextValue(p.Fingerprint), record.TimeValue(p.At))
}

// Retire forgets the positions of a step under other definitions than that of a
// fingerprint: those of inputs that it does not read any more.
func (l Ledger) Retire(ctx context.Context, tx warehouse.Tx, step, fingerprint string) error {
	_, err := tx.Exec(ctx, "DELETE FROM "+l.Table("positions")+" WHERE step = $1 AND fingerprint <> $2", record.TextValue(step), record.TextValue(fingerprint))
	if err != nil {
		return fmt.Errorf("forget what %s has read by older definitions: %w", step, err)
	}
	return nil
}

// SetSequence records the last number given.
func (l Ledger) SetSequence(ctx context.Context, tx warehouse.Tx, name string, last int64) error {
	return l.put(ctx, tx, "sequences", 1, []string{"name", "last"}, record.TextValue(name), record.IntValue(last))
}

// Sequence reads the last number given, 0 when none was, and keeps other writers of the
// same sequence out until the transaction ends.
func (l Ledger) Sequence(ctx context.Context, tx warehouse.Tx, name string) (int64, error) {
	table := l.Table("sequences")
	if _, err := tx.Exec(ctx, "UPDATE "+table+" SET last = last WHERE name = $1", record.TextValue(name)); err != nil {
		return 0, fmt.Errorf("lock sequence %s: %w", name, err)
	}
	var last int64
	err := each(tx.Query(ctx, "SELECT last FROM "+table+" WHERE name = $1", record.TextValue(name)), func(row []record.Value) { last = row[0].Int() })
	if err != nil {
		return 0, fmt.Errorf("read sequence %s: %w", name, err)
	}
	return last, nil
}

// Version is the number of the definition that an object is made by: 1 at first, one
// more each time its fingerprint changes. Going back to an old definition is a change.
func (l Ledger) Version(ctx context.Context, tx warehouse.Tx, object, fingerprint string, now time.Time) (int64, error) {
	var version int64
	var known string
	err := each(tx.Query(ctx, "SELECT version, fingerprint FROM "+l.Table("definitions")+" WHERE object = $1", record.TextValue(object)), func(row []record.Value) {
		version, known = row[0].Int(), row[1].Text()
	})
	if err != nil {
		return 0, fmt.Errorf("read the version of %s: %w", object, err)
	}
	if known == fingerprint {
		return version, nil
	}
	version++
	return version, l.put(ctx, tx, "definitions", 1, []string{"object", "fingerprint", "version", "applied_at"},
		record.TextValue(object), record.TextValue(fingerprint), record.IntValue(version), record.TimeValue(now))
}

// Definitions are the fingerprints of the objects whose names begin so.
func (l Ledger) Definitions(ctx context.Context, r Reader, prefix string) (map[string]string, error) {
	out := map[string]string{}
	err := each(r.Query(ctx, "SELECT object, fingerprint FROM "+l.Table("definitions")+" WHERE starts_with(object, $1)", record.TextValue(prefix)), func(row []record.Value) {
		out[row[0].Text()] = row[1].Text()
	})
	if err != nil {
		return nil, fmt.Errorf("read definitions: %w", err)
	}
	return out, nil
}

// put writes one row by its key, the first keys columns: update, or insert if there is none.
func (l Ledger) put(ctx context.Context, tx warehouse.Tx, table string, keys int, names []string, values ...record.Value) error {
	d := l.Dialect
	set, where, list, marks := "", "", "", ""
	for i, n := range names {
		q, mark := d.Quote(n), fmt.Sprintf("$%d", i+1)
		if i < keys {
			where += sep(where, " AND ") + q + " = " + mark
		} else {
			set += sep(set, ", ") + q + " = " + mark
		}
		list += sep(list, ", ") + q
		marks += sep(marks, ", ") + mark
	}
	n, err := tx.Exec(ctx, "UPDATE "+l.Table(table)+" SET "+set+" WHERE "+where, values...)
	if err == nil && n == 0 {
		_, err = tx.Exec(ctx, "INSERT INTO "+l.Table(table)+" ("+list+") VALUES ("+marks+")", values...)
	}
	if err != nil {
		return fmt.Errorf("write %s.%s: %w", l.Schema, table, err)
	}
	return nil
}

func sep(sofar, separator string) string {
	if sofar == "" {
		return ""
	}
	return separator
}

// nullText is a text that is NULL when empty.
func nullText(s string) record.Value {
	if s == "" {
		return record.Null
	}
	return record.TextValue(s)
}

// nullTime is an instant that is NULL when zero.
func nullTime(t time.Time) record.Value {
	if t.IsZero() {
		return record.Null
	}
	return record.TimeValue(t)
}
