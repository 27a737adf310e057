package mapping

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// clearSlots is an empty list of n values, in the memory of the old one.
func clearSlots(slots []jsontext.Value, n int) []jsontext.Value {
	if cap(slots) < n {
		return make([]jsontext.Value, n)
	}
	slots = slots[:n]
	clear(slots)
	return slots
}

// eachElement calls visit for each element of a JSON array.
func eachElement(array jsontext.Value, visit func(jsontext.Value) error) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(array))
	if _, err := dec.ReadToken(); err != nil {
		return fmt.Errorf("read list: %w", err)
	}
	for dec.PeekKind() != ']' {
		element, err := dec.ReadValue()
		if err != nil {
			return fmt.Errorf("read list: %w", err)
		}
		if err := visit(element); err != nil {
			return err
		}
	}
	return nil
}

// scalarText is the text of a JSON string, number or boolean; "" for anything else.
func scalarText(raw jsontext.Value) string {
	switch raw.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return ""
		}
		return string(text)
	case '0', 't', 'f':
		return string(raw)
	}
	return ""
}
