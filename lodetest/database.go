package lodetest

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/coltype/coltypetest"
	"github.com/lodehq/lode/store"
	"github.com/lodehq/lode/warehouse"
)

// DuckDB is the address of a new warehouse in memory: it is there in milliseconds, and gone
// when it is closed.
func DuckDB() string { return "duckdb:" }

// PostgreSQL is the address of a new, empty database, dropped when the test ends. The first
// call in a process starts a throw-away server from the programs of the machine, or uses that
// which LODE_TEST_POSTGRES names.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	return pgtest.URL(t)
}

// Store is a store in memory for the models of an application: tables, and entities,
// dimensions and facts of a project, which can be filled as a test needs it. Without
// entities and the like the project may be empty.
func Store(t testing.TB, p schema.Project, models []model.Some, opts ...store.Option) *store.DB {
	t.Helper()
	if p.Name == "" {
		p.Name = "test"
	}
	if p.Tables == nil {
		p.Tables = model.Tables(models...)
	}
	var streams []schema.StreamRef
	for _, e := range p.Entities {
		for _, m := range e.From {
			streams = append(streams, streamOf(m.Stream))
		}
	}
	m, problems := schema.Resolve(p, coltype.Standard(), streams)
	if len(problems) > 0 {
		t.Fatalf("resolve the project: %v", problems)
	}
	db, err := store.Memory(m, models, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TypeAgrees holds a column type of one's own to its promise: what Go decodes, the warehouse
// decodes alike, and what Go refuses is NULL there. It tries the given texts, those that are
// known to be hard, and random variations of them.
func TypeAgrees(t *testing.T, w warehouse.Warehouse, typ coltype.Type, samples ...string) {
	t.Helper()
	coltypetest.Agree(t, w.Dialect(), typ, func(t testing.TB, sql string, _ record.Type) []record.Value {
		t.Helper()
		var out []record.Value
		for b, err := range w.Query(t.Context(), sql) {
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Len() {
				out = append(out, b.Vectors[0].Value(i))
			}
		}
		return out
	}, samples...)
}

// streamOf reads SOURCE.STREAM.
func streamOf(text string) schema.StreamRef {
	source, stream, _ := strings.Cut(text, ".")
	return schema.StreamRef{Source: source, Stream: stream}
}
