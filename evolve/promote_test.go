package evolve

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/coltype/coltypetest"
	"github.com/lodehq/lode/warehouse"
)

// promoted are raw values as sources send them.
func promoted(t *testing.T) []string {
	raws := []string{
		`null`, `true`, `12`, `12.50`, `1.55`, `1e2`, `-0.5`, `1700000000`, `9223372036854775807`, `12345678901234567890.5`, `{}`, `[]`, `[1]`,
		`{"name": "EUR"}`, `{"refName": "Germany", "id": 3}`, `""`, `" Foo@Example.COM "`, `" 12 "`, `"1e2"`, `"31.12.2024"`, `"a\nb"`, `"{"`,
	}
	for _, text := range coltypetest.Samples() {
		raw, err := jsontext.AppendQuote(nil, text)
		if err != nil {
			t.Fatal(err)
		}
		raws = append(raws, string(raw))
	}
	return raws
}

// What a promoted column is filled with is what a run makes of the same value, and nothing
// where a run would refuse it.
func TestFillTakesWhatTheTypeTakes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		for i, spec := range []string{
			"text", "integer", "decimal(3,1)", "decimal(18,2)", "float", "boolean", "boolean_string", "date", "date(DD.MM.YYYY)", "timestamp", "timestamp(Europe/Berlin)",
			"epoch_seconds", "json", "uuid", "reference", "normalized_email", "phone(DE)", "country", "currency",
		} {
			typ, err := coltype.Standard().Parse(spec)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(spec, func(t *testing.T) { fillAgrees(t, w, fmt.Sprintf("t%d", i), typ, promoted(t)) })
		}
	})
}

func fillAgrees(t *testing.T, w warehouse.Warehouse, table string, typ coltype.Type, raws []string) {
	d, field := w.Dialect(), Field{"things", "it's"}
	e := &schema.EntityModel{
		Entity:  schema.Entity{Name: "things"},
		Current: schema.Table{Name: schema.Name{Schema: "silver", Table: table}, PrimaryKey: []string{"id"}},
		Columns: []schema.ColumnModel{{Name: "it_s", Stored: typ.Stored(), Type: typ}},
	}
	e.Current.Fields = []schema.Field{
		{Name: "id", Type: record.Of(record.Int), NotNull: true}, {Name: "it_s", Type: typ.Stored()}, {Name: schema.CustomFields, Type: record.Of(record.JSON)},
	}
	statements := append([]string{d.CreateSchema("silver")}, d.CreateTable(e.Current)...)
	var rows []string
	for i, raw := range raws {
		custom, err := coltype.CanonicalJSON([]byte(`{"it's": {"value": ` + raw + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprintf("(%d, %s)", i, d.Literal(record.JSONValue(custom), record.Of(record.JSON))))
	}
	statements = append(statements, fmt.Sprintf("INSERT INTO %s (id, %s) VALUES %s", d.Table(e.Current.Name), schema.CustomFields, strings.Join(rows, ", ")), fillStatement(d, e, field))
	exec(t, w, statements...)
	sql := fmt.Sprintf("SELECT it_s FROM %s ORDER BY id", d.Table(e.Current.Name))
	at := 0
	for b, err := range w.Query(t.Context(), sql) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			raw, err := coltype.CanonicalJSON([]byte(raws[at])) // as custom fields are held
			if err != nil {
				t.Fatal(err)
			}
			want, _ := typ.Decode(jsontext.Value(raw))
			if got := canonical(t, b.Row(i)[0], typ.Stored()); got != want {
				t.Errorf("%s of %s: filled with %s, a run makes %s", typ.Name(), raws[at], got, want)
			}
			at++
		}
	}
	if at != len(raws) {
		t.Errorf("%d rows of %d", at, len(raws))
	}
}

// canonical is JSON of a database in the form in which Go holds it.
func canonical(t *testing.T, v record.Value, of record.Type) record.Value {
	if of.Kind != record.JSON || v.IsNull() {
		return v
	}
	text, err := coltype.CanonicalJSON([]byte(v.Text()))
	if err != nil {
		t.Error(err)
	}
	return record.JSONValue(text)
}

func exec(t *testing.T, w warehouse.Warehouse, statements ...string) {
	t.Helper()
	tx, err := w.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range statements {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			_ = tx.Rollback()
			t.Fatalf("%v\n%s", err, sql)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestMigrationName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"promote_customers_tier": "promote_customers_tier", "promote_customers_größe": "promote_customers_gr_e", "promote_customers_größe_2": "promote_customers_gr_e_2",
		"promote_customers_名前": "promote_customers",
	} {
		if got := migrationName(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
