package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/lodehq/lode/store"
)

// loads: a unit that is taking the rows of an InsertAll does nothing else.
func loads() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"an iterator cannot use the unit that loads its rows": iteratorUses,
		"a listener cannot use the unit that loads its row":   listenerUses,
	}
}

// uses tries whatever a unit can do, which all has to be refused.
func uses(ctx context.Context, t *testing.T, u *store.Unit) {
	tickets := store.In(u, Tickets)
	_, all := tickets.All().All(ctx)
	_, count := tickets.All().Count(ctx)
	_, get := tickets.Get(ctx, ada().ID)
	_, sql := store.SQL[struct{ N int64 }](ctx, u, "SELECT 1 AS n")
	_, set := tickets.All().Update(ctx, State.Set("shut"))
	for what, err := range map[string]error{"all": all, "count": count, "get": get, "sql": sql, "update": set,
		"insert": tickets.Insert(ctx, &Ticket{}), "do": u.Do(ctx, func(*store.Unit) error { return nil })} {
		if !errors.Is(err, store.ErrLoading) {
			t.Errorf("%s got %v, want %v", what, err, store.ErrLoading)
		}
	}
}

func iteratorUses(t *testing.T, open Open) {
	db := open(t)
	must(t, db.Do(t.Context(), func(u *store.Unit) error {
		replies := store.In(u, Replies)
		n, err := replies.InsertAll(t.Context(), func(yield func(*Reply, error) bool) {
			uses(t.Context(), t, u)
			yield(&Reply{}, nil)
		})
		if n != 1 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
		if n, err := replies.All().Count(t.Context()); n != 1 || err != nil {
			t.Errorf("afterwards the unit reads %d rows, %v", n, err)
		}
		return store.In(u, Tickets).Insert(t.Context(), &Ticket{})
	}))
	fails(t, db.Do(t.Context(), func(u *store.Unit) error {
		_, err := store.In(u, Replies).InsertAll(t.Context(), store.In(u, Replies).All().Each(t.Context()))
		return err
	}), store.ErrLoading)
}

func listenerUses(t *testing.T, open Open) {
	bulk, heard := true, 0
	db := open(t, store.Listen(Replies, store.Listener[Reply]{
		BeforeInsert: func(ctx context.Context, u *store.Unit, _ *Reply) error {
			if bulk {
				uses(ctx, t, u)
				return nil
			}
			return store.In(u, Tickets).Insert(ctx, &Ticket{})
		},
		AfterInsert: func(ctx context.Context, u *store.Unit, _ *Reply) error {
			heard++
			_, err := store.In(u, Replies).All().Count(ctx)
			return err
		},
	}))
	replies := store.In(db, Replies)
	_, err := replies.InsertAll(t.Context(), func(yield func(*Reply, error) bool) { yield(&Reply{}, nil) })
	must(t, err)
	bulk = false
	must(t, replies.Insert(t.Context(), circle(20)...)) // many, but not a load of which nobody knows the end
	if n, err := store.In(db, Tickets).All().Count(t.Context()); n != 20 || heard != 21 || err != nil {
		t.Errorf("%d tickets, heard %d, %v", n, heard, err)
	}
}
