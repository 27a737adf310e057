package cases

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/standard"
)

// block is the n-th block of code of a kind in a page of the documentation.
func block(t *testing.T, page, kind string, n int) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	must(t, err)
	parts := strings.Split(string(text), "```"+kind+"\n")
	code, _, ok := strings.Cut(parts[n], "```")
	if !ok {
		t.Fatalf("%s has no block %d of %s", page, n, kind)
	}
	return code
}

// What docs/conformed.md says can be written in files, runs, and answers.
func TestMatchAsDocumented(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"lode.yaml":            "name: documented\n",
		"sources/crm.yaml":     "source: crm\ntype: file\npath: .\nstreams: {customers: {glob: c.csv, key: id}}\n",
		"sources/billing.yaml": "source: billing\ntype: file\npath: .\nstreams: {payers: {glob: p.csv, key: id}}\n",
		"silver/customers.yaml": `entity: customers
key: [source_system, source_id]
columns: {name: text, phone: text, tax_number: text, raw_email: normalized_email}
computed: {email: 'raw_email == "info@example.com" ? null : raw_email'}
from:
  - {stream: crm.customers, valid_at: at, fields: {raw_email: email}}
  - {stream: billing.payers, valid_at: at, fields: {raw_email: email}}
`,
		"silver/parties.yaml":   block(t, "conformed.md", "yaml", 1),
		"gold/dim_parties.yaml": "dimension: dim_parties\nfrom: parties\ncolumns: {name: 2, email: 1, label: 1}\n",
	} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	p, err := project.Load(dir, standard.Connectors(), os.LookupEnv)
	must(t, err)
	w, err := lodetest.NewWorld(t.Context(), lode.Project{Project: p.Schema, Drivers: standard.Warehouses()})
	must(t, err)
	must(t, w.Play(t.Context(), `
-- events crm.customers
id | at | name | email            | phone | tax_number
17 | 10 | Ada  | ada@example.com  | 1     | NULL
18 | 10 | Bob  | info@example.com | 1     | NULL
-- events billing.payers
id | at | name | email            | phone | tax_number
7  | 20 | Lov  | ADA@example.com  | 2     | T1
8  | 20 | Bo   | info@example.com | 2     | NULL
-- run
-- table silver.parties
source_id | name | label                 | phone | tax_number
17        | Ada  | Ada <ada@example.com> | 1     | T1
18        | Bob  | NULL                  | 1     | NULL
8         | Bo   | NULL                  | 2     | NULL
`))
	lodetest.Equal(t, w, strings.TrimSuffix(strings.TrimSpace(block(t, "conformed.md", "sql", 1)), ";")+" ORDER BY 1, 3",
		"billing | 7 | 1 | 15:ada@example.com", "billing | 7 | 2 | 2:T1", "crm | 17 | 1 | 15:ada@example.com")
	must(t, w.Close())
}
