// Command lode runs a project of files. It is the only place that links Lode with
// every warehouse and connector that it ships with.
package main

import (
	"os"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/standard"
)

func main() {
	os.Exit(lode.Main(lode.Project{Drivers: standard.Warehouses(), Connectors: standard.Connectors(), Version: version}))
}

// version is set when a release is built.
var version = "0.1.0-dev"
