package file

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/lodehq/lode/source"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
)

type testLine struct {
	SKU string   `parquet:"sku"`
	Qty *int32   `parquet:"qty,optional"`
	Tag []string `parquet:"tag,list"`
}

type testRow struct {
	ID     int64             `parquet:"id"`
	Big    uint64            `parquet:"big"`
	Small  uint32            `parquet:"small"`
	Name   *string           `parquet:"name,optional"`
	Money  int64             `parquet:"money,decimal(2:18)"`
	Digits [16]byte          `parquet:"digits,decimal(3:38)"`
	On     int32             `parquet:"on,date"`
	At     time.Time         `parquet:"at,timestamp(microsecond)"`
	Old    deprecated.Int96  `parquet:"old"`
	Ratio  float64           `parquet:"ratio"`
	Short  float32           `parquet:"short"`
	Yes    bool              `parquet:"yes"`
	UUID   uuid.UUID         `parquet:"uuid,uuid"`
	Raw    []byte            `parquet:"raw"`
	Doc    []byte            `parquet:"doc,json"`
	Lines  []testLine        `parquet:"lines,list"`
	Plain  []int32           `parquet:"plain"`
	Inner  *testLine         `parquet:"inner,optional"`
	Map    map[string]string `parquet:"map"`
}

func writeParquet[T any](t testing.TB, path string, rows []T) {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, parquet.PageBufferSize(256))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSync24ParquetKeepsEveryDigit(t *testing.T) {
	t.Parallel()
	name, qty := `a"b`, int32(3)
	full := testRow{
		ID: math.MinInt64, Big: math.MaxUint64, Small: math.MaxUint32, Name: &name, Money: -5, On: 19844,
		At: time.Date(2024, 5, 1, 10, 0, 0, 123456000, time.UTC), Old: deprecated.Int96{0, 0, julianEpoch + 1}, Ratio: 0.1, Short: 0.1, Yes: true,
		UUID: uuid.MustParse("00010203-0405-0607-0809-0a0b0c0d0e0f"), Raw: []byte{0xff}, Doc: []byte(`{"n":1.10}`),
		Lines: []testLine{{SKU: "x", Qty: &qty, Tag: []string{"a", "b"}}, {SKU: "y"}}, Plain: []int32{1, 2}, Inner: &testLine{SKU: "z", Tag: []string{"c"}},
		Map: map[string]string{"k": "v"},
	}
	for i := range full.Digits {
		full.Digits[i] = 0xff // -1
	}
	f := newFolder(t, nil)
	writeParquet(t, filepath.Join(f.dir, "a.parquet"), []testRow{full, {Ratio: math.NaN(), Doc: []byte("{}"), At: time.Unix(-1, 0)}})
	rows, state := f.mustRead(Stream{Glob: []string{"*.parquet"}, Key: []string{"id"}}, nil)
	want := []row{
		{`["-9223372036854775808"]`, `{"id":-9223372036854775808,"big":18446744073709551615,"small":4294967295,"name":"a\"b","money":-0.05,"digits":-0.001,"on":"2024-05-01","at":"2024-05-01T10:00:00.123456Z","old":"1970-01-02T00:00:00Z","ratio":0.1,"short":0.1,"yes":true,"uuid":"00010203-0405-0607-0809-0a0b0c0d0e0f","raw":"/w==","doc":{"n":1.10},"lines":[{"sku":"x","qty":3,"tag":["a","b"]},{"sku":"y","qty":null,"tag":[]}],"plain":[1,2],"inner":{"sku":"z","qty":null,"tag":["c"]},"map":{"key_value":[{"key":"k","value":"v"}]}}`, ""},
		{`["0"]`, `{"id":0,"big":0,"small":0,"name":null,"money":0.00,"digits":0.000,"on":"1970-01-01","at":"1969-12-31T23:59:59Z","old":"-4713-11-24T00:00:00Z","ratio":"NaN","short":0,"yes":false,"uuid":"00000000-0000-0000-0000-000000000000","raw":"","doc":{},"lines":[],"plain":[],"inner":null,"map":{"key_value":[]}}`, ""},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if again, _ := f.mustRead(Stream{Glob: []string{"*.parquet"}}, state); len(again) > 0 {
		t.Error("taken twice")
	}
}

func TestParquetOfManyRowsResumes(t *testing.T) {
	t.Parallel()
	type small struct {
		ID int64 `parquet:"id"`
	}
	rows := make([]small, 12_345)
	for i := range rows {
		rows[i].ID = int64(i)
	}
	f := newFolder(t, nil)
	writeParquet(t, filepath.Join(f.dir, "a.parquet"), rows)
	s := Stream{Glob: []string{"a.parquet"}, Key: []string{"id"}}
	var state source.State
	for batch, err := range f.open(s).Read(t.Context(), source.Request{Stream: "x", Mode: source.Incremental}) {
		if err != nil {
			t.Fatal(err)
		}
		state = bytes.Clone(batch.State)
		break
	}
	rest, _ := f.mustRead(s, state)
	if len(rest) != len(rows)-batchRecords || rest[0].Key != `["5000"]` {
		t.Errorf("%d rows from %s", len(rest), rest[0].Key)
	}
}
