package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

// sweep records the deletion of the keys that a complete pass has not seen. It is
// refused when the pass saw nothing, or less of the known keys than the guard asks for.
func (l *load) sweep(ctx context.Context) error {
	live, seen := l.liveKeys(), l.seenKey()
	next := l.standing
	err := l.e.inTx(ctx, func(tx warehouse.Tx) error {
		known, found, err := l.census(ctx, tx)
		if err != nil {
			return err
		}
		if refused := l.guard(known, found); refused != nil {
			return refused
		}
		if err := l.deleteUnseen(ctx, tx, &next, live, seen); err != nil {
			return err
		}
		next.meta.SweptAt = l.e.Now()
		if err := l.put(ctx, tx, next); err != nil {
			return err
		}
		return l.e.Ledger.ForgetSeen(ctx, tx, l.meta.Stream)
	})
	if err == nil {
		l.standing = next
	}
	return err
}

// liveKeys selects the keys whose newest event is no deletion.
func (l *load) liveKeys() string {
	table := l.e.dialect().Table(l.out.table.Name)
	return fmt.Sprintf("SELECT b.key FROM %s b JOIN (SELECT key, max(seq) AS seq FROM %s WHERE key IS NOT NULL AND key NOT LIKE '!%%' GROUP BY key) m ON m.seq = b.seq WHERE b.op = 'upsert'", table, table)
}

// seenKey tells whether key k.key was seen; $1 is the stream.
func (l *load) seenKey() string {
	return fmt.Sprintf("EXISTS (SELECT 1 FROM %s s WHERE s.stream = $1 AND s.record_key = k.key)", l.e.Ledger.Table("seen_keys"))
}

// census counts the known keys, and those of them that were seen.
func (l *load) census(ctx context.Context, r ledger.Reader) (known, found int64, err error) {
	live := "SELECT count(*) FROM (" + l.liveKeys() + ") k"
	if known, err = scalar(ctx, r, live); err != nil {
		return 0, 0, fmt.Errorf("count the known keys of %s: %w", l.ref, err)
	}
	if found, err = scalar(ctx, r, live+" WHERE "+l.seenKey(), record.TextValue(l.meta.Stream)); err != nil {
		return 0, 0, fmt.Errorf("count the seen keys of %s: %w", l.ref, err)
	}
	return known, found, nil
}

// confirm reads the list again when a key is missing from it, if the key may have moved
// from a page to one that had been read: what either pass sees is there (case 7).
func (l *load) confirm(ctx context.Context, src source.Source, mode source.Mode, pages int64) error {
	if !l.stream.Shifts || pages < 2 {
		return nil
	}
	known, found, err := l.census(ctx, l.e.Warehouse)
	if err != nil || known == found {
		return err
	}
	l.e.Emit(Event{Step: l.step, Kind: "sweep_confirmed", Text: "keys are missing from pages that may have shifted; reading them again before any of them is deleted", Rows: known - found})
	return l.pass(ctx, src, mode)
}

func (l *load) guard(known, found int64) error {
	if known == 0 || (found > 0 && float64(found) >= l.stream.SweepGuard*float64(known)) {
		return nil
	}
	return &source.Error{Kind: source.Failed, Op: "sweep " + l.ref.String(), Err: fmt.Errorf(
		"the complete pass saw %d of %d known keys, less than the guard of %g asks for; nothing was deleted. "+
			"If they are really gone, lower sweep.guard for one run", found, known, l.stream.SweepGuard)}
}

func (l *load) deleteUnseen(ctx context.Context, tx warehouse.Tx, next *standing, live, seen string) error {
	d, table := l.e.dialect(), l.out.table
	last, err := l.e.Ledger.Sequence(ctx, tx, table.Name.String())
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s (seq, load_id, request, observed_at, key, op, hash)\n"+
		"SELECT %d + row_number() OVER (ORDER BY k.key), '%s', %d, %s, k.key, 'delete', %s FROM (%s) k WHERE NOT %s",
		d.Table(table.Name), last, l.row.ID, l.out.number, affected.Instant(d, l.e.Now()), d.Literal(record.UUIDValue(nilUUID), record.Of(record.UUID)), live, seen),
		record.TextValue(l.meta.Stream))
	if err != nil {
		return fmt.Errorf("record the deletions of %s: %w", l.ref, err)
	}
	next.row.Deleted += n
	next.result.Deleted += n
	next.meta.Published = last + n
	return l.e.Ledger.SetSequence(ctx, tx, table.Name.String(), last+n)
}

// nilUUID is the hash of a deletion that no record spoke of: a sweep found it.
const nilUUID = "00000000-0000-0000-0000-000000000000"
