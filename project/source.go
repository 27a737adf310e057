package project

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
)

// SourceHeader is what every source file begins with, whatever its connector. The other
// keys are the connector's own.
type SourceHeader struct {
	Name        string `yaml:"source" need:"yes" doc:"Name of the source, snake_case; first part of its bronze tables' names."`
	Type        string `yaml:"type" need:"yes" doc:"The connector that reads it."`
	Description string `yaml:"description" doc:"What the system is."`
}

// headerKeys are decoded apart, so the connector's configuration need not know them.
func headerKeys() []string { return []string{"source", "type", "description"} }

// source decodes a source file: its header, then the rest by the connector it names.
func (l *loader) source(doc document) (name string) {
	header := SourceHeader{
		Name: settings.Peek(doc.node, "source"), Type: settings.Peek(doc.node, "type"), Description: settings.Peek(doc.node, "description"),
	}
	connector, ok := l.connector(doc, header.Type)
	if !ok {
		return ""
	}
	config := connector.NewConfig()
	doc.decoder.Skip, doc.decoder.Lenient = headerKeys(), l.unread
	if l.unread {
		doc.decoder.Lookup = l.variables.LookupStored
	}
	l.problems = append(l.problems, doc.decoder.DecodeNode(doc.node, config)...)
	if header.Name == "" {
		l.lost(problemAt(doc, doc.node, "source: wants a name"))
	}
	l.project.Schema.Sources = append(l.project.Schema.Sources, schema.Source{Name: header.Name, Config: config})
	return header.Name
}

func (l *loader) connector(doc document, name string) (source.Connector, bool) {
	i := slices.IndexFunc(l.connectors, func(c source.Connector) bool { return c.Type() == name })
	if i >= 0 {
		return l.connectors[i], true
	}
	var types []string
	for _, c := range l.connectors {
		types = append(types, c.Type())
	}
	list := strings.Join(types, ", ")
	for key, value := range keysOf(doc.node) {
		if key.Value == "type" {
			l.lost(problemAt(doc, value, fmt.Sprintf("type: there is no connector %q; this program has %s%s", name, list, settings.Suggest(name, types))))
			return nil, false
		}
	}
	l.lost(problemAt(doc, doc.node, "type: is missing; it names the connector: "+list))
	return nil, false
}
