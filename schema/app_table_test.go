package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/coltype"
)

// tickets is a table with one more column.
func tickets(c schema.AppColumn, rules ...schema.AppRule) schema.AppTable {
	return schema.AppTable{Name: "tickets", Key: []string{"id"}, Columns: []schema.AppColumn{{Name: "id", Type: "integer"}, c}, Rules: rules}
}

func TestADefaultIsAValueOfItsColumn(t *testing.T) {
	t.Parallel()
	spell := func(v record.Value, t record.Type) string { return fmt.Sprintf("<%s as %s>", v, t) }
	for _, c := range []struct{ kind, text, want string }{
		{"text", "open", "<open as text>"}, {"text", "", "< as text>"}, {"integer", "-3", "<-3 as integer>"}, {"boolean", "true", "<true as boolean>"},
		{"decimal(18,2)", "1.5", "<1.50 as decimal(18,2)>"}, {"normalized_email", " A@B.example ", "<a@b.example as text>"}, {"date", "2026-03-01", "<2026-03-01 as date>"},
		{"json", `{"b": 1,  "a": []}`, `<{"a":[],"b":1} as json>`},
	} {
		m, problems := schema.Resolve(schema.Project{Name: "desk", Tables: []schema.AppTable{tickets(schema.AppColumn{Name: "x", Type: c.kind, Default: &c.text})}}, coltype.Standard(), nil)
		if len(problems) > 0 {
			t.Errorf("%s %q: %v", c.kind, c.text, problems)
			continue
		}
		table := m.AppTable("tickets")
		if got := table.Spelled(spell).Field("x").Default; got != c.want || table.Table.Field("x").Default != "" {
			t.Errorf("%s %q is spelled %s, want %s", c.kind, c.text, got, c.want)
		}
	}
}

func TestWhatIsNoDefault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, text, path, want string }{
		{"integer", "many", "columns.x.default", `not a integer: "many"`},
		{"integer", "", "columns.x.default", "is no value; leave the default out"},
		{"decimal(4,2)", "1.005", "columns.x.default", "not a decimal(4,2)"},
		{"text", "shut", "rules.0.check", "the default of column x breaks it"},
	} {
		p := schema.Project{Name: "desk", Tables: []schema.AppTable{tickets(schema.AppColumn{Name: "x", Type: c.kind, Default: &c.text}, schema.AppRule{Name: "r", Check: "x != 'shut'"})}}
		if c.kind != "text" {
			p.Tables[0].Rules = nil
		}
		_, problems := schema.Resolve(p, coltype.Standard(), nil)
		if len(problems) != 1 || problems[0].Path != c.path || !strings.Contains(problems[0].Text, c.want) {
			t.Errorf("%s %q: %v", c.kind, c.text, problems)
		}
	}
}

func TestForeignKeysOfApplicationTables(t *testing.T) {
	t.Parallel()
	project := func(kind, to string) schema.Project {
		return schema.Project{
			Name: "desk",
			Entities: []schema.Entity{{
				Name: "customers", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "name", Type: "text"}}, From: []schema.Mapping{{Stream: "crm.customers"}},
			}},
			Tables: []schema.AppTable{
				tickets(schema.AppColumn{Name: "x", Type: kind, References: to}),
				{Name: "people", Key: []string{"id"}, Columns: []schema.AppColumn{{Name: "id", Type: "integer"}}},
				{Name: "pairs", Key: []string{"a", "b"}, Columns: []schema.AppColumn{{Name: "a", Type: "integer"}, {Name: "b", Type: "integer"}}},
			},
		}
	}
	streams := []schema.StreamRef{{Source: "crm", Stream: "customers"}}
	m, problems := schema.Resolve(project("integer", "people"), coltype.Standard(), streams)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	table := m.AppTable("tickets").Table
	if got := fmt.Sprint(table.References, table.Indexes); got != "[{[x] app.people [id]}] [{ [x] false  }]" {
		t.Errorf("foreign keys and indexes: %s", got)
	}
	for _, c := range []struct{ kind, to, want string }{
		{"integer", "poeple", `there is no application table "poeple" (did you mean "people"?)`},
		{"integer", "customers", "customers is made by runs, which take its rows out and write them anew; a foreign key names an application table"},
		{"integer", "pairs", "the key of pairs has 2 columns; one column cannot name its rows"},
		{"text", "people", "the column is text, and the key id of people is integer"},
	} {
		_, problems := schema.Resolve(project(c.kind, c.to), coltype.Standard(), streams)
		if len(problems) != 1 || problems[0].String() != "table tickets: columns.x.references: "+c.want {
			t.Errorf("%s to %s: %v", c.kind, c.to, problems)
		}
	}
}

// A name that a column had before is free, and was that of one column.
func TestNamesThatColumnsHadBefore(t *testing.T) {
	t.Parallel()
	for want, columns := range map[string][]schema.AppColumn{
		"b is a column, too":                       {{Name: "b", Type: "text", RenamedFrom: "a"}, {Name: "c", Type: "text", RenamedFrom: "b"}},
		"another column says that it was a; only":  {{Name: "c", Type: "text", RenamedFrom: "a"}, {Name: "d", Type: "text", RenamedFrom: "a"}},
		"rename the one, run or migrate, and then": {{Name: "a", Type: "text", RenamedFrom: "b"}, {Name: "b", Type: "text", RenamedFrom: "a"}},
	} {
		table := schema.AppTable{Name: "notes", Key: []string{"id"}, Columns: append([]schema.AppColumn{{Name: "id", Type: "integer"}}, columns...)}
		_, problems := schema.Resolve(schema.Project{Name: "app", Tables: []schema.AppTable{table}}, coltype.Standard(), nil)
		if !strings.Contains(fmt.Sprint(problems), want) {
			t.Errorf("got %v, want %q", problems, want)
		}
	}
}
