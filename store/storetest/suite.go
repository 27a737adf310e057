package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/store"
	"github.com/lodehq/lode/warehouse"
)

// Open gives a DB with empty tables of the suite's models, closed when the test ends.
type Open func(t testing.TB, opts ...store.Option) *store.DB

// Run runs the suite. Each subtest has a DB of its own.
func Run(t *testing.T, open Open) {
	for _, group := range []map[string]func(*testing.T, Open){rows(), presets(), references(), watched(), loads(), queries(), units(), listeners(), faults()} {
		for name, test := range group {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, open)
			})
		}
	}
}

// now is the clock of the suite's tests.
func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func clock() store.Option { return store.Now(now) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails wants an error of a kind.
func fails(t testing.TB, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got %v, want %v", err, kind)
	}
}

// ada is a customer; with changes it as the test needs.
func ada(with ...func(*Customer)) *Customer {
	c := &Customer{Email: "Ada@Example.com ", Name: "Ada", Tier: "gold", Credit: decimal.RequireFromString("2500.5"), IsActive: true, Visits: 3}
	for _, w := range with {
		w(c)
	}
	return c
}

// some puts n customers in: c1@example.com and so on, every third of them gold.
func some(t testing.TB, s store.Session, n int) []*Customer {
	t.Helper()
	var rows []*Customer
	for i := range n {
		tier := []string{"basic", "basic", "gold"}[i%3]
		rows = append(rows, ada(func(c *Customer) {
			c.Email, c.Name, c.Tier, c.Visits = fmt.Sprintf("c%d@example.com", i+1), fmt.Sprintf("Name %02d", i+1), tier, int64(i+1)
			c.Credit = decimal.NewFromInt(int64(i+1) * 500)
		}))
	}
	must(t, store.In(s, Customers).Insert(t.Context(), rows...))
	return rows
}

// names are the names of customers.
func names(rows []*Customer) string {
	text := ""
	for _, c := range rows {
		text += c.Name + " "
	}
	return text
}

// rows: what is written is what is read.
func rows() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"a row comes back as its columns store it":            comesBack,
		"every type of field survives, and so does its NULL":  types,
		"a row that is not there is ErrNotFound":              notFound,
		"two rows of one key are ErrDuplicate":                duplicates,
		"a row that breaks a rule or a column is refused":     refused,
		"an update writes all columns and counts the version": updates,
		"a row changed by somebody else is ErrStale":          stale,
		"an upsert adds what is new and overwrites the rest":  upserts,
		"any number of rows goes in by the bulk path":         bulk,
		"a delete takes the row out":                          deletes,
		"an update of a query computes what follows":          updatesQuery,
	}
}

func comesBack(t *testing.T, open Open) {
	customers := store.In(open(t, clock()), Customers)
	c := ada()
	must(t, customers.Insert(t.Context(), c))
	if c.ID == uuid.Nil || !c.CreatedAt.Equal(now()) || c.RowVersion != 1 {
		t.Fatalf("the struct does not show what the system gave: %+v", c)
	}
	got, err := customers.Get(t.Context(), c.ID)
	must(t, err)
	if got.Email != "ada@example.com" || got.Credit.String() != "2500.5" || got.Visits != 3 || got.Audit.RowVersion != 1 || !got.UpdatedAt.Equal(now()) || got.SyncedAt != nil {
		t.Errorf("read %+v", got)
	}
	if vip, ok, err := IsVIP.Of(got); !vip || !ok || err != nil {
		t.Errorf("is_vip of the value: %v %v %v", vip, ok, err)
	}
	if found, err := customers.Where(Email.Eq(" ADA@example.com")).First(t.Context()); err != nil || found.ID != c.ID {
		t.Errorf("an address is sought as it is stored: %v %v", found, err)
	}
}

func types(t *testing.T, open Open) {
	customers := store.In(open(t), Customers)
	phone, born, seen, score := "+49 30 1", model.Date{Year: 1990, Month: 2, Day: 28}, time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), -0.25
	full := ada(func(c *Customer) {
		c.Phone, c.BornOn, c.SeenAt, c.Score = &phone, &born, &seen, &score
		c.Tags, c.Notes = []string{"a", `b"c`}, []byte(`{"deep":{"n":12345678901234567890.5,"s":"x"}}`)
	})
	none := ada(func(c *Customer) { c.Email = "none@example.com" })
	must(t, customers.Insert(t.Context(), full, none))
	got, err := customers.Get(t.Context(), full.ID)
	must(t, err)
	if *got.Phone != phone || *got.BornOn != born || !got.SeenAt.Equal(seen) || *got.Score != score || got.Tags[1] != `b"c` || canonical(t, got.Notes) != canonical(t, full.Notes) {
		t.Errorf("read %+v, notes %s", got, got.Notes)
	}
	got, err = customers.Get(t.Context(), none.ID)
	must(t, err)
	if got.Phone != nil || got.BornOn != nil || got.SeenAt != nil || got.Score != nil || got.Tags != nil || got.Notes != nil {
		t.Errorf("what was not there came back as %+v", got)
	}
}

// canonical is JSON without what a database may change: blanks and the order of members.
func canonical(t testing.TB, raw []byte) string {
	t.Helper()
	text, err := coltype.CanonicalJSON(raw)
	must(t, err)
	return text
}

func notFound(t *testing.T, open Open) {
	db := open(t)
	_, err := store.In(db, Customers).Get(t.Context(), uuid.New())
	fails(t, err, store.ErrNotFound)
	_, err = store.In(db, Orders).Get(t.Context(), 1, 2)
	fails(t, err, store.ErrNotFound)
	_, err = store.In(db, Customers).Where(Tier.Eq("gold")).First(t.Context())
	fails(t, err, store.ErrNotFound)
	fails(t, store.In(db, Orders).Update(t.Context(), &Order{Number: 1, Line: 1}), store.ErrNotFound)
	fails(t, store.In(db, Orders).Delete(t.Context(), &Order{Number: 1, Line: 1}), store.ErrNotFound)
	if _, err := store.In(db, Orders).Get(t.Context(), 1); err == nil {
		t.Error("half a key was taken")
	}
}

func duplicates(t *testing.T, open Open) {
	db := open(t)
	customers := store.In(db, Customers)
	must(t, customers.Insert(t.Context(), ada()))
	fails(t, customers.Insert(t.Context(), ada()), store.ErrDuplicate) // of the address
	must(t, store.In(db, Orders).Insert(t.Context(), &Order{Number: 1, Line: 1}))
	fails(t, store.In(db, Orders).Insert(t.Context(), &Order{Number: 1, Line: 1}), store.ErrDuplicate)
	if n, err := customers.All().Count(t.Context()); n != 1 || err != nil {
		t.Errorf("%d customers, %v", n, err)
	}
}

func refused(t *testing.T, open Open) {
	customers := store.In(open(t), Customers)
	for what, with := range map[string]func(*Customer){
		"a rule":     func(c *Customer) { c.Credit = decimal.NewFromInt(-1) },
		"a word":     func(c *Customer) { c.Tier = "silver" },
		"a required": func(c *Customer) { c.Email = " " },
	} {
		t.Run(what, func(t *testing.T) { fails(t, customers.Insert(t.Context(), ada(with)), store.ErrBroken) })
	}
	if err := customers.Insert(t.Context(), ada(func(c *Customer) { c.Email = "no address" })); err == nil {
		t.Error("a column type took what is none")
	}
	if err := customers.Insert(t.Context(), ada(func(c *Customer) { c.Credit = decimal.RequireFromString("1.005") })); err == nil {
		t.Error("a decimal was rounded")
	}
	c := ada()
	must(t, customers.Insert(t.Context(), c))
	_, err := customers.All().Update(t.Context(), Credit.Set(decimal.NewFromInt(-5)))
	fails(t, err, store.ErrBroken)
	_, err = customers.All().Update(t.Context(), Tier.Set("silver"))
	fails(t, err, store.ErrBroken)
}

func updates(t *testing.T, open Open) {
	customers := store.In(open(t), Customers)
	c := ada()
	must(t, customers.Insert(t.Context(), c))
	c.Name, c.Credit, c.Phone = "Ada L.", decimal.NewFromInt(10), new(string)
	must(t, customers.Update(t.Context(), c))
	got, err := customers.Get(t.Context(), c.ID)
	must(t, err)
	if got.Name != "Ada L." || got.RowVersion != 2 || c.RowVersion != 2 || got.Phone == nil {
		t.Errorf("read %+v", got)
	}
	if n, err := customers.Where(IsVIP.Eq(true)).Count(t.Context()); n != 0 || err != nil {
		t.Errorf("is_vip was not computed anew: %d, %v", n, err)
	}
}

func stale(t *testing.T, open Open) {
	customers := store.In(open(t), Customers)
	c := ada()
	must(t, customers.Insert(t.Context(), c))
	mine, err := customers.Get(t.Context(), c.ID)
	must(t, err)
	c.Name = "first"
	must(t, customers.Update(t.Context(), c))
	mine.Name = "second"
	fails(t, customers.Update(t.Context(), mine), store.ErrStale)
	fails(t, customers.Delete(t.Context(), mine), store.ErrStale)
	got, err := customers.Get(t.Context(), c.ID)
	must(t, err)
	if got.Name != "first" {
		t.Errorf("the name is %q", got.Name)
	}
}

func upserts(t *testing.T, open Open) {
	customers := store.In(open(t, clock()), Customers)
	c := ada()
	must(t, customers.Insert(t.Context(), c))
	again := ada(func(x *Customer) { x.ID, x.Name = c.ID, "again" })
	other := ada(func(x *Customer) { x.Email = "other@example.com" })
	must(t, customers.Upsert(t.Context(), again, other))
	got, err := customers.Get(t.Context(), c.ID)
	must(t, err)
	if got.Name != "again" || got.RowVersion != 2 || got.SyncedAt == nil || !got.SyncedAt.Equal(now()) {
		t.Errorf("read %+v", got)
	}
	if n, err := customers.All().Count(t.Context()); n != 2 || err != nil {
		t.Errorf("%d customers, %v", n, err)
	}
}

func bulk(t *testing.T, open Open) {
	orders := store.In(open(t), Orders)
	const many = 5000
	n, err := orders.InsertAll(t.Context(), func(yield func(*Order, error) bool) {
		for i := range many {
			if !yield(&Order{Number: int64(i), Line: 1, Amount: decimal.NewFromInt(int64(i)), OrderedAt: now()}, nil) {
				return
			}
		}
	})
	if n != many || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	seen := int64(0)
	for o, err := range orders.All().OrderBy(Number.Asc()).Each(t.Context()) {
		must(t, err)
		if o.Number != seen {
			t.Fatalf("row %d is number %d", seen, o.Number)
		}
		seen++
	}
	broken := errors.New("the source is gone")
	_, err = orders.InsertAll(t.Context(), func(yield func(*Order, error) bool) {
		_ = yield(&Order{Number: -1, Line: 1, OrderedAt: now()}, nil) && yield(nil, broken)
	})
	fails(t, err, broken)
	if n, err := orders.All().Count(t.Context()); seen != many || n != many || err != nil {
		t.Errorf("%d rows read, %d counted, %v", seen, n, err)
	}
}

func deletes(t *testing.T, open Open) {
	db := open(t)
	customers := store.In(db, Customers)
	all := some(t, db, 6)
	must(t, customers.Delete(t.Context(), all[0]))
	n, err := customers.Where(Tier.Eq("gold")).Delete(t.Context())
	if n != 2 || err != nil {
		t.Errorf("%d rows taken out, %v", n, err)
	}
	rest, err := customers.All().OrderBy(Name.Asc()).All(t.Context())
	must(t, err)
	if got := names(rest); got != "Name 02 Name 04 Name 05 " {
		t.Errorf("left: %s", got)
	}
	if _, err := customers.All().Limit(1).Delete(t.Context()); err == nil {
		t.Error("a delete with a limit was taken")
	}
}

func updatesQuery(t *testing.T, open Open) {
	db := open(t)
	customers := store.In(db, Customers)
	some(t, db, 4) // credit 500, 1000, 1500, 2000
	n, err := customers.Where(Visits.Lte(2)).Update(t.Context(), Credit.Set(decimal.NewFromInt(9000)), Phone.Set("1"))
	if n != 2 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	if n, err := customers.Where(IsVIP.Eq(true), Phone.Eq("1")).Count(t.Context()); n != 2 || err != nil {
		t.Errorf("%d are very important now, %v", n, err)
	}
	_, err = customers.All().Update(t.Context(), Phone.SetNull())
	must(t, err)
	if n, err := customers.Where(Phone.IsNull()).Count(t.Context()); n != 4 || err != nil {
		t.Errorf("%d have no telephone, %v", n, err)
	}
}

// units: what belongs together happens together.
func units() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"an error rolls everything back":              rollsBack,
		"a panic rolls everything back":               panics,
		"a row is the same pointer within a unit":     same,
		"a part that fails is undone alone":           nested,
		"rows are not written while they are read":    writesWithinReads,
		"what a unit writes is seen by others at end": isolated,
	}
}

func writesWithinReads(t *testing.T, open Open) {
	db := open(t)
	some(t, db, 3)
	must(t, db.Do(t.Context(), func(u *store.Unit) error {
		customers := store.In(u, Customers)
		var read []*Customer
		for c, err := range customers.All().Each(t.Context()) {
			must(t, err)
			fails(t, customers.Update(t.Context(), c), store.ErrReading)
			fails(t, u.Do(t.Context(), func(*store.Unit) error { return nil }), store.ErrReading)
			read = append(read, c)
		}
		for _, c := range read {
			c.Name = "seen"
		}
		return customers.Update(t.Context(), read...)
	}))
	n, err := store.In(db, Customers).Where(Name.Eq("seen")).Count(t.Context())
	must(t, err)
	if n != 3 {
		t.Errorf("%d rows are written", n)
	}
}

func rollsBack(t *testing.T, open Open) {
	db := open(t)
	wrong := errors.New("no")
	fails(t, db.Do(t.Context(), func(u *store.Unit) error {
		some(t, u, 3)
		must(t, store.In(u, Orders).Insert(t.Context(), &Order{Number: 1, Line: 1}))
		return wrong
	}), wrong)
	customers, err := store.In(db, Customers).All().Count(t.Context())
	must(t, err)
	orders, err := store.In(db, Orders).All().Count(t.Context())
	must(t, err)
	if customers+orders != 0 {
		t.Errorf("%d customers and %d orders stayed", customers, orders)
	}
}

func panics(t *testing.T, open Open) {
	db := open(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.Do(t.Context(), func(u *store.Unit) error {
			some(t, u, 3)
			panic("in the middle")
		})
	}()
	if n, err := store.In(db, Customers).All().Count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d customers stayed, %v", n, err)
	}
}

func same(t *testing.T, open Open) {
	db := open(t)
	id := some(t, db, 2)[0].ID
	must(t, db.Do(t.Context(), func(u *store.Unit) error {
		customers := store.In(u, Customers)
		one, err := customers.Get(t.Context(), id)
		must(t, err)
		two, err := customers.Where(Visits.Eq(1)).First(t.Context())
		must(t, err)
		three, err := customers.Get(t.Context(), id)
		must(t, err)
		if one != two || one != three {
			t.Error("one row has two pointers")
		}
		return nil
	}))
}

func nested(t *testing.T, open Open) {
	db := open(t)
	wrong := errors.New("no")
	undoes := true
	err := db.Do(t.Context(), func(u *store.Unit) error {
		must(t, store.In(u, Orders).Insert(t.Context(), &Order{Number: 1, Line: 1}))
		err := u.Do(t.Context(), func(u *store.Unit) error {
			must(t, store.In(u, Orders).Insert(t.Context(), &Order{Number: 2, Line: 1}))
			return wrong
		})
		fails(t, err, wrong)
		if errors.Is(err, warehouse.ErrUnsupported) { // the database says so, and the whole unit ends
			undoes = false
			return err
		}
		return u.Do(t.Context(), func(u *store.Unit) error {
			return store.In(u, Orders).Insert(t.Context(), &Order{Number: 3, Line: 1})
		})
	})
	want := int64(2)
	if !undoes {
		fails(t, err, warehouse.ErrUnsupported)
		want = 0
	} else {
		must(t, err)
	}
	if n, err := store.In(db, Orders).All().Count(t.Context()); n != want || err != nil {
		t.Errorf("%d orders, want %d; %v", n, want, err)
	}
}

func isolated(t *testing.T, open Open) {
	db := open(t)
	must(t, db.Do(t.Context(), func(u *store.Unit) error {
		some(t, u, 2)
		inside, err := store.In(u, Customers).All().Count(t.Context())
		must(t, err)
		outside, err := store.In(db, Customers).All().Count(t.Context())
		must(t, err)
		if inside != 2 || outside != 0 {
			t.Errorf("%d are seen inside and %d outside", inside, outside)
		}
		return nil
	}))
}

// listeners: who wants to know is told, and can say no.
func listeners() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"a listener sees the old and the new row and can refuse": told,
		"a bulk write tells of each row":                         toldOfEach,
		"before commit can refuse, after commit knows":           commits,
		"the audit log holds who changed what":                   audits,
	}
}

func told(t *testing.T, open Open) {
	no := errors.New("too much at once")
	var heard []string
	db := open(t, store.Listen(Customers, store.Listener[Customer]{
		BeforeInsert: func(_ context.Context, _ *store.Unit, c *Customer) error { c.Name += "!"; return nil },
		BeforeUpdate: func(_ context.Context, _ *store.Unit, old, c *Customer) error {
			if c.Visits-old.Visits > 10 {
				return no
			}
			return nil
		},
		AfterUpdate: func(_ context.Context, _ *store.Unit, old, c *Customer) error {
			heard = append(heard, fmt.Sprintf("%d->%d", old.Visits, c.Visits))
			return nil
		},
		AfterDelete: func(_ context.Context, _ *store.Unit, c *Customer) error {
			heard = append(heard, "gone "+c.Name)
			return nil
		},
	}))
	customers := store.In(db, Customers)
	c := ada()
	must(t, customers.Insert(t.Context(), c))
	c.Visits = 5
	must(t, customers.Update(t.Context(), c))
	c.Visits = 50
	fails(t, customers.Update(t.Context(), c), no)
	got, err := customers.Get(t.Context(), c.ID)
	must(t, err)
	must(t, customers.Delete(t.Context(), got))
	if got.Visits != 5 || got.Name != "Ada!" || fmt.Sprint(heard) != "[3->5 gone Ada!]" {
		t.Errorf("%d %s %v", got.Visits, got.Name, heard)
	}
}

func toldOfEach(t *testing.T, open Open) {
	var heard int
	count := func(context.Context, *store.Unit, *Customer) error { heard++; return nil }
	db := open(t, store.Listen(Customers, store.Listener[Customer]{AfterInsert: count, AfterDelete: count,
		AfterUpdate: func(context.Context, *store.Unit, *Customer, *Customer) error { heard += 100; return nil }}))
	some(t, db, 30)
	_, err := store.In(db, Customers).Where(Visits.Lte(10)).Update(t.Context(), Tier.Set("gold"))
	must(t, err)
	n, err := store.In(db, Customers).Where(Tier.Eq("gold")).Delete(t.Context())
	must(t, err)
	if want := 30 + 10*100 + int(n); heard != want || n == 0 {
		t.Errorf("heard %d, want %d", heard, want)
	}
}

func commits(t *testing.T, open Open) {
	no := errors.New("not today")
	refuse, known := false, 0
	db := open(t, store.BeforeCommit(func(context.Context, *store.Unit) error {
		if refuse {
			return no
		}
		return nil
	}), store.AfterCommit(func(context.Context, *store.Unit) { known++ }))
	some(t, db, 1)
	refuse = true
	fails(t, store.In(db, Orders).Insert(t.Context(), &Order{Number: 1, Line: 1}), no)
	if n, err := store.In(db, Orders).All().Count(t.Context()); n != 0 || known != 1 || err != nil {
		t.Errorf("%d orders, %d commits, %v", n, known, err)
	}
}

func audits(t *testing.T, open Open) {
	type who struct{}
	db := open(t, store.Audited(func(ctx context.Context) string { name, _ := ctx.Value(who{}).(string); return name }), clock())
	customers := store.In(db, Customers)
	ctx := context.WithValue(t.Context(), who{}, "grace")
	c := ada(func(c *Customer) { c.Score = new(float64); *c.Score = math.NaN() }) // which JSON has no number for
	must(t, customers.Insert(ctx, c))
	c.Name = "Ada L."
	must(t, customers.Update(ctx, c))
	must(t, customers.Delete(ctx, c))
	log, err := store.In(db, store.AuditLog).All().All(t.Context())
	must(t, err)
	said := map[string]string{}
	for _, e := range log {
		said[e.Action] = fmt.Sprintf("%s %s %v %v", e.Who, e.TableName, e.Before != nil, e.After != nil)
	}
	want := map[string]string{"insert": "grace app.customers false true", "update": "grace app.customers true true", "delete": "grace app.customers true false"}
	if fmt.Sprint(said) != fmt.Sprint(want) {
		t.Errorf("the log says %v", said)
	}
}
