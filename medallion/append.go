package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// appender appends mapped events to an entity's log inside one transaction.
type appender struct {
	r       *entityRun
	tx      warehouse.Tx
	first   int64 // log_seq before this transaction
	last    int64
	empty   bool  // the log held nothing before
	version int64 // of the entity's definition
	again   bool  // some events say again what was said before
	lifts   bool  // some events may have no business time to be believed
	notes   notes
}

func (r *entityRun) appender(ctx context.Context, tx warehouse.Tx) (*appender, error) {
	last, err := r.e.Ledger.Sequence(ctx, tx, r.m.Log.Name.String())
	if err != nil {
		return nil, err
	}
	version, err := r.e.Ledger.Version(ctx, tx, r.step, r.m.Fingerprint, r.e.Now())
	if err != nil {
		return nil, err
	}
	return &appender{r: r, tx: tx, first: last, last: last, empty: last == 0, version: version}, nil
}

// append maps the selected events of a stream and loads their rows into the log. It
// stops early, after a whole batch, when the quarantine has grown large, and returns the
// number up to which the events have been taken: upto, or less.
func (a *appender) append(ctx context.Context, in input, where string, upto int64) (int64, error) {
	taken := upto
	rows := func(yield func(*record.Batch, error) bool) {
		for m, err := range a.r.mapped(ctx, in, where) {
			if err != nil {
				yield(nil, err)
				return
			}
			a.number(m.rows)
			a.notes.merge(&m.notes)
			a.again, a.lifts = a.again || m.again, a.lifts || m.lifts
			a.r.result.RowsIn += int64(m.events.Len())
			a.r.e.Emit(Event{Step: a.r.step, Kind: "progress", Rows: a.r.result.RowsIn})
			if m.rows.Len() > 0 && !yield(m.rows, nil) {
				return
			}
			if upto >= 0 && a.notes.large() {
				taken = m.last()
				return
			}
		}
	}
	if _, err := a.tx.Load(ctx, a.r.m.Log.Name, rows); err != nil {
		return 0, err
	}
	return taken, nil
}

// number gives the rows their places in the log.
func (a *appender) number(rows *record.Batch) {
	seqs := rows.Vectors[rows.Index(schema.LogSeq)].Ints
	for i := range seqs {
		a.last++
		seqs[i] = a.last
	}
}

// void adds a row of op void for each key that lost all the rows it had.
func (a *appender) void(ctx context.Context) error {
	d, m := a.r.e.dialect(), a.r.m
	key := sqltext.List(d, "o", m.Key()...)
	low := d.Literal(record.TimestampValue(0), record.Of(record.Timestamp))
	n, err := a.tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s (log_seq, valid_at, op, observed_at, event_stream, event_seq, event_ordinal, load_id, %s)\n"+
		"SELECT %d + row_number() OVER (ORDER BY %s), %s, 'void', %s, '', 0, 0, '', %s FROM %s o\n"+
		"WHERE NOT EXISTS (SELECT 1 FROM %s l WHERE l.log_seq > %d AND %s)",
		d.Table(m.Log.Name), sqltext.List(d, "", m.Key()...), a.last, key, low, low, key, d.Quote(tmpOldKeys),
		d.Table(m.Log.Name), a.first, sqltext.On(d, "l", "o", m.Key()...)))
	if err != nil {
		return fmt.Errorf("mark the keys that lost their rows: %w", err)
	}
	a.last += n
	return nil
}

// finish brings the current state up to date with what was appended, and writes down
// what was found on the way.
func (a *appender) finish(ctx context.Context, scope currentScope) error {
	r := a.r
	scope.after, scope.empty, scope.version = a.first, a.empty, a.version
	var err error
	if scope.partial, err = a.ever(ctx, partialLog(r.m), a.notes.partial); err != nil {
		return err
	}
	if scope.refused, err = a.ever(ctx, refusedLog(r.m), a.notes.refused); err != nil {
		return err
	}
	if err := r.e.analyze(ctx, a.tx, r.m.Log, a.last-a.first, a.last); err != nil {
		return err
	}
	if err := a.lift(ctx, scope.again); err != nil {
		return err
	}
	if err := a.forgetRepeats(ctx); err != nil {
		return err
	}
	if err := a.vanish(ctx); err != nil {
		return err
	}
	if a.last > a.first || scope.all {
		if err := execute(ctx, a.tx, &r.result, current(r.e.dialect(), r.m, scope)...); err != nil {
			return err
		}
		marks := marking{d: r.e.dialect(), m: r.m, after: a.first, whole: scope.all, again: scope.again, lifts: a.lifts}
		if err := execute(ctx, a.tx, &r.result, marks.statements()...); err != nil {
			return err
		}
	}
	if err := r.e.analyze(ctx, a.tx, r.m.Current, a.last-a.first, a.last); err != nil {
		return err
	}
	if err := a.writeNotes(ctx, !scope.again); err != nil {
		return err
	}
	if err := a.supersede(ctx); err != nil {
		return err
	}
	return r.e.Ledger.SetSequence(ctx, a.tx, r.m.Log.Name.String(), a.last)
}

// vanish deletes the nested rows that the newest list of their record no longer holds.
func (a *appender) vanish(ctx context.Context) error {
	r, d := a.r, a.r.e.dialect()
	if !r.m.Nested() {
		return nil
	}
	lists := append(changedLists(d, r.m, a.first), underive(d, r.m))
	if err := execute(ctx, a.tx, &r.result, lists...); err != nil {
		return err
	}
	n, err := a.tx.Exec(ctx, vanished(d, r.m, a.last))
	if err != nil {
		return fmt.Errorf("delete the rows that lists no longer hold: %w", err)
	}
	a.last += n
	return nil
}

// ever tells whether any event of the log, ever, did what some of these events do, and
// remembers it: a log without partial events needs no looking back for values, and one
// without refused values none for these.
func (a *appender) ever(ctx context.Context, name string, some bool) (bool, error) {
	known, err := a.r.e.Ledger.Sequence(ctx, a.tx, name)
	if err != nil || known > 0 || !some {
		return known > 0, err
	}
	return true, a.r.e.Ledger.SetSequence(ctx, a.tx, name, 1)
}

// partialLog names the sequence that is 1 when an entity's log holds partial events.
func partialLog(m *schema.EntityModel) string { return m.Log.Name.String() + " partial" }

// refusedLog names the sequence that is 1 when an entity's log holds values that could not
// be read.
func refusedLog(m *schema.EntityModel) string { return m.Log.Name.String() + " refused" }

// supersede marks what the source has mended in the meantime.
func (a *appender) supersede(ctx context.Context) error {
	r, d := a.r, a.r.e.dialect()
	waits, err := r.e.Ledger.Waits(ctx, a.tx, r.m.Name)
	if err != nil || !waits {
		return err
	}
	for _, in := range r.inputs() {
		if err := r.e.Ledger.Supersede(ctx, a.tx, r.m.Name, in.ref.String(), d.Table(r.e.bronze(in.ref).Name), d.Table(r.m.Log.Name), a.first); err != nil {
			return err
		}
	}
	return nil
}

// writeNotes writes down what was found while mapping, and forgets it. Fields of events
// that are mapped again one by one have been counted before.
func (a *appender) writeNotes(ctx context.Context, count bool) error {
	n := a.notes
	a.notes = notes{partial: n.partial, refused: n.refused} // finish asks for them
	a.r.result.Quarantined += int64(n.records)
	if err := a.r.e.Ledger.PutQuarantine(ctx, a.tx, n.quarantined); err != nil || !count {
		return err
	}
	return a.r.e.Ledger.PutCustomFields(ctx, a.tx, n.customFields())
}

// forgetRepeats takes out the events that only say again what was said before of the same
// instant, with nothing else said of that instant in between: they are the same event, and
// a source that tells its history twice changes nothing.
func (a *appender) forgetRepeats(ctx context.Context) error {
	if !a.again {
		return nil
	}
	for _, in := range a.r.inputs() {
		if !a.r.timed(in) {
			continue // it is the time of observation that tells such events apart
		}
		bronze := a.r.e.dialect().Table(a.r.e.bronze(in.ref).Name)
		if err := execute(ctx, a.tx, &a.r.result, repeats(a.r.e.dialect(), a.r.m, bronze, in.ref.String(), a.first)); err != nil {
			return err
		}
	}
	return nil
}
