package warehousetest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

func loads() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"every kind comes back as it went in":              testRoundTrip,
		"random batches come back as they went in":         testRandom,
		"columns are matched by name and the rest is NULL": testByName,
		"a load of nothing writes nothing":                 testEmptyLoad,
		"odd names and reserved words are only names":      testNames,
		"large texts pass":                                 testLarge,
		"texts that cannot be stored are refused":          testBadTexts,
		"values that do not fit are refused":               testMisfits,
		"columns that do not match are refused":            testMismatch,
		"an error of the batches ends the load":            testBatchError,
		"a panic of the batches stays a panic":             testBatchPanic,
		"a cancelled load leaves nothing":                  testCancelledLoad,
	}
}

// every is a table with a column of each kind.
var every = schema.Table{
	Name: schema.Name{Schema: "silver", Table: "every"},
	Fields: []schema.Field{
		{Name: "position", Type: record.Of(record.Int)},
		{Name: "a_text", Type: record.Of(record.Text)},
		{Name: "an_int", Type: record.Of(record.Int)},
		{Name: "a_float", Type: record.Of(record.Float)},
		{Name: "a_tiny", Type: record.DecimalOf(4, 2)},
		{Name: "a_small", Type: record.DecimalOf(9, 0)},
		{Name: "a_money", Type: record.DecimalOf(18, 2)},
		{Name: "a_huge", Type: record.DecimalOf(38, 10)},
		{Name: "a_fraction", Type: record.DecimalOf(38, 38)},
		{Name: "a_bool", Type: record.Of(record.Bool)},
		{Name: "a_date", Type: record.Of(record.Date)},
		{Name: "an_instant", Type: record.Of(record.Timestamp)},
		{Name: "a_payload", Type: record.Of(record.JSON), Verbatim: true},
		{Name: "a_uuid", Type: record.Of(record.UUID)},
	},
}

// extremes are values of each column of every that are likely to be got wrong.
func extremes() [][]record.Value {
	text, decimal := record.TextValue, record.DecimalValue
	return [][]record.Value{
		{text(""), text(" "), text("twelve bytes"), text("thirteen byte"), text("'\"\\;--\t\n\r"), text("\U0001F600 é ẞ"), text(`\N`), text("NULL")},
		{record.IntValue(math.MinInt64), record.IntValue(math.MaxInt64), record.IntValue(0), record.IntValue(-1)},
		{record.FloatValue(math.Copysign(0, -1)), record.FloatValue(math.MaxFloat64), record.FloatValue(math.SmallestNonzeroFloat64),
			record.FloatValue(math.Inf(1)), record.FloatValue(math.Inf(-1)), record.FloatValue(0.1)},
		{decimal("99.99"), decimal("-99.99"), decimal("0.00"), decimal("-0.01"), decimal("0.10")},
		{decimal("999999999"), decimal("-999999999"), decimal("0"), decimal("10000"), decimal("100000000")},
		{decimal("9999999999999999.99"), decimal("-9999999999999999.99"), decimal("0.05"), decimal("10000.00"), decimal("12345678.90")},
		{decimal("9999999999999999999999999999.9999999999"), decimal("-9999999999999999999999999999.9999999999"),
			decimal("1.0000000001"), decimal("18446744073709551616.0000000000")},
		{decimal("0." + strings.Repeat("9", 38)), decimal("-0." + strings.Repeat("0", 37) + "1"), decimal("0." + strings.Repeat("0", 38))},
		{record.BoolValue(true), record.BoolValue(false)},
		{record.DateValue(0), record.DateValue(-25567), record.DateValue(2932531), record.DateValue(2932896), record.DateValue(-719162)},
		{record.TimestampValue(0), record.TimestampValue(-1), record.TimestampValue(-2208988800_000001), record.TimestampValue(253370764800_999999)},
		{record.JSONValue(`{"b":1.50,"a":1,"a":1e3,"z":12345678901234567890.10}`), record.JSONValue(`[ ]`), record.JSONValue(`"x"`), record.JSONValue(`null`)},
		{record.UUIDValue("00000000-0000-0000-0000-000000000000"), record.UUIDValue("ffffffff-ffff-ffff-ffff-ffffffffffff"),
			record.UUIDValue("80000000-1234-5678-9abc-def012345678"), record.UUIDValue("7fffffff-ffff-ffff-8000-000000000000")},
	}
}

func testRoundTrip(t *testing.T, w warehouse.Warehouse) {
	create(t, w, every)
	values := extremes()
	longest := 0
	for _, column := range values {
		longest = max(longest, len(column))
	}
	b := record.NewBatch(every.Columns())
	for i := range longest + 1 {
		row := []record.Value{record.IntValue(int64(i))}
		for _, column := range values {
			if i < longest {
				row = append(row, column[i%len(column)])
			} else {
				row = append(row, record.Null)
			}
		}
		b.Append(row...)
	}
	sameAfterLoad(t, w, b)
}

// sameAfterLoad loads a batch of every and compares what is read back, value by value and
// type by type.
func sameAfterLoad(t *testing.T, w warehouse.Warehouse, b *record.Batch) {
	t.Helper()
	if n := load(t, w, every.Name, record.One(b)); n != int64(b.Len()) {
		t.Errorf("load reports %d rows, want %d", n, b.Len())
	}
	i := 0
	for got, err := range w.Query(t.Context(), "SELECT * FROM "+w.Dialect().Table(every.Name)+" ORDER BY position") {
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Columns, b.Columns) {
			t.Fatalf("columns are %v, want %v", got.Columns, b.Columns)
		}
		for k := range got.Len() {
			sameRow(t, b, i, got.Row(k))
			i++
		}
	}
	if i != b.Len() {
		t.Errorf("read %d rows, want %d", i, b.Len())
	}
}

func sameRow(t *testing.T, b *record.Batch, i int, got []record.Value) {
	t.Helper()
	for k, want := range b.Row(i) {
		if got[k] != want || math.Signbit(got[k].Float()) != math.Signbit(want.Float()) {
			t.Errorf("row %d, column %s: %v came back as %v", i, b.Columns[k].Name, want, got[k])
		}
	}
}

func testRandom(t *testing.T, w warehouse.Warehouse) {
	create(t, w, every)
	r := rand.New(rand.NewPCG(1, 2))
	values := extremes()
	b := record.NewBatch(every.Columns())
	for i := range 5000 {
		row := []record.Value{record.IntValue(int64(i))}
		for k, column := range values {
			switch {
			case r.IntN(5) == 0:
				row = append(row, record.Null)
			case r.IntN(4) == 0:
				row = append(row, column[r.IntN(len(column))])
			default:
				row = append(row, random(r, every.Fields[k+1].Type))
			}
		}
		b.Append(row...)
	}
	sameAfterLoad(t, w, b)
}

// random draws a value of a type.
func random(r *rand.Rand, t record.Type) record.Value {
	switch t.Kind {
	case record.Int:
		return record.IntValue(int64(r.Uint64()) >> r.IntN(64))
	case record.Float:
		return record.FloatValue(r.NormFloat64() * math.Pow10(r.IntN(600)-300))
	case record.Decimal:
		return record.DecimalValue(randomDecimal(r, t))
	case record.Bool:
		return record.BoolValue(r.IntN(2) == 0)
	case record.Date:
		return record.DateValue(int64(r.IntN(100_000)) - 50_000)
	case record.Timestamp:
		return record.TimestampValue(r.Int64N(4e15) - 2e15)
	case record.JSON:
		return record.JSONValue(`{"x":"` + strings.Repeat("y", r.IntN(40)) + `"}`)
	case record.UUID:
		return record.UUIDValue("0123456" + string("0123456789abcdef"[r.IntN(16)]) + "-0000-4000-8000-0000000000" + string("0123456789abcdef"[r.IntN(16)]) + "f")
	}
	letters := []rune("abc ÄÖ漢字\U0001F680'\\\"")
	text := make([]rune, r.IntN(20))
	for i := range text {
		text[i] = letters[r.IntN(len(letters))]
	}
	return record.TextValue(string(text))
}

func randomDecimal(r *rand.Rand, t record.Type) string {
	digits := make([]byte, t.Precision)
	for i := range digits {
		digits[i] = byte('0' + r.IntN(10))
	}
	for i := range r.IntN(t.Precision + 1) {
		digits[i] = '0'
	}
	whole := strings.TrimLeft(string(digits[:t.Precision-t.Scale]), "0")
	text := max(whole, "0")
	if whole != "" {
		text = whole
	}
	if t.Scale > 0 {
		text += "." + string(digits[t.Precision-t.Scale:])
	}
	if r.IntN(2) == 0 && strings.Trim(text, "0.") != "" {
		text = "-" + text
	}
	return text
}

func testByName(t *testing.T, w warehouse.Warehouse) {
	create(t, w, every)
	b := record.NewBatch([]record.Column{{Name: "a_bool", Type: record.Of(record.Bool)}, {Name: "position", Type: record.Of(record.Int)}})
	b.Append(record.BoolValue(true), record.IntValue(7))
	load(t, w, every.Name, record.One(b))
	got := rows(t, w, "SELECT position, a_bool, a_text FROM "+w.Dialect().Table(every.Name))
	want := []record.Value{record.IntValue(7), record.BoolValue(true), record.Null}
	if len(got) != 1 || !slices.Equal(got[0], want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func testEmptyLoad(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	if n := load(t, w, numbers.Name, func(func(*record.Batch, error) bool) {}); n != 0 {
		t.Errorf("no batches wrote %d rows", n)
	}
	if n := load(t, w, numbers.Name, record.One(record.NewBatch(numbers.Columns()))); n != 0 {
		t.Errorf("an empty batch wrote %d rows", n)
	}
}

func testNames(t *testing.T, w warehouse.Warehouse) {
	table := schema.Table{
		Name:    schema.Name{Schema: `select`, Table: `or'der"s; drop`},
		Comment: `it's a "table"`,
	}
	for _, name := range []string{"select", `a"b`, "it's", "Ünïcode 漢", "with space", "a.b", "$1", "%s", "lode_file", strings.Repeat("x", 63)} {
		table.Fields = append(table.Fields, schema.Field{Name: name, Type: record.Of(record.Text), Comment: name})
	}
	table.PrimaryKey = []string{`a"b`, "select"}
	create(t, w, table)
	b := record.NewBatch(table.Columns())
	for range b.Vectors {
		b.Vectors[0].Type = record.Of(record.Text)
	}
	var row []record.Value
	for _, f := range table.Fields {
		row = append(row, record.TextValue(f.Name))
	}
	b.Append(row...)
	load(t, w, table.Name, record.One(b))
	if got := rows(t, w, "SELECT * FROM "+w.Dialect().Table(table.Name)); len(got) != 1 || !slices.Equal(got[0], row) {
		t.Errorf("got %v, want %v", got, row)
	}
}

func testLarge(t *testing.T, w warehouse.Warehouse) {
	table := schema.Table{Name: schema.Name{Schema: "bronze", Table: "large"}, Fields: []schema.Field{
		{Name: "n", Type: record.Of(record.Int)}, {Name: "body", Type: record.Of(record.Text)},
	}}
	create(t, w, table)
	const rowsOf, size = 40, 1 << 20
	load(t, w, table.Name, func(yield func(*record.Batch, error) bool) {
		b := record.NewBatch(table.Columns())
		for i := range rowsOf {
			b.Reset()
			b.Append(record.IntValue(int64(i)), record.TextValue(strings.Repeat(string(rune('a'+i%26)), size+i)))
			if !yield(b, nil) {
				return
			}
		}
	})
	i, most := 0, 0
	for b, err := range w.Query(t.Context(), "SELECT n, body FROM "+w.Dialect().Table(table.Name)+" ORDER BY n") {
		if err != nil {
			t.Fatal(err)
		}
		bytes := 0
		for k := range b.Len() {
			body := b.Vectors[1].Texts[k]
			bytes += len(body)
			if want := strings.Repeat(string(rune('a'+i%26)), size+i); body != want {
				t.Fatalf("row %d came back with %d bytes, want %d", i, len(body), len(want))
			}
			i++
		}
		most = max(most, bytes)
	}
	if i != rowsOf || most > 8<<20 {
		t.Errorf("read %d rows, the largest batch with %d bytes; want %d rows in batches of few MB", i, most, rowsOf)
	}
}

func testBadTexts(t *testing.T, w warehouse.Warehouse) {
	create(t, w, every)
	for name, text := range map[string]string{"NUL": "a\x00b", "UTF-8": "a\xffb and so on"} {
		b := record.NewBatch([]record.Column{{Name: "a_text", Type: record.Of(record.Text)}})
		b.Append(record.TextValue(text))
		tx := begin(t, w)
		_, err := tx.Load(t.Context(), every.Name, record.One(b))
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "a_text") {
			t.Errorf("load of a text with bad %s: %v", name, err)
		}
		_ = tx.Rollback()
		tx = begin(t, w)
		_, err = collect(tx.Query(t.Context(), "SELECT $1", record.TextValue(text)))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("argument with bad %s: %v", name, err)
		}
		_ = tx.Rollback()
	}
}

func testMisfits(t *testing.T, w warehouse.Warehouse) {
	create(t, w, every)
	for _, v := range []struct {
		column string
		typ    record.Type
		value  record.Value
	}{
		{"a_tiny", record.DecimalOf(4, 2), record.DecimalValue("100.00")},
		{"a_money", record.DecimalOf(18, 2), record.DecimalValue("1e5")},
		{"a_money", record.DecimalOf(18, 2), record.DecimalValue("")},
		{"a_huge", record.DecimalOf(38, 10), record.DecimalValue("99999999999999999999999999999.0000000000")},
		{"a_uuid", record.Of(record.UUID), record.UUIDValue("not a uuid")},
		{"a_date", record.Of(record.Date), record.DateValue(math.MaxInt64)},
		{"an_instant", record.Of(record.Timestamp), record.TimestampValue(math.MinInt64)},
	} {
		b := record.NewBatch([]record.Column{{Name: v.column, Type: v.typ}})
		b.Append(v.value)
		tx := begin(t, w)
		if _, err := tx.Load(t.Context(), every.Name, record.One(b)); err == nil || !strings.Contains(err.Error(), v.column) {
			t.Errorf("load of %v into %s: error %v", v.value, v.column, err)
		}
		_ = tx.Rollback()
	}
}

func testMismatch(t *testing.T, w warehouse.Warehouse) {
	create(t, w, every)
	text := func(column string) *record.Batch {
		b := record.NewBatch([]record.Column{{Name: column, Type: record.Of(record.Text)}})
		b.Append(record.TextValue("1"))
		return b
	}
	for name, batches := range map[string]record.Batches{
		"a column of another type": record.One(text("an_int")),
		"a column that is absent":  record.One(text("no_such_column")),
		"no columns":               record.One(record.NewBatch(nil)),
		"columns that change": func(yield func(*record.Batch, error) bool) {
			_ = yield(text("a_text"), nil) && yield(text("a_payload"), nil)
		},
	} {
		tx := begin(t, w)
		if _, err := tx.Load(t.Context(), every.Name, batches); err == nil {
			t.Errorf("%s went through", name)
		}
		_ = tx.Rollback()
	}
	tx := begin(t, w)
	if _, err := tx.Load(t.Context(), schema.Name{Schema: "silver", Table: "absent"}, record.One(text("a"))); err == nil {
		t.Error("a load into an absent table went through")
	}
}

func testBatchError(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	broken := errors.New("the source broke")
	tx := begin(t, w)
	_, err := tx.Load(t.Context(), numbers.Name, func(yield func(*record.Batch, error) bool) {
		for b, err := range sequence(300_000, 4096) {
			if !yield(b, err) {
				return
			}
		}
		yield(nil, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("load ended with %v, want the error of the batches", err)
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("half a load was committed")
	}
	if got := count(t, w); got != 0 {
		t.Errorf("half a load left %d rows", got)
	}
}

func testBatchPanic(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	tx := begin(t, w)
	func() {
		defer func() {
			if recover() != "the source panicked" {
				t.Error("the panic was lost")
			}
		}()
		_, _ = tx.Load(t.Context(), numbers.Name, func(yield func(*record.Batch, error) bool) {
			for b, err := range sequence(300_000, 4096) {
				yield(b, err)
			}
			panic("the source panicked")
		})
	}()
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("half a load was committed")
	}
	load(t, w, numbers.Name, sequence(5, 5))
	if got := count(t, w); got != 5 {
		t.Errorf("%d rows, want 5", got)
	}
}

func testCancelledLoad(t *testing.T, w warehouse.Warehouse) {
	create(t, w, numbers)
	ctx, cancel := context.WithCancel(t.Context())
	tx := begin(t, w)
	_, err := tx.Load(ctx, numbers.Name, func(yield func(*record.Batch, error) bool) {
		for b, err := range sequence(math.MaxInt, 4096) { // ends only because the load notices
			if b.Vectors[0].Ints[0] > 100_000 {
				cancel()
			}
			if !yield(b, err) {
				return
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("load ended with %v, want context.Canceled", err)
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("a cancelled load was committed")
	}
	load(t, w, numbers.Name, sequence(5, 5))
	if got := count(t, w); got != 5 {
		t.Errorf("%d rows, want 5", got)
	}
}
