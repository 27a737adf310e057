package medallion

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/source"
)

// nullType is what kindOf says of null.
const nullType = "null"

// kindOf names the JSON type of a value.
func kindOf(v jsontext.Value) string {
	switch v.Kind() {
	case 'n':
		return nullType
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '0':
		return "number"
	case '{':
		return "object"
	}
	return "array"
}

// What bounds the numbers that a database's JSON can hold: PostgreSQL keeps them exactly,
// and refuses those of more than 131,072 digits before the point or 16,383 behind it.
const (
	maxExponent = 4    // digits of the exponent
	maxNumber   = 5000 // characters, so that also digits and exponent together stay below
)

// storable is a custom value as a database can hold it: one with a number beyond all
// bounds is kept as the text of it.
func storable(v jsontext.Value) jsontext.Value {
	if len(v) <= maxNumber && !bytes.ContainsAny(v, "eE") {
		return v
	}
	dec := jsontext.NewDecoder(bytes.NewReader(v))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return v // the end
		}
		if token.Kind() == '0' && immense(token.String()) {
			quoted, err := jsontext.AppendQuote(nil, v)
			if err != nil {
				return v // it came out of valid JSON
			}
			return quoted
		}
	}
}

// immense tells whether a number is longer, or its exponent, than a database may hold.
func immense(number string) bool {
	if len(number) > maxNumber {
		return true
	}
	_, exponent, found := strings.Cut(strings.ToLower(number), "e")
	return found && len(strings.TrimLeft(exponent, "+-0")) > maxExponent
}

// deletedPayload is what a deletion is mapped from: the stream's key at its paths, and
// what the source said of the deletion, which may be nothing.
func (r *rowMapper) deletedPayload(payload []byte) []byte {
	var out bytes.Buffer
	out.WriteByte('{')
	parts := source.SplitKey(r.current.key)
	for i, path := range r.stream.Key {
		if i >= len(parts) || strings.Contains(path, ".") {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		name, _ := jsontext.AppendQuote(nil, path)
		value, _ := jsontext.AppendQuote(nil, parts[i])
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	if members := members(payload); len(members) > 0 {
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(members)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// members is what stands between the braces of a JSON object; nothing if it is none.
func members(payload []byte) []byte {
	payload = bytes.TrimSpace(payload)
	if len(payload) < 2 || payload[0] != '{' {
		return nil
	}
	return bytes.TrimSpace(payload[1 : len(payload)-1])
}
