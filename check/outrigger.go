package check

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
)

// pointed holds when each key of an outrigger, of a profile, and of the newest profile, is
// that of the member that its row names, and the unknown member's where there is none. An
// inferred member names nobody yet.
func (w Writer) pointed(m *schema.DimensionModel) string {
	d := w.Dialect
	queries := make([]string, len(m.Outriggers))
	for i, o := range m.Outriggers {
		key := o.Dim.NaturalKey()
		members, same := w.memberNames(o), sqltext.OnPairs(d, "o", key, "t", o.Key)
		if o.Dim.Mini != nil { // a combination may have parts that are NULL
			parts := make([]string, len(key))
			for j, k := range key {
				parts[j] = fmt.Sprintf("%s IS NOT DISTINCT FROM %s", sqltext.Column(d, "o", k), sqltext.Column(d, "t", o.Key[j]))
			}
			same = strings.Join(parts, " AND ")
		}
		queries[i] = w.brokenIn(o.Column, w.key(w.columns("t", m.NaturalKey())...),
			fmt.Sprintf("FROM (SELECT * FROM %s AND NOT t.is_inferred) t LEFT JOIN %s o ON %s", w.versions(m), members, same),
			fmt.Sprintf("WHERE %s IS DISTINCT FROM COALESCE(o.lode_is, %d)", sqltext.Column(d, "t", o.Column), schema.UnknownKey))
	}
	return either(queries...)
}

// memberNames is a relation of the keys by which members are named, with what lode_is of them.
func (w Writer) memberNames(o schema.OutriggerModel) string {
	d, dim := w.Dialect, o.Dim
	key, sk := sqltext.List(d, "m", dim.NaturalKey()...), sqltext.Column(d, "m", dim.SurrogateKey)
	switch {
	case dim.Mini != nil:
		return fmt.Sprintf("(SELECT %s, %s AS lode_is FROM %s m WHERE %s > 0)", key, sk, d.Table(dim.Table.Name), sk)
	case o.Takes != "":
		return fmt.Sprintf("(SELECT %s, x.lode_is FROM (SELECT m.*, %s AS lode_is, row_number() OVER (PARTITION BY %s ORDER BY m.is_current DESC, m.valid_from DESC) AS lode_place FROM %s m WHERE %s > 0) x WHERE x.lode_place = 1)",
			sqltext.List(d, "x", dim.NaturalKey()...), sqltext.Column(d, "m", o.Takes), key, d.Table(dim.Table.Name), sk)
	}
	told := fmt.Sprintf("SELECT %s, %s AS lode_is FROM %s m WHERE %s > 0 AND NOT m.is_inferred", key, sqltext.Column(d, "m", dim.DurableKey), d.Table(dim.Table.Name), sk)
	if dim.Bridge == nil && dim.Entity != nil && dim.Entity.Conformed != nil { // named by any of its records
		told += fmt.Sprintf("\nUNION ALL SELECT %s, %s FROM %s m JOIN %s r ON %s WHERE %s > 0 AND NOT m.is_inferred", sqltext.List(d, "r", dim.NaturalKey()...), sqltext.Column(d, "m", dim.DurableKey),
			d.Table(dim.Table.Name), d.Table(dim.Entity.Conformed.Members.Name), sqltext.OnPairs(d, "m", dim.NaturalKey(), "r", dim.Entity.MasterKey()), sk)
	}
	return fmt.Sprintf("(SELECT %s, min(m.lode_is) AS lode_is FROM (%s) m GROUP BY %s)", key, told, key)
}
