package settings

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

type testNode struct {
	Name     string
	Children []testNode `yaml:"children,keyed"`
}

// The schema and the decoder must agree on what is right and wrong.
func TestJSONSchemaAgreesWithDecoder(t *testing.T) {
	t.Parallel()
	schema := compile(t, JSONSchema(&testConfig{}, "a source"))
	for src, valid := range map[string]bool{
		"base_url: x\nstreams: {a: {path: p, key: k, cursor: f, paging: {type: page, start: 1}}}": true,
		"base_url: x\nstreams: {a: {path: p, key: [k], cursor: {field: f}}}":                      true,
		"base_url: x\nenabled: yes\nlimits: {timeout: 3s, requests_per_second: 2.5}":              true,
		"base_url: x\nenabled: ${ON:-true}\nextra: {a: [1, {b: 2}]}\nheaders: {a: 1}":             true,
		"base_url: x\nunknown: 1":             false,
		"owner: me":                           false,
		"base_url: x\nenabled: perhaps":       false,
		"base_url: x\nstreams: {a: {key: k}}": false,
		"base_url: x\nstreams: {a: {path: p, paging: {type: pages}}}": false,
		"base_url: x\nstreams: {a: {path: p, cursor: {zone: UTC}}}":   false,
		"base_url: [x]": false,
	} {
		_, problems, _ := decode(t, src, nil)
		var doc any
		if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
			t.Fatal(err)
		}
		err := schema.Validate(doc)
		if (len(problems) == 0) != valid || (err == nil) != valid {
			t.Errorf("%s\ndecoder: %v\nschema: %v", src, problems, err)
		}
	}
}

// A word that is a number may be written as one.
func TestJSONSchemaOfNumberedWords(t *testing.T) {
	t.Parallel()
	schema := compile(t, JSONSchema(struct {
		SCD string `yaml:"scd" oneof:"1 2"`
	}{}, "a column"))
	for value, valid := range map[any]bool{1: true, "2": true, 3: false, "x": false} {
		if err := schema.Validate(map[string]any{"scd": value}); (err == nil) != valid {
			t.Errorf("scd: %v: %v", value, err)
		}
	}
}

func TestJSONSchemaOfSeveralTypesAndCycles(t *testing.T) {
	t.Parallel()
	text := JSONSchema(&testNode{}, "nodes", testAudit{})
	compile(t, text)
	if !strings.Contains(string(text), `"owner"`) || !strings.Contains(string(text), `"children"`) {
		t.Error(string(text))
	}
}

func compile(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("test.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("test.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
