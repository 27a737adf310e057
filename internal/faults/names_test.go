package faults

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode/lodetest"
)

// TestAbsurdNames gives every kind of name to a project. A name that cannot be taken is an
// error with code 2; one that is taken works on both warehouses, in every layer.
func TestAbsurdNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 80)
	for what, name := range map[string]string{
		"quotes": `a"b'c`, "backquote": "a`b", "backslash": `a\b`, "semicolon": `x"; DROP TABLE bronze.f_items; --`, "space": "a b", "dot": "a.b",
		"80 characters": long, "80 others": long[:79] + "m", "80 umlauts": strings.Repeat("ü", 80), "upper case": "SELECT", "keyword": "select",
		"dollar": "$1", "percent": "%s%d", "question": "?", "newline": "a\nb", "NUL": "a\x00b", "empty": "", "emoji": "🙂", "star": "*", "comma": "a,b", "plus": "+a+", "bracket": "a[b", "tag": "tag:x", "slash": "../x", "template": "${HOME}", "digits": "123",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			if taken(t, what, name, places) {
				return
			}
			for _, place := range places { // an error about one of them may hide the others
				taken(t, what, name, []string{place})
			}
		})
	}
}

var places = []string{"column", "stream", "entity", "source", "dimension", "layer"}

// taken tells whether a project with the name in some places is run; if not, it wants a
// clear error.
func taken(t *testing.T, what, name string, places []string) bool {
	t.Helper()
	files := small()
	for _, place := range places {
		give(files, place, name)
	}
	p := lay(t, files)
	kinds := []string{"duckdb"}
	if what == "quotes" || what == "semicolon" { // the others show nothing new there
		kinds = append(kinds, "postgres")
	}
	for _, kind := range kinds {
		address := at(t, p, kind)
		switch e := p.lode("run", "-q", "--warehouse", address); {
		case e.code == 2 && strings.TrimSpace(e.stderr) != "":
			return false
		case e.code != 0:
			t.Errorf("%s, in %s: lode run: code %d: %s", kind, places, e.code, last(e.stderr))
			return true
		}
		found(t, address)
		if e := p.lode("rebuild", "-q", "--warehouse", address); e.code != 0 {
			t.Errorf("%s, in %s: lode rebuild: code %d: %s", kind, places, e.code, last(e.stderr))
		}
		found(t, address)
	}
	return true
}

// found wants the one record of the small project in three tables, whatever they are called.
func found(t *testing.T, address string) {
	t.Helper()
	w := open(t, address)
	n := 0
	for _, row := range lodetest.Rows(t, w, `SELECT '"' || replace(table_schema, '"', '""') || '"."' || replace(table_name, '"', '""') || '"' FROM information_schema.tables
		WHERE table_schema NOT IN ('lode', 'pg_catalog', 'information_schema') AND table_name NOT LIKE '%\_log' ESCAPE '\'`) {
		condition := " WHERE source_id = '1'"
		if strings.HasPrefix(row, `"bronze"`) {
			condition = ""
		}
		if got := lodetest.Rows(t, w, "SELECT count(*) FROM "+row+condition); got[0] != "1" {
			t.Errorf("%s holds %s records, want 1", row, got[0])
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d tables, want 3", n)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// give puts a name in one place of the small project.
func give(files map[string]string, place, name string) {
	quoted := fmt.Sprintf("%q", name) // a YAML text
	edit := func(file, old, text string) { files[file] = strings.ReplaceAll(files[file], old, text) }
	switch place {
	case "column":
		edit("silver/items.yaml", "  name: {type", "  "+quoted+": {type")
		edit("silver/items.yaml", "{name: name,", "{"+quoted+": name,")
		edit("gold/dim_items.yaml", "{name: 2}", "{"+quoted+": 2}")
	case "stream":
		edit("sources/f.yaml", "  items:", "  "+quoted+":")
		edit("silver/items.yaml", "stream: \"f.items\"", "stream: "+fmt.Sprintf("%q", "f."+name))
	case "entity":
		edit("silver/items.yaml", "entity: items", "entity: "+quoted)
		edit("gold/dim_items.yaml", "from: items", "from: "+quoted)
	case "source":
		edit("sources/f.yaml", "source: f", "source: "+quoted)
		edit("silver/items.yaml", "stream: \"f.", "stream: \""+quoted[1:len(quoted)-1]+".")
	case "dimension":
		edit("gold/dim_items.yaml", "dimension: dim_items", "dimension: "+quoted)
	case "layer":
		files["lode.yaml"] += "layers: {silver: " + quoted + "}\n"
	}
}
