package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/store"
	"github.com/lodehq/lode/store/storetest"
)

// DuckDB has no foreign keys: another program can write a row that names nothing.
func TestDeleteNamesTheRowThatDanglesOnDuckDB(t *testing.T) {
	db := on(dbtest.File)(t)
	good, nobody := &storetest.Ticket{}, uuid.New()
	if err := store.In(db, storetest.Tickets).Insert(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	err := db.Do(t.Context(), func(u *store.Unit) error {
		if err := store.In(u, storetest.Replies).Insert(t.Context(), &storetest.Reply{Text: "astray"}); err != nil {
			return err
		}
		_, err := store.SQL[struct{ Text string }](t.Context(), u, "UPDATE app.replies SET ticket_id = CAST($1 AS uuid) RETURNING text", nobody.String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = store.In(db, storetest.Tickets).Delete(t.Context(), good)
	if !errors.Is(err, store.ErrReference) || !strings.Contains(err.Error(), "row(s) of app.replies name "+nobody.String()) || strings.Contains(err.Error(), good.ID.String()) {
		t.Errorf("got %v", err)
	}
}
