package schema

import (
	"slices"
	"strings"
)

// Refusal is a source column of a fact whose value may be one that could not be read: NULL,
// and named in a list, which is a source column, too.
type Refusal struct {
	Column string // as the list names it
	List   string // Refused, or JOIN.Refused
}

// FoundBy lists the source columns that the member of a role is found by: its key, and the
// time that its version is as of. A combination is found by values of which NULL is one like
// any other, and a load by the event.
func (f *FactModel) FoundBy(r RoleModel) []string {
	switch how := r.Dim.Lookup(); {
	case how == ByCombination || how == ByEvent:
		return nil
	case how == ByVersion && r.AsOf != "current" && f.Snapshot == nil:
		return append(slices.Clone(r.Key), f.EventAt)
	}
	return r.Key
}

// Refusals lists what may not have been readable of source columns: of themselves, and of
// what they are computed from.
func (f *FactModel) Refusals(sources ...string) []Refusal {
	var out []Refusal
	for _, n := range sources {
		for _, x := range f.refusals(n) {
			if !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	return out
}

// refusals are those of a source column. A part of a natural key is always readable: a
// record without one waits in quarantine.
func (f *FactModel) refusals(source string) []Refusal {
	entity, column, list := f.Entity, source, Refused
	if join, name, dotted := strings.Cut(source, "."); dotted {
		entity, column, list = f.Join(join).Entity, name, join+"."+Refused
	}
	var out []Refusal
	for _, n := range append(entity.Inputs(column), column) {
		if c := entity.Column(n); c != nil && !slices.Contains(entity.Key(), n) {
			out = append(out, Refusal{n, list})
		}
	}
	return out
}

// RefusedLists lists the source columns that tell whether what a role is found by could be
// read.
func (f *FactModel) RefusedLists(r RoleModel) []string {
	var lists []string
	for _, x := range f.Refusals(f.FoundBy(r)...) {
		lists = append(lists, x.List)
	}
	return unique(lists)
}
