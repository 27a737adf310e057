package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/store"
	"github.com/lodehq/lode/store/storetest"
)

func TestAuditLogHoldsEachOfManyRows(t *testing.T) {
	for name, address := range map[string]func(testing.TB) string{"PostgreSQL": pgtest.URL, "DuckDB": dbtest.File} {
		t.Run(name, func(t *testing.T) { auditsMany(t, on(address)) })
	}
}

// auditsMany is not part of the suite: in memory, each new row is held against all others.
func auditsMany(t *testing.T, open storetest.Open) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const many = 10_000
	db := open(t, store.Audited(func(context.Context) string { return "me" }), store.Now(func() time.Time { return now }))
	replies := store.In(db, storetest.Replies)
	n, err := replies.InsertAll(t.Context(), func(yield func(*storetest.Reply, error) bool) {
		for i := range many {
			if !yield(&storetest.Reply{Text: fmt.Sprint(i)}, nil) {
				return
			}
		}
	})
	if n != many || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	id := model.Field(store.AuditLog, func(e *store.AuditEntry) *uuid.UUID { return &e.ID })
	log, err := store.In(db, store.AuditLog).All().OrderBy(id.Asc()).All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range log {
		var after struct{ Text string }
		if err := json.Unmarshal(e.After, &after); err != nil || after.Text != fmt.Sprint(i) || e.Action != "insert" || e.Who != "me" || !e.At.Equal(now) {
			t.Fatalf("entry %d is %+v, after %s", i, e, e.After)
		}
	}
	if len(log) != many {
		t.Errorf("%d entries", len(log))
	}
	if n, err := replies.All().Delete(t.Context()); n != many || err != nil {
		t.Errorf("%d went, %v", n, err)
	}
	if n, err := store.In(db, store.AuditLog).All().Count(t.Context()); n != 2*many || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}
