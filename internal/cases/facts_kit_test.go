package cases

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
)

// shop is a world whose streams and tables a test of facts declares itself.
type shop struct {
	*world
	streams map[string]*lodetest.Stream
}

// eachShop runs a test with the given entities, and with what declare adds to them, on every warehouse.
// An entity is written "orders: id | customer_id text, ordered_at timestamp": its name,
// its key (id stands for source_id) and its other columns. Its stream has the same
// name and fields, and its business time, if there is one, in the field at.
func eachShop(t *testing.T, entities []string, declare func(p *lode.Project), test func(s *shop)) {
	t.Helper()
	t.Parallel()
	for name, address := range dbtest.Addresses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shop{streams: map[string]*lodetest.Stream{}}
			s.world = open(t, address(t), func(p *lode.Project) {
				p.Project = s.declared(entities)
				declare(p)
			})
			test(s)
		})
	}
}

// declared is the entities with their streams, and a calendar.
func (s *shop) declared(entities []string) schema.Project {
	source := lodetest.NewSource()
	p := schema.Project{
		Name: "shop", Sources: []schema.Source{{Name: "s", Config: source}},
		Dimensions: []schema.Dimension{{Name: "dim_dates", Calendar: &schema.Calendar{From: "2025-01-01", To: "2025-12-31"}}},
	}
	for _, text := range entities {
		e := entityOf(text)
		p.Entities = append(p.Entities, e)
		key := slices.Clone(e.Key)
		if i := slices.Index(key, "source_id"); i >= 0 {
			key[i] = "id"
		}
		s.streams[e.Name] = source.Stream(e.Name, key...)
	}
	return p
}

// entityOf reads "orders@: id | customer_id text"; @ says that events have a business time.
func entityOf(text string) schema.Entity {
	name, rest, _ := strings.Cut(text, ":")
	keys, columns, _ := strings.Cut(rest, "|")
	plain := strings.TrimSuffix(name, "@")
	m := schema.Mapping{Stream: "s." + plain, Ignore: []string{"id", "at"}}
	if plain != name {
		m.ValidAt.Field = "at"
	}
	e := schema.Entity{Name: plain}
	for _, k := range strings.Split(keys, ",") {
		column, kind, typed := strings.Cut(strings.TrimSpace(k), " ")
		if column == "id" {
			column = "source_id"
		}
		e.Key = append(e.Key, column)
		if typed {
			e.Columns = append(e.Columns, schema.Column{Name: column, Type: kind})
		}
	}
	for _, c := range strings.Split(columns, ", ") {
		if column, kind, ok := strings.Cut(strings.TrimSpace(c), " "); ok {
			e.Columns = append(e.Columns, schema.Column{Name: column, Type: kind})
		}
	}
	e.From = []schema.Mapping{m}
	return e
}

// send sends records of a stream, each written as the fields of a JSON object with single
// quotes: "'id':1,'at':'2025-01-01'".
func (s *shop) send(stream string, records ...string) {
	s.t.Helper()
	s.streams[stream].Send(objects(records)...)
}

func (s *shop) gone(stream string, records ...string) {
	s.t.Helper()
	s.streams[stream].Delete(objects(records)...)
}

func objects(records []string) []string {
	out := make([]string, len(records))
	for i, r := range records {
		out[i] = "{" + strings.ReplaceAll(r, "'", `"`) + "}"
	}
	return out
}

func (s *shop) run() {
	s.t.Helper()
	s.world.run(lode.Options{})
}

// rebuildEquals computes gold anew and wants the tables to be as they were.
func (s *shop) rebuildEquals(tables ...string) {
	s.t.Helper()
	before := map[string][]string{}
	for _, t := range tables {
		before[t] = s.content(t)
	}
	s.world.run(lode.Options{Select: []string{"gold.*"}, Mode: lode.Mode{Rebuild: true}})
	for _, t := range tables {
		if got := s.content(t); !slices.Equal(got, before[t]) {
			s.t.Errorf("%s is not what a rebuild makes of it\n run by run:\n\t%s\n rebuilt:\n\t%s", t, strings.Join(before[t], "\n\t"), strings.Join(got, "\n\t"))
		}
	}
}

// content is the rows of a table, without the times of writing, in a fixed order.
func (s *shop) content(table string) []string {
	s.t.Helper()
	var columns []string
	for _, t := range s.tables() {
		if t.Name.String() == table {
			for _, f := range t.Fields {
				if f.Name != schema.CreatedAt && f.Name != schema.UpdatedAt {
					columns = append(columns, f.Name)
				}
			}
		}
	}
	if columns == nil {
		s.t.Fatalf("there is no table %s", table)
	}
	rows := lodetest.Rows(s.t, s.world, "SELECT "+strings.Join(columns, ", ")+" FROM "+table)
	slices.Sort(rows)
	return rows
}

func (s *shop) tables() []schema.Table {
	var out []schema.Table
	m := s.Model()
	for _, d := range m.Dimensions {
		out = append(out, d.Table)
	}
	for _, f := range m.Facts {
		out = append(out, f.Table)
	}
	for _, a := range m.Aggregates {
		out = append(out, a.Table)
	}
	return out
}

// histories is how many histories a test draws: so many, or one for each hundred of
// LODE_SEEDS where these are more.
func histories(t *testing.T, least int) int {
	t.Helper()
	text := os.Getenv("LODE_SEEDS")
	if text == "" {
		return least
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("LODE_SEEDS=%q is no count of histories", text)
	}
	return max(least, n/100)
}

// storm sends what draw makes, in random batches, and wants the tables to equal a rebuild
// after each run. LODE_STORM=N draws other histories. Where LODE_SEEDS asks for several, each
// goes on where the one before ended.
func (s *shop) storm(seed uint64, runs int, draw func(r *rand.Rand), tables ...string) {
	s.t.Helper()
	if text := os.Getenv("LODE_STORM"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			s.t.Fatalf("LODE_STORM=%q is no number", text)
		}
		seed += 1000 * n
	}
	for n := range histories(s.t, 1) {
		r := rand.New(rand.NewPCG(seed+1000*uint64(n), 1))
		for i := range runs {
			for range 1 + r.IntN(6) {
				draw(r)
			}
			s.run()
			s.rebuildEquals(tables...)
			if s.t.Failed() {
				s.t.Fatalf("seed %d, history %d, run %d", seed, n, i)
			}
		}
	}
}

// pick is one of the texts.
func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

// on is a day of 2025 in days from its first.
func on(day int) string { return fmt.Sprintf("2025-%02d-%02d", 1+day/28, 1+day%28) }
