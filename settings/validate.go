package settings

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// validate asks the structs in a value, the inner ones first, what is wrong with them. One
// of which something could not be read is not asked.
func (d *Decoder) validate(v reflect.Value, path string) Problems {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	var found Problems
	for _, f := range fieldsOf(v.Type()) {
		inner, at := v.FieldByIndex(f.index), join(path, f.name)
		if inner.Kind() != reflect.Slice {
			found = append(found, d.validate(inner, at)...)
			continue
		}
		for i := range inner.Len() {
			found = append(found, d.validate(inner.Index(i), itemPath(f, inner.Index(i), at, i))...)
		}
	}
	if len(found) > 0 || slices.ContainsFunc(d.problems, func(p Problem) bool { return within(p.Path, path) }) {
		return found
	}
	if x, ok := v.Addr().Interface().(interface{ Validate() error }); ok {
		return d.locate(x.Validate(), path)
	}
	return nil
}

func itemPath(list field, item reflect.Value, path string, i int) string {
	if list.keyed {
		return join(path, item.FieldByName("Name").String())
	}
	return fmt.Sprintf("%s[%d]", path, i)
}

// locate finds the places of what a Validate method complains about.
func (d *Decoder) locate(err error, path string) Problems {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all Problems
		for _, e := range joined.Unwrap() {
			all = append(all, d.locate(e, path)...)
		}
		return all
	}
	many, one := Problems{}, Problem{Text: err.Error()}
	if !errors.As(err, &many) {
		_ = errors.As(err, &one) // else it is a text about the whole
		many = Problems{one}
	}
	located := make(Problems, len(many))
	for i, p := range many {
		located[i] = d.At(join(path, p.Path), p.Text)
	}
	return located
}

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}

// within tells whether a path is another one or stands below it.
func within(path, other string) bool {
	rest, below := strings.CutPrefix(path, other)
	return below && (other == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}
