package expr_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/schema/expr"
)

const rawRecord = `{"status": "active", "a": "x", "b": "é\u0041", "n": 12, "price": 12.50, "big": 18446744073709551615, "huge": 1e3,
	"ok": true, "no": false, "nil": null, "x": {"y": 3, "a b": {"z": "deep"}, "y2": null, "y": 4}, "lines": [{"sku": "s1"}, 2, "two"], "lines2": [{"sku":"s1"},2,"two"]}`

func lookupRaw(t testing.TB) func(string) jsontext.Value {
	t.Helper()
	var members map[string]jsontext.Value
	if err := json.Unmarshal([]byte(rawRecord), &members, jsontext.AllowDuplicateNames(true)); err != nil {
		t.Fatal(err)
	}
	return func(name string) jsontext.Value { return members[name] }
}

func TestRawEval(t *testing.T) {
	t.Parallel()
	lookup := lookupRaw(t)
	for text, want := range map[string]string{
		"status": `"active"`, "status == 'active'": "true", "status != 'active'": "false", "missing": "null", "missing == 'x'": "false", "missing != 'x'": "true",
		"missing == null": "true", "nil == null": "true", "missing == nil": "true", "missing < 3": "false", "missing + 1": "null", "missing.deeper.still": "null",
		"a + ' ' + b": `"x éA"`, "has(x.y)": "true", "has(x.y2)": "false", "has(x.q)": "false", "x.y == 4": "true", `x["a b"].z`: `"deep"`, "x": `{"y": 3, "a b": {"z": "deep"}, "y2": null, "y": 4}`,
		"size(lines)": "3", "lines.size() > 2": "true", "size(x)": "4", "size(b)": "2", "lines[0].sku": `"s1"`, "lines[2]": `"two"`, "lines[9]": "null", "lines == lines2": "true",
		"price": "12.50", "price * 2": "25.00", "price + n": "24.50", "big": "18446744073709551615", "big + 1": "18446744073709551616", "huge": "1e3", "huge + 0": "1000", "n == 12.0": "true", "-n": "-12",
		"0.1 + 0.2 == 0.3": "true", "n / 5": "2", "n % 5": "2", "n / 0": "null", "n > 3 && ok": "true", "no || missing": "null", "ok || missing": "true", "no && missing": "false", "!ok": "false", "!missing": "null",
		"ok ? a : b": `"x"`, "missing ? a : b": "null", "n in [1, 12]": "true", "'two' in lines": "true", "missing in [1]": "false", "status == 1": "false",
		"coalesce(missing, nil, a)": `"x"`, "a.upperAscii()": `"X"`, "string(n) + '!'": `"12!"`, "string(price)": `"12.50"`, "status.matches('^act')": "true", "status.startsWith('act')": "true", "'it\\'s \"q\"'": `"it's \"q\""`,
	} {
		p, err := expr.CompileRaw(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := p.Eval(lookup); err != nil || string(got) != want {
			t.Errorf("%s is %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestRawErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a < n": "no order", "a + n": "string(…)", "a && ok": "a condition is needed", "n.size()": "size needs", "price / 2": "whole numbers",
		"nope(a)": "unknown function", "a +": "line 1", "size(a, b)": "takes 1 operands", "x[ok]": "named by text", "{'a': 1}": "not part", "a.matches(b)": "literal pattern", "1e401 > 0": "",
	} {
		p, err := expr.CompileRaw(text)
		if err == nil {
			_, err = p.Eval(lookupRaw(t))
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestRawNames(t *testing.T) {
	t.Parallel()
	p, err := expr.CompileRaw("has(x.y) ? b : coalesce(a, lines[n].sku) + 'q'")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Names(), []string{"a", "b", "lines", "n", "x"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzRawEval(f *testing.F) {
	f.Add("a + b == c.d", `1e3`)
	f.Add("a[0] in b", `[1, {"x": 2}]`)
	f.Add("size(a) * a.b", `{"b": 12.5}`)
	f.Fuzz(func(t *testing.T, text, member string) {
		p, err := expr.CompileRaw(text)
		value := jsontext.Value(member)
		if err != nil || !value.IsValid() {
			return
		}
		got, err := p.Eval(func(string) jsontext.Value { return value })
		if err == nil && !got.IsValid(jsontext.AllowDuplicateNames(true)) {
			t.Fatalf("%s over %s is no JSON: %s", text, member, got)
		}
	})
}

func ExampleCompileRaw() {
	p, err := expr.CompileRaw("status == 'active' ? firstName + ' ' + lastName : null")
	if err != nil {
		fmt.Println(err)
		return
	}
	record := map[string]jsontext.Value{
		"status": jsontext.Value(`"active"`), "firstName": jsontext.Value(`"Ada"`), "lastName": jsontext.Value(`"Lovelace"`),
	}
	name, err := p.Eval(func(name string) jsontext.Value { return record[name] })
	fmt.Println(string(name), err)
	// Output: "Ada Lovelace" <nil>
}
