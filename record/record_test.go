package record_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/lodehq/lode/record"
)

func TestValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    record.Value
		kind record.Kind
		text string
	}{
		{record.Null, record.Invalid, "NULL"},
		{record.Value{}, record.Invalid, "NULL"},
		{record.TextValue(""), record.Text, ""},
		{record.TextValue("ä"), record.Text, "ä"},
		{record.IntValue(math.MinInt64), record.Int, "-9223372036854775808"},
		{record.FloatValue(0.1), record.Float, "0.1"},
		{record.FloatValue(1e300), record.Float, "1e+300"},
		{record.DecimalValue("-12.50"), record.Decimal, "-12.50"},
		{record.BoolValue(true), record.Bool, "true"},
		{record.BoolValue(false), record.Bool, "false"},
		{record.DateValue(-1), record.Date, "1969-12-31"},
		{record.TimestampValue(-1), record.Timestamp, "1969-12-31T23:59:59.999999Z"},
		{record.TimestampValue(1_000_000), record.Timestamp, "1970-01-01T00:00:01Z"},
		{record.JSONValue(`{"a":1}`), record.JSON, `{"a":1}`},
		{record.UUIDValue("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), record.UUID, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
	} {
		if c.v.Kind() != c.kind || c.v.String() != c.text || c.v.IsNull() != (c.kind == record.Invalid) {
			t.Errorf("%v %s null=%t, want %s %s", c.v.Kind(), c.v, c.v.IsNull(), c.kind, c.text)
		}
	}
}

func TestValuesCompare(t *testing.T) {
	t.Parallel()
	different := []record.Value{
		record.Null, record.TextValue(""), record.TextValue("1"), record.IntValue(1), record.FloatValue(1), record.DecimalValue("1"),
		record.BoolValue(true), record.BoolValue(false), record.DateValue(1), record.TimestampValue(1), record.JSONValue("1"), record.UUIDValue("1"),
	}
	for i, a := range different {
		for j, b := range different {
			if (a == b) != (i == j) {
				t.Errorf("%s %s == %s %s is %t", a.Kind(), a, b.Kind(), b, a == b)
			}
		}
	}
}

func TestTimesAreTruncatedToMicroseconds(t *testing.T) {
	t.Parallel()
	berlin := time.FixedZone("", 3600)
	at := time.Date(2025, 1, 2, 3, 4, 5, 678_999_999, berlin)
	if got := record.TimeValue(at).String(); got != "2025-01-02T02:04:05.678999Z" {
		t.Errorf("got %s", got)
	}
	if got := record.DateValue(1).Time(); !got.Equal(time.Date(1970, 1, 2, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the second day is %s", got)
	}
}

func TestTypesAndKinds(t *testing.T) {
	t.Parallel()
	if got := record.DecimalOf(12, 2).String() + " " + record.Of(record.Timestamp).String(); got != "decimal(12,2) timestamp" {
		t.Error(got)
	}
	if got := record.Kind(99).String(); got != "kind(99)" {
		t.Error(got)
	}
}

// columns has one of every kind.
func columns() []record.Column {
	var all []record.Column
	for k := record.Text; k <= record.UUID; k++ {
		all = append(all, record.Column{Name: k.String(), Type: record.Of(k)})
	}
	return all
}

func row(n int64) []record.Value {
	return []record.Value{
		record.TextValue(fmt.Sprint(n)), record.IntValue(n), record.FloatValue(float64(n) / 4), record.DecimalValue(fmt.Sprint(n)), record.BoolValue(n%2 == 0),
		record.DateValue(n), record.TimestampValue(n), record.JSONValue(fmt.Sprint(n)), record.UUIDValue(fmt.Sprint(n)),
	}
}

func nulls() []record.Value { return make([]record.Value, len(columns())) }

func TestBatchGivesBackWhatWasAppended(t *testing.T) {
	t.Parallel()
	b := record.NewBatch(columns())
	want := [][]record.Value{row(1), nulls(), row(2), row(-3), nulls()}
	for again := range 2 { // the second time in the memory of the first
		for _, r := range want {
			b.Append(r...)
		}
		if b.Len() != len(want) {
			t.Fatalf("round %d: %d rows, want %d", again, b.Len(), len(want))
		}
		for i := range want {
			if got := b.Row(i); !slices.Equal(got, want[i]) {
				t.Errorf("round %d row %d: %v, want %v", again, i, got, want[i])
			}
		}
		b.Reset()
		if b.Len() != 0 {
			t.Fatalf("%d rows after Reset", b.Len())
		}
	}
}

// A row that was begun and could not be finished is taken back.
func TestTruncate(t *testing.T) {
	t.Parallel()
	b := record.NewBatch(columns())
	b.Append(row(1)...)
	b.Append(nulls()...)
	for i := range 4 {
		b.Vectors[i].Append(row(3)[i])
	}
	b.Truncate(2)
	b.Truncate(5)
	for i := range b.Vectors {
		if b.Vectors[i].Len() != 2 {
			t.Errorf("%s has %d rows", b.Columns[i].Name, b.Vectors[i].Len())
		}
	}
	b.Append(row(4)...)
	if got := b.Row(2); !slices.Equal(got, row(4)) {
		t.Errorf("after Truncate came %v", got)
	}
	b.Truncate(0)
	if b.Len() != 0 {
		t.Errorf("%d rows are left", b.Len())
	}
}

func TestAppendOfAnotherKindPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if got := fmt.Sprint(recover()); got != "record: append text to a vector of integer" {
			t.Errorf("recovered %s", got)
		}
	}()
	v := record.Vector{Type: record.Of(record.Int)}
	v.Append(record.TextValue("1"))
}

func TestEmptyBatch(t *testing.T) {
	t.Parallel()
	var b record.Batch
	if b.Len() != 0 || b.Index("a") != -1 {
		t.Errorf("an empty batch has %d rows", b.Len())
	}
	if got := record.NewBatch(columns()).Index("uuid"); got != len(columns())-1 {
		t.Errorf("uuid is at %d", got)
	}
}

func TestOne(t *testing.T) {
	t.Parallel()
	b, n := record.NewBatch(columns()), 0
	for got, err := range record.One(b) {
		n++
		if got != b || err != nil {
			t.Errorf("got %v", errors.Join(err))
		}
	}
	if n != 1 {
		t.Errorf("%d batches", n)
	}
}

func ExampleBatch() {
	b := record.NewBatch([]record.Column{{Name: "name", Type: record.Of(record.Text)}, {Name: "price", Type: record.DecimalOf(12, 2)}})
	b.Append(record.TextValue("lamp"), record.DecimalValue("12.50"))
	b.Append(record.TextValue("chair"), record.Null)
	for i := range b.Len() {
		fmt.Println(b.Row(i))
	}
	// Output:
	// [lamp 12.50]
	// [chair NULL]
}
