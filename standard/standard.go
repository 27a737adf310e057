// Package standard is the set of warehouses and connectors that Lode ships with. A
// program written in Go links it to have them all, or names its own choice instead.
package standard

import (
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/file"
	"github.com/lodehq/lode/source/rest"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// Warehouses lists the drivers.
func Warehouses() []warehouse.Driver { return []warehouse.Driver{duckdb.Driver{}, postgres.Driver{}} }

// Connectors lists the connectors.
func Connectors() []source.Connector { return []source.Connector{rest.Connector{}, file.Connector{}} }
