package walls

// module is the path of this module. Paths of rules are relative to it, "" is the root;
// those with a dot in their first element are other modules, "std:net/http" is the standard library.
const module = "github.com/lodehq/lode"

// rule says which packages must never know which others.
type rule struct {
	sentence string
	who      []string // the packages that it binds: "schema", "schema/..." with all below it
	but      []string // except these
	never    []string // what they must not import
	only     []string // instead of never: all of this module that they may import
	deep     bool     // nor may what they import, as far as it is of this module
	planted  [2]string
}

// concrete are the packages that know one technology.
var concrete = []string{"warehouse/postgres", "warehouse/duckdb", "source/rest", "source/file", "standard"}

// engine is what turns definitions into SQL and runs it.
var engine = []string{"medallion", "star", "asof", "diff", "check", "trace", "affected", "ledger", "sqltext", "migrate/...", "evolve"}

// edge is everything that people and machines start.
var edge = []string{"", "cmd/...", "internal/cli"}

// kits are the parts that only tests, benchmarks and examples use.
var kits = []string{"internal/bench", "internal/cases", "internal/dbtest", "internal/docgen", "internal/kittest", "internal/oracle", "internal/pgtest/...", "internal/pbtest",
	"internal/walls", "lodetest", "examples/...", "store/storetest", "warehouse/warehousetest", "source/sourcetest", "schema/expr/exprtest", "schema/coltype/coltypetest"}

var rules = []rule{
	{
		sentence: "record holds the words that all layers share, and knows nothing else of Lode",
		who:      []string{"record"}, only: []string{},
		planted: [2]string{"record", "schema"},
	},
	{
		sentence: "settings reads and checks values, and knows nothing else of Lode",
		who:      []string{"settings"}, only: []string{},
		planted: [2]string{"settings", "source"},
	},
	{
		sentence: "run executes steps and does not know what a step does",
		who:      []string{"run"}, only: []string{},
		planted: [2]string{"run", "medallion"},
	},
	{
		sentence: "schema says what there is and does not know how anything is stored, fetched or run",
		who:      []string{"schema/..."}, but: []string{"schema/expr/exprtest", "schema/coltype/coltypetest"}, only: []string{"record", "schema/..."},
		planted: [2]string{"schema/mapping", "warehouse"},
	},
	{
		sentence: "schema does no I/O",
		who:      []string{"schema/..."}, but: []string{"schema/expr/exprtest", "schema/coltype/coltypetest"},
		never:   []string{"std:os", "std:net", "std:net/http", "std:database/sql", "std:os/exec"},
		planted: [2]string{"schema", "std:os"},
	},
	{
		sentence: "source says what the outside says and knows nothing of tables, layers or warehouses",
		who:      []string{"source/..."}, only: []string{"source/...", "settings", "record"},
		planted: [2]string{"source/rest", "schema"},
	},
	{
		sentence: "one connector does not know another",
		who:      []string{"source", "source/rest"}, never: []string{"source/file"},
		planted: [2]string{"source/rest", "source/file"},
	},
	{
		sentence: "one connector does not know another",
		who:      []string{"source", "source/file"}, never: []string{"source/rest"},
		planted: [2]string{"source/file", "source/rest"},
	},
	{
		sentence: "a warehouse answers for tables and SQL, and knows no layers, no history and no sources",
		who:      []string{"warehouse/..."}, only: []string{"record", "schema", "schema/expr", "warehouse/...", "internal/pgtest"}, deep: false,
		planted: [2]string{"warehouse/postgres", "star"},
	},
	{
		sentence: "one warehouse does not know another",
		who:      []string{"warehouse", "warehouse/postgres"}, never: []string{"warehouse/duckdb", "github.com/duckdb/..."},
		planted: [2]string{"warehouse/postgres", "warehouse/duckdb"},
	},
	{
		sentence: "one warehouse does not know another",
		who:      []string{"warehouse", "warehouse/duckdb"}, never: []string{"warehouse/postgres", "github.com/jackc/..."},
		planted: [2]string{"warehouse/duckdb", "github.com/jackc/pgx/v5"},
	},
	{
		sentence: "star, asof, diff, check, affected and sqltext are pure: they write SQL and run nothing",
		who:      []string{"star", "asof", "diff", "check", "affected", "sqltext"},
		never:    []string{"std:context", "std:os", "std:net/...", "std:database/sql", "medallion", "ledger", "run", "source/...", "project", "settings"},
		planted:  [2]string{"star", "std:context"},
	},
	{
		sentence: "model says what a program says of its rows, and does no I/O",
		who:      []string{"model"}, only: []string{"record", "schema/..."},
		planted: [2]string{"model", "warehouse"},
	},
	{
		sentence: "store reads and writes the rows of models; it knows no sources, layers or concrete technology",
		who:      []string{"store"}, only: []string{"model", "record", "schema", "schema/coltype", "warehouse"},
		planted: [2]string{"store", "medallion"},
	},
	{
		sentence: "dictionary and lint look at the checked project, and know no warehouse, no files and no engine",
		who:      []string{"dictionary", "lint"}, only: []string{"record", "schema", "schema/..."},
		planted: [2]string{"dictionary", "project"},
	},
	{
		sentence: "dictionary and lint are pure: a model in, plain data out",
		who:      []string{"dictionary", "lint"}, never: []string{"std:os", "std:context", "std:net/http", "std:time", "std:database/sql"},
		planted: [2]string{"dictionary", "std:os"},
	},
	{
		sentence: "ledger is Lode's memory; it does not know who remembers what for",
		who:      []string{"ledger"}, only: []string{"record", "schema", "warehouse", "sqltext"},
		planted: [2]string{"ledger", "medallion"},
	},
	{
		sentence: "medallion knows no HTTP, no command line, no project files and no concrete technology",
		who:      []string{"medallion"}, never: append([]string{"std:net/http", "std:os", "project", "settings", "internal/cli", "github.com/spf13/...", "run"}, concrete...), deep: true,
		planted: [2]string{"medallion", "warehouse/duckdb"},
	},
	{
		sentence: "migrate compares tables and writes and runs their changes; it knows no layers, no sources and no project",
		who:      []string{"migrate/..."}, only: []string{"record", "schema", "schema/expr", "warehouse", "migrate/..."},
		planted: [2]string{"migrate/runner", "medallion"},
	},
	{
		sentence: "what differs is found and written without I/O of its own; migrate/runner runs it",
		who:      []string{"migrate"}, never: []string{"std:os", "std:database/sql", "github.com/...", "migrate/runner"},
		planted: [2]string{"migrate", "github.com/pressly/goose/v3"},
	},
	{
		sentence: "goose belongs to the runner of migrations",
		who:      []string{"..."}, but: []string{"migrate/runner"}, never: []string{"github.com/pressly/..."},
		planted: [2]string{"evolve", "github.com/pressly/goose/v3"},
	},
	{
		sentence: "evolve joins engine and migrations, and knows no command line, no project files and no concrete technology",
		who:      []string{"evolve"}, never: append([]string{"std:net/http", "project", "settings", "internal/cli", "run"}, concrete...), deep: true,
		planted: [2]string{"evolve", "warehouse/duckdb"},
	},
	{
		sentence: "project reads files into plain values and knows no warehouse and no engine",
		who:      []string{"project"}, never: append([]string{"warehouse/...", "run", "internal/cli"}, append(engine, concrete...)...), deep: true,
		planted: [2]string{"project", "warehouse"},
	},
	{
		sentence: "the façade and the command line know no concrete technology; a program hands it in",
		who:      []string{"", "internal/cli"}, never: concrete, deep: true,
		planted: [2]string{"", "warehouse/postgres"},
	},
	{
		sentence: "only cmd, package standard and the kits link concrete technologies together",
		who:      []string{"..."}, but: append([]string{"cmd/...", "standard"}, kits...), never: concrete,
		planted: [2]string{"ledger", "source/rest"},
	},
	{
		sentence: "arrows only go down: nothing below the edge knows the façade or the command line",
		who:      []string{"..."}, but: append(append([]string{"standard"}, edge...), kits...), never: edge,
		planted: [2]string{"star", "internal/cli"},
	},
	{
		sentence: "CEL is the expression language's parser, and no other package's words",
		who:      []string{"..."}, but: []string{"schema/expr"}, never: []string{"cel.dev/..."},
		planted: [2]string{"schema", "cel.dev/cel-go/common/ast"},
	},
	{
		sentence: "pgx belongs to the PostgreSQL warehouse, and to the kit that starts a server",
		who:      []string{"..."}, but: []string{"warehouse/postgres", "internal/pgtest/...", "internal/bench"}, never: []string{"github.com/jackc/..."},
		planted: [2]string{"medallion", "github.com/jackc/pgx/v5"},
	},
	{
		sentence: "DuckDB's binding belongs to the DuckDB warehouse",
		who:      []string{"..."}, but: []string{"warehouse/duckdb", "internal/bench"}, never: []string{"github.com/duckdb/..."},
		planted: [2]string{"star", "github.com/duckdb/duckdb-go-bindings"},
	},
	{
		sentence: "YAML is read in settings and project only",
		who:      []string{"..."}, but: []string{"settings", "project"}, never: []string{"go.yaml.in/...", "gopkg.in/..."},
		planted: [2]string{"schema", "go.yaml.in/yaml/v4"},
	},
	{
		sentence: "only the command line logs; a secret has to know how it would be logged",
		who:      []string{"..."}, but: append([]string{"internal/cli", "cmd/...", "settings"}, kits...), never: []string{"std:log", "std:log/slog"},
		planted: [2]string{"medallion", "std:log/slog"},
	},
	{
		sentence: "only the command line draws on a terminal",
		who:      []string{"..."}, but: append([]string{"internal/cli", "cmd/..."}, kits...),
		never:   []string{"github.com/spf13/...", "github.com/vbauerster/...", "github.com/lmittmann/...", "github.com/jedib0t/...", "golang.org/x/term"},
		planted: [2]string{"medallion", "golang.org/x/term"},
	},
	{
		sentence: "package testing is for tests and their kits; a user's binary does not carry it",
		who:      []string{"..."}, but: kits, never: []string{"std:testing"},
		planted: [2]string{"run", "std:testing"},
	},
	{
		sentence: "no part of Lode needs the tests' kits",
		who:      []string{"..."}, but: kits, never: kits,
		planted: [2]string{"star", "internal/pgtest"},
	},
}
