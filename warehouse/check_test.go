package warehouse_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

func TestInDir(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ address, dir, want string }{
		{"duckdb:a.duckdb", "", "duckdb:a.duckdb"},
		{"duckdb:a/b.duckdb?threads=2", "/x", "duckdb:/x/a/b.duckdb?threads=2"},
		{"duckdb:/abs.duckdb", "/x", "duckdb:/abs.duckdb"},
		{"duckdb:../a.duckdb", "/x/y", "duckdb:/x/a.duckdb"},
		{"duckdb::memory:", "/x", "duckdb::memory:"},
		{"duckdb:?threads=2", "/x", "duckdb:?threads=2"},
		{"postgresql://db/a", "/x", "postgresql://db/a"},
		{"", "/x", ""},
	} {
		if got := warehouse.InDir(c.address, c.dir); got != c.want {
			t.Errorf("%q in %q is %q, want %q", c.address, c.dir, got, c.want)
		}
	}
}

// fails is an error that may pass, or not.
type fails struct{ temporary bool }

func (fails) Error() string     { return "it fails" }
func (f fails) Temporary() bool { return f.temporary }

func TestIsTemporary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("it fails"), false},
		{fails{true}, true},
		{fails{false}, false},
		{fmt.Errorf("load: %w", fails{true}), true},
		{errors.Join(errors.New("also"), fails{true}), true},
	} {
		if got := warehouse.IsTemporary(c.err); got != c.want {
			t.Errorf("%v is temporary: %t", c.err, got)
		}
	}
}

func TestCheckText(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{"": true, "ä€😀": true, "\u0001": true, "a\x00": false, "\xff": false, "\xed\xa0\x80": false, "a\xc3": false} {
		if err := warehouse.CheckText(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCheckNames(t *testing.T) {
	t.Parallel()
	table := func(name string, columns ...string) schema.Table {
		out := schema.Table{Name: schema.Name{Schema: "gold", Table: name}}
		for _, c := range columns {
			out.Fields = append(out.Fields, schema.Field{Name: c, Type: record.Of(record.Int)})
		}
		return out
	}
	long := strings.Repeat("ä", warehouse.MaxNameLength/2) // 62 bytes
	indexed := table("t", "a")
	indexed.Indexes = []schema.Index{{Columns: []string{"a"}}, {Columns: []string{"a", "b"}}}
	for name, c := range map[string]struct {
		table schema.Table
		want  string
	}{
		"fits":      {table("t", "a", "A", "select", `it's "x"`, long+"x"), ""},
		"too long":  {table("t", long+"xx"), "has 64 bytes, at most 63"},
		"table":     {table(long+"ä", "a"), "has 64 bytes, at most 63"},
		"empty":     {table("t", ""), "a name is empty"},
		"NUL":       {table("t", "a\x00"), "NUL byte"},
		"no UTF-8":  {table("t\xff", "a"), "no UTF-8"},
		"twice":     {table("t", "a", "b", "a"), `column "a" appears twice`},
		"nothing":   {table("t"), "it has no columns"},
		"bad index": {indexed, `names column "b"`},
	} {
		err := warehouse.CheckNames("postgres", c.table)
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !errors.Is(err, warehouse.ErrUnsupported)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
