package project

import (
	"slices"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
)

// File is the name of the file that makes a folder a project.
const File = "lode.yaml"

// Project is what a folder declares.
type Project struct {
	Schema schema.Project
	// Warehouse is the address of the warehouse. It may hold a password.
	Warehouse settings.Secret
	Dir       string
	// Positions finds declarations in the files.
	Positions Positions
	// Secrets are the texts that must not appear in any output.
	Secrets []string
	// Variables are those that the files ask for, in their order.
	Variables []Variable
	// Notices name what lies in the folder and was not read.
	Notices settings.Problems
	// Whole is false when a declaration could not be read at all, so that checking the
	// project further would only report the gap it leaves.
	Whole bool
}

// Settings is what lode.yaml holds.
type Settings struct {
	Name        string          `yaml:"name" need:"yes" doc:"Name of the project."`
	Description string          `yaml:"description" doc:"What the project is for."`
	Warehouse   settings.Secret `yaml:"warehouse" doc:"Address of the warehouse: duckdb:FILE or postgres://USER@HOST/DATABASE; default duckdb:lode.duckdb."`
	Checks      string          `yaml:"checks" oneof:"after_load" doc:"after_load: each step of a run checks the keys that it touched, and fails when something does not hold."`
	Layers      schema.Layers   `yaml:"layers" doc:"Names of the layers' schemas in the warehouse."`
	Lint        schema.Lint     `yaml:"lint" doc:"How lode lint looks at the project."`
	Views       []schema.View   `yaml:"views" doc:"Views on the tables of gold that show them in another way."`
}

const defaultWarehouse = "duckdb:lode.duckdb"

// Load reads the project in a folder. Variables are looked up in the environment first
// and then in the folder's .env file, as [settings.Environment] says. The error is settings.Problems with every mistake
// of every file; the project holds what could be read all the same, and its Secrets are
// complete, so that the problems can be printed without giving one away.
func Load(dir string, connectors []source.Connector, lookup func(name string) (string, bool)) (*Project, error) {
	return load(dir, connectors, lookup, false)
}

// LoadUnread is Load for a command that does not read the sources: what a source's file
// wants from the environment may be missing, and stays unset; no command is run for it.
func LoadUnread(dir string, connectors []source.Connector, lookup func(name string) (string, bool)) (*Project, error) {
	return load(dir, connectors, lookup, true)
}

func load(dir string, connectors []source.Connector, lookup func(name string) (string, bool), unread bool) (*Project, error) {
	l := &loader{
		unread:     unread,
		project:    &Project{Dir: dir, Whole: true, Positions: Positions{declared: map[string]*settings.Decoder{}}},
		connectors: connectors,
	}
	l.variables = l.environment(lookup)
	l.settings()
	for _, folder := range []string{"sources", "silver", "gold", "tables"} {
		l.folder(folder)
	}
	l.strangers()
	for _, s := range l.variables.Secrets() {
		l.secret(s.Reveal())
	}
	slices.Sort(l.project.Secrets)
	l.project.Secrets = slices.Compact(l.project.Secrets)
	l.problems.Sort()
	return l.project, l.problems.Err()
}

// loader is one Load.
type loader struct {
	project    *Project
	connectors []source.Connector
	variables  *settings.Environment
	unread     bool // the sources will not be read
	problems   settings.Problems
}

func (l *loader) secret(text string) {
	if text != "" {
		l.project.Secrets = append(l.project.Secrets, text)
	}
}

// lost reports a mistake that costs a whole declaration.
func (l *loader) lost(problems ...settings.Problem) {
	l.project.Whole = false
	l.problems = append(l.problems, problems...)
}

func (l *loader) decoder(file string) *settings.Decoder {
	return &settings.Decoder{File: file, Lookup: l.variables.Lookup, UsedSecret: l.secret, Referenced: l.referenced}
}

// settings reads lode.yaml. The whole address of the warehouse is no secret, only the
// password in it: messages must be able to say where the data is.
func (l *loader) settings() {
	docs, ok := l.read(File)
	if !ok {
		return
	}
	if len(docs) != 1 {
		l.lost(settings.Problem{File: l.path(File), Line: 1, Column: 1, Text: "wants one YAML document with name: and warehouse:"})
		return
	}
	var s Settings
	d := docs[0].decoder
	d.UsedSecret = nil
	l.problems = append(l.problems, d.DecodeNode(docs[0].node, &s)...)
	if s.Warehouse.IsZero() {
		s.Warehouse = settings.NewSecret(defaultWarehouse)
	}
	for _, password := range Passwords(s.Warehouse.Reveal()) {
		l.secret(password)
	}
	l.project.Warehouse = s.Warehouse
	l.project.Schema.Name, l.project.Schema.Description, l.project.Schema.Layers = s.Name, s.Description, s.Layers
	l.project.Schema.Views, l.project.Schema.Lint = s.Views, s.Lint
	l.project.Schema.Checks = s.Checks
	l.project.Positions.declared["project"] = d
}
