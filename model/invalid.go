package model

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lodehq/lode/record"
)

// Invalid is one thing that is wrong with a record or a value. Mapper and Check return all
// of them joined; errors.AsType finds the first, and [Problems] lists them.
type Invalid struct {
	// Path is where the value stands in the record: "customer.address.zip". It is the column
	// where there is no record, and empty where the row as a whole is wrong.
	Path string
	// Column is the column that the value is for; empty for a member that nothing knows.
	Column string
	// Rule is what is asked of the value: its type ("decimal(18,2)"), "required", "known",
	// or the name of the model's rule.
	Rule string
	// Value is what stands there, shortened; empty where there is nothing, or where the name of
	// the column or a part of the path says that it is a secret.
	Value string
	// Err says in words what is wrong.
	Err error
}

func (e *Invalid) Error() string {
	switch {
	case e.Path == "":
		return e.Err.Error()
	case e.Column != "" && e.Column != e.Path:
		return e.Path + " (column " + e.Column + "): " + e.Err.Error()
	}
	return e.Path + ": " + e.Err.Error()
}

// Unwrap is what is wrong.
func (e *Invalid) Unwrap() error { return e.Err }

// Problems lists what is wrong with a record, as New, Update and Check return it.
func Problems(err error) []*Invalid {
	if one, ok := err.(*Invalid); ok { //nolint:errorlint // the error itself; what it wraps is taken apart below
		return []*Invalid{one}
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*Invalid
		for _, e := range many.Unwrap() {
			out = append(out, Problems(e)...)
		}
		return out
	}
	if inner := errors.Unwrap(err); inner != nil {
		return Problems(inner)
	}
	return nil
}

// invalid says what is wrong with a value, shortened, and without the value where it is a
// secret. raw is "" where there is none.
func invalid(path, column, rule, raw string, err error) *Invalid {
	path = cmp.Or(path, column)
	if raw != "" && (secret(column) || secret(path)) {
		return &Invalid{Path: path, Column: column, Rule: rule, Err: errors.New("has a value that its type refuses; it is not shown")}
	}
	if kind := map[byte]string{'{': "an object", '[': "a list"}[(raw + " ")[0]]; kind != "" { // who knows what is in it
		return &Invalid{Path: path, Column: column, Rule: rule, Err: fmt.Errorf("is %s, which its type refuses; it is not shown", kind)}
	}
	return &Invalid{Path: path, Column: column, Rule: rule, Value: shortened(raw), Err: err}
}

// secret tells whether a name says that what it names is not to be shown.
func secret(name string) bool {
	words := strings.FieldsFunc(snake(name), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(w string) bool {
		switch w {
		case "password", "passwd", "pwd", "secret", "token", "iban", "card", "ssn", "auth", "authorization", "apikey", "signature":
			return true
		}
		return false
	})
}

func shortened(s string) string {
	const limit = 60
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// broken says that a rule does not hold, with the values of the columns that it is about.
// path finds the place of a column in the record.
func (r rule) broken(value func(column string) record.Value, path func(column string) string) *Invalid {
	var paths, values []string
	columns := r.program.Columns()
	for _, c := range columns {
		at := path(c)
		paths = append(paths, at)
		shown := "not shown"
		if !secret(c) && !secret(at) {
			shown = shortened(value(c).String())
		}
		values = append(values, c+" is "+shown)
	}
	e := &Invalid{Rule: r.name, Path: strings.Join(paths, ", "), Value: strings.Join(values, ", ")}
	if len(columns) == 1 {
		e.Column = columns[0]
	}
	e.Err = fmt.Errorf("rule %q is broken: %s, and %s", r.name, r.program, e.Value)
	return e
}
