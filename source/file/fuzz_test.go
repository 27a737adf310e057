package file

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"

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
