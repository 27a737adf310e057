package modelgen_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode/model/modelgen"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
)

var update = flag.Bool("update", false, "write the goldens anew")

func project(t *testing.T) *schema.Model {
	t.Helper()
	m, problems := schema.Resolve(schema.Project{
		Name: "shop",
		Entities: []schema.Entity{{
			Name: "customers", Key: []string{"source_system", "source_id"}, Description: "Who buys.",
			Columns: []schema.Column{{Name: "email", Type: "normalized_email", Required: true}, {Name: "credit_amount", Type: "decimal(18,2)"}, {Name: "born_on", Type: "date"}},
			From:    []schema.Mapping{{Stream: "crm.customers", Fields: []schema.FieldMapping{{Name: "email", From: "email"}}}},
		}},
		Dimensions: []schema.Dimension{{Name: "dim_customers", From: "customers", Columns: []schema.DimColumn{{Name: "email", SCD: "1"}}}},
		Tables: []schema.AppTable{{
			Name: "notes", Key: []string{"id"}, Description: "What was said.",
			Columns:  []schema.AppColumn{{Name: "id", Type: "uuid"}, {Name: "owner", Type: "normalized_email", Required: true}, {Name: "words", Type: "integer", Default: new("7")}, {Name: "extra", Type: "json"}, {Name: "audit", Type: "text"}, {Name: "a_b", Type: "text", Default: new("it's, \"x\" or `y`")}, {Name: "a__b", Type: "text"}},
			Computed: []schema.Computed{{Name: "is_long", Value: "words > 100"}, {Name: "is_short", Value: "!is_long"}, {Name: "pages", Value: "words", Type: "decimal(12,3)", Description: "Printed."}}, Unique: [][]string{{"owner", "words"}},
			Rules: []schema.AppRule{{Name: "not empty", Check: "words > 0"}},
		}},
	}, coltype.Standard(), []schema.StreamRef{{Source: "crm", Stream: "customers"}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return m
}

func TestGoldenModels(t *testing.T) {
	t.Parallel()
	got, err := modelgen.Go(project(t), "models")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "models.go.golden")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// What is generated compiles, and binds to the project that it was generated from.
func TestGeneratedModelsCompileAndBind(t *testing.T) {
	t.Parallel()
	text, err := modelgen.Go(project(t), "main")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("testdata", "generated") //nolint:usetesting // within the module, so that its imports are found
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	main := "package main\n\nimport \"errors\"\n\nfunc main() {\n\tif err := errors.Join(Customers.Info().Err(), DimCustomers.Info().Err(), Notes.Info().Err()); err != nil {\n\t\tpanic(err)\n\t}\n}\n"
	for name, content := range map[string]string{"models.go": string(text), "main.go": main} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("go", "run", "./"+dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, text)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range [][]string{{"no package"}, {"models", "custmers"}} {
		if _, err := modelgen.Go(project(t), c[0], c[1:]...); err == nil {
			t.Errorf("%q was taken", c)
		}
	}
}
