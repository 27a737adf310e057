package project

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/file"
	"github.com/lodehq/lode/source/rest"
)

func testConnectors() []source.Connector {
	return []source.Connector{rest.Connector{}, file.Connector{}}
}

// folder writes files into a new folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shown is a list of problems with paths inside the folder, one a line.
func shown(dir string, err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
}

const (
	goodSource = "source: crm\ntype: file\nstreams:\n  customers: {glob: c.csv, key: id}\n"
	goodEntity = "entity: customers\nkey: [source_system, source_id]\ncolumns:\n  name: text\nfrom:\n  - stream: crm.customers\n    fields: {name: name}\n"
	goodDim    = "dimension: dim_customers\nfrom: customers\ncolumns: {name: 1}\n"
)

func goodFiles(more map[string]string) map[string]string {
	files := map[string]string{"lode.yaml": "name: shop\n", "sources/crm.yaml": goodSource, "silver/customers.yaml": goodEntity, "gold/dim.yaml": goodDim}
	maps.Copy(files, more)
	return files
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := folder(t, goodFiles(map[string]string{
		"gold/b.yaml":         "---\n" + strings.Replace(goodDim, "dim_customers", "dim_b", 1) + "--- # and another\n" + strings.Replace(goodDim, "dim_customers", "dim_a", 1) + "---\n# nothing\n",
		"silver/.hidden.yaml": "entity: [",
	}))
	p, err := Load(dir, testConnectors(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range p.Schema.Dimensions {
		names = append(names, d.Name)
	}
	if want := []string{"dim_b", "dim_a", "dim_customers"}; !slices.Equal(names, want) {
		t.Errorf("dimensions %v, want %v: by file, then as they stand in it", names, want)
	}
	if p.Warehouse.Reveal() != "duckdb:lode.duckdb" || p.Schema.Name != "shop" || !p.Whole || len(p.Notices) > 0 {
		t.Errorf("project %+v", p)
	}
	if _, problems := resolve(p); problems != nil {
		t.Error(problems)
	}
}

func resolve(p *Project) (*schema.Model, schema.Problems) {
	var refs []schema.StreamRef
	for _, s := range p.Schema.Sources {
		for _, stream := range s.Config.(source.Config).Streams() {
			refs = append(refs, schema.StreamRef{Source: s.Name, Stream: stream.Name})
		}
	}
	return schema.Resolve(p.Schema, coltype.Standard(), refs)
}

func TestLoadProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change map[string]string
		want   string
		whole  bool
	}{
		"no name":             {map[string]string{"lode.yaml": "warehouse: x\n"}, "lode.yaml:1:1: \"name\" is missing: Name of the project.", true},
		"empty lode.yaml":     {map[string]string{"lode.yaml": "# nothing\n"}, "lode.yaml:1:1: wants one YAML document with name: and warehouse:", false},
		"unknown key":         {map[string]string{"lode.yaml": "name: a\nwarehose: x\n"}, "lode.yaml:2:1: warehose: unknown key; did you mean \"warehouse\"?", true},
		"no YAML":             {map[string]string{"silver/x.yaml": "a: [\n"}, "silver/x.yaml:2:1: while parsing a flow node: did not find expected node content", false},
		"broken 2nd document": {map[string]string{"silver/x.yaml": "---\n" + strings.Replace(goodEntity, "customers", "x", 1) + "---\nentity: [\n"}, "silver/x.yaml:11:1: while parsing a flow node: did not find expected node content", false},
		"NUL bytes":           {map[string]string{"silver/x.yaml": "a: \x00\n"}, "silver/x.yaml:1:4: holds the control character U+0000, which YAML does not take; remove it", false},
		"a list":              {map[string]string{"gold/x.yaml": "- a\n"}, "gold/x.yaml:1:1: declares nothing that is known in gold/; begin with dimension: NAME or bridge: NAME or fact: NAME or aggregate: NAME", false},
		"unknown kind":        {map[string]string{"gold/x.yaml": "dimensoin: a\n"}, "gold/x.yaml:1:1: declares nothing that is known in gold/; begin with dimension: NAME or bridge: NAME or fact: NAME or aggregate: NAME; \"dimensoin\" is not known; did you mean \"dimension\"?", false},
		"wrong folder":        {map[string]string{"gold/x.yaml": "# see\nentity: a\n"}, "gold/x.yaml:2:1: entity: belongs into silver/, not into gold/; move the file", false},
		"twice":               {map[string]string{"silver/x.yaml": goodEntity}, "silver/x.yaml:1:1: entity customers is declared twice; first in silver/customers.yaml:1", false},
		"unknown connector":   {map[string]string{"sources/crm.yaml": "source: crm\ntype: fil\n"}, "sources/crm.yaml:2:7: type: there is no connector \"fil\"; this program has rest, file; did you mean \"file\"?", false},
		"no connector":        {map[string]string{"sources/crm.yaml": "source: crm\n"}, "sources/crm.yaml:1:1: type: is missing; it names the connector: rest, file", false},
		"unnamed source":      {map[string]string{"sources/crm.yaml": "source:\ntype: file\nstreams: {a: {glob: x.csv}}\n"}, "sources/crm.yaml:1:1: source: wants a name", false},
		"source's own key":    {map[string]string{"sources/crm.yaml": "source: crm\ntype: file\nstreams:\n  a: {globb: x.csv}\n"}, "sources/crm.yaml:4:3: streams.a: \"glob\" is missing: File names or patterns, such as orders/*.jsonl.gz.\nsources/crm.yaml:4:7: streams.a.globb: unknown key; did you mean \"glob\"?", true},
		"no variable":         {map[string]string{"lode.yaml": "name: a\nwarehouse: ${NOWHERE}\n"}, "lode.yaml:2:12: warehouse: environment variable NOWHERE is not set; set it, put it into .env, or write ${NOWHERE:-default}", true},
		"broken .env":         {map[string]string{".env": "A=1\nB=2\nhush hush secret\nC=3\n"}, ".env:3:1: cannot be read; write NAME=value, one a line, values with spaces in quotes", false},
		"a folder":            {map[string]string{"silver/x.yaml/y": "", "lode.yaml": "name: 1\nname: 2\n"}, "lode.yaml:2:1: name: key stands twice; first on line 1", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, goodFiles(c.change))
			p, err := Load(dir, testConnectors(), nil)
			if diff := cmp.Diff(c.want, shown(dir, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if p.Whole != c.whole {
				t.Errorf("whole is %v", p.Whole)
			}
		})
	}
}

func TestLoadReportsAllFilesAtOnce(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"sources/b.yaml": "source: b", "gold/x.yaml": "dimension: d\nx: 1", "silver/y.yaml": "entity: [a]\n"})
	_, err := Load(dir, testConnectors(), nil)
	for _, want := range []string{"lode.yaml: is missing", "gold/x.yaml:2:1: x: unknown key", "silver/y.yaml:1:", "sources/b.yaml:1:1: type: is missing"} {
		if !strings.Contains(shown(dir, err), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

func TestLoadNotices(t *testing.T) {
	t.Parallel()
	dir := folder(t, goodFiles(map[string]string{
		"silver/old.sql": "x", "silver/deep/x.yaml": "x", "silver/empty.yml": "", "slver/x.yaml": "", "server/x.go": "", "customers.yaml": "", "data/x.csv": "", "gold/.gitkeep": "",
	}))
	p, err := Load(dir, testConnectors(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `silver/deep: is not read: files stand directly in silver/
silver/empty.yml: is empty
silver/old.sql: is not read: only .yaml files are
customers.yaml: is not read: declarations stand in sources/, silver/ and gold/
slver: is not read; did you mean "silver"?`
	if diff := cmp.Diff(want, shown(dir, p.Notices)); diff != "" {
		t.Error(diff)
	}
}

func TestLoadBoundsFiles(t *testing.T) {
	t.Parallel()
	dir := folder(t, goodFiles(map[string]string{"silver/big.yaml": strings.Repeat("# x\n", 300_000), "silver/many.yaml": strings.Repeat("---\na: 1\n", 200)}))
	_, err := Load(dir, testConnectors(), nil)
	want := "silver/big.yaml: has 1200000 bytes, at most 1048576 are read\nsilver/many.yaml: holds 200 YAML documents, at most 100 are read; split the file"
	if diff := cmp.Diff(want, shown(dir, err)); diff != "" {
		t.Error(diff)
	}
}

// What schema and the connectors find comes back to its line.
func TestPositions(t *testing.T) {
	t.Parallel()
	dir := folder(t, goodFiles(nil))
	p, err := Load(dir, testConnectors(), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := p.Positions.Locate(schema.Problems{
		{Object: "entity customers", Path: "columns.name.type", Text: "A"},
		{Object: "entity customers", Path: "from.0.fields.name", Text: "B"},
		{Object: "entity customers", Path: "from[0].fields.nowhere", Text: "C"},
		{Object: "entity customers", Path: "rules[2]", Text: "D"},
		{Object: "entity customers", Text: "E"},
		{Object: "source crm", Path: "streams.customers.key", Text: "F"},
		{Object: "fact fact_x", Path: "from", Text: "G"},
		{Object: "project", Path: "name", Text: "H"},
	})
	want := `fact fact_x: from: G
lode.yaml:1:1: name: H
silver/customers.yaml:1:1: rules[2]: D
silver/customers.yaml:1:1: entity customers: E
silver/customers.yaml:4:3: columns.name.type: A
silver/customers.yaml:7:5: from[0].fields.nowhere: C
silver/customers.yaml:7:14: from[0].fields.name: B
sources/crm.yaml:4:28: streams.customers.key: F`
	if diff := cmp.Diff(want, shown(dir, got)); diff != "" {
		t.Error(diff)
	}
	if other := os.ErrNotExist; p.Positions.Locate(other) != other { //nolint:errorlint // the very error, not one around it
		t.Error("another error did not stay what it is")
	}
	if p.Positions.Locate(nil) != nil {
		t.Error("no error became one")
	}
}

// The environment wins over .env; secrets are told wherever they came from.
func TestEnvironmentAndSecrets(t *testing.T) {
	t.Parallel()
	dir := folder(t, goodFiles(map[string]string{
		".env":              "TOKEN=from-file\nKEY=key-from-file\nDB=\"postgres://me:pass%40word@host/db\"\n",
		"lode.yaml":         "name: shop\nwarehouse: ${DB}\n",
		"sources/rest.yaml": "source: api\ntype: rest\nbase_url: https://example.com\nauth: {type: api_key, header: X-Key, key: \"k-${KEY}\"}\nstreams: {a: {path: /a, key: id}}\n",
		"sources/two.yaml":  "source: two\ntype: rest\nbase_url: https://example.com\nauth: {type: bearer, token: \"${TOKEN}\"}\nstreams: {a: {path: /a, key: id}}\n",
	}))
	p, err := Load(dir, testConnectors(), func(name string) (string, bool) { return "from-environment", name == "TOKEN" })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"from-environment", "k-key-from-file", "key-from-file", "pass%40word", "pass@word"}
	if diff := cmp.Diff(want, p.Secrets); diff != "" {
		t.Errorf("secrets: %s", diff)
	}
	if _, set := os.LookupEnv("KEY"); set {
		t.Error("the process's own environment was changed")
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][]string{
		"duckdb:shop.duckdb":                           nil,
		"postgres://host/db":                           nil,
		"postgres://user@host/db":                      nil,
		"postgres://user:pw@host/db":                   {"pw"},
		"postgres://user:p@w/x@host/db":                {"p@w/x", "p"},
		"postgres://host/db?user=a&password=a%20b&x=y": {"a%20b", "a b"},
		"postgres:host=h password='a b' user=u":        {"a b"},
		"postgres://u:pw@h/db?sslpassword=other":       {"pw", "other"},
	} {
		if diff := cmp.Diff(want, Passwords(address)); diff != "" {
			t.Errorf("%s: %s", address, diff)
		}
	}
}

func TestSecretsIn(t *testing.T) {
	t.Parallel()
	type inner struct {
		Keys   map[string]settings.Secret
		Any    any
		hidden settings.Secret
	}
	type loop struct {
		Self *loop
		List []inner
	}
	v := &loop{List: []inner{{Keys: map[string]settings.Secret{"a": settings.NewSecret("one")}, Any: &inner{Any: settings.NewSecret("two")}, hidden: settings.NewSecret("x")}}}
	v.Self = v
	if diff := cmp.Diff([]string{"one", "two"}, SecretsIn(v)); diff != "" {
		t.Error(diff)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"lode.yaml": "", "a/b/c.txt": ""})
	for _, start := range []string{dir, filepath.Join(dir, "a"), filepath.Join(dir, "a", "b")} {
		if got, err := Find(start); err != nil || got != dir {
			t.Errorf("Find(%s) = %s, %v", start, got, err)
		}
	}
	if _, err := Find(t.TempDir()); err == nil || !strings.Contains(err.Error(), "lode init") {
		t.Errorf("no project: %v", err)
	}
	if _, err := Find(filepath.Join(dir, "nowhere")); err == nil || !strings.Contains(err.Error(), "is no folder") {
		t.Errorf("no folder: %v", err)
	}
}

func TestInit(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	written, err := Init(dir, "my_shop", "files")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(written, ".env.example") || !slices.Contains(written, ".gitignore") {
		t.Errorf("wrote only %v", written)
	}
	p, err := Load(dir, testConnectors(), nil)
	if err != nil || p.Schema.Name != "my_shop" || p.Warehouse.Reveal() != "duckdb:my_shop.duckdb" || len(p.Notices) > 0 {
		t.Fatalf("%+v: %v", p, err)
	}
	if _, problems := resolve(p); problems != nil {
		t.Error(problems)
	}
}

func TestInitOverwritesNothing(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"gold/dim_dates.yaml": "mine"})
	for _, c := range []struct{ name, template, want string }{
		{"a", "files", "gold/dim_dates.yaml exists already"},
		{"A b", "files", "is no name"},
		{"a", "file", `there is no template "file", only files, go; did you mean "files"?`},
	} {
		if written, err := Init(dir, c.name, c.template); err == nil || !strings.Contains(err.Error(), c.want) || len(written) > 0 {
			t.Errorf("wrote %v, %v; want %s", written, err, c.want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: a failed Init left something behind", entries, err)
	}
}

// Whatever stands in a file, Load answers with problems and places.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{goodEntity, goodDim, goodSource, "---\n--- a\n...\n---", "entity: &a [*a]", "a: [\n---\nb", "\xff\xfe", "entity: {a: b}\n\r\n--- |\n x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dir := folder(t, map[string]string{"lode.yaml": "name: a\n", "silver/a.yaml": text, "gold/a.yaml": text, "sources/a.yaml": text})
		p, err := Load(dir, testConnectors(), nil)
		if err == nil && !p.Whole {
			t.Error("something was lost without a problem")
		}
		if problems, ok := errors.AsType[settings.Problems](err); err != nil && (!ok || len(problems) == 0) {
			t.Errorf("error %T: %v", err, err)
		}
	})
}
