// Package coltypetest holds the two meanings of column types against each other: what Go
// decodes, the warehouse decodes alike, and what Go refuses is NULL there.
package coltypetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/expr"
)

// Query runs a statement with one result column and returns its values in order. The
// column is of type of; JSON comes as its text.
type Query func(t testing.TB, sql string, of record.Type) []record.Value

// Agree converts samples and random variations of them in Go and in a database and fails
// where the results differ. samples are added to those of [Samples].
func Agree(t *testing.T, d expr.Dialect, typ coltype.Type, query Query, samples ...string) {
	t.Helper()
	texts := varied(append(Samples(), samples...))
	got := query(t, statement(d, typ, texts), typ.Stored())
	if len(got) != len(texts) {
		t.Fatalf("%d rows came back of %d", len(got), len(texts))
	}
	accepted := 0
	for i, text := range texts {
		raw, err := jsontext.AppendQuote(nil, text)
		if err != nil {
			t.Fatal(err)
		}
		want, err := typ.Decode(raw)
		if err == nil && !want.IsNull() {
			accepted++
		}
		if have := canonical(t, got[i], typ.Stored()); have != want {
			t.Errorf("%s of %q\nGo:  %s (%v)\nSQL: %s", typ.Name(), text, want, err, have)
		}
	}
	if accepted == 0 {
		t.Errorf("no sample is a %s: nothing was proved", typ.Name())
	}
}

// canonical gives JSON from a database the form in which Go holds it.
func canonical(t *testing.T, v record.Value, of record.Type) record.Value {
	if of.Kind != record.JSON || v.IsNull() {
		return v
	}
	text, err := coltype.CanonicalJSON([]byte(v.Text()))
	if err != nil {
		t.Errorf("the database returned %s: %v", v, err)
	}
	return record.JSONValue(text)
}

func statement(d expr.Dialect, typ coltype.Type, texts []string) string {
	rows := make([]string, len(texts))
	for i, text := range texts {
		rows[i] = fmt.Sprintf("(%d, %s)", i, d.Literal(record.TextValue(text), record.Of(record.Text)))
	}
	result := typ.SQL(d, d.Quote("x"))
	if typ.Stored().Kind == record.JSON { // drivers unpack JSON in ways of their own
		result = "CAST(" + result + " AS " + d.TypeName(record.Of(record.Text)) + ")"
	}
	return "SELECT " + result + " FROM (VALUES " + strings.Join(rows, ",\n") + ") AS t(lode_row, " + d.Quote("x") + ") ORDER BY lode_row"
}

// varied adds texts that are nearly right: with a character dropped, doubled, replaced or
// put in.
func varied(samples []string) []string {
	r := rand.New(rand.NewPCG(3, 4))
	texts := samples
	for _, sample := range samples {
		for range 3 {
			runes := []rune(sample)
			if len(runes) == 0 {
				continue
			}
			at := r.IntN(len(runes))
			switch other := []rune("0159-+.:TZe {}\"aé@")[r.IntN(18)]; r.IntN(4) {
			case 0:
				runes = append(runes[:at], runes[at+1:]...)
			case 1:
				runes[at] = other
			default:
				runes = append(runes[:at], append([]rune{other}, runes[at:]...)...)
			}
			texts = append(texts, string(runes))
		}
	}
	return texts
}

// Samples are texts of all kinds, among them the edges of every type.
func Samples() []string {
	return []string{
		"", " ", "\t\n", "text", " padded ", "it's", `back\slash`, "Zoë", "日本", "null", "NULL", "{", "[", "%", "|", "=", "||=",
		"0", "-0", "00", "007", "1", "-1", " 12 ", "12.0", "12.50", "12.5", "-12.500", "0.05", "-0.00", "1.5", ".5", "5.", "+5", "1,234.50", "1_000", "0x10", "1e3", "1E+2", "12.5e1", "1.25e-1", "-1e0", "1e15", "9e14", "1e99", "1e-99", "99.999e0", "1.005e0",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "9999999999999999.99", "10000000000000000.00", "-9999999999999999.990", "123456789012345678901234567890", "0.000000000000000000001",
		"1.7976931348623157e308", "1e308", "1e309", "-1e999", "1e-320", "1e-400", "NaN", "Infinity", "-inf", "0.1", "3.141592653589793", "2.2250738585072014e-308",
		"true", "TRUE", "False", "t", "F", "yes", "NO", "y", "n", "on", "off", "oui",
		"2024-02-29", "2023-02-29", "2024-12-31", "0001-01-01", "0000-01-01", "9999-12-31", "1899-12-31", "1900-01-01", "2024-13-01", "2024-00-10", "2024-1-2", "24-01-02", "31.12.2024", "1.2.2024", "12/31/2024", "20241231", "2024-06-31", "29.02.2023",
		"2024-02-29T12:34:56Z", "2024-02-29T12:34:56.789Z", "2024-02-29 12:34:56.123456789+02:00", "2024-02-29T12:34:56.9999999Z", "2024-02-29T00:00:00-08", "2024-02-29T00:00:00+0530", "2024-02-29T12:34Z", "2024-02-29T12:34+01:00", "2024-02-29T24:00:00Z", "2024-02-29T23:59:60Z", "2024-02-30T00:00:00Z", "2024-02-29T12:34:56", "2024-02-29 12:34", "2024-02-29t12:34:56z",
		"1900-01-01T00:00:00Z", "1900-01-01T00:00:00+14:00", "1899-12-31T23:59:59Z", "9998-12-31T23:59:59.999999Z", "9999-01-01T00:00:00Z", "1969-12-31T23:59:59.9999999Z", "2024-02-29T12:34:56+15:00", "2024-02-29T12:34:56.1234567890Z", "2024-02-29T12:34:56.Z",
		"2024-10-27T02:30:00", "2024-10-27T03:00:00", "2024-10-27T01:59:59.999999", "2024-10-27 02:00", "2024-03-31T02:30:00", "2024-03-31T03:00:00", "2024-03-31T01:59:59", "2024-07-01", "2024-01-01T00:00:00", "2024-11-03T01:30:00", "2024-03-10T02:30:00",
		"1700000000", "1700000000.123456789", "-1", "-1.5", "-0.0000001", "1700000000123", "1700000000123.9999", "1700000000123456", "-2208988800", "-2208988801", "253370764800", "253339228799", "99999999999999999",
		`{}`, `{"b": 1, "a": [1.50, 1e2, -0, "x\u00e9"]}`, `[1, 2, {"z": null}]`, `{"a": {"b": {"c": [[]]}}}`, `"quoted"`, `[1, 2`, `{"a": 1e-2}`, `{"big": 123456789012345678901234567890.10}`,
		`{"refName": "Enterprise", "id": "3"}`, `{"id": 3}`, `{"id": "3", "refName": null}`, `{"refName": " ", "name": "Named"}`, `{"other": 1}`, `{"name": {"deep": 1}}`, `{"refName": "EUR"}`, `{"id": 1, "name": "Germany"}`, `{"value": "yes"}`,
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b8109dad11d180b400c04fd430c8", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
		"Ada@Example.COM", " a@b ", "a@@b", "@b", "a@", "a b@c.de", "ü@Ünï.de", "a@b@c",
		"+49 30 123456", "0049 (0)30 / 12 34-56", "030 123456", "(212) 555-0100", "+1-212-555-0100", "12", "123", "+123", "+0123456789", "1234567890123456", "+49 (0)30 123456", "00", "555 x12", "8 495 123", "+",
		"DE", "de", "DEU", "Germany", "GERMANY", "United States of America", "usa", "Côte d'Ivoire", "Trinidad and Tobago", "XX", "UK", "Atlantis", "Korea, Republic of",
		"EUR", "eur", "usd", "EURO", "XXX", "DEM", "E", "EU",
	}
}
