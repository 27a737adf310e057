package project_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lodehq/lode/project"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/file"
)

// All mistakes of a folder come at once, each with its place in the files.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "lode")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"lode.yaml":         "name: shop\nwarehous: duckdb:shop.duckdb\n",
		"sources/till.yaml": "source: till\ntype: file\npath: ${TILL}\nstreams:\n  sales: {glob: '*.csv', key: id}\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			fmt.Println(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			fmt.Println(err)
		}
	}
	nothing := func(string) (string, bool) { return "", false }
	p, err := project.Load(dir, []source.Connector{file.Connector{}}, nothing)
	fmt.Println(p.Schema.Name)
	fmt.Println(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	// Output:
	// shop
	// lode.yaml:2:1: warehous: unknown key; did you mean "warehouse"?
	// sources/till.yaml:3:7: path: environment variable TILL is not set; set it, put it into .env, or write ${TILL:-default}
}
