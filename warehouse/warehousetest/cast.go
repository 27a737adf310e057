package warehousetest

import (
	"testing"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/warehouse"
)

func casts() map[string]func(*testing.T, warehouse.Warehouse) {
	return map[string]func(*testing.T, warehouse.Warehouse){
		"a cast yields the value or NULL": testTryCast,
	}
}

// castCases are texts and what they are cast to, by type. Both warehouses agree on them.
func castCases() map[record.Type]map[string]record.Value {
	instant := func(y, m, d, h, min, s, micros int) record.Value {
		return record.TimeValue(time.Date(y, time.Month(m), d, h, min, s, micros*1000, time.UTC))
	}
	day := func(y, m, d int) record.Value {
		return record.DateValue(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	decimal, null := record.DecimalValue, record.Null
	return map[record.Type]map[string]record.Value{
		record.Of(record.Int): {
			"0": record.IntValue(0), "-12": record.IntValue(-12), "+7": record.IntValue(7), "007": record.IntValue(7),
			"9223372036854775807": record.IntValue(1<<63 - 1), "-9223372036854775808": record.IntValue(-1 << 63),
			"9223372036854775808": null, "99999999999999999999999999": null, "": null, " 1": null, "1.0": null, "1e3": null, "x": null, "0x1": null, "1_000": null, "-": null, "1\n": null,
		},
		record.DecimalOf(6, 2): {
			"1": decimal("1.00"), "-1.5": decimal("-1.50"), ".5": decimal("0.50"), "5.": decimal("5.00"), "1.005": decimal("1.01"), "-1.005": decimal("-1.01"),
			"9999.99": decimal("9999.99"), "9999.995": null, "10000": null, "1e2": null, "NaN": null, "": null, ".": null, "1,5": null, "000001.10": decimal("1.10"),
		},
		record.DecimalOf(38, 10): {
			"1234567890123456789012345678.0123456789": decimal("1234567890123456789012345678.0123456789"),
			"12345678901234567890123456789":           null,
		},
		record.Of(record.Float): {
			"1": record.FloatValue(1), "-1.5e3": record.FloatValue(-1500), "1e-5": record.FloatValue(1e-5), "0.1": record.FloatValue(0.1), "1e308": record.FloatValue(1e308),
			"1e309": null, "1e-400": record.FloatValue(0), "NaN": null, "Infinity": null, "": null, "1e": null, "1e9999": null,
		},
		record.Of(record.Bool): {
			"true": record.BoolValue(true), "FALSE": record.BoolValue(false), "yes": null, "1": null, "": null, "t": null,
		},
		record.Of(record.Date): {
			"2024-02-29": day(2024, 2, 29), "2023-02-29": null, "1900-01-01": day(1900, 1, 1), "1900-02-29": null, "2000-02-29": day(2000, 2, 29), "9999-12-31": day(9999, 12, 31), "0001-01-01": day(1, 1, 1), "0000-01-01": null,
			"2024-13-01": null, "2024-04-31": null, "2024-1-1": null, "2024-01-01T00:00:00": null, "01.02.2024": null, "": null, "infinity": null, "today": null, "2024-01-00": null,
		},
		record.Of(record.Timestamp): {
			"2024-02-29T12:30:15Z": instant(2024, 2, 29, 12, 30, 15, 0), "2024-02-29 12:30:15.123456": instant(2024, 2, 29, 12, 30, 15, 123456),
			"2024-02-29T12:30:15.123456999Z": instant(2024, 2, 29, 12, 30, 15, 123456), "2024-01-01T00:00:00+02:00": instant(2023, 12, 31, 22, 0, 0, 0),
			"2024-01-01T00:00:00.5-0330": instant(2024, 1, 1, 3, 30, 0, 500000), "2024-01-01T00:00:00+05": instant(2023, 12, 31, 19, 0, 0, 0), "2024-01-01": instant(2024, 1, 1, 0, 0, 0, 0),
			"2024-01-01T10:20": instant(2024, 1, 1, 10, 20, 0, 0), "2024-01-01T10:20Z": instant(2024, 1, 1, 10, 20, 0, 0),
			"1900-01-01T00:00:00Z": instant(1900, 1, 1, 0, 0, 0, 0), "9999-12-31T23:59:59.999999Z": instant(9999, 12, 31, 23, 59, 59, 999999),
			"2023-02-29T00:00:00Z": null, "2024-01-01T24:00:00Z": null, "2024-01-01T00:60:00Z": null, "2024-01-01T00:00:60Z": null, "2024-01-01T00:00:00+15:00": null,
			"2024-01-01T00:00:00 Europe/Berlin": null, "now": null, "infinity": null, "": null, "1704067200": null,
		},
		record.Of(record.UUID): {
			"00000000-0000-4000-8000-00000000000f": record.UUIDValue("00000000-0000-4000-8000-00000000000f"), "ABCDEF00-0000-4000-8000-00000000000F": record.UUIDValue("abcdef00-0000-4000-8000-00000000000f"),
			"00000000000040008000000000000000": null, "{00000000-0000-4000-8000-00000000000f}": null, "": null, "g0000000-0000-4000-8000-00000000000f": null,
		},
		record.Of(record.Text): {"": record.TextValue(""), " x ": record.TextValue(" x ")},
	}
}

// jsonTexts are texts that are JSON, and that are not.
func jsonTexts() map[string]bool {
	return map[string]bool{
		`{}`: true, `[]`: true, `null`: true, `1`: true, `-1.5e3`: true, `"x"`: true, ` { "a" : [ 1 , 2 , { "b" : null } ] } `: true, `"\u00e9\ud83d\ude00\n\""`: true,
		`{"a":{"b":{"c":{"d":{"e":[[[[[1]]]]]}}}}}`: true, `["true","}","]",","]`: true, `{"a":"s"}`: true, `true`: true,
		``: false, `{`: false, `{"a"}`: false, `{"a":1,}`: false, `[1,]`: false, `[1 2]`: false, `{a:1}`: false, `'x'`: false, `tru`: false, `truefalse`: false, `01`: false, `1.`: false, `.5`: false,
		`+1`: false, `"x`: false, `"\x"`: false, `{"a":1}{"b":2}`: false, `1 2`: false, `"a" "b"`: false, `s`: false, `{"a":s}`: false, `[1true]`: false, "\"a\tb\"": false, `NaN`: false, `- 1`: false, `{1:2}`: false, `"\u0000"`: false, `"\\u0000"`: true, `"\ud800"`: false, `"\udc00\ud800"`: false,
		`-Infinity`: false, `["nan, inf"]`: true, `[1] // x`: false, `[,]`: false, `["a",,"b"]`: false,
	}
}

func testTryCast(t *testing.T, w warehouse.Warehouse) {
	cases := castCases()
	var all []string
	for _, texts := range cases {
		for text := range texts {
			all = append(all, text)
		}
	}
	for text := range jsonTexts() {
		all = append(all, text)
	}
	table := textTable(t, w, all)
	for typ, texts := range cases {
		// Over a column all texts pass through each cast, so one that raised would be seen.
		for _, row := range rows(t, w, "SELECT x, "+w.Dialect().TryCast("x", typ)+" FROM "+table) {
			if want, ok := texts[row[0].Text()]; ok && row[1] != want {
				t.Errorf("%q as %s is %v, want %v", row[0].Text(), typ, row[1], want)
			}
		}
		for text, want := range texts {
			literal := w.Dialect().Literal(record.TextValue(text), record.Of(record.Text))
			if got := one(t, w, "SELECT "+w.Dialect().TryCast(literal, typ)); got != want {
				t.Errorf("constant %q as %s is %v, want %v", text, typ, got, want)
			}
		}
	}
	for _, row := range rows(t, w, "SELECT x, "+w.Dialect().TryCast("x", record.Of(record.JSON))+" IS NOT NULL FROM "+table) {
		if want, ok := jsonTexts()[row[0].Text()]; ok && row[1].Bool() != want {
			t.Errorf("%q is JSON: %v, want %v", row[0].Text(), row[1], want)
		}
	}
}
