package settings

import (
	"encoding"
	"reflect"
	"strings"
	"time"
)

// field is one key of a struct as its tags spell it.
type field struct {
	name  string
	index []int // path through inlined structs
	typ   reflect.Type
	need  bool
	oneof []string
	doc   string
	keyed bool

	preset string // default
	env    string // the variable that sets it, "-" for none
}

var (
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	durationType    = reflect.TypeFor[time.Duration]()
	secretType      = reflect.TypeFor[Secret]()
)

// isText tells whether a type is written as a scalar because it parses its own text.
func isText(t reflect.Type) bool { return reflect.PointerTo(t).Implements(textUnmarshaler) }

// eitherWay tells whether a type is written as a scalar or as a mapping.
func eitherWay(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && isText(t) && len(fieldsOf(t)) > 0
}

// isScalar tells whether a type is written as a scalar.
func isScalar(t reflect.Type) bool {
	if isText(t) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Interface:
		return false
	case reflect.Pointer:
		return isScalar(t.Elem())
	}
	return true
}

// isList tells a list that can be written as one text, with commas.
func isList(f field) bool {
	return f.typ.Kind() == reflect.Slice && !f.keyed && !isText(f.typ) && isScalar(f.typ.Elem())
}

// fieldsOf lists the keys of a struct in their order; keys of inlined structs stand
// where the struct stands.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
		case f.IsExported() && name != "" && name != "-":
			fields = append(fields, field{
				name: name, index: []int{i}, typ: f.Type, keyed: options == "keyed",
				need: f.Tag.Get("need") == "yes", oneof: strings.Fields(f.Tag.Get("oneof")), doc: f.Tag.Get("doc"),
				preset: f.Tag.Get("default"), env: f.Tag.Get("env"),
			})
		}
	}
	return fields
}

func names(fields []field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}
