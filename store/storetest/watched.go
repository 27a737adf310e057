package storetest

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/store"
)

// AnswerTo is the column of Reply that names another one, and Priority one of Ticket.
var (
	AnswerTo = model.Maybe(Replies, func(r *Reply) **uuid.UUID { return &r.AnswerTo })
	Priority = model.Field(Tickets, func(t *Ticket) *int64 { return &t.Priority })
)

// watched: what comes of a write does not hang on whether somebody listens, or the audit log is kept.
func watched() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"rows in a circle go in and out alike, watched or not":          watchers(circles),
		"a key changes by a query alike, watched or not":                watchers(changesKey),
		"a query's delete is refused alike, watched or not":             watchers(refusesDelete),
		"an upsert of new and old rows is alike, watched or not":        watchers(upsertsMixed),
		"a query's delete finds what a listener has changed, and stops": deletesChanged,
	}
}

// watchers runs a test with nobody, with a listener, and with the audit log.
func watchers(test func(*testing.T, *store.DB)) func(*testing.T, Open) {
	return func(t *testing.T, open Open) {
		for name, opts := range map[string][]store.Option{
			"nobody":   nil,
			"listener": {store.Listen(Replies, store.Listener[Reply]{}), store.Listen(Tickets, store.Listener[Ticket]{})},
			"audit":    {store.Audited(func(context.Context) string { return "me" })},
		} {
			t.Run(name, func(t *testing.T) { test(t, open(t, opts...)) })
		}
	}
}

// circle is n replies, each of which answers the next, and the last one the first.
func circle(n int) []*Reply {
	rows := make([]*Reply, n)
	for i := range rows {
		rows[i] = &Reply{ID: uuid.New()}
	}
	for i, r := range rows {
		r.AnswerTo = &rows[(i+1)%n].ID
	}
	return rows
}

func circles(t *testing.T, db *store.DB) {
	replies := store.In(db, Replies)
	must(t, replies.Insert(t.Context(), circle(20)...))
	must(t, replies.Upsert(t.Context(), circle(3)...))
	for _, r := range circle(1) {
		must(t, replies.Insert(t.Context(), r))
	}
	if n, err := replies.All().Count(t.Context()); n != 24 || err != nil {
		t.Errorf("%d replies, %v", n, err)
	}
	if n, err := replies.All().Delete(t.Context()); n != 24 || err != nil {
		t.Errorf("%d went, %v", n, err)
	}
	if n, err := replies.All().Count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d replies are left, %v", n, err)
	}
}

func changesKey(t *testing.T, db *store.DB) {
	replies := store.In(db, Replies)
	free, self, to := &Reply{Text: "free"}, circle(1)[0], uuid.New()
	must(t, replies.Insert(t.Context(), free, self))
	if n, err := replies.Where(ReplyID.Eq(free.ID)).Update(t.Context(), ReplyID.Set(to)); n != 1 || err != nil {
		t.Errorf("%d got another key, %v", n, err)
	}
	if got, err := replies.Get(t.Context(), to); err != nil || got.Text != "free" {
		t.Errorf("under the new key there is %+v, %v", got, err)
	}
	_, err := replies.Get(t.Context(), free.ID)
	fails(t, err, store.ErrNotFound)

	n, err := replies.Where(ReplyID.Eq(self.ID)).Update(t.Context(), ReplyID.Set(uuid.New()))
	fails(t, err, store.ErrReference)
	if n != 0 {
		t.Errorf("%d are said to be written, though nothing was kept", n)
	}
	to = uuid.New()
	if n, err := replies.Where(ReplyID.Eq(self.ID)).Update(t.Context(), ReplyID.Set(to), AnswerTo.Set(to)); n != 1 || err != nil {
		t.Errorf("%d got another key and named it, %v", n, err)
	}
}

func refusesDelete(t *testing.T, db *store.DB) {
	tickets := store.In(db, Tickets)
	named, free := &Ticket{}, &Ticket{}
	must(t, tickets.Insert(t.Context(), named, free))
	must(t, store.In(db, Replies).Insert(t.Context(), &Reply{TicketID: &named.ID}))
	n, err := tickets.All().Delete(t.Context())
	fails(t, err, store.ErrReference)
	if n != 0 {
		t.Errorf("%d are said to have gone", n)
	}
	if n, err := tickets.All().Count(t.Context()); n != 2 || err != nil {
		t.Errorf("%d tickets, %v", n, err)
	}
}

func upsertsMixed(t *testing.T, db *store.DB) {
	replies := store.In(db, Replies)
	old, fresh := &Reply{ID: uuid.New(), Text: "old"}, &Reply{ID: uuid.New(), Text: "fresh"}
	must(t, replies.Insert(t.Context(), old))
	again := &Reply{ID: old.ID, Text: "again", AnswerTo: &fresh.ID}
	fresh.AnswerTo = &old.ID
	must(t, replies.Upsert(t.Context(), again, fresh))
	got, err := replies.Get(t.Context(), old.ID)
	must(t, err)
	if got.Text != "again" || got.AnswerTo == nil || *got.AnswerTo != fresh.ID {
		t.Errorf("read %+v", got)
	}
	if err := replies.Upsert(t.Context(), again, again); err == nil {
		t.Error("two rows of one key were taken")
	}
	nobody := uuid.New()
	fails(t, replies.Upsert(t.Context(), fresh, &Reply{AnswerTo: &nobody}), store.ErrReference)
}

func deletesChanged(t *testing.T, open Open) {
	db := open(t, store.Listen(Tickets, store.Listener[Ticket]{
		BeforeDelete: func(ctx context.Context, u *store.Unit, row *Ticket) error {
			_, err := store.In(u, Tickets).Where(Priority.Eq(1)).Update(ctx, State.Set("shut"))
			return err
		},
	}))
	tickets := store.In(db, Tickets)
	must(t, tickets.Insert(t.Context(), &Ticket{Priority: 1}, &Ticket{Priority: 2}))
	_, err := tickets.All().Delete(t.Context())
	fails(t, err, store.ErrStale)
	if n, err := tickets.All().Count(t.Context()); n != 2 || err != nil {
		t.Errorf("%d tickets, %v", n, err)
	}
}
