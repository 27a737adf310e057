package cli

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

func TestExitCode(t *testing.T) {
	t.Parallel()
	for want, errs := range map[int][]error{
		codeFailed: {errors.New("anything"), &source.Error{Kind: source.Failed, Err: errors.New("x")}},
		codeMisuse: {usagef("x"), configError{errors.New("x")}, schema.Problems{{Object: "entity a"}}, &run.SelectError{}, warehouse.ErrUnsupported},
		codeLater:  {&source.Error{Kind: source.Later, Err: errors.New("x")}, warehouse.ErrLockLost},
		codeLocked: {warehouse.ErrLocked, warehouse.ErrBusy, configError{warehouse.ErrLocked}},
	} {
		for _, err := range errs {
			if got := exitCode(fmt.Errorf("run x: %w", err)); got != want {
				t.Errorf("%T %v: code %d, want %d", err, err, got, want)
			}
		}
	}
}

// TestManyProblemsAreCut for a person, with their number, and not for a program.
func TestManyProblemsAreCut(t *testing.T) {
	t.Parallel()
	var many schema.Problems
	for i := range 1234 {
		many = append(many, schema.Problem{Object: fmt.Sprintf("entity e%d", i), Text: "is wrong"})
	}
	for output, want := range map[string]int{"table": shownProblems + 2, "json": len(many) + 1} {
		var out bytes.Buffer
		p := &program{output: output, err: newRedactor(&out, &secretSet{})}
		if got := p.explain(many); got != codeMisuse {
			t.Errorf("%s: code %d", output, got)
		}
		if err := p.err.Close(); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != want || lines[len(lines)-1] != "lode: 1,234 problems in the project; nothing was done" {
			t.Errorf("%s: %d lines, want %d; the last is %q", output, len(lines), want, lines[len(lines)-1])
		}
		if output == "table" && lines[shownProblems] != "and 1,184 more; -o json shows all" {
			t.Errorf("%q", lines[shownProblems])
		}
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -100: "-100"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestGridKeepsControlCharactersFromTheTerminal(t *testing.T) {
	t.Parallel()
	g := grid{header: []string{"name", "n"}, numeric: []bool{false, true}}
	g.add("a\x1b[2J\r\nb\u202e", "1")
	g.add("Zoë – ü", "22")
	var out bytes.Buffer
	g.write(&out)
	want := strings.Join([]string{
		"name                  n",
		"─────────────────────────",
		`a\x1b[2J\r\nb\u202e   1`,
		"Zoë – ü              22",
	}, "\n") + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestStepLine(t *testing.T) {
	t.Parallel()
	start := time.Unix(0, 0)
	for want, report := range map[string]run.StepReport{
		"bronze.crm_customers             done      4,012 read  12 inserted  0.8s": {
			Name: "bronze.crm_customers", Status: run.Done, Started: start, Ended: start.Add(800 * time.Millisecond),
			Outcome: run.Outcome{Counts: []run.Count{{Name: "read", N: 4012}, {Name: "inserted", N: 12}}},
		},
		"gold.fact_orders                 skipped   because x did not succeed": {Name: "gold.fact_orders", Status: run.Skipped, Outcome: run.Outcome{Note: "because x did not succeed"}},
	} {
		if got := stepLine(report); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestCheckQuestion(t *testing.T) {
	t.Parallel()
	for sql, ok := range map[string]bool{
		"SELECT 1": true, "select 1": true, " ( (SELECT 1) )": true, "-- why\n/* x */ WITH a AS (SELECT 1) SELECT * FROM a": true,
		"FROM x": true, "EXPLAIN SELECT 1": true, "SELECT(1)": true,
		"": false, "-- nothing": false, "/* open": false, "INSERT INTO x VALUES (1)": false, "drop table x": false, "selects": false, "1": false, "é": false,
	} {
		if err := checkQuestion(sql); (err == nil) != ok {
			t.Errorf("%q: %v", sql, err)
		}
	}
}

func TestAppendJSON(t *testing.T) {
	t.Parallel()
	nan := record.FloatValue(0)
	for want, v := range map[string]record.Value{
		"null": record.Null, "9007199254740993": record.IntValue(9007199254740993), "true": record.BoolValue(true),
		"-0.10": record.DecimalValue("-0.10"), `{"a":1.0}`: record.JSONValue(`{"a":1.0}`), `"2024-02-29"`: record.DateValue(19782),
		`"a\"\n�"`: record.TextValue("a\"\n\xff"), "1e+300": record.FloatValue(1e300), `"NaN"`: record.FloatValue(nan.Float() / nan.Float()),
	} {
		got, err := appendJSON(nil, v)
		if err != nil || string(got) != want || !jsontext.Value(got).IsValid() {
			t.Errorf("%s: %s, %v", want, got, err)
		}
	}
}

func TestUniqueNames(t *testing.T) {
	t.Parallel()
	got := uniqueNames([]record.Column{{Name: "a"}, {Name: "a"}, {Name: "a_2"}, {Name: "b"}, {Name: "a"}})
	if want := []string{"a", "a_2", "a_2_2", "b", "a_3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	tables := []schema.Name{{Schema: "silver", Table: "customers"}, {Schema: "silver", Table: "orders"}, {Schema: "gold", Table: "fact_orders"}}
	for args, want := range map[string]string{
		"":                               "gold.fact_orders silver.customers silver.orders",
		"orders":                         "silver.orders",
		"*orders":                        "gold.fact_orders silver.orders",
		"silver.* orders":                "silver.customers silver.orders",
		"gold.fact_orders silver.orders": "gold.fact_orders silver.orders",
	} {
		got, err := choose(strings.Fields(args), tables, "table")
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %v, %v", args, got, err)
		}
	}
	for _, arg := range []string{"bronze.orders", "order", "[", "gold.orders"} {
		if got, err := choose([]string{arg}, tables, "table"); exitCode(err) != codeMisuse {
			t.Errorf("%q: %v, %v", arg, got, err)
		}
	}
}

func TestNameOf(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]string{"my-shop": "my_shop", "MyShop": "my_shop", "/a/2024 Data!": "data", "/": "project", "größe": "gr_e"} {
		if got := nameOf(dir); got != want {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
}

// Every command says what it does and shows an example.
func TestEveryCommandIsDescribed(t *testing.T) {
	t.Parallel()
	for _, c := range (&program{}).root().Commands() {
		if c.Name() == "completion" {
			continue // cobra's own
		}
		if c.Short == "" || c.Example == "" || !strings.Contains(c.Example, "lode "+c.Name()) {
			t.Errorf("%s: description %q, example %q", c.Name(), c.Short, c.Example)
		}
	}
}
