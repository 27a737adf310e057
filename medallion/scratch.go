package medallion

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// scratch is the project in a transaction that is thrown away: an engine like any other,
// with the same steps, whose silver, gold and memory are temporary tables. Bronze is the
// warehouse's own.
type scratch struct {
	*Engine
	tx    warehouse.Tx // sees the temporary tables, and the warehouse's
	names map[schema.Name]schema.Name
	real  *Engine
}

// scratch makes the temporary tables in a scratch transaction, all empty, but for the memory of what the sources
// said: with it, every step has everything before it.
func (e *Engine) scratch(ctx context.Context, tx warehouse.Tx, now func() time.Time) (*scratch, error) {
	s := &scratch{tx: tx, names: map[schema.Name]schema.Name{}, real: e}
	for _, t := range e.Tables() {
		if t.Name.Schema != e.Model.Layers.Bronze {
			s.names[t.Name] = schema.Name{Table: warehouse.ShortName(t.Name.String(), e.dialect().MaxNameLength())}
		}
	}
	copied := *e
	s.Engine = &copied
	s.Warehouse = elsewhere{e.Warehouse, s, warehouse.Renamed(e.dialect(), s.rename)}
	s.Ledger.Dialect = s.Warehouse.Dialect()
	s.Now, s.Emit = now, func(Event) {}
	if err := s.begin(ctx); err != nil {
		return nil, fmt.Errorf("prepare temporary tables: %w", err)
	}
	return s, nil
}

// ready refuses to go on while the warehouse lacks what the project declares.
func (e *Engine) ready(ctx context.Context) error {
	changes, err := e.Changes(ctx)
	if err != nil || len(changes) == 0 {
		return err
	}
	return fmt.Errorf("the warehouse is not what the project declares (%s, %d changes in all); run `lode run` first", changes[0].Text, len(changes))
}

func (s *scratch) rename(n schema.Name) schema.Name {
	if t, ok := s.names[n]; ok {
		return t
	}
	return n
}

func (s *scratch) begin(ctx context.Context) error {
	for _, t := range s.Tables() {
		if name, ok := s.names[t.Name]; ok {
			for _, sql := range s.dialect().CreateTemp(name.Table, t.Fields) {
				if _, err := s.tx.Exec(ctx, sql); err != nil {
					return fmt.Errorf("create %s: %w", t.Name, err)
				}
			}
		}
	}
	for _, memory := range []string{"sequences", "streams", "definitions", "tracking", "loads", "runs"} {
		if _, err := s.tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s SELECT * FROM %s", s.Ledger.Table(memory), s.real.Ledger.Table(memory))); err != nil {
			return fmt.Errorf("copy %s: %w", memory, err)
		}
	}
	return nil
}

// star runs the steps of gold that are wanted, as for the first time.
func (s *scratch) star(ctx context.Context, wanted func(Step) bool) error {
	tx, err := s.Warehouse.Begin(ctx)
	if err != nil {
		return err
	}
	for _, m := range s.Model.Dimensions {
		if err := s.specialMembers(ctx, tx, m); err != nil {
			return fmt.Errorf("write the special members of %s: %w", m.Table.Name, err)
		}
	}
	for _, step := range s.Steps() {
		if step.Kind == LoadStep || step.Kind == EntityStep || !wanted(step) {
			continue
		}
		if _, err := s.Execute(ctx, step, Mode{}); err != nil {
			return err
		}
	}
	return nil
}

// elsewhere is the warehouse of a scratch: its transactions are all the one that will be
// thrown away.
type elsewhere struct {
	warehouse.Warehouse
	scratch *scratch
	dialect warehouse.Dialect
}

func (w elsewhere) Dialect() warehouse.Dialect { return w.dialect }

func (w elsewhere) Begin(context.Context) (warehouse.Tx, error) {
	return elsewhereTx{w.scratch.tx, w.scratch}, nil
}

// Query reads temporary tables in the transaction, and everything else beside it, as a
// step does that reads its input while it writes.
func (w elsewhere) Query(ctx context.Context, sql string, args ...record.Value) record.Batches {
	for name := range w.scratch.names {
		if strings.Contains(sql, w.dialect.Table(name)) {
			return w.scratch.tx.Query(ctx, sql, args...)
		}
	}
	return w.Warehouse.Query(ctx, sql, args...)
}

type elsewhereTx struct {
	warehouse.Tx
	scratch *scratch
}

func (t elsewhereTx) Load(ctx context.Context, table schema.Name, batches record.Batches) (int64, error) {
	return t.Tx.Load(ctx, t.scratch.rename(table), batches)
}

// Commit does nothing: the next step goes on in the same transaction.
func (elsewhereTx) Commit(context.Context) error { return nil }

// Rollback does nothing: after a failure the scratch is closed.
func (elsewhereTx) Rollback() error { return nil }
