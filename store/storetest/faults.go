package storetest

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/store"
)

// faults: what goes wrong leaves nothing behind, in the tables and in the structs.
func faults() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"a struct shows again what it showed before a rollback": showsBefore,
		"a unit of which a write has failed keeps nothing":      keepsNothing,
		"drafts of a unit are not written by others' updates":   drafts,
		"the audit log of a delete holds what was stored":       auditedDelete,
		"an upsert is the same whether it is watched or not":    watchedUpsert,
		"NULL and numbers mean the same everywhere":             meanings,
		"odd calls are refused":                                 oddCalls,
	}
}

func showsBefore(t *testing.T, open Open) {
	db := open(t)
	customers := store.In(db, Customers)
	c := ada()
	must(t, customers.Insert(t.Context(), c))
	no := errors.New("no")
	fails(t, db.Do(t.Context(), func(u *store.Unit) error {
		c.Name = "mine"
		must(t, store.In(u, Customers).Update(t.Context(), c))
		return no
	}), no)
	if c.RowVersion != 1 {
		t.Fatalf("after the rollback the struct shows version %d", c.RowVersion)
	}
	other, err := customers.Get(t.Context(), c.ID)
	must(t, err)
	other.Name = "theirs"
	must(t, customers.Update(t.Context(), other))
	fails(t, customers.Update(t.Context(), c), store.ErrStale)

	d := ada(func(x *Customer) { x.ID = c.ID })
	fails(t, customers.Insert(t.Context(), d), store.ErrDuplicate)
	fails(t, customers.Update(t.Context(), d), store.ErrStale) // it was never read
}

func keepsNothing(t *testing.T, open Open) {
	db := open(t)
	err := db.Do(t.Context(), func(u *store.Unit) error {
		must(t, store.In(u, Customers).Insert(t.Context(), ada()))
		if err := store.In(u, Customers).Insert(t.Context(), ada()); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("the second got %v", err)
		}
		return nil
	})
	if err == nil {
		t.Error("a unit was committed of which a write had failed")
	}
	n, err := store.In(db, Customers).All().Count(t.Context())
	if n != 0 || err != nil {
		t.Errorf("%d customers stayed, %v", n, err)
	}
	must(t, store.In(db, Customers).Insert(t.Context(), ada())) // nothing is in its way
}

func drafts(t *testing.T, open Open) {
	db := open(t, store.Audited(func(context.Context) string { return "me" }))
	some(t, db, 2)
	must(t, db.Do(t.Context(), func(u *store.Unit) error {
		draft, err := store.In(u, Customers).Where(Visits.Eq(1)).First(t.Context())
		must(t, err)
		draft.Name = "only a draft"
		_, err = store.In(u, Customers).All().Update(t.Context(), Tier.Set("gold"))
		return err
	}))
	if n, err := store.In(db, Customers).Where(Name.Eq("only a draft")).Count(t.Context()); n != 0 || err != nil {
		t.Errorf("the draft was written: %d, %v", n, err)
	}
}

func auditedDelete(t *testing.T, open Open) {
	db := open(t, store.Audited(func(context.Context) string { return "me" }))
	orders := store.In(db, Orders)
	must(t, orders.Insert(t.Context(), &Order{Number: 1, Line: 1, Amount: decimal.NewFromInt(7), OrderedAt: now()}))
	must(t, orders.Delete(t.Context(), &Order{Number: 1, Line: 1}))
	log, err := store.In(db, store.AuditLog).All().All(t.Context())
	must(t, err)
	for _, e := range log {
		if e.Action == "delete" && !strings.Contains(string(e.Before), `"7.00"`) {
			t.Errorf("the log says %s", e.Before)
		}
	}
}

func watchedUpsert(t *testing.T, open Open) {
	for what, opts := range map[string][]store.Option{"watched": {store.Audited(func(context.Context) string { return "me" }), clock()}, "not watched": {clock()}} {
		t.Run(what, func(t *testing.T) {
			customers := store.In(open(t, opts...), Customers)
			c := ada()
			must(t, customers.Insert(t.Context(), c))
			must(t, customers.Upsert(t.Context(), ada(func(x *Customer) { x.ID, x.Name = c.ID, "again" }), ada(func(x *Customer) { x.Email = "new@example.com" })))
			rows, err := customers.All().OrderBy(Name.Asc()).All(t.Context())
			must(t, err)
			for _, r := range rows {
				if r.SyncedAt == nil || r.Name == "again" && r.RowVersion != 2 {
					t.Errorf("%+v", r.Audit)
				}
			}
			if err := customers.Upsert(t.Context(), ada(func(x *Customer) { x.ID = c.ID }), ada(func(x *Customer) { x.ID = c.ID })); err == nil && what == "not watched" {
				t.Error("two rows of one key were taken")
			}
		})
	}
}

func meanings(t *testing.T, open Open) {
	db := open(t)
	customers := store.In(db, Customers)
	nan, big := math.NaN(), 7.5
	phone := "1"
	must(t, customers.Insert(t.Context(),
		ada(func(c *Customer) {
			c.Email, c.Name, c.Score, c.Visits, c.Phone = "a@example.com", "nan", &nan, math.MinInt64, &phone
		}),
		ada(func(c *Customer) { c.Email, c.Name, c.Score, c.Visits = "b@example.com", "seven", &big, math.MaxInt64 }),
		ada(func(c *Customer) { c.Email, c.Name = "c@example.com", "none" })))
	for what, c := range map[string]struct {
		where model.Condition[Customer]
		want  string
	}{
		"not in nothing":        {model.Not(Phone.In()), "nan none seven "},
		"not in with NULL":      {model.Not(Email.In("a@example.com", "")), ""},
		"not equal to NULL":     {model.Not(Email.Eq("")), ""},
		"equal, with a NaN":     {Score.Eq(7.5), "seven "},
		"more, with a NaN":      {Score.Gt(5), "nan seven "},
		"less, far away":        {Visits.Lt(1), "nan "},
		"at least, far away":    {Visits.Gte(1), "none seven "},
		"in with one that does": {Phone.In("2", "1"), "nan "},
	} {
		t.Run(what, func(t *testing.T) {
			rows, err := customers.Where(c.where).OrderBy(Name.Asc()).All(t.Context())
			must(t, err)
			if names(rows) != c.want {
				t.Errorf("got %q, want %q", names(rows), c.want)
			}
		})
	}
}

func oddCalls(t *testing.T, open Open) {
	customers := store.In(open(t), Customers)
	if err := customers.Insert(t.Context(), nil...); err != nil {
		t.Errorf("nothing to insert: %v", err)
	}
	if err := customers.Insert(t.Context(), (*Customer)(nil)); err == nil {
		t.Error("a nil row was taken")
	}
	if _, err := customers.All().Offset(-1).All(t.Context()); err == nil {
		t.Error("an offset of -1 was taken")
	}
	if _, err := customers.All().Limit(0).All(t.Context()); err == nil {
		t.Error("a limit of 0 was taken")
	}
}
