package file

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/lodehq/lode/source"
)

// collect reads with one of the readers and gives copies of the records.
func collect(read func(*batch) error) ([]source.Record, error) {
	var out []source.Record
	b := newBatch([]string{"id"}, 0, func(b *batch) error {
		for _, r := range b.records {
			r.Payload = bytes.Clone(r.Payload)
			out = append(out, r)
		}
		return nil
	})
	if err := read(b); err != nil {
		return nil, err
	}
	return out, b.flush()
}

func FuzzJSONL(f *testing.F) {
	f.Add([]byte("{\"id\":1}\n\n{\"id\":\"\\u0000\"}\r\nx"))
	f.Add([]byte("\n\n [1] \n\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := &Stream{}
		whole, err := collect(func(b *batch) error { return readLines(bytes.NewReader(text), s, b) })
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := collect(func(b *batch) error { return readLines(iotest.OneByteReader(bytes.NewReader(text)), s, b) })
		if diff := cmp.Diff(whole, pieces); err != nil || diff != "" {
			t.Errorf("reading in pieces differs: %v %s", err, diff)
		}
		n := 0
		for line := range bytes.Lines(text) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				if r := whole[n]; r.Problem == "" && r.Sanitized == "" && !bytes.Equal(r.Payload, line) {
					t.Errorf("line %q became %q", line, r.Payload)
				}
				n++
			}
		}
		checkRecords(t, whole, n)
	})
}

func checkRecords(t *testing.T, records []source.Record, want int) {
	t.Helper()
	if len(records) != want {
		t.Fatalf("%d records of %d rows", len(records), want)
	}
	for _, r := range records {
		if !json.Valid(r.Payload) {
			t.Errorf("payload %q is no JSON", r.Payload)
		}
		if (r.Key == "") != (r.Problem != "") {
			t.Errorf("key %q with problem %q", r.Key, r.Problem)
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("id,n\n1,\"a\nb\"\n2,\"\"\"\"\n3\n\"4", ",")
	f.Add("id\tid\n1", "tab")
	f.Add("id;\xff;\n1;2;3\n\n4;a\"b;c", ";")
	f.Fuzz(func(t *testing.T, text, delimiter string) {
		s := &Stream{CSV: CSV{Delimiter: delimiter}}
		comma, err := s.CSV.comma("x")
		if err != nil {
			return
		}
		records, err := collect(func(b *batch) error { return readCSV(strings.NewReader(text), "x", s, b) })
		if err != nil {
			return
		}
		oracle := csv.NewReader(strings.NewReader(text))
		oracle.Comma, oracle.FieldsPerRecord = comma, -1
		header, err := oracle.Read()
		if ended(err) {
			header = nil
		}
		n := 0
		for fields, err := oracle.Read(); err != io.EOF; fields, err = oracle.Read() {
			if n >= len(records) {
				t.Fatalf("row %d is lost", n)
			}
			if err == nil && len(fields) == len(header) {
				checkRow(t, records[n], fields)
			} else if records[n].Problem == "" {
				t.Errorf("row %q has no problem, but %v", fields, err)
			}
			n++
		}
		if len(records) != n {
			t.Errorf("%d records of %d rows", len(records), n)
		}
	})
}

// checkRow compares a payload with the row that encoding/csv reads.
func checkRow(t *testing.T, r source.Record, fields []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(r.Payload))
	var got []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("payload %q is no JSON: %v", r.Payload, err)
		}
		if text, ok := token.(string); ok {
			got = append(got, text)
		}
	}
	for i, field := range fields {
		field = strings.ReplaceAll(field, "\x00", "")
		if want := strings.ToValidUTF8(field, ""); !strings.Contains(field, "\ufffd") && strings.ReplaceAll(got[2*i+1], "\ufffd", "") != want {
			t.Errorf("field %q became %q", field, got[2*i+1])
		}
	}
}

// FuzzJSON reads documents whole and byte by byte, and holds a plain list against encoding/json.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`[{"id":1},{"id":"\\u0000"}, null ,[2],"x"]`), "")
	f.Add([]byte(`{"data":{"items":[{"id":1},{"id":2}],"more":false}} {"data":{"items":null}}`), "data.items")
	f.Add([]byte(`{"byId":{"a":{"id":1},"b":{"id":2}}}`), "byId.*")
	f.Add([]byte(`{"a":[1],"a":[2]}`), "a")
	f.Add([]byte(`[{"id":1},{"id":`), "")
	f.Add([]byte("\xff"), "*")
	f.Add([]byte(`[[[[[[[[`), "")
	f.Fuzz(func(t *testing.T, text []byte, path string) {
		s := &Stream{Records: path}
		whole, err := collect(func(b *batch) error { return readJSON(bytes.NewReader(text), s, b) })
		pieces, again := collect(func(b *batch) error { return readJSON(iotest.OneByteReader(bytes.NewReader(text)), s, b) })
		if diff := cmp.Diff(whole, pieces); (err == nil) != (again == nil) || diff != "" {
			t.Errorf("reading in pieces differs: %v, %v %s", err, again, diff)
		}
		checkRecords(t, whole, len(whole))
		var list []json.RawMessage
		if path != "" || json.Unmarshal(text, &list) != nil || !utf8.Valid(text) || list == nil {
			return
		}
		if err != nil && !strings.Contains(err.Error(), "depth") || err == nil && len(whole) != len(list) {
			t.Fatalf("%d records of %d, %v", len(whole), len(list), err)
		}
		for i := range whole {
			if r := whole[i]; r.Problem == "" && r.Sanitized == "" && string(r.Payload) != string(list[i]) {
				t.Errorf("%s became %s", list[i], r.Payload)
			}
		}
	})
}

// FuzzParquet reads files that are almost Parquet: each ends in an error or in records
// that are JSON.
func FuzzParquet(f *testing.F) {
	for _, rows := range [][]testRow{nil, {{}}, {{ID: 1, Lines: []testLine{{SKU: "x", Tag: []string{"a", "b"}}}, Plain: []int32{1, 2}, Map: map[string]string{"k": "v"}, Doc: []byte(`{"n":1}`)}, {ID: 2}}} {
		path := filepath.Join(f.TempDir(), "seed.parquet")
		writeParquet(f, path, rows)
		seed, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed, 0, byte(0))
		f.Add(seed, 40, byte(0xff))
		f.Add(seed, len(seed)-30, byte(0x7f))
	}
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"), 4, byte(1))
	f.Fuzz(func(t *testing.T, content []byte, at int, change byte) {
		if at >= 0 && at < len(content) {
			content = bytes.Clone(content)
			content[at] ^= change
		}
		path := filepath.Join(t.TempDir(), "a.parquet")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = root.Close() }()
		in, err := openInput(root, "a.parquet")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = in.file.Close() }()
		if records, err := collect(func(b *batch) error { return readParquet(in, b) }); err == nil {
			for _, r := range records {
				if !json.Valid(r.Payload) {
					t.Fatalf("payload %q is no JSON", r.Payload)
				}
			}
		}
	})
}
