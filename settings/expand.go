package settings

import (
	"errors"
	"fmt"
	"strings"
)

// Expand fills ${NAME} and ${NAME:-default} in text from lookup; "$${" stands for "${".
// It returns the result, the values that came from lookup, and every mistake joined.
func Expand(text string, lookup func(string) (string, bool)) (string, []string, error) {
	if !strings.Contains(text, "${") {
		return text, nil, nil
	}
	var out strings.Builder
	var used []string
	var errs []error
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			out.WriteString(text)
			return out.String(), used, errors.Join(errs...)
		}
		if i > 0 && text[i-1] == '$' {
			out.WriteString(text[:i-1] + "${")
			text = text[i+2:]
			continue
		}
		out.WriteString(text[:i])
		inner, rest, closed := strings.Cut(text[i+2:], "}")
		if !closed {
			return "", used, errors.Join(append(errs, errors.New(`"${" without "}"; write $${ for the two characters themselves`))...)
		}
		text = rest
		value, found, err := variable(inner, lookup)
		if err != nil {
			errs = append(errs, err)
		}
		if found {
			used = append(used, value)
		}
		out.WriteString(value)
	}
}

// variable resolves NAME or NAME:-default; an empty variable takes the default too, as
// in a shell. found tells that the value came from lookup.
func variable(inner string, lookup func(string) (string, bool)) (value string, found bool, err error) {
	name, fallback, hasFallback := strings.Cut(inner, ":-")
	if !isVariableName(name) {
		return "", false, fmt.Errorf("${%s} names no environment variable; use letters, digits and _", inner)
	}
	if lookup != nil {
		value, found = lookup(name)
	}
	switch {
	case found && (value != "" || !hasFallback):
		return value, true, nil
	case hasFallback:
		return fallback, false, nil
	}
	return "", false, unsetError(name)
}

// unsetError names a variable that has no value.
type unsetError string

func (e unsetError) Error() string {
	return fmt.Sprintf("environment variable %s is not set; set it, put it into .env, or write ${%s:-default}", string(e), string(e))
}

func isVariableName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
