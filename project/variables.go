package project

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/settings"
)

// Variable is a variable of the environment that the project's files ask for.
type Variable struct {
	Name    string
	Default string          // of the first use; "" of a secret
	Needed  bool            // a use has no default
	Origin  settings.Origin // where its value comes from
	Wrong   string          // what is wrong with that
	Uses    []settings.Problem
}

// referenced notes a use of a variable, in the order of the files.
func (l *loader) referenced(r settings.Reference) {
	all := &l.project.Variables
	i := slices.IndexFunc(*all, func(v Variable) bool { return v.Name == r.Name })
	if i < 0 {
		origin, err := l.variables.Origin(r.Name)
		v := Variable{Name: r.Name, Default: r.Default, Origin: origin}
		for _, password := range Passwords(r.Default) {
			l.secret(password)
		}
		if err != nil {
			v.Wrong = err.Error()
		}
		i, *all = len(*all), append(*all, v)
	}
	v := &(*all)[i]
	if r.Secret {
		v.Default = ""
	}
	v.Needed = v.Needed || r.Needed
	v.Uses = append(v.Uses, r.At)
}

// Missing tells whether the project cannot be read without a value that is not there.
func (v Variable) Missing() bool { return v.Wrong != "" || v.Needed && v.Origin.Variable == "" }

// EnvExample is an .env.example for the project.
func (p *Project) EnvExample() string {
	var variables []settings.Variable
	for _, v := range p.Variables {
		var said []string
		for _, use := range v.Uses {
			text := fmt.Sprintf("%s of %s: %s", use.Path, strings.TrimPrefix(use.File, p.Dir+"/"), use.Text)
			said = append(said, strings.TrimSuffix(text, ": "))
		}
		variables = append(variables, settings.Variable{Name: v.Name, About: strings.Join(said, "\n"), Preset: v.Default, Needed: v.Needed})
	}
	return settings.EnvExample(variables)
}
