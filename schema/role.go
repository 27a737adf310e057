package schema

import (
	"strings"
	"time"

	"github.com/lodehq/lode/record"
)

// roleKey checks by which columns a role finds its members. False means that too little is
// known to go on.
func (r *resolver) roleKey(m *FactModel, role *Role, dim *DimensionModel, path string, rep report) bool {
	key := dim.NaturalKey()
	if len(role.Key) == 0 && dim.Lookup() == ByCombination {
		role.Key = key
	}
	r.roleOptions(*role, dim, path, rep)
	if dim.Lookup() == ByEvent {
		if len(role.Key) > 0 {
			rep.addf(path+".key", "is not needed: a load of %s is found by the event that the row is made of; remove it", dim.Name)
		}
		return true
	}
	if len(role.Key) != len(key) {
		text := "names %d columns, the natural key of %s has %d (%s)"
		switch dim.Lookup() {
		case ByDay, ByTime, ByRange:
			text = "names %d columns, a member of %s is found by %d, which gives its %s"
		}
		rep.addf(path+".key", text, len(role.Key), dim.Name, len(key), strings.Join(key, ", "))
		return false
	}
	for i, c := range role.Key {
		want := dim.Table.Field(key[i])
		if want == nil {
			return false // the dimension itself is wrong and has been reported
		}
		before := len(*rep.found)
		r.factColumn(m, path+".key", c, rep, keyKinds(dim, want)...)
		if t, _ := m.Source(c); dim.Lookup() == ByCombination && len(*rep.found) == before && t != want.Type {
			rep.addf(path+".key", "column %q is %s, and %s of %s is %s; values of two types make no combination", c, t, key[i], dim.Name, want.Type)
		}
		r.zone(m, *role, c, path, rep)
	}
	return true
}

// keyKinds are the kinds of columns by which a member can be found.
func keyKinds(dim *DimensionModel, key *Field) []record.Kind {
	switch dim.Lookup() {
	case ByDay:
		return []record.Kind{record.Timestamp, record.Date}
	case ByTime:
		return []record.Kind{record.Timestamp}
	case ByRange:
		return []record.Kind{record.Int, record.Float, record.Decimal}
	}
	return []record.Kind{key.Type.Kind}
}

// roleOptions refuses what means nothing for the dimension.
func (r *resolver) roleOptions(role Role, dim *DimensionModel, path string, rep report) {
	how := dim.Lookup()
	if role.AsOf != "" && how != ByVersion {
		rep.addf(path+".as_of", "belongs to dimensions with a history, and %s has none; remove it", dim.Name)
	}
	if role.WhenNull != "" && how == ByEvent {
		rep.addf(path+".when_null", "means nothing here: every row is made of an event; remove it")
	}
	if role.WhenNull != "" && how == ByCombination {
		rep.addf(path+".when_null", "means nothing here: in %s NULL is a value like any other; remove it", dim.Name)
	}
	if role.Zone != "" && how != ByDay && how != ByTime {
		rep.addf(path+".zone", "belongs to days and times of day, and %s holds neither; remove it", dim.Name)
	}
}

func (r *resolver) zone(m *FactModel, role Role, column, path string, rep report) {
	if role.Zone == "" {
		return
	}
	if _, err := time.LoadLocation(role.Zone); err != nil || role.Zone == "Local" {
		rep.addf(path+".zone", "%q is no time zone; write one as Europe/Berlin", role.Zone)
	}
	if t, ok := m.Source(column); ok && t.Kind == record.Date {
		rep.addf(path+".zone", "%q is a date, which is the same in every zone; remove it", column)
	}
}
