package file_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/file"
	"github.com/lodehq/lode/source/sourcetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, key := range map[string][]string{"keyed": {"id"}, "keyless": nil, "snapshots": {"id"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			h := sourcetest.Harness{}
			var text strings.Builder
			for i := range 12_000 {
				row := fmt.Sprintf(`{"id":%d}`, i)
				text.WriteString(row + "\n")
				h.Keys = append(h.Keys, known(key, i, row))
			}
			write(t, dir, "a.jsonl", text.String())
			write(t, dir, "b.jsonl", `{"id":-1}`)
			h.Keys = append(h.Keys, known(key, -1, `{"id":-1}`))
			config := &file.Config{Tables: []file.Stream{{Name: "x", Glob: []string{"*.jsonl"}, Key: key}}}
			if name == "snapshots" {
				config.Tables[0].Sweep = &file.Sweep{Mode: "file"}
			}
			h.Stream = config.Streams()[0]
			h.Open = func(t *testing.T, emit func(source.Event)) source.Source {
				src, err := config.Open(t.Context(), source.Env{Name: "files", Dir: dir, Emit: emit})
				if err != nil {
					t.Fatal(err)
				}
				return src
			}
			h.Change = func(t *testing.T) []string {
				write(t, dir, "b.jsonl", `{"id":-2}`)
				return []string{known(key, -2, `{"id":-2}`)}
			}
			sourcetest.Run(t, h)
		})
	}
}

func known(key []string, id int, row string) string {
	if len(key) == 0 {
		return row
	}
	return fmt.Sprintf(`["%d"]`, id)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestConfigIsReadFromAFile(t *testing.T) {
	t.Parallel()
	d := settings.Decoder{File: "files.yaml", Skip: []string{"source", "type"}}
	c := file.Connector{}.NewConfig()
	problems := d.Decode([]byte(`
source: flights
type: file
path: data
streams:
  airports: {glob: airports.csv, key: iata, csv: {null: ["", NA]}}
  old: {glob: [a/*.txt, b.gz], format: csv, csv: {delimiter: tab, header: no, columns: [a, b]}, keep: all, max_record: 1MiB}
`), c)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	s := c.Streams()
	if len(s) != 2 || s[0].Name != "airports" || s[0].Key[0] != "iata" || s[0].KeepAll || !s[1].KeepAll {
		t.Errorf("%+v", s)
	}
}
