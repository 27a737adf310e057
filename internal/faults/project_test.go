package faults

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small is a project of one file source, one entity and one dimension.
func small() map[string]string {
	return map[string]string{
		"lode.yaml":            "name: small\nwarehouse: duckdb:small.duckdb\n",
		"sources/f.yaml":       "source: f\ntype: file\npath: data\nstreams:\n  items: {glob: items.jsonl, key: id}\n",
		"silver/items.yaml":    "entity: items\nkey: [source_id]\ncolumns:\n  name: {type: text}\n  amount: {type: \"decimal(12,2)\"}\nfrom:\n  - stream: \"f.items\"\n    fields: {name: name, amount: amount}\n",
		"gold/dim_items.yaml":  "dimension: dim_items\nfrom: items\ncolumns: {name: 2}\n",
		"data/items.jsonl":     `{"id":1,"name":"a","amount":"1.50"}` + "\n",
		"data/notes/other.txt": "nobody reads this\n",
	}
}

// lay writes a project and gives the program for it.
func lay(t *testing.T, files map[string]string) program {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return program{t: t, dir: dir}
}

// changed is the small project with one file replaced, or a text within it.
func changed(name string, oldNew ...string) map[string]string {
	files := maps.Clone(small())
	if len(oldNew) == 1 {
		files[name] = oldNew[0]
		return files
	}
	if !strings.Contains(files[name], oldNew[0]) {
		panic("the small project has no " + oldNew[0])
	}
	files[name] = strings.Replace(files[name], oldNew[0], oldNew[1], 1)
	return files
}

// TestBrokenProjects wants a clear error and code 2 from each broken project, and that
// nothing was done.
func TestBrokenProjects(t *testing.T) {
	t.Parallel()
	const lode, src, entity, dim = "lode.yaml", "sources/f.yaml", "silver/items.yaml", "gold/dim_items.yaml"
	for name, c := range map[string]struct {
		files map[string]string
		say   string // a part of the message
	}{
		"no project file":             {map[string]string{"other.txt": ""}, "lode.yaml"},
		"empty project file":          {changed(lode, ""), "lode.yaml"},
		"syntax":                      {changed(entity, "entity: [items\n"), "silver/items.yaml:"},
		"tabs":                        {changed(entity, "entity: items\n\tkey: [source_id]\n"), "silver/items.yaml:"},
		"NUL byte":                    {changed(entity, "name: {type", "na\x00me: {type"), "silver/items.yaml"},
		"invalid UTF-8":               {changed(entity, "name: {type", "na\xffme: {type"), "silver/items.yaml"},
		"UTF-16":                      {changed(entity, "\xff\xfee\x00n\x00t\x00i\x00t\x00y\x00"), "silver/items.yaml: is UTF-16; save it as UTF-8"},
		"UTF-16 without a mark":       {changed(entity, "e\x00n\x00t\x00i\x00t\x00y\x00"), "silver/items.yaml: is UTF-16; save it as UTF-8"},
		"project without a name":      {changed(lode, "name: small", "name: \"\""), "lode.yaml:1:1: name: must have a value"},
		"entity without a name":       {changed(entity, "entity: items", "entity: ' '"), "silver/items.yaml:1:1: entity: must have a value"},
		"binary":                      {changed(entity, "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x90\x80"), "silver/items.yaml"},
		"a list":                      {changed(entity, "- a\n- b\n"), "silver/items.yaml:1"},
		"a number":                    {changed(entity, "42\n"), "silver/items.yaml:1"},
		"unknown key":                 {changed(entity, "columns:", "colums:"), `did you mean "columns"`},
		"key twice":                   {changed(entity, "key: [source_id]", "key: [source_id]\nkey: [source_id]"), "silver/items.yaml:3"},
		"columns are a number":        {changed(entity, "columns:\n  name: {type: text}\n  amount: {type: \"decimal(12,2)\"}\n", "columns: 5\n"), "silver/items.yaml:3"},
		"columns are a list":          {changed(entity, "columns:\n  name: {type: text}\n  amount: {type: \"decimal(12,2)\"}\n", "columns: [a, b]\n"), "silver/items.yaml:3"},
		"key is missing":              {changed(entity, "key: [source_id]\n", ""), "silver/items.yaml"},
		"type is missing":             {changed(entity, "{type: text}", "{required: true}"), "silver/items.yaml:4"},
		"type is unknown":             {changed(entity, "type: text", "type: txet"), "silver/items.yaml:4"},
		"decimal too wide":            {changed(entity, "decimal(12,2)", "decimal(99999999999999999999,2)"), "silver/items.yaml:5"},
		"decimal with much scale":     {changed(entity, "decimal(12,2)", "decimal(5,9)"), "silver/items.yaml:5"},
		"decimal of nothing":          {changed(entity, "decimal(12,2)", "decimal("), "silver/items.yaml:5"},
		"zone that is none":           {changed(entity, "decimal(12,2)", "timestamp(../../etc/passwd)"), "silver/items.yaml:5"},
		"required is a word":          {changed(entity, "{type: text}", "{type: text, required: maybe}"), "silver/items.yaml:4"},
		"stream is unknown":           {changed(entity, "f.items", "f.itms"), `did you mean "f.items"`},
		"column is nowhere":           {changed(entity, "fields: {name: name,", "fields: {label: name,"), "silver/items.yaml"},
		"entity twice":                {with(small(), "silver/again.yaml", small()[entity]), "items"},
		"dimension from nothing":      {changed(dim, "from: items", "from: itms"), "gold/dim_items.yaml"},
		"scd is absurd":               {changed(dim, "name: 2", "name: 99999999999999999999"), "gold/dim_items.yaml"},
		"calendar without end":        {with(small(), "gold/dim_dates.yaml", "dimension: dim_dates\ncalendar: {from: 0001-01-01, to: 9999-12-31}\n"), "gold/dim_dates.yaml"},
		"calendar that runs back":     {with(small(), "gold/dim_dates.yaml", "dimension: dim_dates\ncalendar: {from: 2025-01-01, to: 2024-12-31}\n"), "gold/dim_dates.yaml"},
		"calendar of no date":         {with(small(), "gold/dim_dates.yaml", "dimension: dim_dates\ncalendar: {from: 2025-02-30, to: 2025-12-31}\n"), "gold/dim_dates.yaml"},
		"source of no type":           {changed(src, "type: file", "type: flie"), "sources/f.yaml:2"},
		"path leaves":                 {changed(src, "path: data", "path: ../../etc"), "sources/f.yaml"},
		"path is absolute":            {changed(src, "path: data", "path: /etc"), "sources/f.yaml"},
		"glob leaves":                 {changed(src, "items.jsonl", "../../*"), "sources/f.yaml"},
		"glob is none":                {changed(src, "items.jsonl", "\"[\""), "sources/f.yaml"},
		"sweep without a mode":        {changed(src, "key: id", "key: id, sweep: {guard: 0.5}"), "sources/f.yaml:5"},
		"sweep of another kind":       {changed(src, "key: id", "key: id, sweep: {mode: keys}"), "sources/f.yaml:5"},
		"sweep without a key":         {changed(src, "key: id", "sweep: {mode: file}"), "a stream without key cannot be swept"},
		"sweep of an empty scope":     {changed(src, "key: id", "key: id, sweep: {mode: file, scope: [\"\"]}"), "sweep.scope: holds an empty path"},
		"guard beyond all":            {changed(src, "key: id", "key: id, sweep: {mode: file, guard: 2}"), "sweep.guard: 2 is not between 0 and 1"},
		"size is absurd":              {changed(src, "key: id", "key: id, max_record: 99999999999999999999EiB"), "sources/f.yaml:5"},
		"size is negative":            {changed(src, "key: id", "key: id, max_record: -1"), "sources/f.yaml:5"},
		"duration is absurd":          {rest("limits: {timeout: 999999999999999999h}"), "sources/f.yaml:4"},
		"duration is negative":        {rest("limits: {timeout: -1s}"), "sources/f.yaml"},
		"attempts are negative":       {rest("limits: {attempts: -5}"), "sources/f.yaml"},
		"attempts overflow":           {rest("limits: {attempts: 99999999999999999999999}"), "sources/f.yaml:4"},
		"rate is no number":           {rest("limits: {requests_per_second: .nan}"), "sources/f.yaml"},
		"base URL is a file":          {with(rest(""), src, strings.Replace(rest("")[src], "http://127.0.0.1:1", "file:///etc/passwd", 1)), "sources/f.yaml"},
		"base URL with credentials":   {with(rest(""), src, strings.Replace(rest("")[src], "http://127.0.0.1:1", "http://u:hunter2-secret@127.0.0.1:1", 1)), "sources/f.yaml"},
		"variable is not set":         {changed(lode, "duckdb:small.duckdb", "${NOWHERE_SET}"), "NOWHERE_SET"},
		"variable is broken":          {changed(lode, "duckdb:small.duckdb", "${"), "lode.yaml:2"},
		"warehouse of no kind":        {changed(lode, "duckdb:small.duckdb", "oracle://x/y"), "oracle"},
		"warehouse URL is broken":     {changed(lode, "duckdb:small.duckdb", "\"postgres://%zz:%%@[::1/x\""), ""},
		"alias bomb":                  {changed(entity, bomb()), "silver/items.yaml"},
		"alias to itself":             {changed(entity, "entity: &a [*a]\n"), "silver/items.yaml"},
		"deep lists":                  {changed(entity, "entity: "+strings.Repeat("[", 100_000)), "silver/items.yaml"},
		"deep lines":                  {changed(entity, deepLines(2000)), "silver/items.yaml"},
		"10 MB":                       {changed(entity, "# "+strings.Repeat("x", 10<<20)), "silver/items.yaml"},
		"a column 500 times":          {changed(entity, "entity: items\ncolumns:\n"+strings.Repeat("  a: {}\n", 500)), "silver/items.yaml"},
		"too many documents":          {changed(entity, strings.Repeat("---\na: 1\n", 1000)), "silver/items.yaml"},
		"rule of deep brackets":       {rule(strings.Repeat("(", 20_000) + "1" + strings.Repeat(")", 20_000)), "silver/items.yaml:9"},
		"rule of many terms":          {rule("amount > 0.0" + strings.Repeat(" && amount > 0.0", 30_000)), "silver/items.yaml:9"},
		"rule of many minuses":        {rule(strings.Repeat("-", 50_000) + "amount > 0.0"), "silver/items.yaml:9"},
		"rule of nested maps":         {rule("[1,2,3,4,5,6,7,8,9].map(a, [1,2,3,4,5,6,7,8,9].map(b, [1,2,3,4,5,6,7,8,9].map(c, a*b*c))).size() > 0"), "silver/items.yaml:9"},
		"rule with a huge regex":      {rule("name.matches('(((a{1000}){1000}){1000})')"), "silver/items.yaml:9"},
		"rule with a broken regex":    {rule("name.matches('(')"), "silver/items.yaml:9"},
		"rule that is a number":       {rule("1 + 1"), "silver/items.yaml:9"},
		"rule of unknown column":      {rule("amuont > 0.0"), "silver/items.yaml:9"},
		"rule that overflows":         {rule("99999999999999999999999999 > 0"), "silver/items.yaml:9"},
		"rule with SQL":               {rule("true'); DROP TABLE silver.items; --"), "silver/items.yaml:9"},
		"mapping of deep brackets":    {changed(entity, "name: name,", "name: \""+strings.Repeat("(", 20_000)+"\","), "silver/items.yaml:8"},
		"computed refers to itself":   {changed(entity, "from:\n", "computed: {c: c + 1}\nfrom:\n"), "silver/items.yaml"},
		"column that Lode itself has": {changed(entity, "  name: {type: text}", "  is_deleted: {type: boolean}\n  name: {type: text}"), "silver/items.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := lay(t, c.files)
			for _, args := range [][]string{{"lint"}, {"run"}} {
				e := p.lode(args...)
				if args[0] == "lint" && strings.HasPrefix(name, "warehouse ") {
					continue // lint does not open the warehouse
				}
				if e.code != 2 {
					t.Errorf("lode %s: code %d, want 2: %s", args[0], e.code, last(e.stderr))
				}
				if !strings.Contains(e.stderr, c.say) || strings.TrimSpace(e.stderr) == "" {
					t.Errorf("lode %s does not say %q: %s", args[0], c.say, last(e.stderr))
				}
				if len(e.stderr) > 64<<10 {
					t.Errorf("lode %s says %d bytes", args[0], len(e.stderr))
				}
			}
			if _, err := os.Stat(filepath.Join(p.dir, "small.duckdb")); err == nil {
				t.Error("a warehouse was made")
			}
		})
	}
}

func with(files map[string]string, name, content string) map[string]string {
	files = maps.Clone(files)
	files[name] = content
	return files
}

// rest is the small project with an API in place of the files.
func rest(line string) map[string]string {
	return changed("sources/f.yaml", "source: f\ntype: rest\nbase_url: http://127.0.0.1:1\n"+line+"\nstreams:\n  items: {path: /items, key: id}\n")
}

// rule is the small project with a rule, on line 9 of the entity's file, folded to one line.
func rule(check string) map[string]string {
	return changed("silver/items.yaml", "from:\n", "rules:\n  - name: drawn\n    otherwise: quarantine\n    check: "+fmt.Sprintf("%q", check)+"\nfrom:\n")
}

// bomb would grow to billions of values if its aliases were followed.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
	}
	return b.String() + "entity: *a12\n"
}

func deepLines(n int) string {
	var b strings.Builder
	for i := range min(n, 1000) {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
