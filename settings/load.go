package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"go.yaml.in/yaml/v4"
)

// Option says where Load finds settings.
type Option func(*origins)

// origins are the places in which Load looks.
type origins struct {
	file     string
	optional bool
	prefix   string
	env      string
	only     *instead
}

// instead stands in for a file and for the environment.
type instead struct {
	yaml      string
	variables map[string]string
}

// File is the YAML file with the settings. It must be there.
func File(path string) Option { return func(o *origins) { o.file, o.optional = path, false } }

// FileIfThere is File for one that may be missing.
func FileIfThere(path string) Option { return func(o *origins) { o.file, o.optional = path, true } }

// Prefix lets every key be set by a variable, too: with Prefix("SHOP_") the key port
// under listen by SHOP_LISTEN_PORT. Without it only keys with a tag env have a variable.
func Prefix(prefix string) Option { return func(o *origins) { o.prefix = prefix } }

// Env names the file of variables; default .env beside the YAML file, or in the working
// directory. It may be missing; "" reads none.
func Env(path string) Option { return func(o *origins) { o.env = path } }

// Only replaces file and environment: nothing is read but these two. It is meant for
// tests, which can so run in parallel and on any machine. Where the program's own options
// come first, an Only after them wins.
func Only(yamlText string, variables map[string]string) Option {
	return func(o *origins) { o.only = &instead{yamlText, variables} }
}

// Load reads settings into a struct, whose tags are those of the package comment, and
// checks them. The environment goes before .env, .env before the YAML file, that before
// the defaults. Keys that are needed and set nowhere, values that do not fit, and what the
// Validate methods of the struct, and of the structs in it, complain about come as one
// error, Problems, each with its file, line and column or the name of its variable. With
// an error there are no settings: a program that starts has all of them.
//
// A method Validate() error may return Problems with the path of a key; they are shown
// where the key was set. It is only called when all that it can look at could be read.
func Load[T any](options ...Option) (T, error) {
	var into, none T
	if t := reflect.TypeFor[T](); t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("settings: Load into %s, want a struct", t))
	}
	o := originsOf(options)
	if problems := o.fill(&into); len(problems) > 0 {
		return none, problems
	}
	return into, nil
}

// defaultEnv tells that .env stands beside the file.
const defaultEnv = "\x00"

func originsOf(options []Option) *origins {
	o := &origins{env: defaultEnv}
	for _, option := range options {
		option(o)
	}
	if o.env == defaultEnv {
		o.env = filepath.Join(filepath.Dir(o.file), EnvFile)
	}
	return o
}

func (o *origins) fill(into any) Problems {
	v := reflect.ValueOf(into).Elem()
	outline := outlineOf(v.Type(), o.prefix)
	if problems := outline.ambiguous(); len(problems) > 0 {
		return problems
	}
	environment, problems := o.environment()
	src, err := o.read()
	if err != nil {
		problems = append(problems, Problem{File: o.file, Text: err.Error()})
	}
	file := o.file
	if o.only != nil && o.only.yaml != "" {
		file = cmp.Or(file, "settings.yaml")
	}
	d := &Decoder{File: file, Lookup: environment.Lookup}
	root, wrong := d.Parse(src)
	if problems = append(problems, wrong...); len(problems) > 0 {
		return problems
	}
	if root == nil || isNull(root) {
		root = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	if root.Kind == yaml.MappingNode {
		d.overlay(root, outline)
	}
	problems = d.DecodeNode(root, into)
	problems = append(problems, d.validate(v, "")...)
	problems.Sort()
	return problems
}

func (o *origins) environment() (*Environment, Problems) {
	lookup, file := os.LookupEnv, o.env
	if o.only != nil {
		file = ""
		lookup = func(name string) (string, bool) { value, ok := o.only.variables[name]; return value, ok }
	}
	environment, err := NewEnvironment(lookup, file)
	if err != nil {
		problems, _ := errors.AsType[Problems](err)
		return environment, problems
	}
	return environment, nil
}

// read is the text of the YAML file.
func (o *origins) read() ([]byte, error) {
	switch {
	case o.only != nil:
		return []byte(o.only.yaml), nil
	case o.file == "":
		return nil, nil
	}
	info, err := os.Stat(o.file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.optional:
		return nil, brokenLink(o.file)
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("is missing")
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("is %s, and not a file that can be read to its end", FileKind(info.Mode()))
	case info.Size() > maxFile:
		return nil, fmt.Errorf("has %d bytes; at most %d are read", info.Size(), maxFile)
	}
	src, err := os.ReadFile(o.file)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	return src, CheckEncoding(src)
}
