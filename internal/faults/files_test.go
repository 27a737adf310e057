package faults

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lodehq/lode/lodetest"
)

// TestBrokenFiles reads files that are no good. A file that cannot be read at all is an
// error that names it; whatever can be told apart as a record is kept.
func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	const bom = "\ufeff"
	var zeros bytes.Buffer
	z := gzip.NewWriter(&zeros)
	for range 100 {
		_, _ = z.Write(make([]byte, 1<<20)) // into memory
	}
	_ = z.Close()
	for name, c := range map[string]struct {
		file, content string
		code          int
		bronze        string // rows
		silver        string // rows; the rest of bronze is in quarantine
	}{
		"empty JSONL":             {"items.jsonl", "", 0, "0", "0"},
		"blank JSONL":             {"items.jsonl", "\n\n  \n", 0, "0", "0"},
		"JSONL with BOM":          {"items.jsonl", bom + `{"id":1,"name":"a"}` + "\n" + `{"id":2,"name":"b"}`, 0, "2", "2"},
		"JSONL with CRLF":         {"items.jsonl", "{\"id\":1}\r\n{\"id\":2}\r\n", 0, "2", "2"},
		"two values in a line":    {"items.jsonl", `{"id":1}{"id":2}` + "\n" + `{"id":3}`, 0, "2", "1"},
		"endless line":            {"items.jsonl", `{"id":"` + strings.Repeat("x", 3<<20), 1, "0", "0"},
		"empty CSV":               {"items.csv", "", 0, "0", "0"},
		"CSV of a header":         {"items.csv", "id,name,amount\n", 0, "0", "0"},
		"CSV with BOM":            {"items.csv", bom + "id,name,amount\n1,a,1.5\n", 0, "1", "1"},
		"CSV of ragged rows":      {"items.csv", "id,name,amount\n1,a,1.5\n2\n3,c\n4,d,4.5,extra\n5,e,5.5\n", 0, "5", "2"},
		"CSV with stray quotes":   {"items.csv", "id,name,amount\n1,a\"b,1\n2,\"c\"d,2\n3,e,3\n", 0, "3", "1"},
		"CSV that never closes":   {"items.csv", "id,name,amount\n1,a,1\n2,\"b,2\n3,c,3\n", 0, "2", "1"},
		"CSV with NUL":            {"items.csv", "id,name,amount\n1,a\x00b,1\n2,\xff,2\n", 0, "2", "2"},
		"CSV with a column twice": {"items.csv", "id,id,amount\n1,2,3\n", 1, "0", "0"},
		"CSV with a huge field":   {"items.csv", "id,name,amount\n1," + strings.Repeat("x", 3<<20) + ",1\n", 1, "0", "0"},
		"CSV of SQL":              {"items.csv", "id,name,amount\n1,\"'); DROP TABLE silver.items; --\",1\n", 0, "1", "1"},
		"CSV of UTF-16":           {"items.csv", "\xff\xfei\x00d\x00,\x00n\x00a\x00m\x00e\x00\n\x001\x00,\x00a\x00\n\x00", 1, "0", "0"},
		"empty JSON":              {"items.json", "", 1, "0", "0"},
		"JSON with BOM":           {"items.json", bom + `[{"id":1},{"id":2}]`, 0, "2", "2"},
		"JSON that is cut off":    {"items.json", `[{"id":1},{"id":2},{"id":`, 1, "-", "-"},
		"JSON with a tail":        {"items.json", `[{"id":1}] and more`, 1, "-", "-"},
		"JSON too deep":           {"items.json", strings.Repeat("[", 100_000), 1, "-", "-"},
		"JSON of a number":        {"items.json", `17`, 0, "1", "0"},
		"empty Parquet":           {"items.parquet", "", 1, "0", "0"},
		"Parquet of text":         {"items.parquet", "PAR1 this is no parquet file PAR1", 1, "0", "0"},
		"Parquet with wild ends":  {"items.parquet", "PAR1\xff\xff\xff\x7fPAR1", 1, "0", "0"},
		"gzip that is plain text": {"items.jsonl.gz", "this is no gzip", 0, "1", "0"}, // gzip is known by its first bytes
		"gzip that is cut off":    {"items.jsonl.gz", zeros.String()[:1000], 1, "0", "0"},
		"gzip bomb":               {"items.jsonl.gz", zeros.String(), 1, "0", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := changed("sources/f.yaml", "glob: items.jsonl,", "glob: "+c.file+", max_record: 2MiB,")
			delete(files, "data/items.jsonl")
			files["data/"+c.file] = c.content
			p := lay(t, files)
			address := at(t, p, "duckdb")
			e := p.lode("run", "-q", "--warehouse", address)
			if e.code != c.code {
				t.Fatalf("code %d, want %d: %s", e.code, c.code, last(e.stderr))
			}
			if c.code != 0 && !strings.Contains(e.stderr, c.file) {
				t.Errorf("the message does not name %s: %s", c.file, last(e.stderr))
			}
			w := open(t, address)
			if c.bronze != "-" {
				lodetest.Equal(t, w, "SELECT count(*) FROM bronze.f_items", c.bronze)
			}
			if c.silver != "-" {
				lodetest.Equal(t, w, "SELECT count(*) FROM silver.items", c.silver)
			}
			lodetest.Equal(t, w, `SELECT b.seq, b.note FROM bronze.f_items b WHERE seq <= (SELECT published FROM lode.streams WHERE stream = 'f.items')
				AND NOT EXISTS (SELECT 1 FROM silver.items_log l WHERE l.event_seq = b.seq)
				AND NOT EXISTS (SELECT 1 FROM lode.quarantine q WHERE q.seq = b.seq AND q.kind = 'record')`)
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestThingsThatAreNoFiles puts links and pipes where files are wanted: what is said names
// them and what they are.
func TestThingsThatAreNoFiles(t *testing.T) {
	t.Parallel()
	pipe := func(path string) error { return syscall.Mkfifo(path, 0o600) }
	link := func(to string) func(string) error { return func(path string) error { return os.Symlink(to, path) } }
	for name, c := range map[string]struct {
		place string
		put   func(path string) error
		code  int
		say   string
	}{
		"a pipe in the project":       {"silver/items.yaml", pipe, 2, "silver/items.yaml: is a named pipe, and not a file"},
		"a link to nowhere":           {"silver/items.yaml", link("gone.yaml"), 2, "silver/items.yaml: is a link to gone.yaml, which is not there"},
		"a folder":                    {"lode.yaml", func(path string) error { return os.Mkdir(path, 0o700) }, 2, "lode.yaml: is a folder"},
		"a pipe among the data":       {"data/items.jsonl", pipe, 0, "items.jsonl is a named pipe and is not read"},
		"a link to nowhere as data":   {"data/items.jsonl", link("gone.jsonl"), 1, "items.jsonl"},
		"a link that leads out":       {"data/items.jsonl", link("/etc/passwd"), 1, "it is a link to /etc/passwd, which is not there or lies outside of the folder"},
		"a link that leads to a file": {"data/items.jsonl", link("notes/other.txt"), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := lay(t, small())
			path := filepath.Join(p.dir, c.place)
			if err := errors.Join(os.Remove(path), c.put(path)); err != nil {
				t.Fatal(err)
			}
			if e := p.lode("run"); e.code != c.code || !strings.Contains(e.stderr, c.say) {
				t.Errorf("code %d, want %d and %q: %s", e.code, c.code, c.say, e.stderr)
			}
		})
	}
}
