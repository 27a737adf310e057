package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/check"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// entityRun brings an entity up to date: new bronze events are mapped and appended to
// the typed log, then the current state of the touched keys is written.
//
// Normally a transaction takes the next events of one stream. When the definition has
// changed, or the quarantine is replayed, events are mapped again: their old log rows
// go, the new ones take higher numbers, and keys that lose all their rows get a row of
// op void, so that the tables after this one see every key that was touched.
type entityRun struct {
	e      *Engine
	m      *schema.EntityModel
	step   string
	checks bool // see Mode.Check
	result Result
}

// entityChunk bounds the bronze events of one transaction.
const entityChunk = 200_000

func (e *Engine) executeEntity(ctx context.Context, step Step, mode Mode) (Result, error) {
	if step.Entity.Conformed != nil {
		return e.executeMatch(ctx, step, mode)
	}
	r := &entityRun{e: e, m: step.Entity, step: step.Name, checks: mode.Check}
	snapshot, err := e.Ledger.Read(ctx, e.Warehouse)
	if err != nil {
		return r.result, err
	}
	if mode.Rebuild || snapshot.Redefined(r.step, r.m.Fingerprint) {
		return r.result, r.remap(ctx, snapshot, "")
	}
	if mode.Replay {
		if err := r.remap(ctx, snapshot, r.quarantined()); err != nil {
			return r.result, err
		}
	}
	for _, m := range r.inputs() {
		if err := r.catchUp(ctx, m, snapshot); err != nil {
			return r.result, err
		}
	}
	return r.result, nil
}

// input is a stream that feeds the entity, by one or more mappings.
type input struct {
	ref      schema.StreamRef
	name     string // of the bronze table
	mappings []int
}

func (r *entityRun) inputs() []input {
	var out []input
next:
	for i, m := range r.m.From {
		for j := range out {
			if out[j].ref.String() == m.Stream {
				out[j].mappings = append(out[j].mappings, i)
				continue next
			}
		}
		ref := r.e.stream(m.Stream)
		out = append(out, input{ref, r.e.bronze(ref).Name.String(), []int{i}})
	}
	return out
}

// catchUp maps the new events of a stream, a bounded number in each transaction.
func (r *entityRun) catchUp(ctx context.Context, in input, s ledger.Snapshot) error {
	published := s.Streams[in.ref.String()].Published
	from := s.Position(r.step, in.name).Position
	for from < published {
		upto, err := r.mapNext(ctx, in, from, published)
		if err != nil {
			return err
		}
		from = upto
	}
	return nil
}

func (r *entityRun) mapNext(ctx context.Context, in input, from, published int64) (int64, error) {
	upto := min(published, from+entityChunk)
	err := r.e.inTx(ctx, func(tx warehouse.Tx) error {
		a, err := r.appender(ctx, tx)
		if err != nil {
			return err
		}
		where := fmt.Sprintf("seq > %d AND seq <= %d", from, upto)
		if upto, err = a.append(ctx, in, where, upto); err != nil {
			return err
		}
		if err := a.finish(ctx, currentScope{}); err != nil {
			return err
		}
		if err := a.check(ctx, currentScope{}, check.Input{Stream: in.ref.String(), Bronze: r.e.bronze(in.ref).Name, After: from, UpTo: upto, Logged: a.first}); err != nil {
			return err
		}
		return r.e.Ledger.SetPosition(ctx, tx, ledger.Position{Step: r.step, Input: in.name, Position: upto, Fingerprint: r.m.Fingerprint, At: r.e.Now()})
	})
	if err != nil {
		return 0, fmt.Errorf("map %s into %s: %w", in.name, r.step, err)
	}
	return upto, nil
}

// quarantined selects the bronze events that wait in quarantine for this entity, and those
// of their keys that said something again: what stood in quarantine was not in between.
func (r *entityRun) quarantined() string {
	waits := fmt.Sprintf("FROM %s q WHERE q.entity = %s", r.e.Ledger.Table("quarantine"), r.e.text(r.m.Name))
	query := "SELECT q.stream, q.seq " + waits
	for _, in := range r.inputs() {
		stream := r.e.text(in.ref.String())
		query += fmt.Sprintf("\nUNION SELECT %s, b.seq FROM %s b WHERE b.repeats IS NOT NULL AND b.key IN (SELECT q.record_key %s AND q.stream = %s)",
			stream, r.e.dialect().Table(r.e.bronze(in.ref).Name), waits, stream)
	}
	return "(" + query + ")"
}

const (
	tmpAgain   = "lode_again"
	tmpOldKeys = "lode_old_keys"
)

// remap maps events again, in one transaction: those in the relation again (stream,
// seq), or all of them when it is empty.
func (r *entityRun) remap(ctx context.Context, s ledger.Snapshot, again string) error {
	err := r.e.inTx(ctx, func(tx warehouse.Tx) error {
		if err := execute(ctx, tx, &r.result, r.forget(again)...); err != nil {
			return err
		}
		a, err := r.appender(ctx, tx)
		if err != nil {
			return err
		}
		for _, in := range r.inputs() {
			if err := r.remapInput(ctx, tx, a, in, s, again); err != nil {
				return err
			}
		}
		if err := a.void(ctx); err != nil {
			return err
		}
		scope := currentScope{all: again == "", again: true}
		if err := a.finish(ctx, scope); err != nil {
			return err
		}
		if err := r.e.Ledger.SetSequence(ctx, tx, retoldLog(r.m), a.last); err != nil {
			return err
		}
		if again == "" {
			if err := r.e.Ledger.Retire(ctx, tx, r.step, r.m.Fingerprint); err != nil {
				return err
			}
		}
		return a.check(ctx, scope)
	})
	if err != nil {
		return fmt.Errorf("map %s again: %w", r.step, err)
	}
	return nil
}

func (r *entityRun) remapInput(ctx context.Context, tx warehouse.Tx, a *appender, in input, s ledger.Snapshot, again string) error {
	published := s.Streams[in.ref.String()].Published
	where := fmt.Sprintf("seq <= %d", published)
	if again != "" {
		// The reader is another session, which does not see the temporary table.
		where += fmt.Sprintf(" AND seq IN (SELECT q.seq FROM %s q WHERE q.stream = %s)", again, r.e.text(in.ref.String()))
		where += fmt.Sprintf(" AND seq <= %d", s.Position(r.step, in.name).Position)
	}
	for from := int64(0); from < published; {
		upto := min(published, from+entityChunk)
		upto, err := a.append(ctx, in, fmt.Sprintf("%s AND seq > %d AND seq <= %d", where, from, upto), upto)
		if err != nil {
			return err
		}
		if err := a.writeNotes(ctx, again == ""); err != nil {
			return err
		}
		from = upto
	}
	if again != "" {
		return nil
	}
	return r.e.Ledger.SetPosition(ctx, tx, ledger.Position{Step: r.step, Input: in.name, Position: published, Fingerprint: r.m.Fingerprint, At: r.e.Now()})
}

// retoldLog names the sequence that says up to where an entity's log was when events were
// taken out of it to be mapped again. Who has read less of it cannot trust that what it has
// read is still there.
func retoldLog(m *schema.EntityModel) string { return m.Log.Name.String() + " retold" }

// forget takes out what is known of the events that are mapped again, but remembers
// their keys.
func (r *entityRun) forget(again string) []sqltext.Statement {
	d := r.e.dialect()
	log, key := d.Table(r.m.Log.Name), sqltext.List(d, "l", r.m.Key()...)
	chosen, quarantine, registry := "", "entity = "+r.e.text(r.m.Name), "DELETE FROM "+r.e.Ledger.Table("custom_fields")+" WHERE entity = "+r.e.text(r.m.Name)
	statements := []sqltext.Statement{{SQL: affected.DropTemp(d, tmpAgain)}, {SQL: affected.DropTemp(d, tmpOldKeys)}}
	if again != "" {
		statements = append(statements, sqltext.Statement{Note: "the events to map again", SQL: fmt.Sprintf("CREATE TEMPORARY TABLE %s AS SELECT * FROM %s a", d.Quote(tmpAgain), again)})
		chosen = fmt.Sprintf(" AND EXISTS (SELECT 1 FROM %s a WHERE a.stream = l.event_stream AND a.seq = l.event_seq)", d.Quote(tmpAgain))
		registry = ""
	}
	return append(statements,
		sqltext.Statement{Note: "the keys that may lose rows", SQL: fmt.Sprintf("CREATE TEMPORARY TABLE %s AS SELECT DISTINCT %s FROM %s l WHERE l.op <> 'scope'%s", d.Quote(tmpOldKeys), key, log, chosen)},
		sqltext.Statement{Note: "forget how they were mapped", SQL: fmt.Sprintf("DELETE FROM %s l WHERE TRUE%s", log, chosen)},
		sqltext.Statement{Note: "and what was wrong with them", SQL: fmt.Sprintf("DELETE FROM %s WHERE %s", r.e.Ledger.Table("quarantine"), quarantine)},
		sqltext.Statement{Note: "and the fields they carried", SQL: registry})
}

// payload columns read from bronze, in this order.
var bronzeColumns = []string{"seq", "load_id", "observed_at", "key", "op", "payload", "revives", "repeats"}

// read streams the bronze events that the condition selects, oldest first. Records that
// could not be keyed wait in quarantine and are left out.
func (r *entityRun) read(ctx context.Context, in input, where string) record.Batches {
	d := r.e.dialect()
	return r.e.Warehouse.Query(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s AND (key IS NULL OR key NOT LIKE '!%%') ORDER BY seq",
		sqltext.List(d, "", bronzeColumns...), d.Table(r.e.bronze(in.ref).Name), where))
}

// timed tells whether every mapping of the stream reads the business time from the
// record. Then a record that was said before, at the same time, is the same event.
func (r *entityRun) timed(in input) bool {
	for _, i := range in.mappings {
		if r.m.From[i].ValidAt.Field == "" {
			return false
		}
	}
	return true
}
