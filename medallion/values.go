package medallion

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/source"
)

// kindOf names the JSON type of a value.
func kindOf(v jsontext.Value) string {
	switch v.Kind() {
	case 'n':
		return "null"
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

// maxExponent bounds the numbers that a database's JSON can hold: PostgreSQL keeps them
// exactly and refuses those of more than some 131,000 digits.
const maxExponent = 4

// storable is a custom value as a database can hold it: one with a number beyond all
// bounds is kept as the text of it.
func storable(v jsontext.Value) jsontext.Value {
	if !bytes.ContainsAny(v, "eE") {
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

// immense tells whether a number's exponent has more than maxExponent digits.
func immense(number string) bool {
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
	inner := bytes.TrimSpace(payload)
	if len(inner) > 2 && inner[0] == '{' {
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(inner[1 : len(inner)-1])
	}
	out.WriteByte('}')
	return out.Bytes()
}
