package evolve_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/evolve"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
)

// answering says yes to some questions, and remembers all of them.
type answering struct {
	yes   []string
	err   error
	asked []string
}

func (a *answering) Renamed(_ context.Context, q evolve.Question) (bool, error) {
	a.asked = append(a.asked, fmt.Sprint(q.Tables, " ", q.Old, "=", q.New))
	return slices.Contains(a.yes, q.Old+"="+q.New), a.err
}

// deals opens a project whose tables have the given columns, besides their key.
func deals(t *testing.T, dir string, columns ...string) *lode.Lode {
	t.Helper()
	p := lode.Project{Warehouse: "duckdb:" + filepath.Join(dir, "deals.duckdb"), Dir: dir, Drivers: standard.Warehouses(), Project: schema.Project{Name: "deals"}}
	for _, name := range []string{"deals", "offers"} {
		table := schema.AppTable{Name: name, Key: []string{"id"}, Columns: []schema.AppColumn{{Name: "id", Type: "integer"}}}
		for _, c := range columns {
			table.Columns = append(table.Columns, schema.AppColumn{Name: c, Type: "decimal(18,2)"})
		}
		p.Tables = append(p.Tables, table)
	}
	l, err := lode.Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestWhatLooksLikeARenameIsAsked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before := deals(t, dir, "amount", "fee")
	if err := errors.Join(before.Prepare(t.Context()), before.Close()); err != nil {
		t.Fatal(err)
	}
	l := deals(t, dir, "agreed_amount", "cost")
	propose := func(a evolve.Asker) (string, error) {
		p, err := l.Migrations().New(t.Context(), evolve.Request{Name: "x", Ask: a})
		if err != nil {
			return "", err
		}
		last := p.Files[len(p.Files)-1].Text
		return last[:strings.Index(last, "-- +goose Down")], nil
	}
	all := &answering{yes: []string{"amount=agreed_amount", "fee=cost"}}
	text, err := propose(all)
	if err != nil || strings.Contains(text, "DROP COLUMN") || strings.Count(text, "RENAME COLUMN") != 4 {
		t.Errorf("all renamed: %v\n%s", err, text)
	}
	if want := []string{"[app.deals app.offers] amount=agreed_amount", "[app.deals app.offers] fee=cost"}; !slices.Equal(all.asked, want) {
		t.Errorf("asked %q, want %q: one question for all tables, and none about what is known", all.asked, want)
	}
	one := &answering{yes: []string{"fee=agreed_amount"}}
	text, err = propose(one)
	if err != nil || strings.Count(text, "RENAME COLUMN") != 2 || strings.Count(text, `DROP COLUMN "amount"`) != 2 || strings.Count(text, `ADD COLUMN "cost"`) != 2 {
		t.Errorf("one renamed: %v\n%s", err, text)
	}
	none := &answering{}
	text, err = propose(none)
	if err != nil || strings.Contains(text, "RENAME COLUMN") || strings.Count(text, "DROP COLUMN") != 4 || len(none.asked) != 4 {
		t.Errorf("none renamed: %v, asked %q\n%s", err, none.asked, text)
	}
	gone := errors.New("nobody is there")
	if _, err = propose(&answering{err: gone}); !errors.Is(err, gone) || !errors.Is(err, evolve.ErrAsk) {
		t.Errorf("nobody answered: %v", err)
	}
	if _, err = propose(nil); !errors.Is(err, evolve.ErrAsk) || !strings.Contains(err.Error(), "--rename app.deals.amount=agreed_amount") {
		t.Errorf("nobody can be asked: %v", err)
	}
}
