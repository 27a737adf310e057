package settings

import (
	"errors"
	"fmt"
	"strings"
)

// Expand fills ${NAME} and ${NAME:-default} in text from lookup; "$${" stands for "${".
// It returns the result, the values that came from lookup, and every mistake joined.
func Expand(text string, lookup Lookup) (string, []string, error) {
	if !strings.Contains(text, "${") {
		return text, nil, nil
	}
	var out strings.Builder
	var used []string
	var errs []error
	closed := scan(text, func(literal string) { out.WriteString(literal) }, func(inner string) {
		value, found, err := variable(inner, lookup)
		if err != nil {
			errs = append(errs, err)
		}
		if found {
			used = append(used, value)
		}
		out.WriteString(value)
	})
	if !closed {
		return "", used, errors.Join(append(errs, errors.New(`"${" without "}"; write $${ for the two characters themselves`))...)
	}
	return out.String(), used, errors.Join(errs...)
}

// scan takes a text apart into what stands for itself and what stands between ${ and }.
func scan(text string, literal, reference func(string)) (closed bool) {
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			literal(text)
			return true
		}
		if i > 0 && text[i-1] == '$' {
			literal(text[:i-1] + "${")
			text = text[i+2:]
			continue
		}
		literal(text[:i])
		inner, rest, closed := strings.Cut(text[i+2:], "}")
		if !closed {
			return false
		}
		reference(inner)
		text = rest
	}
}

// Reference is a variable that a file asks for.
type Reference struct {
	Name    string
	Default string
	Needed  bool    // there is no default
	Secret  bool    // it makes a secret, and so would its default
	At      Problem // where it stands; its text is what the key means
}

// references lists the variables in a text.
func references(text string) []Reference {
	var found []Reference
	scan(text, func(string) {}, func(inner string) {
		if name, preset, optional := strings.Cut(inner, ":-"); isVariableName(name) {
			found = append(found, Reference{Name: name, Default: preset, Needed: !optional})
		}
	})
	return found
}

// variable resolves NAME or NAME:-default; an empty variable takes the default too, as
// in a shell. found tells that the value came from lookup.
func variable(inner string, lookup Lookup) (value string, found bool, err error) {
	name, fallback, hasFallback := strings.Cut(inner, ":-")
	if !isVariableName(name) {
		return "", false, fmt.Errorf("${%s} names no environment variable; use letters, digits and _", inner)
	}
	if lookup != nil {
		value, found, err = lookup(name)
	}
	switch {
	case err != nil:
		return "", false, lookupError{err}
	case found && (value != "" || !hasFallback):
		return value, true, nil
	case hasFallback:
		return fallback, false, nil
	}
	return "", false, unsetError(name)
}

// lookupError says why a variable's value could not be told.
type lookupError struct{ error }

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
