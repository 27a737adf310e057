package affected_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
)

func field(name string, kind record.Kind) schema.Field {
	return schema.Field{Name: name, Type: record.Of(kind)}
}

// target has a key of two columns, of which the first is what is touched: as a chain of
// versions has.
var target = schema.Table{
	Name: schema.Name{Schema: "gold", Table: "chains"},
	Fields: []schema.Field{
		field("name", record.Text), field("version", record.Int), field("a", record.Text), field("b", record.Int),
		field(schema.CreatedAt, record.Timestamp), field(schema.UpdatedAt, record.Timestamp),
	},
	PrimaryKey: []string{"name", "version"},
}

const (
	before = 1_000_000 // when the rows that are there were written, and when the write is
	now    = 2_000_000
)

type id struct {
	name    string
	version int64
}

type content struct{ a, b record.Value }

// row is what is stored of an id.
type row struct {
	content
	created, updated int64
}

// drawn is a table, the keys that a change touched, and the rows that these should have.
type drawn struct {
	held    map[id]content
	touched map[string]bool
	fresh   map[id]content
	all     bool // every key is touched
	inPlace bool // b is updated in place, but where it becomes NULL
}

func draws() *rapid.Generator[drawn] {
	name := rapid.SampledFrom([]string{"x", "y", "z", "it's", "ä"})
	ids := rapid.Custom(func(t *rapid.T) id { return id{name.Draw(t, "name"), rapid.Int64Range(1, 3).Draw(t, "version")} })
	contents := rapid.Custom(func(t *rapid.T) content {
		return content{
			rapid.SampledFrom([]record.Value{record.Null, record.TextValue(""), record.TextValue("v")}).Draw(t, "a"),
			rapid.SampledFrom([]record.Value{record.Null, record.IntValue(0), record.IntValue(7)}).Draw(t, "b"),
		}
	})
	return rapid.Custom(func(t *rapid.T) drawn {
		d := drawn{held: rapid.MapOf(ids, contents).Draw(t, "held"), touched: map[string]bool{}, fresh: map[id]content{}, all: rapid.Bool().Draw(t, "all"), inPlace: rapid.Bool().Draw(t, "in place")}
		for _, n := range rapid.SliceOfDistinct(name, rapid.ID[string]).Draw(t, "touched") {
			d.touched[n] = true
		}
		for k, c := range rapid.MapOf(ids, contents).Draw(t, "fresh") {
			if d.all || d.touched[k.name] {
				d.fresh[k] = c
			}
		}
		for _, k := range slices.SortedFunc(maps.Keys(d.held), func(x, y id) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) }) {
			if (d.all || d.touched[k.name]) && rapid.Bool().Draw(t, "stays") {
				d.fresh[k] = d.held[k]
			}
		}
		return d
	})
}

// want is the naive answer: the table after the write, and how many rows changed how.
func (d drawn) want() (map[id]row, map[sqltext.Count]int64) {
	rows, counts := map[id]row{}, map[sqltext.Count]int64{}
	for k, c := range d.held {
		f, stays := d.fresh[k]
		switch {
		case !d.all && !d.touched[k.name], stays && f == c:
			rows[k] = row{c, before, before}
		case stays:
			rows[k] = row{f, before, now}
			if d.inPlace && f.a == c.a && !f.b.IsNull() {
				counts[sqltext.Amended]++
				continue
			}
			counts[sqltext.Updated]++
			counts[sqltext.Removed]++
		default:
			counts[sqltext.Removed]++
		}
	}
	for k, f := range d.fresh {
		if _, there := d.held[k]; !there {
			rows[k] = row{f, now, now}
			counts[sqltext.Inserted]++
		}
	}
	return rows, counts
}

func TestWriteEqualsNaive(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		create(t, w)
		rapid.Check(t, func(rt *rapid.T) {
			d := draws().Draw(rt, "case")
			s := begin(t, w)
			defer s.rollback()
			s.set(target.Name, target.Fields, d.heldRows())
			rows, counts := d.want()
			s.check(rt, s.write(d, int64(now)), counts, rows)
			// Written once more, a while later, nothing differs and nothing is written.
			s.check(rt, s.write(d, now+1), map[sqltext.Count]int64{}, rows)
		})
	})
}

// What is watched is told of each change: rows whose value changes, and rows that vanish.
func TestWatched(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		create(t, w)
		s := begin(t, w)
		defer s.rollback()
		v := func(x string) record.Value { return record.TextValue(x) }
		d := drawn{
			inPlace: true, all: true,
			held:  map[id]content{{"x", 1}: {v("a"), record.IntValue(1)}, {"x", 2}: {v("a"), record.IntValue(1)}, {"x", 3}: {v("a"), record.IntValue(1)}, {"x", 4}: {v("a"), record.IntValue(1)}},
			fresh: map[id]content{{"x", 1}: {v("a"), record.IntValue(2)}, {"x", 2}: {v("b"), record.IntValue(1)}, {"x", 3}: {v("a"), record.Null}, {"x", 5}: {v("a"), record.IntValue(1)}},
		}
		s.set(target.Name, target.Fields, d.heldRows())
		rows, counts := d.want()
		s.check(t, s.write(d, now), counts, rows)
		var got []string
		s.each("SELECT version, lode_change, lode_watched FROM delta ORDER BY version", func(v []record.Value) {
			got = append(got, fmt.Sprint(v[0], " ", v[1], " ", v[2]))
		})
		if want := "1 amend false, 2 update true, 3 update false, 4 delete true, 5 insert false"; strings.Join(got, ", ") != want {
			t.Errorf("the changes are %s, want %s", strings.Join(got, ", "), want)
		}
	})
}

func TestWriteIntoEmptyTable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		create(t, w)
		s := begin(t, w)
		defer s.rollback()
		d := drawn{all: true, fresh: map[id]content{{"x", 1}: {record.Null, record.IntValue(1)}, {"x", 2}: {record.TextValue("v"), record.Null}}}
		s.empty = true
		rows, counts := d.want()
		s.check(t, s.write(d, now), counts, rows)
	})
}

// Between must see the table as it was and the delta as it will be.
func TestBetweenSeesTheTableAsItWas(t *testing.T) {
	t.Parallel()
	w := dbtest.Memory(t)
	create(t, w)
	s := begin(t, w)
	defer s.rollback()
	d := drawn{
		held:    map[id]content{{"x", 1}: {}, {"x", 2}: {}},
		touched: map[string]bool{"x": true},
		fresh:   map[id]content{{"x", 2}: {record.TextValue("v"), record.Null}, {"x", 3}: {}},
	}
	s.set(target.Name, target.Fields, d.heldRows())
	s.between = []sqltext.Statement{{SQL: `CREATE TEMPORARY TABLE noted AS SELECT c.version, c.lode_change AS change, t.name IS NOT NULL AS held
FROM delta c LEFT JOIN gold.chains t ON t.name = c.name AND t.version = c.version`}}
	s.write(d, now)
	var got []string
	s.each("SELECT version, change, held FROM noted ORDER BY version", func(v []record.Value) {
		got = append(got, fmt.Sprintf("%v %v %v", v[0], v[1], v[2]))
	})
	if want := "1 delete true, 2 update true, 3 insert false"; strings.Join(got, ", ") != want {
		t.Errorf("between saw %s, want %s", strings.Join(got, ", "), want)
	}
}

func create(t *testing.T, w warehouse.Warehouse) {
	t.Helper()
	s := begin(t, w)
	s.exec(w.Dialect().CreateSchema(target.Name.Schema))
	for _, sql := range w.Dialect().CreateTable(target) {
		s.exec(sql)
	}
	if err := s.tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// session is one transaction of a test.
type session struct {
	t       *testing.T
	d       warehouse.Dialect
	tx      warehouse.Tx
	empty   bool
	between []sqltext.Statement
}

func begin(t *testing.T, w warehouse.Warehouse) *session {
	t.Helper()
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &session{t: t, d: w.Dialect(), tx: tx}
}

func (s *session) rollback() {
	if err := s.tx.Rollback(); err != nil {
		s.t.Errorf("roll back: %v", err)
	}
}

func (s *session) exec(sql string) int64 {
	s.t.Helper()
	n, err := s.tx.Exec(s.t.Context(), sql)
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (s *session) each(sql string, visit func([]record.Value)) {
	s.t.Helper()
	for b, err := range s.tx.Query(s.t.Context(), sql) {
		if err != nil {
			s.t.Fatalf("%s: %v", sql, err)
		}
		for i := range b.Len() {
			visit(b.Row(i))
		}
	}
}

func (s *session) set(name schema.Name, fields []schema.Field, rows [][]record.Value) {
	s.t.Helper()
	b := record.NewBatch(schema.Table{Fields: fields}.Columns())
	for _, r := range rows {
		b.Append(r...)
	}
	if _, err := s.tx.Load(s.t.Context(), name, record.One(b)); err != nil {
		s.t.Fatalf("load %s: %v", name, err)
	}
}

func (s *session) temp(name string, fields []schema.Field, rows [][]record.Value) {
	s.t.Helper()
	for _, sql := range s.d.CreateTemp(name, fields) {
		s.exec(sql)
	}
	s.set(schema.Name{Table: name}, fields, rows)
}

func (d drawn) heldRows() [][]record.Value {
	var rows [][]record.Value
	for k, c := range d.held {
		at := record.TimestampValue(before)
		rows = append(rows, []record.Value{record.TextValue(k.name), record.IntValue(k.version), c.a, c.b, at, at})
	}
	return rows
}

// write carries the write out at a time and counts what it touched.
func (s *session) write(d drawn, at int64) map[sqltext.Count]int64 {
	s.t.Helper()
	var fresh, touched [][]record.Value
	for k, c := range d.fresh {
		fresh = append(fresh, []record.Value{record.TextValue(k.name), record.IntValue(k.version), c.a, c.b})
	}
	for n := range d.touched {
		touched = append(touched, []record.Value{record.TextValue(n)})
	}
	s.temp("fresh", target.Fields[:4], fresh)
	s.temp("touched", target.Fields[:1], touched)
	write := affected.Write{Target: target, Fresh: "fresh", Touched: "touched", Keys: []string{"name"}, Audit: true, Delta: "delta", Now: time.UnixMicro(at), Empty: s.empty}
	if d.all {
		write.Touched = ""
	}
	if d.inPlace {
		write.InPlace, write.InPlaceIf, write.Watched = []string{"b"}, "f.b IS NOT NULL", []string{"a"}
	}
	counts := map[sqltext.Count]int64{}
	for _, x := range write.Statements(s.d, s.between...) {
		if x.SQL == "" {
			continue
		}
		if n := s.exec(x.SQL); x.Count != "" && n > 0 {
			counts[x.Count] += n
		}
	}
	return counts
}

// fataler is what a *testing.T and a *rapid.T share.
type fataler interface {
	Fatalf(format string, args ...any)
}

func (s *session) check(t fataler, counts, wantCounts map[sqltext.Count]int64, want map[id]row) {
	got := map[id]row{}
	s.each(`SELECT name, version, a, b, created_at, updated_at FROM gold.chains`, func(v []record.Value) {
		got[id{v[0].Text(), v[1].Int()}] = row{content{v[2], v[3]}, v[4].Int(), v[5].Int()}
	})
	if !maps.Equal(got, want) {
		t.Fatalf("the table holds\n%v\nwant\n%v", got, want)
	}
	if !maps.Equal(counts, wantCounts) {
		t.Fatalf("counted %v, want %v", counts, wantCounts)
	}
}

func ExampleWrite() {
	w := affected.Write{Target: target, Fresh: "fresh", Touched: "touched", Keys: []string{"name"}, Delta: "delta"}
	for _, s := range w.Statements(duckdb.Dialect{}) {
		if s.Note != "" {
			fmt.Println(s.Note)
		}
	}
	// Output:
	// what differs from gold.chains
	// take the changed and vanished rows out
	// write the inserted rows
	// write the updated rows
}
