package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// executeMatch brings a conformed entity up to date with the entities whose records it is
// made of, in one transaction.
func (e *Engine) executeMatch(ctx context.Context, step Step, mode Mode) (Result, error) {
	r := &entityRun{e: e, m: step.Entity, step: step.Name, checks: mode.Check}
	if err := e.inTx(ctx, func(tx warehouse.Tx) error { return r.match(ctx, tx, mode) }); err != nil {
		return r.result, fmt.Errorf("match %s: %w", r.step, err)
	}
	return r.result, nil
}

func (r *entityRun) match(ctx context.Context, tx warehouse.Tx, mode Mode) error {
	snapshot, err := r.e.Ledger.Read(ctx, tx)
	if err != nil {
		return err
	}
	scope := r.matchScope(snapshot, mode)
	if !scope.All && r.unmatched(snapshot) == 0 {
		return nil
	}
	a, err := r.appender(ctx, tx)
	if err != nil {
		return err
	}
	scope.First = a.first
	for _, phase := range star.Match(r.e.dialect(), r.m, scope) {
		if err := r.phase(ctx, tx, phase); err != nil {
			return err
		}
	}
	if err := r.looked(ctx, tx, scope); err != nil {
		return err
	}
	if a.last, err = r.lastEvent(ctx, tx, a.first); err != nil {
		return err
	}
	if err := a.void(ctx); err != nil {
		return err
	}
	state := currentScope{all: scope.All && !a.empty, again: true}
	if err := a.finish(ctx, state); err != nil {
		return err
	}
	if err := a.check(ctx, state); err != nil {
		return err
	}
	return r.matchedUpTo(ctx, tx, snapshot)
}

// matchScope says what is new to a conformed entity. What it has never seen, or by
// another definition, it looks at as a whole.
func (r *entityRun) matchScope(s ledger.Snapshot, mode Mode) star.MatchScope {
	scope := star.MatchScope{All: mode.Rebuild || s.Redefined(r.step, r.m.Fingerprint), Keys: tmpOldKeys}
	for _, of := range r.m.Conformed.Of {
		p := s.Position(r.step, of.Current.Name.String())
		scope.All = scope.All || p.Fingerprint != r.m.Fingerprint
		scope.After = append(scope.After, p.Position)
		scope.Partial = append(scope.Partial, s.Sequences[partialLog(of)] > 0)
	}
	return scope
}

// unmatched counts the events of the records that have not been looked at yet.
func (r *entityRun) unmatched(s ledger.Snapshot) int64 {
	var n int64
	for _, of := range r.m.Conformed.Of {
		n += s.Sequences[of.Log.Name.String()] - s.Position(r.step, of.Current.Name.String()).Position
	}
	return n
}

// phase runs the statements of a phase, again and again if it repeats, until they touch nothing.
func (r *entityRun) phase(ctx context.Context, tx warehouse.Tx, of star.Phase) error {
	for {
		var touched int64
		var p performer
		for _, s := range of.Statements {
			n, err := p.run(ctx, tx, s)
			if err != nil {
				return err
			}
			touched += n
		}
		if !of.Repeat || touched == 0 {
			return nil
		}
	}
}

// largeThing is the number of records beyond which it is likelier that a rule matches
// what says nothing, like the address of an office, than that they are one thing.
const largeThing = 100

// looked counts the records that were touched, and tells of a thing that is suspiciously large.
func (r *entityRun) looked(ctx context.Context, tx warehouse.Tx, scope star.MatchScope) error {
	d, touched := r.e.dialect(), star.MatchTouched
	if scope.All {
		touched = star.MatchRecords
	}
	var err error
	if r.result.RowsIn, err = scalar(ctx, tx, "SELECT count(*) FROM "+d.Quote(touched)); err != nil {
		return err
	}
	largest, err := scalar(ctx, tx, fmt.Sprintf("SELECT max(n) FROM (SELECT count(*) AS n FROM %s GROUP BY lode_thing) t", d.Quote(star.MatchRecords)))
	if err == nil && largest > largeThing {
		r.e.Emit(Event{Step: r.step, Kind: "warning", Text: fmt.Sprintf("%d records are matched to one; look in %s for a value that many share and that says nothing, and make it NULL in the records' entity",
			largest, r.m.Conformed.Values.Name)})
	}
	return err
}

// lastEvent is the last number given in the log.
func (r *entityRun) lastEvent(ctx context.Context, tx warehouse.Tx, before int64) (int64, error) {
	last, err := scalar(ctx, tx, fmt.Sprintf("SELECT COALESCE(max(%s), 0) FROM %s", schema.LogSeq, r.e.dialect().Table(r.m.Log.Name)))
	return max(last, before), err
}

// matchedUpTo remembers, for each entity, the events that have been looked at.
func (r *entityRun) matchedUpTo(ctx context.Context, tx warehouse.Tx, s ledger.Snapshot) error {
	for _, of := range r.m.Conformed.Of {
		err := r.e.Ledger.SetPosition(ctx, tx, ledger.Position{
			Step: r.step, Input: of.Current.Name.String(), Position: s.Sequences[of.Log.Name.String()], Fingerprint: r.m.Fingerprint, At: r.e.Now(),
		})
		if err != nil {
			return err
		}
	}
	return r.e.Ledger.Retire(ctx, tx, r.step, r.m.Fingerprint)
}

// matchWork says what the step of a conformed entity will find to do.
func (e *Engine) matchWork(s ledger.Snapshot, step Step, mode Mode) Work {
	r := &entityRun{e: e, m: step.Entity, step: step.Name}
	switch {
	case s.Redefined(step.Name, step.Entity.Fingerprint):
		return Work{Step: step, Action: "definition changed: match every record again", Whole: true}
	case mode.Rebuild:
		return Work{Step: step, Action: "match every record again", Whole: true}
	}
	return newEvents(step, r.unmatched(s))
}

// matchedFrom tells whether a table is one that a conformed entity is computed from, or
// keeps its own memory in.
func matchedFrom(x *schema.EntityModel, name schema.Name) bool {
	c := x.Conformed
	if c == nil {
		return false
	}
	if name == c.Members.Name || name == c.Values.Name {
		return true
	}
	for _, of := range c.Of {
		if name == of.Log.Name || name == of.Current.Name {
			return true
		}
	}
	return false
}
