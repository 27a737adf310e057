package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lodehq/lode/source"
)

// folder is a project folder with files, and what was read from it.
type folder struct {
	*testing.T
	dir string
}

func newFolder(t *testing.T, files map[string]string) folder {
	t.Helper()
	f := folder{t, t.TempDir()}
	for name, text := range files {
		f.write(name, text)
	}
	return f
}

func (f folder) write(name, text string) {
	f.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
}

func (f folder) open(s Stream) source.Source {
	f.Helper()
	s.Name = "x"
	src, err := (&Config{Tables: []Stream{s}}).Open(f.Context(), source.Env{Name: "test", Dir: f.dir})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := src.Close(); err != nil {
			f.Error(err)
		}
	})
	return src
}

type row struct{ Key, Payload, Problem string }

// read runs a pass and gives the rows, their origins and the last state.
func (f folder) read(s Stream, mode source.Mode, state source.State) ([]row, []string, source.State, error) {
	f.Helper()
	var rows []row
	var origins []string
	for batch, err := range f.open(s).Read(f.Context(), source.Request{Stream: "x", Mode: mode, State: state}) {
		if err != nil {
			return rows, origins, state, err
		}
		for _, r := range batch.Records {
			rows = append(rows, row{r.Key, string(r.Payload), r.Problem})
		}
		if len(batch.Records) > 0 {
			origins = append(origins, batch.Origin)
		}
		if batch.State != nil {
			state = bytes.Clone(batch.State)
		}
	}
	return rows, origins, state, nil
}

func (f folder) mustRead(s Stream, state source.State) ([]row, source.State) {
	f.Helper()
	rows, _, state, err := f.read(s, source.Incremental, state)
	if err != nil {
		f.Fatal(err)
	}
	return rows, state
}

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	t.Parallel()
	two := []row{{`["1"]`, `{"id":"1","n":"a"}`, ""}, {`["2"]`, `{"id":"2","n":"b"}`, ""}}
	no := false
	for name, c := range map[string]struct {
		stream Stream
		files  map[string]string
		want   []row
	}{
		"jsonl":          {Stream{}, map[string]string{"a.jsonl": "\xef\xbb\xbf{\"id\":\"1\",\"n\":\"a\"}\r\n\n{\"id\":\"2\",\"n\":\"b\"}"}, two},
		"jsonl, gzip":    {Stream{}, map[string]string{"a.ndjson.gz": packed("{\"id\":\"1\",\"n\":\"a\"}\n{\"id\":\"2\",\"n\":\"b\"}\n")}, two},
		"gzip by magic":  {Stream{Format: "jsonl"}, map[string]string{"a": packed("{\"id\":\"1\",\"n\":\"a\"}\n"), "b": "{\"id\":\"2\",\"n\":\"b\"}"}, two},
		"csv":            {Stream{}, map[string]string{"a.csv": "\xef\xbb\xbfid,n\n1,a\n2,b\n"}, two},
		"tsv":            {Stream{}, map[string]string{"a.tsv": "id\tn\r\n1\ta\r\n2\tb"}, two},
		"csv, no header": {Stream{CSV: CSV{Delimiter: ";", Header: &no, Columns: []string{"id", "n"}}}, map[string]string{"a.csv": "1;a\n2;b"}, two},
		"csv, null":      {Stream{CSV: CSV{Null: []string{"", "NA"}}}, map[string]string{"a.csv": "id,n\n1,\n2,NA\n3,\"x\ny, \"\"z\"\"\"\n"}, []row{{`["1"]`, `{"id":"1","n":null}`, ""}, {`["2"]`, `{"id":"2","n":null}`, ""}, {`["3"]`, `{"id":"3","n":"x\ny, \"z\""}`, ""}}},
		"json list":      {Stream{}, map[string]string{"a.json": ` [ {"id":"1","n":"a"}, {"id":"2","n":"b"}] `}, two},
		"json path":      {Stream{Records: "data.items"}, map[string]string{"a.json": `{"x":[1,{"data":2}],"data":{"n":1,"items":[{"id":"1","n":"a"},{"id":"2","n":"b"}],"z":{}}}`}, two},
		"json object":    {Stream{Records: "*"}, map[string]string{"a.json": `{"k1":{"id":"1","n":"a"},"k2":{"id":"2","n":"b"}}`}, two},
		"json documents": {Stream{}, map[string]string{"a.json": `{"id":"1","n":"a"} {"id":"2","n":"b"}`}, two},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFolder(t, c.files)
			c.stream.Glob, c.stream.Key = []string{"*"}, []string{"id"}
			rows, state := f.mustRead(c.stream, nil)
			if diff := cmp.Diff(c.want, rows); diff != "" {
				t.Error(diff)
			}
			if again, _ := f.mustRead(c.stream, state); len(again) > 0 {
				t.Errorf("taken twice: %v", again)
			}
		})
	}
}

func TestAFileIsTakenOnceByItsContent(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{"in/a.jsonl": `{"id":1}`, "in/b.jsonl": `{"id":2}`})
	s := Stream{Glob: []string{"in/*.jsonl"}, Key: []string{"id"}}
	rows, state := f.mustRead(s, nil)
	if len(rows) != 2 {
		t.Fatal(rows)
	}
	if err := os.Rename(filepath.Join(f.dir, "in/a.jsonl"), filepath.Join(f.dir, "in/c.jsonl")); err != nil {
		t.Fatal(err)
	}
	f.write("in/b.jsonl", `{"id":3}`)
	rows, state = f.mustRead(s, state)
	if diff := cmp.Diff([]row{{`["3"]`, `{"id":3}`, ""}}, rows); diff != "" {
		t.Error(diff)
	}
	full, _, fresh, err := f.read(s, source.Full, state)
	if err != nil || len(full) != 2 {
		t.Errorf("a full pass reads all files: %v, %v", full, err)
	}
	if rows, _ := f.mustRead(s, fresh); len(rows) != 0 {
		t.Errorf("the state of a full pass forgot %v", rows)
	}
}

// TestAFileThatChangesBackIsReadAgain also when it was half read in between; what only
// moves or is away for a while is not.
func TestAFileThatChangesBackIsReadAgain(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{"a.jsonl": `{"v":"A"}`, "b.jsonl": `{"v":"B"}`})
	s := Stream{Glob: []string{"*.jsonl"}}
	var state source.State
	want := func(what string, wanted ...string) {
		t.Helper()
		var rows []row
		rows, state = f.mustRead(s, state)
		got := []string{}
		for _, r := range rows {
			got = append(got, r.Payload)
		}
		if !cmp.Equal(got, append([]string{}, wanted...)) {
			t.Errorf("%s: read %v, want %v", what, got, wanted)
		}
	}
	want("at first", `{"v":"A"}`, `{"v":"B"}`)
	first := len(state)
	for _, v := range []string{"C", "A", "C", "A"} {
		f.write("a.jsonl", `{"v":"`+v+`"}`)
		want("changed to "+v, `{"v":"`+v+`"}`)
		want("read again")
	}
	if len(state) != first {
		t.Errorf("the state has grown from %d to %d bytes: %s", first, len(state), state)
	}
	f.rename("b.jsonl", "c.jsonl")
	f.rename("a.jsonl", "b.jsonl")
	f.write("a.jsonl", `{"v":"D"}`)
	want("rotated", `{"v":"D"}`)
	f.rename("b.jsonl", "away")
	want("one is away")
	f.rename("away", "b.jsonl")
	want("and is back")
	if len(state) > first+first/2 {
		t.Errorf("the state has grown from %d to %d bytes: %s", first, len(state), state)
	}
}

func (f folder) rename(from, to string) {
	f.Helper()
	if err := os.Rename(filepath.Join(f.dir, from), filepath.Join(f.dir, to)); err != nil {
		f.Fatal(err)
	}
}

// TestAHalfReadFileThatChangesBackIsReadAgain stops a pass inside the changed file.
func TestAHalfReadFileThatChangesBackIsReadAgain(t *testing.T) {
	t.Parallel()
	before := `{"v":0}`
	f := newFolder(t, map[string]string{"a.jsonl": before})
	s := Stream{Glob: []string{"*.jsonl"}}
	_, state := f.mustRead(s, nil)
	f.write("a.jsonl", strings.Repeat(`{"v":1}`+"\n", batchRecords+1))
	for batch, err := range f.open(s).Read(t.Context(), source.Request{Stream: "x", Mode: source.Incremental, State: state}) {
		if err != nil {
			t.Fatal(err)
		}
		state = bytes.Clone(batch.State)
		break
	}
	f.write("a.jsonl", before)
	if rows, _ := f.mustRead(s, state); len(rows) != 1 {
		t.Errorf("read %d rows of the file that changed back, want 1", len(rows))
	}
}

func TestSync14EveryBatchIsACheckpoint(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 12_000 {
		fmt.Fprintf(&text, "{\"id\":%d}\n", i)
	}
	f := newFolder(t, map[string]string{"a.jsonl": text.String(), "b.jsonl": `{"id":-1}`})
	s := Stream{Glob: []string{"*.jsonl"}}
	var state source.State
	var got []string
	for passes := 0; ; passes++ {
		stopped := false
		for batch, err := range f.open(s).Read(t.Context(), source.Request{Stream: "x", Mode: source.Incremental, State: state}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range batch.Records {
				got = append(got, string(r.Payload))
			}
			state = bytes.Clone(batch.State)
			stopped = true
			break // a crash after each commit
		}
		if !stopped {
			break
		}
		if passes > 20 {
			t.Fatal("no end")
		}
	}
	if len(got) != 12_001 || got[11_999] != `{"id":11999}` || got[12_000] != `{"id":-1}` {
		t.Errorf("%d rows; a keyless stream lost or repeated some", len(got))
	}
}

func TestOriginNamesTheRows(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{"d/a.jsonl": strings.Repeat("{}\n", 7000)})
	_, origins, _, err := f.read(Stream{Glob: []string{"d/a.jsonl"}}, source.Incremental, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"file d/a.jsonl rows 1-5000", "file d/a.jsonl rows 5001-7000"}, origins); diff != "" {
		t.Error(diff)
	}
}

func TestBadRowsAreProblemsAndThePassGoesOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []row
	}{
		"a.jsonl": {"{\"id\":1}\n{\"id\":\n{\"no\":1}\n{\"id\":2} {}\n{\"id\":3}\n", []row{
			{`["1"]`, `{"id":1}`, ""},
			{"", `"{\"id\":"`, "line 2: parse record: "},
			{"", `{"no":1}`, "line 3: record has no primary key: id is missing"},
			{"", `"{\"id\":2} {}"`, "line 4: parse record: more than one JSON value"},
			{`["3"]`, `{"id":3}`, ""},
		}},
		"a.csv": {"id,n\n1,a\n2\n3,b\"c\n4,d\n,e\n", []row{
			{`["1"]`, `{"id":"1","n":"a"}`, ""},
			{"", `"2"`, "line 3: 1 fields, but 2 columns"},
			{"", `"3,b\"c"`, "line 4, column 4: bare \" in non-quoted-field"},
			{`["4"]`, `{"id":"4","n":"d"}`, ""},
			{`[""]`, `{"id":"","n":"e"}`, ""},
		}},
	} {
		f := newFolder(t, map[string]string{name: c.text})
		rows, _ := f.mustRead(Stream{Glob: []string{name}, Key: []string{"id"}}, nil)
		if len(rows) != len(c.want) {
			t.Fatalf("%s: %v", name, rows)
		}
		for i, r := range rows {
			if r.Key != c.want[i].Key || r.Payload != c.want[i].Payload || !strings.HasPrefix(r.Problem, c.want[i].Problem) || (r.Problem == "") != (c.want[i].Problem == "") {
				t.Errorf("%s: got %q, want %q", name, r, c.want[i])
			}
		}
	}
}

func TestSync25FilesWithBytesThatNoDatabaseTakes(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{"a.jsonl": "{\"id\":\"a\\u0000b\"}\n{\"id\":\"\xff\"}\n\x00\xff{\n"})
	for batch, err := range f.open(Stream{Glob: []string{"a.jsonl"}, Key: []string{"id"}}).Read(t.Context(), source.Request{Stream: "x", Mode: source.Incremental}) {
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range batch.Records {
			if i < 2 && r.Sanitized == "" || bytes.IndexByte(r.Payload, 0) >= 0 || bytes.Contains(r.Payload, []byte(`\u0000`)) {
				t.Errorf("%q, note %q", r.Payload, r.Sanitized)
			}
		}
	}
}

// TestSync25InvalidTextInACSVIsNoted: in a value, in the name of a column, and in a row
// that cannot be read, what was replaced is counted.
func TestSync25InvalidTextInACSVIsNoted(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{
		"a.csv": "id,v\n1,good\n2,b\xffa\xfed\n3,nul\x00\n4,\xff,\n",
		"b.csv": "id,v\xff\n5,good\n",
		"c.csv": "a\xff,a\xfe\n1,2\n",
	})
	var got []string
	for batch, err := range f.open(Stream{Glob: []string{"a.csv", "b.csv"}, Key: []string{"id"}}).Read(t.Context(), source.Request{Stream: "x", Mode: source.Incremental}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range batch.Records {
			got = append(got, fmt.Sprintf("%s: %s", r.Payload, r.Sanitized))
		}
	}
	want := []string{
		`{"id":"1","v":"good"}: `, "{\"id\":\"2\",\"v\":\"b\uFFFDa\uFFFDd\"}: replaced 2 invalid UTF-8", `{"id":"3","v":"nul"}: removed 1 NUL`,
		"\"4,\uFFFD,\": replaced 1 invalid UTF-8", "{\"id\":\"5\",\"v\uFFFD\":\"good\"}: replaced 1 invalid UTF-8",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, _, _, err := f.read(Stream{Glob: []string{"c.csv"}}, source.Incremental, nil); err == nil || !strings.Contains(err.Error(), "stands twice") {
		t.Errorf("two columns of one name once they can be stored: %v", err)
	}
}

func TestBrokenFilesEndThePass(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stream Stream
		text   string
		want   string
	}{
		"a.json":    {Stream{}, `[{"id":1},{"id":`, "record 2"},
		"b.json":    {Stream{}, `<html>`, "invalid character"},
		"c.json":    {Stream{}, ``, "EOF"},
		"d.json":    {Stream{Records: "data.items"}, `{"data":{"rows":[]}}`, `nothing at "data.items"`},
		"e.json":    {Stream{Records: "data.*"}, `{"data":[1]}`, "data.* is no object"},
		"f.jsonl":   {Stream{MaxRecord: 20}, "{}\n" + `{"text":"` + strings.Repeat("x", 30) + `"}`, "line 2: record is larger than max_record (20 bytes)"},
		"g.json":    {Stream{MaxRecord: 20000}, `[{},{"text":"` + strings.Repeat("x", 90000) + `"}]`, "record 2: record is larger than max_record"},
		"h.csv":     {Stream{MaxRecord: 20000}, "a\nb\n\"" + strings.Repeat("x\n", 90000), "row 2: record is larger than max_record"},
		"i.csv":     {Stream{}, "a,b,a\n1,2,3\n", `column "a" stands twice`},
		"j.parquet": {Stream{}, "PAR1 no parquet PAR1", "Parquet"},
		"k.gz":      {Stream{Format: "jsonl"}, packed(`{"id":1}`)[:15], "unexpected EOF"},
		"l.unknown": {Stream{}, `{}`, "declare format"},
	} {
		f := newFolder(t, map[string]string{name: c.text})
		c.stream.Glob = []string{name}
		_, _, state, err := f.read(c.stream, source.Incremental, nil)
		var known *source.Error
		if !errors.As(err, &known) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if len(state) > 0 && strings.Contains(string(state), `"name"`) {
			t.Errorf("%s counts as taken: %s", name, state)
		}
	}
}

func TestAFileThatGrowsIsReadLater(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{"a.jsonl": "{\"id\":1}\n"})
	var last error
	for _, err := range f.open(Stream{Glob: []string{"a.jsonl"}}).Read(t.Context(), source.Request{Stream: "x", Mode: source.Incremental}) {
		if err != nil {
			last = err
			break
		}
		f.write("a.jsonl", "{\"id\":1}\n{\"id\":2}\n")
	}
	if !source.IsLater(last) {
		t.Errorf("got %v", last)
	}
}

func TestFilesStayInTheProject(t *testing.T) {
	t.Parallel()
	outside := newFolder(t, map[string]string{"secret.jsonl": `{"id":1}`})
	f := newFolder(t, map[string]string{"in.jsonl": `{"id":2}`})
	if err := os.Symlink(filepath.Join(outside.dir, "secret.jsonl"), filepath.Join(f.dir, "link.jsonl")); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := f.read(Stream{Glob: []string{"link.jsonl"}}, source.Incremental, nil); err == nil {
		t.Error("a link out of the project was followed")
	}
	for _, c := range []Config{
		{Path: "../x"}, {Path: "/etc"}, {Root: "relative"}, {Root: "/a", Path: "b"},
		{Tables: []Stream{{Name: "s", Glob: []string{"../*.csv"}}}}, {Tables: []Stream{{Name: "s", Glob: []string{"/etc/passwd"}}}},
	} {
		if _, err := c.Open(t.Context(), source.Env{Dir: f.dir}); err == nil {
			t.Errorf("%+v was opened", c)
		}
	}
	c := Config{Root: outside.dir, Tables: []Stream{{Name: "x", Glob: []string{"*.jsonl"}}}}
	src, err := c.Open(t.Context(), source.Env{Dir: f.dir})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	n := 0
	for batch, err := range src.Read(t.Context(), source.Request{Stream: "x", Mode: source.Incremental}) {
		if err != nil {
			t.Fatal(err)
		}
		n += len(batch.Records)
	}
	if n != 1 {
		t.Errorf("a declared root gave %d records", n)
	}
}

func TestCancelStopsBetweenBatches(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{"a.jsonl": strings.Repeat("{}\n", 20_000)})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	batches := 0
	var last error
	for _, err := range f.open(Stream{Glob: []string{"a.jsonl"}}).Read(ctx, source.Request{Stream: "x", Mode: source.Incremental}) {
		if last = err; err == nil {
			batches++
			cancel()
		}
	}
	if batches != 1 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d batches, %v", batches, last)
	}
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	f := newFolder(t, nil)
	for _, req := range []source.Request{{Stream: "y", Mode: source.Full}, {Stream: "x", Mode: source.Keys}, {Stream: "x", Mode: source.Backfill}} {
		for _, err := range f.open(Stream{Glob: []string{"*.csv"}}).Read(t.Context(), req) {
			var known *source.Error
			if !errors.As(err, &known) || known.Kind != source.Misuse {
				t.Errorf("%+v: %v", req, err)
			}
		}
	}
	if _, _, _, err := f.read(Stream{Glob: []string{"missing.csv"}}, source.Incremental, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a named file that is missing: %v", err)
	}
	if _, _, _, err := f.read(Stream{Glob: []string{"*.csv"}}, source.Incremental, source.State("nonsense")); err == nil {
		t.Error("a broken state was read")
	}
}

func TestStateIsRepeatable(t *testing.T) {
	t.Parallel()
	f := newFolder(t, map[string]string{"a.jsonl": "{}", "b.jsonl": "[]", "c.jsonl": "1"})
	c := Config{Tables: []Stream{{Name: "x", Glob: []string{"*"}}}}
	var states [2]string
	for i := range states {
		src, err := c.Open(t.Context(), source.Env{Dir: f.dir, Now: func() time.Time { return time.Unix(0, 0) }})
		if err != nil {
			t.Fatal(err)
		}
		for batch, err := range src.Read(t.Context(), source.Request{Stream: "x", Mode: source.Incremental}) {
			if err != nil {
				t.Fatal(err)
			}
			states[i] += string(batch.State) + "\n"
		}
		if err := src.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if states[0] != states[1] {
		t.Error(cmp.Diff(states[0], states[1]))
	}
}
