package medallion

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/asof"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Moment says which star a question is asked of. The zero Moment is the star as it stands.
type Moment struct {
	AsOf    time.Time // as it was at this valid time; zero means as it is
	KnownAt time.Time // as it was known at this time of observation; zero means all that is known
}

// IsNow tells whether the moment is the star as it stands.
func (m Moment) IsNow() bool { return m.AsOf.IsZero() && m.KnownAt.IsZero() }

// QueryAt streams the result of a SQL query on the star of a moment. The query only reads.
func (e *Engine) QueryAt(ctx context.Context, m Moment, sql string, args ...record.Value) record.Batches {
	switch {
	case m.IsNow():
		return e.Warehouse.Query(ctx, sql, args...)
	case m.KnownAt.IsZero():
		return e.queryAsOf(ctx, m.AsOf, sql, args)
	}
	return e.queryKnown(ctx, m, sql, args)
}

func (e *Engine) queryAsOf(ctx context.Context, at time.Time, sql string, args []record.Value) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		rewritten, err := e.rewriteAsOf(at, sql)
		if err != nil {
			yield(nil, fmt.Errorf("query %s: %w", Moment{AsOf: at}, err))
			return
		}
		e.Warehouse.Query(ctx, rewritten, args...)(yield)
	}
}

func (e *Engine) rewriteAsOf(at time.Time, sql string) (string, error) {
	return asof.Rewrite(e.dialect(), sql, e.asked(), asof.Star(e.dialect(), e.Model, at))
}

func (e *Engine) queryKnown(ctx context.Context, m Moment, sql string, args []record.Value) record.Batches {
	return func(yield func(*record.Batch, error) bool) {
		err := func() error {
			tx, err := e.Warehouse.Scratch(ctx)
			if err != nil {
				return err
			}
			defer func() {
				_ = tx.Rollback() // nothing was to be kept
			}()
			rewritten, err := e.at(ctx, tx, m, sql)
			if err != nil {
				return err
			}
			if err := tx.ReadOnly(ctx); err != nil {
				return err
			}
			for b, err := range tx.Query(ctx, rewritten, args...) {
				if err != nil || !yield(b, nil) {
					return err
				}
			}
			return nil
		}()
		if err != nil {
			yield(nil, fmt.Errorf("query %s: %w", m, err))
		}
	}
}

// mentions wants all of the star but the aggregates of which a query does not speak.
func mentions(sql string) func(Step) bool {
	text := strings.ToLower(sql)
	return func(s Step) bool {
		return s.Kind != AggregateStep || strings.Contains(text, strings.ToLower(s.Aggregate.Table.Name.Table))
	}
}

// rewrite lets a query read the temporary tables, as of a valid time if there is one.
func (s *scratch) rewrite(m Moment, sql string) (string, error) {
	var relations asof.Relations
	if m.AsOf.IsZero() {
		relations = asof.Relations{}
		for name, temp := range s.names {
			if name.Schema == s.Model.Layers.Silver || name.Schema == s.Model.Layers.Gold {
				relations[name] = asof.Relation{Table: s.real.dialect().Table(temp)}
			}
		}
	} else {
		relations = asof.Star(s.dialect(), s.Model, m.AsOf)
	}
	return asof.Rewrite(s.real.dialect(), sql, s.asked(), relations)
}

// known builds silver's state and the star from the events that had been observed at a
// time, by the definitions of today.
func (e *Engine) known(ctx context.Context, tx warehouse.Tx, at time.Time, wanted func(Step) bool) (*scratch, error) {
	if err := e.ready(ctx); err != nil {
		return nil, err
	}
	s, err := e.scratch(ctx, tx, func() time.Time { return at })
	if err != nil {
		return nil, err
	}
	s.until = at
	for _, x := range s.Model.Entities {
		if err := s.knownEntity(ctx, x, at); err != nil {
			return nil, fmt.Errorf("build %s: %w", x.Current.Name, err)
		}
	}
	return s, s.star(ctx, wanted)
}

// knownEntity copies what had been observed from the log, and finds anew what had vanished
// from nested lists: that depends on the lists that were known.
func (s *scratch) knownEntity(ctx context.Context, m *schema.EntityModel, at time.Time) error {
	if m.Conformed != nil {
		_, err := s.executeMatch(ctx, Step{Name: m.Current.Name.String(), Kind: EntityStep, Entity: m}, Mode{})
		return err // the records are those that were known
	}
	d := s.dialect()
	log := sqltext.Statement{Note: "the events observed by then", SQL: fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE observed_at <= %s AND event_ordinal <> %d",
		d.Table(m.Log.Name), sqltext.List(d, "", m.Log.FieldNames()...), sqltext.List(d, "", m.Log.FieldNames()...), s.real.dialect().Table(m.Log.Name), affected.Instant(d, at), derived)}
	statements := []sqltext.Statement{log, {SQL: d.Analyze(m.Log.Name)}}
	if m.Nested() {
		last, err := s.last(ctx, m.Log.Name.String())
		if err != nil {
			return err
		}
		statements = append(append(statements, changedLists(d, m, 0)...), sqltext.Statement{SQL: vanished(d, m, last)})
	}
	statements = append(statements, marking{d: d, m: m, whole: true}.statements()...) // a winner may not have been known then
	scope, err := s.stateScope(ctx, m)
	if err != nil {
		return err
	}
	return execute(ctx, s.tx, &Result{}, append(statements, current(d, m, scope)...)...)
}

// stateScope is how the state of all keys is computed from the log.
func (s *scratch) stateScope(ctx context.Context, m *schema.EntityModel) (currentScope, error) {
	version, err := scalar(ctx, s.tx, fmt.Sprintf("SELECT version FROM %s WHERE object = %s", s.Ledger.Table("definitions"), s.text(m.Current.Name.String())))
	if err != nil {
		return currentScope{}, err
	}
	scope := currentScope{all: true, version: version}
	for name, known := range map[string]*bool{partialLog(m): &scope.partial, refusedLog(m): &scope.refused} {
		last, err := s.last(ctx, name)
		if err != nil {
			return scope, err
		}
		*known = last > 0
	}
	return scope, nil
}

// last is the last number of a sequence.
func (s *scratch) last(ctx context.Context, sequence string) (int64, error) {
	return scalar(ctx, s.tx, fmt.Sprintf("SELECT last FROM %s WHERE name = %s", s.Ledger.Table("sequences"), s.text(sequence)))
}

// asked lists the schemas of which a question of another time may name only what has an
// answer: the layers, and those that views stand in.
func (e *Engine) asked() []string {
	out := e.layers()
	for _, v := range e.Model.Views {
		if !slices.Contains(out, v.Name.Schema) {
			out = append(out, v.Name.Schema)
		}
	}
	return out
}
