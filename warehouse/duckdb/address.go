package duckdb

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const scheme = "duckdb"

// catalog is the name under which the database is attached. Its own default, the name of the
// file, would be ambiguous in gold.duckdb with a schema gold.
const catalog = "lode_file"

// options are the settings of an address such as "duckdb:shop.duckdb?memory_limit=2GB&threads=2".
type options struct {
	path   string // "" for memory
	config map[string]string
}

// defaults are the settings that an address can replace.
func defaults(path string) map[string]string {
	spill := path + ".tmp"
	if path == "" {
		spill = filepath.Join(os.TempDir(), "lode-duckdb-"+strconv.Itoa(os.Getpid()))
	}
	return map[string]string{
		// Work that needs more goes to temporary files. DuckDB's own default is most of the machine's memory.
		"memory_limit":   "1GB",
		"temp_directory": spill,
		// Nothing here depends on the order of rows in a table, and keeping it costs memory.
		"preserve_insertion_order": "false",
		// The extensions that are needed are linked in. Nothing is fetched from anywhere.
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
	}
}

// parseAddress reads an address. Unknown settings are found by DuckDB.
func parseAddress(address string) (options, error) {
	rest := strings.TrimPrefix(strings.TrimPrefix(address, scheme+":"), "//")
	path, query, _ := strings.Cut(rest, "?")
	if path == ":memory:" {
		path = ""
	}
	o := options{path: path, config: defaults(path)}
	settings, err := url.ParseQuery(query)
	if err != nil {
		return o, fmt.Errorf("read DuckDB address: %w; write for example duckdb:shop.duckdb?memory_limit=2GB&threads=2", err)
	}
	for name, values := range settings {
		o.config[name] = values[len(values)-1]
	}
	return o, nil
}
