package coltype

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
)

// Default reads the default of a column, as a declaration writes it: like a value that a
// source sends as text.
func Default(t Type, text string) (record.Value, error) {
	raw, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return record.Null, err
	}
	v, err := t.Decode(raw)
	if err == nil && v.IsNull() {
		err = errors.New("is no value; leave the default out")
	}
	return v, err
}
