package storetest

import (
	"testing"

	"github.com/google/uuid"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/store"
)

// Reply names a ticket, and may name another reply.
type Reply struct {
	ID       uuid.UUID  `lode:",key,generated"`
	TicketID *uuid.UUID `lode:",references=tickets"`
	AnswerTo *uuid.UUID `lode:",references=replies"`
	Text     string
}

// Replies is the model of Reply, and its columns.
var (
	Replies  = model.Table[Reply]("replies")
	ReplyID  = model.Field(Replies, func(r *Reply) *uuid.UUID { return &r.ID })
	TicketID = model.Maybe(Replies, func(r *Reply) **uuid.UUID { return &r.TicketID })
)

// references: what a row names is there.
func references() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"a row that names one that is not there is ErrReference":       namesNothing,
		"a row that is still named cannot go":                          stillNamed,
		"rows that are written together may name each other":           namesEachOther,
		"a unit that a foreign key has stopped keeps nothing":          stopsTheUnit,
		"an update of a query asks foreign keys, of rows and of a key": updatesReferences,
	}
}

func namesNothing(t *testing.T, open Open) {
	db := open(t)
	replies := store.In(db, Replies)
	one, nobody := &Ticket{}, uuid.New()
	must(t, store.In(db, Tickets).Insert(t.Context(), one))
	good := &Reply{TicketID: &one.ID}
	must(t, replies.Insert(t.Context(), good, &Reply{}))
	fails(t, replies.Insert(t.Context(), &Reply{TicketID: &one.ID}, &Reply{TicketID: &nobody}), store.ErrReference)
	fails(t, replies.Upsert(t.Context(), &Reply{TicketID: &nobody}), store.ErrReference)
	_, err := replies.InsertAll(t.Context(), func(yield func(*Reply, error) bool) { yield(&Reply{TicketID: &nobody}, nil) })
	fails(t, err, store.ErrReference)
	fails(t, replies.Update(t.Context(), &Reply{ID: good.ID, TicketID: &nobody}), store.ErrReference)
	got, err := replies.Get(t.Context(), good.ID)
	must(t, err)
	if n, err := replies.All().Count(t.Context()); n != 2 || err != nil || got.TicketID == nil || *got.TicketID != one.ID {
		t.Errorf("%d replies, the first one of %v; %v", n, got.TicketID, err)
	}
}

func stillNamed(t *testing.T, open Open) {
	db := open(t)
	tickets, replies := store.In(db, Tickets), store.In(db, Replies)
	named, free := &Ticket{}, &Ticket{}
	must(t, tickets.Insert(t.Context(), named, free))
	reply := &Reply{TicketID: &named.ID}
	must(t, replies.Insert(t.Context(), reply))
	must(t, tickets.Delete(t.Context(), free))
	fails(t, tickets.Delete(t.Context(), named), store.ErrReference)
	_, err := tickets.All().Delete(t.Context())
	fails(t, err, store.ErrReference)
	must(t, replies.Delete(t.Context(), reply))
	must(t, tickets.Delete(t.Context(), named))
}

func namesEachOther(t *testing.T, open Open) {
	db := open(t)
	replies := store.In(db, Replies)
	a, b := &Reply{ID: uuid.New()}, &Reply{ID: uuid.New()}
	a.AnswerTo, b.AnswerTo = &b.ID, &a.ID
	must(t, replies.Insert(t.Context(), a, b))
	fails(t, replies.Delete(t.Context(), a), store.ErrReference)
	if n, err := replies.All().Delete(t.Context()); n != 2 || err != nil {
		t.Errorf("%d went, %v", n, err)
	}
	must(t, db.Do(t.Context(), func(u *store.Unit) error {
		one := &Ticket{}
		must(t, store.In(u, Tickets).Insert(t.Context(), one))
		return store.In(u, Replies).Insert(t.Context(), &Reply{TicketID: &one.ID})
	}))
}

func stopsTheUnit(t *testing.T, open Open) {
	db := open(t)
	nobody := uuid.New()
	err := db.Do(t.Context(), func(u *store.Unit) error {
		must(t, store.In(u, Replies).Insert(t.Context(), &Reply{}))
		fails(t, store.In(u, Replies).Insert(t.Context(), &Reply{TicketID: &nobody}), store.ErrReference)
		return nil
	})
	fails(t, err, store.ErrReference)
	if n, err := store.In(db, Replies).All().Count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d replies, %v", n, err)
	}
}

func updatesReferences(t *testing.T, open Open) {
	db := open(t)
	replies := store.In(db, Replies)
	one, answer := &Ticket{}, &Reply{}
	must(t, store.In(db, Tickets).Insert(t.Context(), one))
	must(t, replies.Insert(t.Context(), answer))
	_, err := replies.All().Update(t.Context(), TicketID.Set(uuid.New()))
	fails(t, err, store.ErrReference)
	if n, err := replies.All().Update(t.Context(), TicketID.Set(one.ID)); n != 1 || err != nil {
		t.Errorf("%d updated, %v", n, err)
	}
	must(t, replies.Insert(t.Context(), &Reply{AnswerTo: &answer.ID}))
	_, err = replies.Where(ReplyID.Eq(answer.ID)).Update(t.Context(), ReplyID.Set(uuid.New()))
	fails(t, err, store.ErrReference)
}
