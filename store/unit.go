package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
)

// Unit is a unit of work: what is done in it becomes visible as a whole, or not at all. A row
// that is read twice in a unit is the same pointer. A Unit is used by one goroutine.
type Unit struct {
	owner  *DB
	tx     transaction
	known  map[string]any // the rows that the unit has read or written, by model and key
	nested int
	reads  int  // how many Each are going on: one connection either reads or writes
	loads  bool // an InsertAll is taking its rows: the connection is not free for anything else
	ended  bool
	broken error    // a write that failed: nothing of the unit can be kept
	undo   []func() // what the structs showed before the unit wrote them
}

// Do runs a part of the unit that can be undone alone: when do returns an error, or panics,
// what it did is rolled back, and the unit can go on. DuckDB has no savepoints: there the
// error of a part wraps warehouse.ErrUnsupported, and the whole unit has to end.
func (u *Unit) Do(ctx context.Context, do func(*Unit) error) (err error) {
	if err := u.free(); err != nil {
		return err
	}
	u.nested++
	undone, before := len(u.undo), u.broken
	name := fmt.Sprintf("lode_%d", u.nested)
	if err := u.tx.mark(ctx, name); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			clear(u.known) // what they hold may have been undone
			u.takeBack(undone)
			u.broken = before
			if failed := u.tx.back(ctx, name); failed != nil {
				u.broken = failed
				err = errors.Join(err, failed)
			}
		}
	}()
	if err := do(u); err != nil {
		return err
	}
	done = true
	return nil
}

// takeBack lets the structs show again what they showed before, from the n-th write on.
func (u *Unit) takeBack(n int) {
	for i := len(u.undo) - 1; i >= n; i-- {
		u.undo[i]()
	}
	u.undo = u.undo[:n]
}

func (u *Unit) within(_ context.Context, do func(*Unit) error) error {
	if u.ended {
		return errors.New("the unit of work has ended")
	}
	return do(u)
}

func (u *Unit) rows() reader {
	if u.loads {
		return busy{}
	}
	return u.tx
}

// free tells whether the unit can write.
func (u *Unit) free() error {
	switch {
	case u.loads:
		return ErrLoading
	case u.reads > 0:
		return ErrReading
	}
	return nil
}

// busy is what a unit reads from while rows are loaded in it.
type busy struct{}

func (busy) read(context.Context, catalog, selection) record.Batches { return failed(ErrLoading) }

func (busy) raw(context.Context, string, []record.Value) record.Batches { return failed(ErrLoading) }

func (u *Unit) db() *DB { return u.owner }

func (u *Unit) unit() *Unit { return u }

// identity is the name of a row in a unit.
func identity(b *bound, key []record.Value) string {
	var s strings.Builder
	s.WriteString(b.info.String())
	for _, v := range key {
		fmt.Fprintf(&s, "\x00%d:%s", v.Kind(), v)
	}
	return s.String()
}

// reading is a unit's transaction without its memory of rows.
type reading struct{ *Unit }

func (r reading) unit() *Unit { return nil }

func (d *DB) reading(u *Unit) Session { return reading{u} }
