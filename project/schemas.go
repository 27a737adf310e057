package project

import (
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
)

// Schemas describes every kind of project file as JSON Schema, so that editors complete
// and check them: lode, source-TYPE for each connector, entity, dimension, bridge, fact, aggregate, table.
func Schemas(connectors []source.Connector) map[string][]byte {
	out := map[string][]byte{
		"lode":      settings.JSONSchema(Settings{}, "Lode project"),
		"entity":    settings.JSONSchema(schema.Entity{}, "Lode entity"),
		"dimension": settings.JSONSchema(schema.Dimension{}, "Lode dimension"),
		"fact":      settings.JSONSchema(schema.Fact{}, "Lode fact"),
		"bridge":    settings.JSONSchema(schema.Bridge{}, "Lode bridge"),
		"aggregate": settings.JSONSchema(schema.Aggregate{}, "Lode aggregate"),
		"table":     settings.JSONSchema(schema.AppTable{}, "Lode table"),
	}
	for _, c := range connectors {
		out["source-"+c.Type()] = settings.JSONSchema(SourceHeader{}, "Lode source of type "+c.Type(), c.NewConfig())
	}
	return out
}
