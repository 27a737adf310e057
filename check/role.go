package check

import (
	"fmt"
	"strconv"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// role writes what the key of a fact in a role should be.
type role struct {
	Writer
	m *schema.FactModel
	r schema.RoleModel
}

// wrong selects the facts whose key is another than that of the member that their source,
// a relation called s, names.
func (x role) wrong(rows string) string {
	d := x.Dialect
	join, should := x.should()
	return x.brokenIn(x.r.Column, x.key(x.columns("f", x.m.Table.PrimaryKey)...), "FROM "+rows,
		fmt.Sprintf("JOIN %s f ON %s", d.Table(x.m.Table.Name), sqltext.On(d, "f", "s", x.m.Table.PrimaryKey...)), join,
		fmt.Sprintf("WHERE %s IS DISTINCT FROM %s", sqltext.Column(d, "f", x.r.Column), should))
}

// should is the key that the role should have, and what has to be joined to find it.
func (x role) should() (join, key string) {
	d, dim := x.Dialect, x.r.Dim
	member := func(on string) string { return fmt.Sprintf("LEFT JOIN %s v ON %s", d.Table(dim.Table.Name), on) }
	sk := sqltext.Column(d, "v", dim.SurrogateKey)
	switch dim.Lookup() {
	case schema.ByDay:
		return "", x.unless(star.CalendarKey(d, x.local()))
	case schema.ByTime:
		return member(sk + " = " + star.TimeKey(d, dim, x.local())), x.unless(x.orUnknown(sk))
	case schema.ByRange:
		number, low, high := sqltext.Column(d, "s", x.r.Key[0]), sqltext.Column(d, "v", schema.LowerBound), sqltext.Column(d, "v", schema.UpperBound)
		return member(fmt.Sprintf("%s > 0 AND NOT COALESCE(%s < %s, FALSE) AND NOT COALESCE(%s >= %s, FALSE)", sk, number, low, number, high)), x.unless(x.orUnknown(sk))
	case schema.ByCombination:
		return x.combination()
	case schema.ByEvent:
		return star.LoadJoin(d, dim, "v"), star.LoadKey(d, dim, "v")
	}
	return x.version()
}

func (x role) orUnknown(sk string) string {
	return fmt.Sprintf("COALESCE(%s, %d)", sk, schema.UnknownKey)
}

// unless is a key, or the special member of a fact that names none.
func (x role) unless(key string) string {
	return x.special(sqltext.AnyNull(x.Dialect, "s", x.r.Key...), key, x.r.Key...)
}

// special is a key or, when what it is found by is missing, the special member that says
// why: it was not there, or could not be read.
func (x role) special(missing, key string, columns ...string) string {
	none := strconv.Itoa(x.r.NullKey())
	if refused := star.Unreadable(x.Dialect, x.m, "s", columns...); refused != "" {
		none = fmt.Sprintf("CASE WHEN %s THEN %d ELSE %s END", refused, schema.ErrorKey, none)
	}
	return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", missing, none, key)
}

// local is the date or timestamp that the role names, on the clocks of its zone.
func (x role) local() string {
	at := sqltext.Column(x.Dialect, "s", x.r.Key[0])
	if x.r.Zone == "" {
		return at
	}
	return x.Dialect.Local(at, x.r.Zone)
}

// combination joins the member that the key points to: its values should be those of the
// row. Where several agree in what is declared today, any of them will do.
func (x role) combination() (join, key string) {
	d, dim := x.Dialect, x.r.Dim
	fk := sqltext.Column(d, "f", x.r.Column)
	same := sqltext.Signature(d, "v", dim.NaturalKey()...) + " = " + sqltext.Signature(d, "s", x.r.Key...)
	return fmt.Sprintf("LEFT JOIN %s v ON %s = %s", d.Table(dim.Table.Name), sqltext.Column(d, "v", dim.SurrogateKey), fk),
		fmt.Sprintf("CASE WHEN %s > 0 AND %s THEN %s END", fk, same, fk)
}

// version joins the latest version of the member at the time of the fact, or the current
// one. Where it has ended, the dimension says which member facts point to.
func (x role) version() (join, key string) {
	d, dim := x.Dialect, x.r.Dim
	join, named := star.Named(d, dim, "lode_thing", "s", x.r.Key)
	sk := sqltext.Column(d, "v", x.r.Takes())
	ended := sk
	switch dim.Deleted {
	case "member":
		ended = strconv.Itoa(schema.DeletedKey)
	case "unknown":
		ended = strconv.Itoa(schema.UnknownKey)
	}
	holds := "v.is_current"
	if x.r.AsOf != "current" {
		holds = x.at() + " < v.valid_to"
	}
	found := fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", holds, sk, ended)
	missing := fmt.Sprintf("WHEN %s IS NULL THEN %d ", sk, schema.UnknownKey)
	if x.m.Late == "unknown" {
		missing = fmt.Sprintf("WHEN %s IS NULL OR v.is_inferred THEN %d ", sk, schema.UnknownKey)
	}
	key = "CASE " + missing + "ELSE " + found + " END"
	if x.r.AsOf != "current" {
		key = x.special(x.at()+" IS NULL", key, x.m.EventAt)
	}
	return join + x.latest(named), x.unless(key)
}

// latest joins the version that a fact finds first.
func (x role) latest(named []string) string {
	d, dim := x.Dialect, x.r.Dim
	key := dim.NaturalKey()
	if x.r.AsOf == "current" {
		list := sqltext.List(d, "c", key...)
		on := ""
		for i, k := range key {
			on += " AND " + sqltext.Column(d, "v", k) + " = " + named[i]
		}
		return fmt.Sprintf("LEFT JOIN (SELECT DISTINCT ON (%s) c.* FROM %s c WHERE c.%s > 0 ORDER BY %s, c.is_current DESC, c.valid_from DESC) v ON TRUE%s",
			list, d.Table(dim.Table.Name), d.Quote(dim.SurrogateKey), list, on)
	}
	latest := warehouse.Latest{From: d.Table(dim.Table.Name), Alias: "v", At: d.Quote(schema.ValidFrom), Time: x.at()}
	for i, k := range key {
		latest.Keys = append(latest.Keys, [2]string{d.Quote(k), named[i]})
	}
	return d.LatestJoin(latest)
}

// at is the time that the key of a fact is as of.
func (x role) at() string {
	if x.m.Snapshot != nil {
		return sqltext.Column(x.Dialect, "s", schema.FactAt)
	}
	at := sqltext.Column(x.Dialect, "s", x.m.EventAt)
	if t, _ := x.m.Source(x.m.EventAt); t.Kind == record.Date {
		return timestamp(x.Dialect, at)
	}
	return at
}
