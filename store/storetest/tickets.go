package storetest

import (
	"testing"

	"github.com/google/uuid"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/store"
)

// Ticket is a row with defaults, of columns that may be NULL and of one that may not.
type Ticket struct {
	ID       uuid.UUID `lode:",key,generated"`
	State    *string   `lode:",oneof=open|shut,default=open"`
	Opener   *string   `lode:",default='it''s, me'"`
	Priority int64     `lode:",default=3"`
	Urgent   *bool     `lode:",default=true"`
	Tags     []string  `lode:",json,default='[\"new\"]'"`
	model.Audit
}

// Tickets is the model of Ticket, and its columns.
var (
	Tickets = model.Table[Ticket]("tickets", model.Compute("is_open", "state == 'open'"))
	State   = model.Maybe(Tickets, func(t *Ticket) **string { return &t.State })
	IsOpen  = model.ComputedField[bool](Tickets, "is_open")
)

// presets: what a column has that is given none.
func presets() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"a field without a value takes the column's default": takesDefault,
		"a default is taken by every way of adding rows":     takesDefaultAnyWay,
		"an update may set NULL where there is a default":    updatesToNull,
		"a default is taken back when the unit is undone":    takesDefaultBack,
	}
}

func takesDefault(t *testing.T, open Open) {
	db := open(t)
	tickets := store.In(db, Tickets)
	shut, calm := "shut", false
	bare, full := &Ticket{}, &Ticket{State: &shut, Priority: 1, Urgent: &calm, Tags: []string{}}
	must(t, tickets.Insert(t.Context(), bare, full))
	if bare.State == nil || *bare.State != "open" || *bare.Opener != "it's, me" || !*bare.Urgent || len(bare.Tags) != 1 || bare.Priority != 0 {
		t.Errorf("the struct does not show its defaults: %+v", bare)
	}
	got, err := tickets.Get(t.Context(), bare.ID)
	must(t, err)
	if *got.State != "open" || *got.Opener != "it's, me" || !*got.Urgent || len(got.Tags) != 1 || got.Tags[0] != "new" || got.Priority != 0 {
		t.Errorf("read %+v", got)
	}
	got, err = tickets.Get(t.Context(), full.ID)
	must(t, err)
	if *got.State != "shut" || *got.Urgent || len(got.Tags) != 0 || got.Priority != 1 {
		t.Errorf("what was set gave way to a default: %+v", got)
	}
	if n, err := tickets.Where(IsOpen.Eq(true)).Count(t.Context()); n != 1 || err != nil {
		t.Errorf("%d are open, %v: a computed column does not see the default", n, err)
	}
}

func takesDefaultAnyWay(t *testing.T, open Open) {
	db := open(t)
	tickets := store.In(db, Tickets)
	n, err := tickets.InsertAll(t.Context(), func(yield func(*Ticket, error) bool) {
		for range 30 {
			if !yield(&Ticket{}, nil) {
				return
			}
		}
	})
	must(t, err)
	shut := "shut"
	one := &Ticket{State: &shut}
	must(t, tickets.Upsert(t.Context(), one, &Ticket{}))
	one.State = nil
	must(t, tickets.Upsert(t.Context(), one))
	if found, err := tickets.Where(State.Eq("open")).Count(t.Context()); found != n+2 || err != nil {
		t.Errorf("%d of %d are open, %v", found, n+2, err)
	}
}

func updatesToNull(t *testing.T, open Open) {
	tickets := store.In(open(t), Tickets)
	one := &Ticket{}
	must(t, tickets.Insert(t.Context(), one))
	one.State = nil
	must(t, tickets.Update(t.Context(), one))
	got, err := tickets.Get(t.Context(), one.ID)
	must(t, err)
	if got.State != nil {
		t.Errorf("the state is %q", *got.State)
	}
}

func takesDefaultBack(t *testing.T, open Open) {
	db := open(t)
	one := &Ticket{}
	err := db.Do(t.Context(), func(u *store.Unit) error {
		must(t, store.In(u, Tickets).Insert(t.Context(), one))
		return store.ErrStale
	})
	fails(t, err, store.ErrStale)
	if one.State != nil || one.Tags != nil {
		t.Errorf("the struct shows a row that is not there: %+v", one)
	}
}
