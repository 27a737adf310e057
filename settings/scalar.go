package settings

import (
	"fmt"
	"math"
	"reflect"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// scalar decodes into text, number, bool or duration.
func (d *Decoder) scalar(node *yaml.Node, v reflect.Value, p place) {
	if node.Kind != yaml.ScalarNode {
		d.problem(node, p, "%s where %s is wanted", describe(node), wanted(v.Type()))
		return
	}
	text, used, ok := d.expand(node, p)
	if !ok {
		return
	}
	if err := setScalar(v, text); err != nil {
		d.problem(node, p, "%s", conceal(err.Error(), node.Value, text, used))
		return
	}
	d.checkOneOf(node, text, used, p)
}

// setScalar parses text into v.
func setScalar(v reflect.Value, text string) error {
	bad := fmt.Errorf("%q where %s is wanted", text, wanted(v.Type()))
	switch kind := v.Kind(); {
	case kind == reflect.String:
		v.SetString(text)
	case kind == reflect.Bool:
		b, ok := boolWord(text)
		if !ok {
			return bad
		}
		v.SetBool(b)
	case v.Type() == durationType:
		var parsed Duration
		if err := parsed.UnmarshalText([]byte(text)); err != nil {
			return err
		}
		v.SetInt(int64(parsed))
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return bad
		}
		v.SetInt(n)
	case v.CanUint():
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err != nil {
			return bad
		}
		v.SetUint(n)
	case v.CanFloat():
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return bad
		}
		v.SetFloat(f)
	default:
		panic(fmt.Sprintf("settings: field of type %s cannot be written in a file", v.Type()))
	}
	return nil
}

func boolWord(text string) (value, ok bool) {
	switch text {
	case "true", "yes", "on":
		return true, true
	case "false", "no", "off":
		return false, true
	}
	return false, false
}

func wanted(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration such as 30s"
	case isText(t) || t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Bool:
		return "yes or no"
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	if len(node.Value) > 40 {
		return fmt.Sprintf("%q...", node.Value[:40])
	}
	return fmt.Sprintf("%q", node.Value)
}

// plain decodes into ordinary Go values: map[string]any, []any, string, bool, int64, float64.
func (d *Decoder) plain(node *yaml.Node, p place) any {
	node, ok := d.enter(node, p)
	if !ok {
		return nil
	}
	switch node.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		d.members(node, p, func(key, value *yaml.Node, q place) { out[key.Value] = d.plain(value, q) })
		return out
	case yaml.SequenceNode:
		out := make([]any, len(node.Content))
		for i, item := range node.Content {
			out[i] = d.plain(item, p.item(i))
		}
		return out
	}
	return d.plainScalar(node, p)
}

// plainScalar keeps as text what has no exact plain value.
func (d *Decoder) plainScalar(node *yaml.Node, p place) any {
	switch node.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		if b, ok := boolWord(node.Value); ok {
			return b
		}
	case "!!int":
		if n, err := strconv.ParseInt(node.Value, 10, 64); err == nil {
			return n
		}
	case "!!float":
		if f, err := strconv.ParseFloat(node.Value, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	}
	text, _, _ := d.expand(node, p)
	return text
}
