package lodetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/expr"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/store"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// A column type of one's own: whole percents, written "12 %" or "12" and stored as 12.
func percents() coltype.Set {
	return coltype.Standard().With("percent", func([]string) (coltype.Type, error) {
		return coltype.Custom{
			TypeName: "percent", StoredAs: record.Of(record.Int),
			Convert: func(text string) (record.Value, error) {
				digits := strings.TrimRight(strings.TrimSuffix(text, "%"), " ")
				n, err := strconv.ParseInt(digits, 10, 64)
				if err != nil || n < 0 || n > 100 || strconv.FormatInt(n, 10) != digits {
					return record.Null, fmt.Errorf("%q is no whole number of percents", text)
				}
				return record.IntValue(n), nil
			},
			Spell: func(d expr.Dialect, x string) string {
				digits := "rtrim(CASE WHEN right(" + x + ", 1) = '%' THEN left(" + x + ", length(" + x + ") - 1) ELSE " + x + " END, ' ')"
				return "CASE WHEN " + d.Matches(digits, "^(0|[1-9][0-9]?|100)$") + " THEN " + d.TryCast(digits, record.Of(record.Int)) + " END"
			},
		}, nil
	})
}

// warehouses opens each kind of warehouse.
func warehouses(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("duckdb", func(t *testing.T) { t.Parallel(); test(t, lodetest.DuckDB()) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, lodetest.PostgreSQL(t)) })
}

func opened(t *testing.T, address string) warehouse.Warehouse {
	t.Helper()
	var d warehouse.Driver = duckdb.Driver{}
	if !strings.HasPrefix(address, "duckdb") {
		d = postgres.Driver{}
	}
	w, err := d.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func TestATypeOfOnesOwnAgrees(t *testing.T) {
	t.Parallel()
	typ, err := percents().Parse("percent")
	if err != nil {
		t.Fatal(err)
	}
	warehouses(t, func(t *testing.T, address string) {
		lodetest.TypeAgrees(t, opened(t, address), typ, "12 %", "100%", "101", "05", "%")
	})
}

type grant struct {
	ID    int64  `lode:",key"`
	Share string `lode:"share_percent,type=text"`
	Part  int64  `lode:",type=percent"`
}

// The type is named in a struct's tag; what is stored and what is asked for pass through it.
func TestATypeOfOnesOwnInATagAndAQuery(t *testing.T) {
	t.Parallel()
	set := percents()
	grants := model.Table[grant]("grants", model.Types(set), model.Compute("is_whole", "part == 100"))
	part := model.Field(grants, func(g *grant) *int64 { return &g.Part })
	fromAPI, err := model.NewMapper(grants)
	if err != nil {
		t.Fatal(err)
	}
	warehouses(t, func(t *testing.T, address string) {
		models := []model.Some{grants}
		l, err := lode.Open(t.Context(), lode.Project{Warehouse: address, Drivers: standard.Warehouses(), Types: &set, Project: schema.Project{Name: "grants", Tables: model.Tables(models...)}})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := l.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		db, err := l.Store(models)
		if err != nil {
			t.Fatal(err)
		}
		g, err := fromAPI.New([]byte(`{"id": 1, "part": "25 %", "share_percent": "x"}`))
		if err != nil || g.Part != 25 {
			t.Fatalf("%+v, %v", g, err)
		}
		if err := store.In(db, grants).Insert(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		if n, err := store.In(db, grants).Where(part.Eq(25)).Count(t.Context()); n != 1 || err != nil {
			t.Errorf("%d found, %v", n, err)
		}
		if err := store.In(db, grants).Insert(t.Context(), &grant{ID: 2, Part: 101}); err == nil {
			t.Error("101 percent were stored")
		}
		if _, err := store.In(db, grants).Where(part.Eq(101)).Count(t.Context()); err == nil {
			t.Error("101 percent were asked for")
		}
		lodetest.Equal(t, l, "SELECT part, is_whole FROM app.grants", "25 | false")
	})
}

func TestStoreInMemory(t *testing.T) {
	t.Parallel()
	grants := model.Table[grant]("grants", model.Check("not all", "part < 100"))
	_ = grants
	notes := model.Table[struct {
		ID   int64 `lode:",key"`
		Text string
	}]("notes")
	db := lodetest.Store(t, schema.Project{}, []model.Some{notes})
	if n, err := store.In(db, notes).All().Count(t.Context()); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	sql, args, err := store.In(db, notes).All().Limit(3).SQL(postgres.Dialect{})
	if err != nil || len(args) != 0 {
		t.Fatal(args, err)
	}
	lodetest.Golden(t, "notes.sql", sql+"\n")
}

// fails is a test that fails without failing this one.
type fails struct {
	testing.TB
	said []string
}

func (f *fails) Helper() {}

func (f *fails) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *fails) Error(args ...any) { f.said = append(f.said, fmt.Sprint(args...)) }

func TestGoldenTellsWhereTextsDiffer(t *testing.T) {
	t.Setenv(lodetest.UpdateVariable, "") // also while other goldens are being written
	f := &fails{TB: t}
	lodetest.Golden(f, "notes.sql", "SELECT 1\n")
	if len(f.said) != 1 || !strings.Contains(f.said[0], "line 1") {
		t.Errorf("it said %q", f.said)
	}
}

func TestReplayRecordsAndAnswers(t *testing.T) {
	asked := 0
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Link", "</next>")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "answer %d to %s, key %s", asked, r.FormValue("q"), r.FormValue("key"))
	}))
	defer api.Close()
	dir := t.TempDir()
	t.Chdir(dir)
	get := func(url string) string {
		resp, err := http.Get(url) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode == http.StatusTeapot && resp.Header.Get("Link") != "</next>" {
			t.Fatal(resp.Header, err)
		}
		return fmt.Sprint(resp.StatusCode, " ", string(text))
	}
	t.Setenv(lodetest.UpdateVariable, "1")
	t.Run("record", func(t *testing.T) {
		url := lodetest.Replay(t, "api.jsonl", api.URL, "key").URL
		get(url + "/a?q=x&key=hunter2")
		get(url + "/a?q=x&key=hunter2")
	})
	t.Setenv(lodetest.UpdateVariable, "")
	kept, err := os.ReadFile(filepath.Join(dir, "testdata", "api.jsonl"))
	if err != nil || strings.Contains(string(kept), "key=hunter2") {
		t.Fatalf("kept %s, %v", kept, err)
	}
	f := &fails{TB: t}
	url := lodetest.Replay(f, "api.jsonl", "", "key").URL
	for _, want := range []string{"418 answer 1", "418 answer 2", "418 answer 2"} {
		if got := get(url + "/a?q=x&key=other"); !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if asked != 2 {
		t.Errorf("the API was asked %d times", asked)
	}
	if got := get(url + "/b"); !strings.HasPrefix(got, "501 ") || len(f.said) != 1 {
		t.Errorf("an unknown request: %q, %q", got, f.said)
	}
}
