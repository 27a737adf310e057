package coltype

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// textOnly is the type text: the one type to which blanks matter.
type textOnly struct{}

var textType Type = textOnly{}

func (textOnly) Name() string                        { return "text" }
func (textOnly) Stored() record.Type                 { return record.Of(record.Text) }
func (textOnly) SQL(_ expr.Dialect, x string) string { return x }

// Decode takes scalars. An object or a list where a text was is a change of the source's
// shape, which has to be seen; a column of type json holds one.
func (textOnly) Decode(raw jsontext.Value) (record.Value, error) {
	if k := raw.Kind(); k == '{' || k == '[' {
		return record.Null, notA("text", raw, errForm)
	}
	text, err := content(raw)
	switch {
	case err != nil:
		return record.Null, notA("text", raw, err)
	case text == nil:
		return record.Null, nil
	}
	return record.TextValue(string(text)), nil
}

var uuidType Type = &standard{
	name: "uuid", stored: record.Of(record.UUID),
	decode: func(text []byte) (record.Value, error) {
		if len(text) != 36 {
			return record.Null, errForm
		}
		for i, c := range text {
			dash := i == 8 || i == 13 || i == 18 || i == 23
			if dash != (c == '-') || !dash && !isHex(c) {
				return record.Null, errForm
			}
		}
		return record.UUIDValue(shiftASCII(text, 'A', 'F', +32)), nil
	},
	spell: func(d expr.Dialect, x string) string {
		const h = "[0-9a-fA-F]"
		return where(d, x, "^"+h+"{8}-"+h+"{4}-"+h+"{4}-"+h+"{4}-"+h+"{12}$", d.TryCast(x, record.Of(record.UUID)))
	},
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func booleanType() Type { return logical("boolean", []string{"true"}, []string{"false"}) }

func booleanStringType() Type {
	return logical("boolean_string", []string{"yes", "y", "true", "t", "on", "1"}, []string{"no", "n", "false", "f", "off", "0"})
}

// logical is a boolean of the given words, in any case.
func logical(name string, yes, no []string) Type {
	words := map[string]bool{}
	for _, w := range yes {
		words[w] = true
	}
	for _, w := range no {
		words[w] = false
	}
	return &standard{
		name: name, stored: record.Of(record.Bool),
		decode: func(text []byte) (record.Value, error) {
			var lower [8]byte
			if len(text) > len(lower) {
				return record.Null, errForm
			}
			for i, c := range text {
				if c >= 'A' && c <= 'Z' {
					c += 32
				}
				lower[i] = c
			}
			b, ok := words[string(lower[:len(text)])]
			if !ok {
				return record.Null, errForm
			}
			return record.BoolValue(b), nil
		},
		spell: func(d expr.Dialect, x string) string {
			value := func(b bool) string { return d.Literal(record.BoolValue(b), record.Of(record.Bool)) }
			lower := spellLower(x)
			return "CASE WHEN " + lower + " IN (" + textList(d, yes) + ") THEN " + value(true) +
				" WHEN " + lower + " IN (" + textList(d, no) + ") THEN " + value(false) + " END"
		},
	}
}

func textList(d expr.Dialect, words []string) string {
	list := ""
	for i, w := range words {
		if i > 0 {
			list += ", "
		}
		list += textLiteral(d, w)
	}
	return list
}
