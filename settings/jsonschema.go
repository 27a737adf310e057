package settings

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// JSONSchema describes the file that v is decoded from, in draft 2020-12, so that editors
// complete and check it. The keys of more stand beside those of v, for a file that is
// decoded into several types.
func JSONSchema(v any, title string, more ...any) []byte {
	return rootSchema(v, title, more...).text()
}

func rootSchema(v any, title string, more ...any) object {
	root := object{"$schema": "https://json-schema.org/draft/2020-12/schema"}
	properties, required := object{}, []string{}
	for _, part := range append([]any{v}, more...) {
		t := reflect.TypeOf(part)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		required = addProperties(properties, required, t, nil)
	}
	root["title"] = title
	root.close(properties, required)
	return root
}

func (o object) text() []byte {
	out, err := json.Marshal(o, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		panic(err) // maps, texts and lists only: cannot fail
	}
	return append(out, '\n')
}

// object is a JSON object under construction.
type object map[string]any

func (o object) close(properties object, required []string) {
	o["type"], o["properties"], o["additionalProperties"] = "object", properties, false
	if len(required) > 0 {
		o["required"] = required
	}
}

func addProperties(properties object, required []string, t reflect.Type, outer []reflect.Type) []string {
	for _, f := range fieldsOf(t) {
		s := fieldSchema(f, outer)
		if f.doc != "" {
			s["description"] = f.doc
		}
		if f.preset != "" && !f.isSecret() {
			s["default"] = presetValue(f)
		}
		properties[f.name] = s
		if f.need {
			required = append(required, f.name)
		}
	}
	return required
}

// presetValue is a default as JSON would hold it.
func presetValue(f field) any {
	v := reflect.New(f.typ).Elem()
	switch {
	case isText(f.typ) || f.typ == durationType:
	case v.Kind() == reflect.Bool || v.CanInt() || v.CanUint() || v.CanFloat():
		if setScalar(v, f.preset) == nil {
			return v.Interface()
		}
	}
	return f.preset
}

func fieldSchema(f field, outer []reflect.Type) object {
	if f.keyed {
		return object{"type": "object", "additionalProperties": typeSchema(f.typ.Elem(), nil, outer)}
	}
	return typeSchema(f.typ, f.oneof, outer)
}

// fromEnvironment lets ${NAME} stand where a number or bool is wanted.
func fromEnvironment(other object) object {
	return object{"anyOf": []object{other, {"type": "string", "pattern": `\$\{`}}}
}

// typeSchema describes a type; outer are the structs around it, so that a type that
// contains itself ends in "anything".
func typeSchema(t reflect.Type, oneof []string, outer []reflect.Type) object {
	switch {
	case t.Kind() == reflect.Pointer:
		return typeSchema(t.Elem(), oneof, outer)
	case t.Kind() == reflect.Struct && slices.Contains(outer, t):
		return object{}
	case eitherWay(t):
		return object{"anyOf": []object{textSchema(oneof), structSchema(t, outer)}}
	case isText(t) || t == durationType || t.Kind() == reflect.String:
		return textSchema(oneof)
	case t.Kind() == reflect.Struct:
		return structSchema(t, outer)
	case t.Kind() == reflect.Map:
		return object{"type": "object", "additionalProperties": typeSchema(t.Elem(), nil, outer)}
	case t.Kind() == reflect.Slice:
		return listSchema(t, oneof, outer)
	case t.Kind() == reflect.Bool:
		return fromEnvironment(object{"enum": []any{true, false, "yes", "no", "on", "off"}})
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		return fromEnvironment(object{"type": "number"})
	case t.Kind() == reflect.Interface:
		return object{}
	}
	return fromEnvironment(object{"type": "integer"})
}

// textSchema allows numbers and bools too: an unquoted 1 or true is a text to the decoder.
func textSchema(oneof []string) object {
	if len(oneof) > 0 {
		return object{"enum": enumOf(oneof)}
	}
	return object{"type": []string{"string", "number", "boolean"}}
}

// enumOf also lists words that are numbers as numbers, as a person writes them.
func enumOf(words []string) []any {
	var enum []any
	for _, word := range words {
		enum = append(enum, word)
		if n, err := strconv.Atoi(word); err == nil {
			enum = append(enum, n)
		}
	}
	return enum
}

func structSchema(t reflect.Type, outer []reflect.Type) object {
	properties, s := object{}, object{}
	s.close(properties, addProperties(properties, nil, t, append(slices.Clone(outer), t)))
	return s
}

func listSchema(t reflect.Type, oneof []string, outer []reflect.Type) object {
	item := typeSchema(t.Elem(), oneof, outer)
	list := object{"type": "array", "items": item}
	if isScalar(t.Elem()) {
		return object{"anyOf": []object{item, list}}
	}
	return list
}
