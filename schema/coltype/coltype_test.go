package coltype_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/coltype"
	"github.com/lodehq/lode/schema/expr"
)

func parse(t testing.TB, spec string) coltype.Type {
	t.Helper()
	typ, err := coltype.Standard().Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// TestDecode lists what each type takes, as raw JSON, and what becomes of it.
func TestDecode(t *testing.T) {
	t.Parallel()
	for spec, values := range map[string]map[string]string{
		"text":                 {`"a\u0041"`: "aA", `""`: "", `" x "`: " x ", `12.50`: "12.50", `true`: "true", `{"a": 1}`: "error", `null`: "NULL", `"null"`: "null", `"a\u0000"`: "error"},
		"integer":              {`12`: "12", `"12"`: "12", `12.0`: "12", `1e3`: "1000", `1.5`: "error", `"1.5"`: "error", `9223372036854775807`: "9223372036854775807", `9223372036854775808`: "error", `-9223372036854775808`: "-9223372036854775808", `1e15`: "error", `15e-1`: "error", `""`: "NULL", `true`: "error", `"1,000"`: "error"},
		"decimal(18,2)":        {`12.5`: "12.50", `"12500.00"`: "12500.00", `"-0.00"`: "0.00", `1.005`: "error", `1.500`: "1.50", `"1,234.50"`: "error", `9999999999999999.99`: "9999999999999999.99", `10000000000000000`: "error", `1.25e1`: "12.50", `1.005e0`: "error", `0007`: "7.00"},
		"decimal(4,4)":         {`0.1234`: "0.1234", `1`: "error", `-0.5`: "-0.5000"},
		"float":                {`0.1`: "0.1", `"1e3"`: "1000", `"NaN"`: "error", `"Infinity"`: "error", `1e309`: "error", `1e-400`: "0", `-0`: "0"},
		"boolean":              {`true`: "true", `"False"`: "false", `1`: "error", `"yes"`: "error"},
		"boolean_string":       {`"T"`: "true", `" no "`: "false", `1`: "true", `0`: "false", `false`: "false", `"ON"`: "true", `2`: "error", `"maybe"`: "error"},
		"date":                 {`"2024-02-29"`: "2024-02-29", `"2023-02-29"`: "error", `"0000-01-01"`: "error", `"9999-12-31"`: "9999-12-31", `"2024-02-29T00:00:00Z"`: "error"},
		"date(D.M.YYYY)":       {`"1.2.2024"`: "2024-02-01", `"31.12.2024"`: "2024-12-31", `"31.02.2024"`: "error", `"2024-01-01"`: "error"},
		"timestamp":            {`"2024-02-29T12:34:56.1234569+02:00"`: "2024-02-29T10:34:56.123456Z", `"1969-12-31T23:59:59.9999999Z"`: "1969-12-31T23:59:59.999999Z", `"2024-02-29T12:34:56"`: "error", `"2024-02-29"`: "error", `"1899-12-31T00:00:00Z"`: "error", `"9999-01-01T00:00:00Z"`: "error", `"2024-02-29T24:00:00Z"`: "error"},
		"epoch_seconds":        {`1700000000`: "2023-11-14T22:13:20Z", `"-1.0000001"`: "1969-12-31T23:59:58.999999Z", `1e9`: "error", `253370764800`: "error"},
		"epoch_millis":         {`1700000000123.9999`: "2023-11-14T22:13:20.123999Z"},
		"epoch_micros":         {`1700000000123456`: "2023-11-14T22:13:20.123456Z"},
		"json":                 {`{"b":1.50,"a":[1e2,-0.0]}`: `{"a":[100,0.0],"b":1.50}`, `"text"`: `"text"`, `"{\"a\":1}"`: `{"a":1}`, `"{broken"`: "error", `{"a":"\u0000"}`: "error", `{"a":1,"a":2}`: "error", `true`: "true", `"007"`: `"007"`},
		"uuid":                 {`"6BA7B810-9DAD-11D1-80B4-00C04FD430C8"`: "6ba7b810-9dad-11d1-80b4-00c04fd430c8", `"6ba7b810"`: "error"},
		"reference":            {`{"id": "3", "refName": "Enterprise"}`: "Enterprise", `"plain"`: "plain", `3`: "3", `{"id": 3, "name": null}`: "3", `{"other": 1}`: "error", `{"name": {"x": 1}}`: "error", `"{x"`: "error"},
		"reference(id)":        {`{"id": "3", "refName": "Enterprise"}`: "3", `{"refName": "Enterprise"}`: "error"},
		"normalized_email":     {`" Ada@Example.COM "`: "ada@example.com", `"a@@b"`: "error", `"@b"`: "error", `"a b@c"`: "error"},
		"phone":                {`"+49 (0)30 / 12-34 56"`: "+4930123456", `"0049 30 123456"`: "+4930123456", `"030 123456"`: "030123456", `"12"`: "error", `"call me"`: "error"},
		"phone(de)":            {`"030 123456"`: "+4930123456", `"+1 212 555 0100"`: "+12125550100"},
		"phone(US)":            {`"(212) 555-0100"`: "+12125550100", `"1-212-555-0100"`: "+12125550100"},
		"country":              {`"germany"`: "DE", `"DEU"`: "DE", `"de"`: "DE", `{"refName": "United States of America"}`: "US", `"Atlantis"`: "error", `"DE|"`: "error"},
		"currency":             {`"eur"`: "EUR", `{"id": "1", "refName": "EUR"}`: "EUR", `"EURO"`: "error"},
		"timestamp(Etc/UTC)":   {`"2024-02-29"`: "2024-02-29T00:00:00Z"},
		`date("YYYY, MM, DD")`: {`"2024, 02, 29"`: "2024-02-29"},
	} {
		typ := parse(t, spec)
		for raw, want := range values {
			v, err := typ.Decode(jsontext.Value(raw))
			got := v.String()
			if err != nil {
				got = "error"
			}
			if got != want || err == nil && !v.IsNull() && v.Kind() != typ.Stored().Kind {
				t.Errorf("%s of %s is %s (%v), want %s", spec, raw, got, err, want)
			}
		}
	}
}

// TestZone pins what happens in the hour that a zone's clocks show twice, and in the one they skip.
func TestZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ spec, text, want string }{
		{"timestamp(Europe/Berlin)", "2024-07-01T12:00:00", "2024-07-01T10:00:00Z"},
		{"timestamp(Europe/Berlin)", "2024-10-27T02:30:00", "2024-10-27T00:30:00Z"},
		{"timestamp(Europe/Berlin, earlier)", "2024-10-27T02:30:00", "2024-10-27T00:30:00Z"},
		{"timestamp(Europe/Berlin, later)", "2024-10-27T02:30:00", "2024-10-27T01:30:00Z"},
		{"timestamp(Europe/Berlin, later)", "2024-10-27T01:59:59", "2024-10-26T23:59:59Z"},
		{"timestamp(Europe/Berlin)", "2024-03-31T02:30:00", "2024-03-31T01:30:00Z"},
		{"timestamp(Europe/Berlin)", "2024-03-31", "2024-03-30T23:00:00Z"},
		{"timestamp(Europe/Berlin)", "2024-10-27T02:30:00Z", "2024-10-27T02:30:00Z"},
		{"timestamp(America/New_York)", "2024-11-03 01:30", "2024-11-03T05:30:00Z"},
		{"timestamp(America/New_York, later)", "2024-11-03 01:30", "2024-11-03T06:30:00Z"},
		{"timestamp(Asia/Kathmandu)", "2024-01-01 00:00:00.5", "2023-12-31T18:15:00.5Z"},
	} {
		v, err := parse(t, c.spec).Decode(jsontext.Value(`"` + c.text + `"`))
		if err != nil || v.String() != c.want {
			t.Errorf("%s of %s is %s (%v), want %s", c.spec, c.text, v, err, c.want)
		}
	}
}

func TestDecodeErrorNamesTypeAndValue(t *testing.T) {
	t.Parallel()
	_, err := parse(t, "decimal(18,2)").Decode(jsontext.Value(`"` + strings.Repeat("ä", 5000) + `"`))
	if err == nil || !strings.Contains(err.Error(), "not a decimal(18,2)") || len(err.Error()) > 200 || !utf8.ValidString(err.Error()) {
		t.Errorf("got %v", err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"text": "text", " decimal( 18 , 2 ) ": "decimal(18,2)", "timestamp(Europe/Berlin, later)": "timestamp(Europe/Berlin, later)", "phone(de)": "phone(DE)",
		"decimal": "write decimal(18,2)", "decimal(39,2)": "precision is 1 to 38", "decimal(2,3)": "precision is 1 to 38", "text(5)": "takes no arguments", "string": `did you mean "text"?`, "timestmp": `did you mean "timestamp"?`,
		"timestamp(Berlin)": "is no time zone", "timestamp(Europe/Berlin, sometimes)": "earlier or later", "date(YYYY)": "does not name", "date(YY-MM-DD)": "is no YYYY", "phone(XX)": "not known", "decimal(1,2": "parenthesis is missing", "decimal(1,)": "an argument is empty",
		"date('YYYY)": "not closed", "zzzzzzzz": "the types are boolean,", strings.Repeat("x", 500): "more than 400 bytes",
	} {
		typ, err := coltype.Standard().Parse(spec)
		got := fmt.Sprint(err)
		if err == nil {
			got = typ.Name()
		}
		if got != want && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%q is %s, want %s", spec, got, want)
		}
	}
}

func TestNamesAreDocumentedAndTried(t *testing.T) {
	t.Parallel()
	tried := strings.Join(every[:], " ")
	for _, doc := range coltype.Standard().Names() {
		if doc.Usage == "" || doc.Text == "" || !strings.Contains(tried, doc.Name) {
			t.Errorf("%+v lacks a text or is not held against a database", doc)
		}
	}
}

func TestWithLeavesTheSetAlone(t *testing.T) {
	t.Parallel()
	standard := coltype.Standard()
	larger := standard.With("shout", func([]string) (coltype.Type, error) { return coltype.Custom{TypeName: "shout"}, nil })
	if _, err := larger.Parse("shout"); err != nil {
		t.Error(err)
	}
	if _, err := standard.Parse("shout"); err == nil {
		t.Error("With changed the set it was called on")
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`"2024-02-29T12:34:56.789+02:00"`, `1e3`, `{"refName":"x"}`, `"+49 30 1"`, `"\ud83d\ude00"`, `-0.00`, `[1,{"a":null}]`, `""`} {
		f.Add(seed)
	}
	var types []coltype.Type
	for _, spec := range every {
		types = append(types, parse(f, spec))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if !jsontext.Value(raw).IsValid() {
			return
		}
		for _, typ := range types {
			v, err := typ.Decode(jsontext.Value(raw))
			if err != nil && !v.IsNull() || err == nil && !v.IsNull() && v.Kind() != typ.Stored().Kind {
				t.Fatalf("%s of %s: %s, %v", typ.Name(), raw, v, err)
			}
			if !utf8.ValidString(v.Text()) || strings.IndexByte(v.Text(), 0) >= 0 {
				t.Fatalf("%s of %s holds what no database takes: %q", typ.Name(), raw, v.Text())
			}
		}
	})
}

func FuzzParseSpec(f *testing.F) {
	for _, spec := range every {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		typ, err := coltype.Standard().Parse(spec)
		if err == nil && typ.Stored().Kind == record.Invalid {
			t.Fatalf("%q has no stored type", spec)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for spec, text := range map[string]string{
		"text": `"Enterprise"`, "integer": `12345`, "decimal(18,2)": `"12500.5"`, "timestamp": `"2024-02-29T12:34:56.789Z"`, "boolean": `true`, "boolean_string": `"yes"`,
		"float": `12.5`, "date": `"2024-02-29"`, "timestamp(Europe/Berlin)": `"2024-02-29 12:34:56"`, "epoch_millis": `1700000000123`, "json": `{"b":1,"a":[1.5]}`, "uuid": `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`,
		"reference": `{"id":"3","refName":"Enterprise"}`, "normalized_email": `"Ada@Example.com"`, "phone": `"+49 30 123456"`, "country": `"Germany"`, "currency": `"EUR"`,
	} {
		typ, raw := parse(b, spec), jsontext.Value(text)
		b.Run(spec, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := typ.Decode(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestCommonTypesAllocateTheirTextOnly keeps the row path cheap.
func TestCommonTypesAllocateTheirTextOnly(t *testing.T) {
	for spec, c := range map[string]struct {
		raw   string
		limit float64
	}{
		"text": {`"Enterprise"`, 1}, "integer": {`12345`, 0}, "decimal(18,2)": {`"12500.5"`, 1}, "timestamp": {`"2024-02-29T12:34:56.789Z"`, 0}, "boolean": {`true`, 0}, "boolean_string": {`"yes"`, 0}, "date": {`"2024-02-29"`, 0},
	} {
		typ, raw := parse(t, spec), jsontext.Value(c.raw)
		if n := testing.AllocsPerRun(100, func() { _, _ = typ.Decode(raw) }); n > c.limit {
			t.Errorf("%s allocates %v times, want at most %v", spec, n, c.limit)
		}
	}
}

// A percentage such as "12.5 %" as a column type of one's own.
func ExampleSet_With() {
	percent := coltype.Custom{
		TypeName: "percent",
		StoredAs: record.DecimalOf(9, 4),
		Convert: func(text string) (record.Value, error) {
			number, _ := strings.CutSuffix(text, "%")
			typ, err := coltype.Standard().Parse("decimal(9,4)")
			if err != nil {
				return record.Null, err
			}
			return typ.Decode(jsontext.Value(`"` + strings.TrimSpace(number) + `"`))
		},
		Spell: func(d expr.Dialect, x string) string {
			return d.TryCast("trim(replace("+x+", '%', ''))", record.DecimalOf(9, 4))
		},
	}
	types := coltype.Standard().With("percent", func([]string) (coltype.Type, error) { return percent, nil })

	typ, err := types.Parse("percent")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(typ.Decode(jsontext.Value(`"12.5 %"`)))
	// Output: 12.5000 <nil>
}
