package settings

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type testPaging struct {
	Type  string `yaml:"type" oneof:"page offset"`
	Start int    `yaml:"start"`
}

type testCursor struct {
	Field string `yaml:"field" need:"yes" doc:"Path of the cursor."`
	Zone  string `yaml:"zone"`
}

func (c *testCursor) UnmarshalText(text []byte) error {
	if strings.Contains(string(text), " ") {
		return fmt.Errorf("%q is no path", text)
	}
	c.Field = string(text)
	return nil
}

type testStream struct {
	Name   string
	Path   string        `yaml:"path" need:"yes"`
	Key    []string      `yaml:"key"`
	Paging *testPaging   `yaml:"paging"`
	Cursor testCursor    `yaml:"cursor"`
	Rules  []testPaging  `yaml:"rules"`
	Every  time.Duration `yaml:"every"`
}

type testLimits struct {
	Rate    float64  `yaml:"requests_per_second"`
	Timeout Duration `yaml:"timeout"`
	Max     Size     `yaml:"max"`
}

type testAudit struct {
	Owner string `yaml:"owner"`
}

type testConfig struct {
	Audit   testAudit         `yaml:",inline"`
	BaseURL string            `yaml:"base_url" need:"yes" doc:"Where the API answers."`
	Token   Secret            `yaml:"token"`
	Limits  testLimits        `yaml:"limits"`
	Streams []testStream      `yaml:"streams,keyed"`
	Headers map[string]string `yaml:"headers"`
	Extra   map[string]any    `yaml:"extra"`
	Enabled bool              `yaml:"enabled"`
}

func decode(t *testing.T, src string, env map[string]string) (testConfig, Problems, []string) {
	t.Helper()
	var secrets []string
	d := Decoder{
		File:       "sources/crm.yaml",
		Lookup:     func(name string) (string, bool, error) { v, ok := env[name]; return v, ok, nil },
		UsedSecret: func(s string) { secrets = append(secrets, s) },
	}
	var c testConfig
	return c, d.Decode([]byte(src), &c), secrets
}

const goodFile = `
owner: data team
base_url: ${URL:-http://localhost}/v2
token: "Bearer ${TOKEN}"
limits: {requests_per_second: 2.5, timeout: 7d, max: 64KiB}
enabled: yes
headers: {X-Version: 2024-01-01, X-Flag: yes, X-Literal: "$${NAME}"}
extra: {a: 1, b: [x, 2.5, true, ~], c: {d: "${URL:-none}"}}
streams:
  orders:
    path: /orders
    key: [system, id]
    paging: &p {type: page, start: 1}
    cursor: updated_at
    every: 90s
  customers:
    path: /customers
    key: id
    paging: *p
    cursor: {field: seen, zone: UTC}
    rules: [{type: offset}]
`

func TestDecodeFillsStructs(t *testing.T) {
	t.Parallel()
	d := Decoder{Lookup: func(n string) (string, bool, error) { return "s3cret", n == "TOKEN", nil }}
	var c testConfig
	if problems := d.Decode([]byte(goodFile), &c); len(problems) > 0 {
		t.Fatal(problems)
	}
	page := &testPaging{Type: "page", Start: 1}
	want := []testStream{
		{Name: "orders", Path: "/orders", Key: []string{"system", "id"}, Paging: page, Cursor: testCursor{Field: "updated_at"}, Every: 90 * time.Second},
		{Name: "customers", Path: "/customers", Key: []string{"id"}, Paging: page, Cursor: testCursor{Field: "seen", Zone: "UTC"}, Rules: []testPaging{{Type: "offset"}}},
	}
	if diff := cmp.Diff(want, c.Streams); diff != "" {
		t.Error(diff)
	}
	if c.Audit.Owner != "data team" || c.BaseURL != "http://localhost/v2" || c.Token.Reveal() != "Bearer s3cret" || !c.Enabled {
		t.Errorf("got %+v", c)
	}
	if diff := cmp.Diff(testLimits{2.5, Duration(7 * 24 * time.Hour), 64 << 10}, c.Limits); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"X-Version": "2024-01-01", "X-Flag": "yes", "X-Literal": "${NAME}"}, c.Headers); diff != "" {
		t.Error(diff)
	}
	extra := map[string]any{"a": int64(1), "b": []any{"x", 2.5, true, nil}, "c": map[string]any{"d": "none"}}
	if diff := cmp.Diff(extra, c.Extra); diff != "" {
		t.Error(diff)
	}
	if d.places["streams.orders.paging.start"].Line == 0 {
		t.Error("the place of a decoded key is not known")
	}
}

func TestDecodeReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	src := `token: ${TOKEN}
enabled: perhaps
limits: {requests_per_second: fast, timeout: soon, max: 3 potatoes}
streams:
  customers:
    pagging: {type: page}
    paging: {type: pages, start: 1.5}
    cursor: {zone: UTC}
    key: {a: b}
  customers: {path: /x}
  orders:
headers: [a]
? [x]
: y
`
	_, problems, _ := decode(t, src, nil)
	want := `sources/crm.yaml:1:1: "base_url" is missing: Where the API answers.
sources/crm.yaml:1:8: token: environment variable TOKEN is not set; set it, put it into .env, or write ${TOKEN:-default}
sources/crm.yaml:2:10: enabled: "perhaps" where yes or no is wanted
sources/crm.yaml:3:31: limits.requests_per_second: "fast" where a number is wanted
sources/crm.yaml:3:46: limits.timeout: "soon" is no duration; write for example 30s, 10m or 7d
sources/crm.yaml:3:57: limits.max: "3 potatoes" is no size; write for example 64KiB or 32MiB
sources/crm.yaml:5:3: streams.customers: "path" is missing
sources/crm.yaml:6:5: streams.customers.pagging: unknown key; did you mean "paging"?
sources/crm.yaml:7:20: streams.customers.paging.type: "pages" is not one of page, offset; did you mean "page"?
sources/crm.yaml:7:34: streams.customers.paging.start: "1.5" where a whole number is wanted
sources/crm.yaml:8:5: streams.customers.cursor: "field" is missing: Path of the cursor.
sources/crm.yaml:9:10: streams.customers.key: a mapping where a list is wanted
sources/crm.yaml:10:3: streams.customers: key stands twice; first on line 5
sources/crm.yaml:11:3: streams.orders: "path" is missing
sources/crm.yaml:12:10: headers: a list where a mapping is wanted
sources/crm.yaml:13:3: a list cannot be a key; write the keys out`
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeSyntaxErrors(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"a: [1, 2\nb: 3\n":                  "sources/crm.yaml:2:2:",
		"base_url: 'x":                      "found unexpected end of stream",
		"a: 1\n---\nb: 2\n":                 "single document",
		"- a\n- b\n":                        "a list where a mapping is wanted",
		"":                                  `"base_url" is missing`,
		"# nothing but a comment\n":         `"base_url" is missing`,
		strings.Repeat("#", maxFile+1):      "at most",
		"base_url: ${A B}":                  "names no environment variable",
		"base_url: ${A":                     `without "}"`,
		"<<: {base_url: x}\nbase_url: x":    "cannot be a key",
		"base_url: x\nextra: {a: *nowhere}": "unknown anchor",
	} {
		if _, problems, _ := decode(t, src, nil); !strings.Contains(problems.Error(), want) {
			t.Errorf("%.30q: got %v, want %q", src, problems, want)
		}
	}
}

func TestDecodeIsBounded(t *testing.T) {
	t.Parallel()
	bomb := "base_url: x\nextra:\n  a0: &a0 [x, x, x, x, x, x, x, x]\n"
	for i := range 12 {
		bomb += fmt.Sprintf("  a%d: &a%d [%s]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 8))
	}
	_, problems, _ := decode(t, bomb, nil)
	if len(problems) != 1 || !strings.Contains(problems.Error(), "too large") {
		t.Errorf("alias bomb: %v", problems)
	}
	_, problems, _ = decode(t, "base_url: x\nextra: {a: "+strings.Repeat("[", 100)+strings.Repeat("]", 100)+"}", nil)
	if len(problems) != 1 || !strings.Contains(problems.Error(), "deeper") {
		t.Errorf("depth: %v", problems)
	}
	_, problems, _ = decode(t, "base_url: x\nextra: {a: &a [*a, *a]}", nil)
	if len(problems) != 1 || !strings.Contains(problems.Error(), "deeper") {
		t.Errorf("cycle: %v", problems)
	}
}

func TestDecodeSecrets(t *testing.T) {
	t.Parallel()
	_, problems, secrets := decode(t, "base_url: x\ntoken: Bearer ${TOKEN}\n", map[string]string{"TOKEN": "hush"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff([]string{"hush", "Bearer hush"}, secrets); diff != "" {
		t.Error(diff)
	}
	for _, src := range []string{
		"base_url: x\nenabled: ${TOKEN}\n",
		"base_url: x\nlimits: {timeout: \"${TOKEN}\", max: \"a${TOKEN}\"}\n",
		"base_url: x\nstreams: {a: {path: x, cursor: \"a ${TOKEN}\", paging: {type: \"${TOKEN}\"}}}\n",
	} {
		_, problems, _ := decode(t, src, map[string]string{"TOKEN": "hush"})
		if len(problems) == 0 || strings.Contains(problems.Error(), "hush") {
			t.Errorf("message shows the environment: %v", problems)
		}
	}
}

func TestDecodeNodeSkipsAndPeeks(t *testing.T) {
	t.Parallel()
	d := Decoder{File: "x.yaml", Skip: []string{"source", "type"}}
	node, problems := d.Parse([]byte("source: crm\ntype: rest\nbase_url: x\nstreams: {a: {path: p, type: x}}\n"))
	if len(problems) > 0 || Peek(node, "type") != "rest" || Peek(node, "streams") != "" {
		t.Fatal(problems)
	}
	var c testConfig
	problems = d.DecodeNode(node, &c)
	if len(problems) != 1 || problems[0].Path != "streams.a.type" {
		t.Errorf("only outermost keys are skipped; got %v", problems)
	}
	p := d.At("streams.a.cursor.field", "no such field")
	if got := p.String(); got != "x.yaml:4:11: streams.a.cursor.field: no such field" {
		t.Error(got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(goodFile))
	f.Add([]byte("streams: {a: {path: ${X}, key: [*a]}}"))
	f.Add([]byte("extra: &a [*a, *a]"))
	f.Add([]byte("a: !!binary xx\n<<: *b\n? {}\n: 1"))
	f.Fuzz(func(t *testing.T, src []byte) {
		d := Decoder{File: "f.yaml", Lookup: func(string) (string, bool, error) { return "v", true, nil }}
		var first, second testConfig
		a, b := d.Decode(src, &first), d.Decode(src, &second)
		if a.Error() != b.Error() {
			t.Errorf("two readings differ:\n%v\n%v", a, b)
		}
		if !a.valid() {
			t.Errorf("problem without text: %+v", a)
		}
	})
}

func (ps Problems) valid() bool {
	for _, p := range ps {
		if p.Text == "" {
			return false
		}
	}
	return true
}
