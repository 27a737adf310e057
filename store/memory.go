package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// Memory is a DB that keeps its rows in memory: for tests of code that works on a Session. It
// keeps the same contract as a warehouse, but for SQL, which it does not know. Models of what a
// project makes from bronze can be filled here, as there is no project.
func Memory(project *schema.Model, models []model.Some, opts ...Option) (*DB, error) {
	d, err := open(&memory{tables: tables{}, working: make(chan struct{}, 1)}, project, models, opts)
	if err != nil {
		return nil, err
	}
	for _, b := range d.catalog {
		if !b.writable {
			b.fillable()
		}
	}
	return d, nil
}

// fillable lets a table that is made from bronze be written.
func (b *bound) fillable() {
	b.writable = true
	for _, f := range b.table.Fields {
		b.own = append(b.own, schema.ColumnModel{Name: f.Name, Stored: f.Type})
	}
}

// tables are the rows by table. A slice of rows is never changed, only replaced.
type tables map[schema.Name][][]record.Value

// memory keeps rows. One unit of work runs at a time.
type memory struct {
	mutex   sync.Mutex // guards tables
	tables  tables
	working chan struct{} // holds one token while a unit is going
}

func (m *memory) snapshot() tables {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return maps.Clone(m.tables)
}

func (m *memory) begin(ctx context.Context) (transaction, error) {
	select {
	case m.working <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return &inMemory{m: m, tables: m.snapshot(), marks: map[string]tables{}}, nil
}

func (m *memory) read(_ context.Context, c catalog, q selection) record.Batches {
	return (&inMemory{tables: m.snapshot()}).read(nil, c, q) //nolint:staticcheck // nothing waits
}

var errNoSQL = errors.New("the store is in memory and knows no SQL")

func (m *memory) raw(context.Context, string, []record.Value) record.Batches { return failed(errNoSQL) }

// inMemory is a unit of work in memory.
type inMemory struct {
	m      *memory
	tables tables
	marks  map[string]tables
	ended  bool
}

func (t *inMemory) raw(context.Context, string, []record.Value) record.Batches {
	return failed(errNoSQL)
}

func (t *inMemory) read(_ context.Context, c catalog, q selection) record.Batches {
	e := evaluation{c, t.tables}
	rows, err := e.rows(q.of, q.where)
	if err != nil {
		return failed(err)
	}
	if len(q.groups) > 0 || len(q.sums) > 0 {
		return e.summed(q, rows)
	}
	if rows, err = inOrder(q, rows); err != nil {
		return failed(err)
	}
	rows = rows[min(q.offset, len(rows)):]
	if q.limit > 0 {
		rows = rows[:min(q.limit, len(rows))]
	}
	batch := record.NewBatch(nil)
	for _, name := range q.of.columns {
		batch.Columns = append(batch.Columns, record.Column{Name: name, Type: q.of.table.Field(name).Type})
	}
	batch = record.NewBatch(batch.Columns)
	for _, row := range rows {
		out := make([]record.Value, len(q.of.at))
		for i, at := range q.of.at {
			out[i] = row[at]
		}
		batch.Append(out...)
	}
	if batch.Len() == 0 {
		return func(func(*record.Batch, error) bool) {}
	}
	return record.One(batch)
}

// inOrder sorts a copy of the rows.
func inOrder(q selection, rows [][]record.Value) ([][]record.Value, error) {
	type sortable struct{ row, by []record.Value }
	all := make([]sortable, len(rows))
	for i, row := range rows {
		all[i] = sortable{row, make([]record.Value, len(q.orders))}
		for n, o := range q.orders {
			var err error
			if all[i].by[n], err = q.of.at1(row, o.ref); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(all, func(a, b sortable) int { return ordered(q, a.by, b.by) })
	out := make([][]record.Value, len(all))
	for i, s := range all {
		out[i] = s.row
	}
	return out, nil
}

// ordered compares what two rows are ordered by; NULL comes last in either direction.
func ordered(q selection, a, b []record.Value) int {
	for i, o := range q.orders {
		x, y := a[i], b[i]
		switch {
		case x.IsNull() || y.IsNull():
			if n := cmp.Compare(boolInt(x.IsNull()), boolInt(y.IsNull())); n != 0 {
				return n
			}
		case o.desc:
			if n := compare(y, x); n != 0 {
				return n
			}
		default:
			if n := compare(x, y); n != 0 {
				return n
			}
		}
	}
	return 0
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (t *inMemory) insert(_ context.Context, b *bound, rows *record.Batch) error {
	before := len(t.tables[b.table.Name])
	if err := t.add(b, rows); err != nil {
		return err
	}
	return t.refers(b, t.tables[b.table.Name][before:])
}

// add adds rows without asking what they name.
func (t *inMemory) add(b *bound, rows *record.Batch) error {
	all := slices.Clone(t.tables[b.table.Name])
	for i := range rows.Len() {
		row := rows.Row(i)
		if at := b.duplicate(all, row); at >= 0 {
			return fmt.Errorf("%w: %v", ErrDuplicate, row[:len(b.table.PrimaryKey)])
		}
		all = append(all, row)
	}
	t.tables[b.table.Name] = all
	return nil
}

// duplicate finds a row with the same key, or with the same values of something unique.
func (b *bound) duplicate(all [][]record.Value, row []record.Value) int {
	keys := [][]string{b.table.PrimaryKey}
	for _, i := range b.table.Indexes {
		if i.Unique && i.Where == "" {
			keys = append(keys, i.Columns)
		}
	}
	names := b.table.FieldNames()
	return slices.IndexFunc(all, func(other []record.Value) bool {
		return slices.ContainsFunc(keys, func(key []string) bool {
			return !slices.ContainsFunc(key, func(column string) bool {
				i := slices.Index(names, column)
				return row[i].IsNull() || row[i] != other[i]
			})
		})
	})
}

func (t *inMemory) load(_ context.Context, b *bound, rows record.Batches) (n int64, err error) {
	before := len(t.tables[b.table.Name])
	for batch, err := range rows {
		if err != nil {
			return 0, err
		}
		if err := t.add(b, batch); err != nil {
			return 0, err
		}
		n += int64(batch.Len())
	}
	return n, t.refers(b, t.tables[b.table.Name][before:])
}

func (t *inMemory) upsert(_ context.Context, b *bound, rows *record.Batch) error {
	for i := range rows.Len() {
		row := rows.Row(i)
		all := slices.Clone(t.tables[b.table.Name])
		at := slices.IndexFunc(all, func(other []record.Value) bool {
			return slices.Equal(other[:len(b.table.PrimaryKey)], row[:len(b.table.PrimaryKey)])
		})
		if at < 0 {
			one := record.NewBatch(rows.Columns)
			one.Append(row...)
			if err := t.add(b, one); err != nil {
				return err
			}
			continue
		}
		for k, f := range b.table.Fields {
			switch f.Name {
			case schema.CreatedAt:
				row[k] = all[at][k]
			case schema.RowVersion:
				row[k] = record.IntValue(all[at][k].Int() + 1)
			}
		}
		rest := slices.Delete(slices.Clone(all), at, at+1)
		if b.duplicate(rest, row) >= 0 {
			return ErrDuplicate
		}
		all[at] = row
		t.tables[b.table.Name] = all
	}
	return t.refers(b, t.tables[b.table.Name])
}

func (t *inMemory) update(_ context.Context, c catalog, b *bound, set map[string]record.Value, now record.Value, where model.Node) (int64, error) {
	e := evaluation{c, t.tables}
	all, n := slices.Clone(t.tables[b.table.Name]), int64(0)
	for i, row := range all {
		held, err := e.holds(b, row, where)
		if err != nil {
			return 0, err
		}
		if held.IsNull() || !held.Bool() {
			continue
		}
		fresh, err := b.changed(row, set)
		if err != nil {
			return 0, err
		}
		for k, f := range b.table.Fields {
			switch f.Name {
			case schema.UpdatedAt:
				fresh[k] = now
			case schema.RowVersion:
				fresh[k] = record.IntValue(row[k].Int() + 1)
			}
		}
		if b.duplicate(slices.Delete(slices.Clone(all), i, i+1), fresh) >= 0 {
			return 0, ErrDuplicate
		}
		all[i] = fresh
		n++
	}
	t.tables[b.table.Name] = all
	return n, errors.Join(t.refers(b, all), t.leaves(b))
}

// changed is a row with some columns set.
func (b *bound) changed(row []record.Value, set map[string]record.Value) ([]record.Value, error) {
	fresh := slices.Clone(row)
	for i, f := range b.table.Fields {
		if v, is := set[f.Name]; is {
			fresh[i] = v
		}
	}
	return fresh, b.complete(fresh)
}

func (t *inMemory) remove(_ context.Context, c catalog, b *bound, where model.Node) (int64, error) {
	e := evaluation{c, t.tables}
	var keep [][]record.Value
	for _, row := range t.tables[b.table.Name] {
		held, err := e.holds(b, row, where)
		if err != nil {
			return 0, err
		}
		if held.IsNull() || !held.Bool() {
			keep = append(keep, row)
		}
	}
	n := len(t.tables[b.table.Name]) - len(keep)
	t.tables[b.table.Name] = keep
	return int64(n), t.leaves(b)
}

func (t *inMemory) mark(_ context.Context, name string) error {
	t.marks[name] = maps.Clone(t.tables)
	return nil
}

func (t *inMemory) back(_ context.Context, name string) error {
	t.tables = t.marks[name]
	return nil
}

func (t *inMemory) commit(ctx context.Context) error {
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), t.rollback())
	}
	t.m.mutex.Lock()
	t.m.tables = t.tables
	t.m.mutex.Unlock()
	return t.rollback()
}

func (t *inMemory) rollback() error {
	if !t.ended {
		t.ended = true
		<-t.m.working
	}
	return nil
}
