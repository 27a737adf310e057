package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

// sweep records the deletion of the keys that a complete pass has not seen.
func (l *load) sweep(ctx context.Context) error {
	next := l.standing
	err := l.e.inTx(ctx, func(tx warehouse.Tx) error {
		last, err := l.sweepIn(ctx, tx, &next, "the complete pass")
		if err != nil {
			return err
		}
		next.meta.Published = last
		return l.put(ctx, tx, next)
	})
	if err == nil {
		l.standing = next
	}
	return err
}

// sweepIn records the deletion of the keys that a list lacked, and gives the number of the
// last event of the log. It is refused when the list held nothing, or less of what is known
// than the guard asks for.
func (l *load) sweepIn(ctx context.Context, tx warehouse.Tx, next *standing, list string) (int64, error) {
	last, err := l.e.Ledger.Sequence(ctx, tx, l.out.table.Name.String())
	if err != nil {
		return 0, err
	}
	n := next.unkeyed
	next.unkeyed = 0
	if n > 0 && l.stream.SweepMode != source.Keys {
		l.e.Emit(Event{Step: l.step, Kind: "sweep_left_out", Rows: n, Text: fmt.Sprintf(
			"%d records of %s have no key, and what seems to be gone may be one of them; nothing was deleted", n, list)})
		return last, l.e.Ledger.ForgetSeen(ctx, tx, l.meta.Stream)
	}
	found, err := l.census(ctx, tx)
	if err != nil {
		return 0, err
	}
	if err := found.refusal(list); err != nil {
		return 0, &source.Error{Kind: source.Failed, Op: "sweep " + l.ref.String(), Err: err}
	}
	if found.later > 0 {
		l.e.Emit(Event{Step: l.step, Kind: "sweep_of_the_past", Rows: found.later, Text: fmt.Sprintf(
			"%s is older than what is known of %d keys that it lacks; they are not deleted", list, found.later)})
	}
	if n, err = l.deleteUnseen(ctx, tx, last, found.gone); err != nil {
		return 0, err
	}
	next.row.Deleted += n
	next.result.Deleted += n
	next.meta.SweptAt = l.e.Now()
	return last + n, l.e.Ledger.ForgetSeen(ctx, tx, l.meta.Stream)
}

// endSnapshot sweeps by a snapshot that has ended with the chunk, in the chunk's transaction:
// what it brought and what it lacked come into force together with the state that it was taken.
func (l *load) endSnapshot(ctx context.Context, tx warehouse.Tx, next *standing, n *stored) error {
	if l.out.batch.Len() == 0 { // otherwise stored with the records
		if err := l.e.Ledger.PutRequests(ctx, tx, l.row.ID, l.requests()); err != nil {
			return err
		}
	}
	last, err := l.sweepIn(ctx, tx, next, l.out.requests[len(l.out.requests)-1].origin)
	n.covered, n.last = last, last
	return err
}

// sees tells whether a pass remembers the keys that it brings, for a sweep.
func (l *load) sees(mode source.Mode) bool {
	snapshots := l.stream.SweepMode == source.Snapshots && (mode == source.Incremental || mode == source.Full)
	return l.stream.Sweep && (snapshots || mode == l.stream.SweepMode)
}

// confirm reads the list again when a key is missing from it, if the key may have moved
// from a page to one that had been read: what either pass sees is there (case 7).
func (l *load) confirm(ctx context.Context, src source.Source, mode source.Mode, pages int64) error {
	if !l.stream.Shifts || pages < 2 {
		return nil
	}
	found, err := l.census(ctx, l.e.Warehouse)
	if err != nil || found.missing() == 0 {
		return err
	}
	l.e.Emit(Event{Step: l.step, Kind: "sweep_confirmed", Text: "keys are missing from pages that may have shifted; reading them again before any of them is deleted", Rows: found.missing()})
	return l.pass(ctx, src, mode)
}

// tmpGone holds the groups of keys that are gone, as far as no list has them.
const tmpGone = "lode_gone"

// deleteUnseen appends a deletion of each unseen key of the groups, behind the last event.
func (l *load) deleteUnseen(ctx context.Context, tx warehouse.Tx, last int64, gone []group) (int64, error) {
	if len(gone) == 0 {
		return 0, nil
	}
	if err := l.stageGone(ctx, tx, gone); err != nil {
		return 0, err
	}
	d, table := l.e.dialect(), l.out.table
	n, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s (seq, load_id, request, observed_at, key, op, hash, payload)\n"+
		"SELECT %d + row_number() OVER (ORDER BY k.key), '%s', %d, %s, k.key, 'delete', %s, g.payload\n"+
		"FROM (%s) k JOIN %s g ON g.lode_part = k.lode_part AND g.lode_at = k.lode_at\n"+
		"WHERE NOT EXISTS (SELECT 1 FROM %s s WHERE s.stream = $1 AND s.record_key = k.key)",
		d.Table(table.Name), last, l.row.ID, l.out.number, affected.Instant(d, l.e.Now()), d.Literal(record.UUIDValue(nilUUID), record.Of(record.UUID)),
		l.liveKeys(), d.Quote(tmpGone), l.e.Ledger.Table("seen_keys")),
		record.TextValue(l.meta.Stream))
	if err != nil {
		return 0, fmt.Errorf("record the deletions of %s: %w", l.ref, err)
	}
	return n, l.e.Ledger.SetSequence(ctx, tx, table.Name.String(), last+n)
}

// stageGone loads the groups that are gone, with what their deletions say.
func (l *load) stageGone(ctx context.Context, tx warehouse.Tx, gone []group) error {
	payload := schema.Field{Name: "payload", Type: record.Of(record.JSON), Verbatim: true}
	fields := []schema.Field{{Name: "lode_part", Type: record.Of(record.Text), NotNull: true}, {Name: "lode_at", Type: record.Of(record.Text), NotNull: true}, payload}
	for _, sql := range l.e.dialect().CreateTemp(tmpGone, fields) {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("create a table for what is gone from %s: %w", l.ref, err)
		}
	}
	b := record.NewBatch(schema.Table{Fields: fields}.Columns())
	for _, g := range gone {
		b.Vectors[0].AppendText(g.part)
		b.Vectors[1].AppendText(g.at)
		appendText(&b.Vectors[2], g.says)
	}
	if _, err := tx.Load(ctx, schema.Name{Table: tmpGone}, record.One(b)); err != nil {
		return fmt.Errorf("stage what is gone from %s: %w", l.ref, err)
	}
	return nil
}

// nilUUID is the hash of a deletion that no record spoke of: a sweep found it.
const nilUUID = "00000000-0000-0000-0000-000000000000"
