package oracle_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// value is what a record says of a column: how it is written, and what that means, nil for NULL.
type value struct {
	spelled string
	meaning *string
}

func meant(text string, spellings ...string) []value {
	var out []value
	for _, s := range spellings {
		out = append(out, value{s, &text})
	}
	return out
}

func null() value { return value{spelled: "null"} }

// text is a value of a text column.
func text(s string) value { return meant(s, fmt.Sprintf("%q", s))[0] }

// columnTypes are the types that columns are drawn of, each with a few values that are
// close to each other, in all spellings that mean the same.
func columnTypes() map[string][]value {
	return map[string][]value{
		"text":         slices.Concat(meant("A", `"A"`), meant("a", `"a"`), meant("A ", `"A "`), meant("", `""`)),
		"decimal(8,2)": slices.Concat(meant("1.00", `1`, `1.0`, `"1.00"`), meant("0.00", `0`, `-0.0`, `"0"`), meant("-2.50", `-2.5`, `"-2.50"`)),
		"integer":      slices.Concat(meant("7", `7`, `"7"`, `7.0`), meant("0", `0`, `-0`), meant("-1", `-1`)),
		"boolean":      slices.Concat(meant("true", `true`, `"TRUE"`), meant("false", `false`, `"false"`)),
		"json":         slices.Concat(meant(`{"k":1,"l":"x"}`, `{"k":1,"l":"x"}`, `{ "l" : "x", "k" : 1 }`), meant("[1,2]", "[1, 2]"), meant("[2,1]", "[2,1]")),
		"date":         slices.Concat(meant("2025-01-01", `"2025-01-01"`), meant("2024-12-31", `"2024-12-31"`)),
	}
}

func drawValue(t *rapid.T, columnType string) value {
	if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return null()
	}
	return rapid.SampledFrom(columnTypes()[columnType]).Draw(t, "value")
}

func shown(s *string) string {
	if s == nil {
		return "NULL"
	}
	return *s
}

func start() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }

func minutes(n int) time.Time { return start().Add(time.Duration(n) * time.Minute) }

// instant is a minute as JSON; below 0 it is null, or no time at all.
func instant(n int) string {
	switch {
	case n == never:
		return `"never"`
	case n < 0:
		return "null"
	}
	return fmt.Sprintf("%q", minutes(n).Format(time.RFC3339))
}

func cents(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }
