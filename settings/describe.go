package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Variable is a variable as an .env.example shows it.
type Variable struct {
	Name   string
	About  string
	Preset string // what it is when it is not set
	Needed bool   // else it is commented out
}

// EnvExample is an .env.example with some variables.
func EnvExample(variables []Variable) string {
	var b strings.Builder
	b.WriteString("# Copy this file to .env, which git ignores, and put secrets there. Instead of NAME, NAME" + FileSuffix + " can\n" +
		"# name the file that holds the value, or NAME" + CommandSuffix + " the command that prints it.\n")
	for _, v := range variables {
		b.WriteString("\n# " + strings.ReplaceAll(v.About, "\n", "\n# ") + "\n")
		if !v.Needed {
			b.WriteString("#")
		}
		fmt.Fprintf(&b, "%s=%s\n", v.Name, quoted(v.Preset))
	}
	return b.String()
}

// Example is an .env.example for settings that are loaded with the same options.
func Example[T any](options ...Option) string {
	var variables []Variable
	for _, v := range outlineOf(reflect.TypeFor[T](), originsOf(options).prefix).variables {
		shown := Variable{v.name, v.about(), v.preset, v.need}
		if v.isSecret() {
			shown.Preset = ""
		}
		variables = append(variables, shown)
	}
	return EnvExample(variables)
}

// about says what a variable means, and how it may be set.
func (v settable) about() string {
	said := []string{v.doc}
	if v.doc == "" {
		said = []string{strings.Join(v.path, ".") + "."}
	}
	if len(v.oneof) > 0 {
		said = append(said, "One of "+strings.Join(v.oneof, ", ")+".")
	}
	if isList(v.field) {
		said = append(said, "A list, with commas.")
	}
	if v.need {
		said = append(said, "Must be set, here or in the file.")
	}
	if v.isSecret() {
		said = append(said, "A secret.")
	}
	return strings.Join(said, " ")
}

func (f field) isSecret() bool { return f.typ == secretType || f.typ == reflect.PointerTo(secretType) }

// quoted is a value as .env takes it.
func quoted(value string) string {
	if strings.ContainsAny(value, " #\"'$\\") {
		return "'" + value + "'"
	}
	return value
}

// Schema is the JSON Schema of the YAML file of settings that are loaded with the same
// options, for editors. A key that a variable can set need not be in the file.
func Schema[T any](title string, options ...Option) []byte {
	var zero T
	root := rootSchema(zero, title)
	for _, v := range outlineOf(reflect.TypeFor[T](), originsOf(options).prefix).variables {
		parent := root
		for _, name := range v.path[:len(v.path)-1] {
			parent = parent["properties"].(object)[name].(object)
		}
		last := v.path[len(v.path)-1]
		key := parent["properties"].(object)[last].(object)
		key["description"] = strings.TrimSpace(v.doc + " Set by " + v.name + ", too.")
		required, _ := parent["required"].([]string)
		if required = slices.DeleteFunc(required, func(name string) bool { return name == last }); len(required) == 0 {
			delete(parent, "required")
		} else {
			parent["required"] = required
		}
	}
	return root.text()
}
