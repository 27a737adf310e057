package schema

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
)

// Resolve checks a project as a whole and derives its tables. Streams are those that
// its sources offer. All mistakes are returned at once; the model is then nil.
func Resolve(p Project, types coltype.Set, streams []StreamRef) (*Model, Problems) {
	r := &resolver{types: types, streams: streams, broken: map[string]bool{}}
	r.model = &Model{Name: p.Name, Description: p.Description, Lint: p.Lint, Layers: p.Layers.withDefaults(), AfterLoad: p.Checks == "after_load", Streams: streams}
	project := r.report("project")
	project.oneOf("checks", p.Checks, "after_load")
	r.checkLayers()
	r.checkLint(p.Lint)
	r.checkNames(p)
	for _, e := range p.Entities {
		if e.Match == nil {
			r.entity(e)
		}
	}
	for _, m := range r.model.Entities {
		m.Fingerprint = fingerprint(m.Entity, r.model.listsBeside(m), logFields(m.Nested()))
	}
	for _, e := range p.Entities {
		if e.Match != nil {
			r.conformed(e) // made of the others
		}
	}
	for _, d := range p.Dimensions {
		r.dimension(d)
	}
	r.minis()
	r.outriggers()
	for _, b := range p.Bridges {
		r.bridge(b)
	}
	for _, f := range p.Facts {
		r.fact(f)
	}
	for _, a := range p.Aggregates {
		r.aggregate(a)
	}
	for _, t := range p.Tables {
		r.appTable(t)
	}
	r.appReferences(p)
	if len(r.problems) == 0 { // the names of views follow from the tables
		r.views(p.Views)
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return r.model, nil
}

type resolver struct {
	types    coltype.Set
	streams  []StreamRef
	model    *Model
	problems Problems
	broken   map[string]bool // dimensions and facts of which too little is known to check what uses them
}

func (r *resolver) report(object string) report { return report{object, &r.problems, len(r.problems)} }

func (l Layers) withDefaults() Layers {
	return Layers{
		Bronze: or(l.Bronze, "bronze"), Silver: or(l.Silver, "silver"),
		Gold: or(l.Gold, "gold"), Lode: or(l.Lode, "lode"), App: or(l.App, "app"),
	}
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// checkLayers finds layers that no database can hold. Their names are asked for before the
// tables in them are checked.
func (r *resolver) checkLayers() {
	rep, l := r.report("project"), r.model.Layers
	for _, layer := range [][2]string{{"bronze", l.Bronze}, {"silver", l.Silver}, {"gold", l.Gold}, {"lode", l.Lode}, {"app", l.App}} {
		if strings.ContainsRune(layer[1], 0) || !utf8.ValidString(layer[1]) {
			rep.addf("layers."+layer[0], "holds a NUL byte or is no UTF-8")
		}
		if layer[0] != "lode" && layer[1] == l.Lode {
			rep.addf("layers."+layer[0], "%q is the schema of Lode's own tables, which stand alone; choose another", layer[1])
		}
	}
}

// checkNames finds tables that would collide, also by case alone.
func (r *resolver) checkNames(p Project) {
	seen := map[string]string{}
	checkAt := func(object, path, layer, table string) {
		rep := r.report(object)
		if table == "" {
			rep.addf(path, "has no name")
			return
		}
		if len(table) > maxNameLength {
			rep.addf(path, "the name %q is longer than %d bytes; choose a shorter one", table, maxNameLength)
		}
		id := layer + "." + strings.ToLower(table)
		if other, taken := seen[id]; taken {
			rep.addf(path, "the table name %s.%s is taken by %s already", layer, table, other)
		}
		seen[id] = object
	}
	check := func(object, layer, table string) { checkAt(object, "", layer, table) }
	l := r.model.Layers
	for _, e := range p.Entities {
		check("entity "+e.Name, l.Silver, e.Name)
		check("entity "+e.Name, l.Silver, e.Name+logSuffix)
		if e.Match != nil {
			check("entity "+e.Name, l.Silver, e.Name+membersSuffix)
			check("entity "+e.Name, l.Silver, e.Name+valuesSuffix)
		}
	}
	for _, d := range p.Dimensions {
		check("dimension "+d.Name, l.Gold, d.Name)
	}
	for _, b := range p.Bridges {
		check("bridge "+b.Name, l.Gold, b.Name)
	}
	for _, f := range p.Facts {
		check("fact "+f.Name, l.Gold, f.Name)
	}
	for _, a := range p.Aggregates {
		check("aggregate "+a.Name, l.Gold, a.Name)
	}
	for _, t := range p.Tables {
		check("table "+t.Name, l.App, t.Name)
	}
	checkMinis(p, l, checkAt)
}

// maxNameLength is PostgreSQL's limit for identifiers; DuckDB is held to the same one,
// so that a project can move between them.
const maxNameLength = 63

func (r *resolver) stream(name string) (StreamRef, bool) {
	i := slices.IndexFunc(r.streams, func(s StreamRef) bool { return s.String() == name })
	if i < 0 {
		return StreamRef{}, false
	}
	return r.streams[i], true
}

// fingerprint identifies a definition: equal text of all its parts, equal result. What
// is only said of a table, and changes no row of it, is no part of it.
func fingerprint(parts ...any) string {
	h := xxh3.New()
	for _, p := range parts {
		text, err := json.Marshal(p)
		if err != nil {
			panic(fmt.Sprintf("schema: fingerprint: %v", err)) // declarations are plain data
		}
		var plain any
		if err := json.Unmarshal(text, &plain); err != nil {
			panic(fmt.Sprintf("schema: fingerprint: %v", err)) // it has just been written
		}
		text, err = json.Marshal(silenced(plain))
		if err != nil {
			panic(fmt.Sprintf("schema: fingerprint: %v", err)) // it has just been read
		}
		fmt.Fprintf(h, "%d:", len(text))
		_, _ = h.Write(text)
	}
	sum := h.Sum128().Bytes()
	return hex.EncodeToString(sum[:])
}

// silenced is a declaration without what is only said of it: descriptions,
// tags, owners and rules of lint that do not count.
func silenced(x any) any {
	switch x := x.(type) {
	case map[string]any:
		for _, said := range []string{"Description", "Comment", "Tags", "Owner", "NoLint"} {
			delete(x, said)
		}
		for k := range x {
			x[k] = silenced(x[k])
		}
	case []any:
		for i := range x {
			x[i] = silenced(x[i])
		}
	}
	return x
}

// suggest names the candidate nearest to name, as ` (did you mean "x"?)`, or nothing.
func suggest(name string, candidates []string) string {
	best, distance := "", len(name)/3+2
	for _, c := range candidates {
		if d := editDistance(name, c); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

func text(name string, notNull bool) Field {
	return Field{Name: name, Type: record.Of(record.Text), NotNull: notNull}
}

func field(name string, kind record.Kind, notNull bool) Field {
	return Field{Name: name, Type: record.Of(kind), NotNull: notNull}
}
