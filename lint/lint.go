// Package lint holds a checked project against the conventions of the field: names that
// say what a table is and what a column holds, with the type behind the name, and
// descriptions. What a project silences, it silences with a reason.
package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/naming"
)

// Finding is one departure from the conventions, at its place in the declarations.
type Finding struct {
	Object string // "entity customers"
	Path   string // "columns.email"
	Level  naming.Level
	Rule   string
	Text   string
}

// Check looks at a project, in the order of its declarations.
func Check(m *schema.Model) []Finding {
	l := &linter{levels: levels(m.Lint.Rules)}
	for _, n := range m.Lint.Names {
		l.names = append(l.names, naming.Promised(n.Name, n.Type))
	}
	for _, e := range m.Entities {
		l.entity(e)
	}
	for _, d := range m.Dimensions {
		if d.Bridge == nil && d.Mini == nil && !isHistoryOfMini(d) { // the others follow from what is declared
			l.dimension(d)
		}
	}
	for _, b := range m.Bridges {
		l.bridge(b)
	}
	for _, f := range m.Facts {
		l.fact(f)
	}
	for _, a := range m.Aggregates {
		l.aggregate(a)
	}
	for _, t := range m.AppTables {
		l.appTable(t)
	}
	return l.found
}

// isHistoryOfMini tells the history that a mini-dimension has beside it.
func isHistoryOfMini(d *schema.DimensionModel) bool {
	p := d.Profile()
	return p != nil && p.Dim.Mini.History == d
}

// linter collects findings.
type linter struct {
	levels map[string]naming.Level
	names  []naming.Promise
	found  []Finding
}

// place is where a finding is, and what is silenced there: at the place itself, and in
// the declarations around it.
type place struct {
	object, path string
	silences     []*silence
}

// silence is a nolint of a declaration.
type silence struct {
	path    string
	reasons map[string]string
	used    map[string]bool
}

func silenceOf(path string, reasons map[string]string) *silence {
	return &silence{path, reasons, map[string]bool{}}
}

// at is a place inside another one.
func (p place) at(path string, nolint map[string]string) place {
	return place{p.object, path, append([]*silence{silenceOf(path, nolint)}, p.silences...)}
}

// add tells a finding unless its rule is off, or silenced at its place.
func (l *linter) add(p place, found ...naming.Finding) {
	for _, f := range found {
		level := l.levels[f.Rule]
		if level == Off || p.silent(f.Rule) {
			continue
		}
		l.found = append(l.found, Finding{p.object, p.path, level, f.Rule, f.Text})
	}
}

func (p place) silent(rule string) bool {
	for _, s := range p.silences {
		if _, said := s.reasons[rule]; said && rule != "lint" {
			s.used[rule] = true
			return true
		}
	}
	return false
}

// close tells what is wrong with the silences of a place, when all else has been told.
func (l *linter) close(p place) {
	s := p.silences[0]
	for _, rule := range slices.Sorted(maps.Keys(s.reasons)) {
		text := ""
		switch _, known := Find(rule); {
		case !known:
			text = fmt.Sprintf("there is no rule %q; there are %s", rule, strings.Join(Names(), ", "))
		case l.levels[rule] == Off:
			text = "the rule is off and there is nothing to silence; remove it"
		case !s.used[rule]:
			text = "there is nothing to silence; remove it"
		case strings.TrimSpace(s.reasons[rule]) == "":
			text = "there is no reason; write one behind the rule"
		default:
			continue
		}
		path := strings.TrimPrefix(s.path+".nolint."+rule, ".")
		l.add(place{object: p.object, path: path}, naming.Finding{Rule: "lint", Text: "nolint of " + rule + ": " + text})
	}
}
