package project

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lodehq/lode/settings"
)

func examples() []string { return []string{"shop", "flights", "pocketbase/project"} }

func anyVariable(name string) (string, bool) {
	return "http://127.0.0.1", !strings.HasSuffix(name, settings.FileSuffix) && !strings.HasSuffix(name, settings.CommandSuffix)
}

// The example projects are read without a problem and hold together.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, name := range examples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Load(filepath.Join("..", "examples", name), testConnectors(), anyVariable)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range p.Schema.Sources {
				if err := s.Config.(interface{ Validate() error }).Validate(); err != nil {
					t.Errorf("source %s: %v", s.Name, err)
				}
			}
			if _, problems := resolve(p); problems != nil {
				t.Error(p.Positions.Locate(problems))
			}
		})
	}
}

// What the decoder takes, the JSON Schema that an editor uses must take too.
func TestExamplesAgainstJSONSchema(t *testing.T) {
	t.Parallel()
	schemas := map[string]*jsonschema.Schema{}
	for name, text := range Schemas(testConnectors()) {
		schemas[name] = compile(t, name, text)
	}
	for _, example := range examples() {
		files, err := filepath.Glob(filepath.Join("..", "examples", example, "*", "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%v, %v", files, err)
		}
		for _, path := range append(files, filepath.Join("..", "examples", example, File)) {
			kind, doc := plain(t, path)
			if err := schemas[kind].Validate(doc); err != nil {
				t.Errorf("%s as %s: %v", path, kind, err)
			}
			doc["no_such_key"] = "x"
			if schemas[kind].Validate(doc) == nil {
				t.Errorf("%s as %s: an unknown key was taken", path, kind)
			}
		}
	}
}

// plain is a file as JSON would hold it, and the kind that it declares.
func plain(t *testing.T, path string) (kind string, doc map[string]any) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := settings.Decoder{File: path, Lookup: func(string) (string, bool, error) { return "http://127.0.0.1", true, nil }}
	if problems := d.Decode(src, &doc); len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, k := range kinds() {
		if _, ok := doc[k.key]; ok {
			kind = k.key
			break
		}
	}
	switch {
	case strings.HasSuffix(path, File):
		kind = "lode"
	case kind == "source":
		kind += "-" + doc["type"].(string)
	}
	return kind, doc
}

func compile(t *testing.T, name string, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name+".json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
