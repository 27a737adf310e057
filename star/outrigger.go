package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// durables is a relation of the natural keys of a dimension with their durable keys. A
// conformed member goes by the keys of all its records. Members that a fact has inferred
// are none yet: whether they are there depends on what ran first.
func durables(d warehouse.Dialect, dim *schema.DimensionModel) string {
	key := sqltext.List(d, "", dim.NaturalKey()...)
	told := "(SELECT * FROM " + d.Table(dim.Table.Name) + " WHERE NOT is_inferred)"
	rows := told + " m"
	if conformed(dim) {
		rows = fmt.Sprintf("(SELECT %s, %s, %s FROM %s m UNION ALL SELECT %s, %s, %s FROM %s r JOIN %s t ON %s) t", key, d.Quote(dim.DurableKey), d.Quote(dim.SurrogateKey), told,
			sqltext.List(d, "r", dim.NaturalKey()...), sqltext.Column(d, "t", dim.DurableKey), sqltext.Column(d, "t", dim.SurrogateKey),
			d.Table(dim.Entity.Conformed.Members.Name), told, sqltext.OnPairs(d, "t", dim.NaturalKey(), "r", dim.Entity.MasterKey()))
	}
	return fmt.Sprintf("(SELECT %s, min(%s) AS lode_durable FROM %s WHERE %s > 0 GROUP BY %s)", key, d.Quote(dim.DurableKey), rows, d.Quote(dim.SurrogateKey), key)
}

// outriggerKeys gives versions the durable keys of what they point to.
func (c chain) outriggerKeys() (columns, joins string) {
	var b, j strings.Builder
	for i, o := range c.m.Outriggers {
		if o.Dim.Mini != nil {
			fmt.Fprintf(&b, ", o%d.lode_sk AS %s", i, c.d.Quote(o.Column))
			fmt.Fprintf(&j, "\nLEFT JOIN %s", c.profile(o, fmt.Sprintf("o%d", i)))
			continue
		}
		to := durables(c.d, o.Dim)
		if o.Takes != "" {
			to = c.currentProfiles(o)
		}
		fmt.Fprintf(&b, ", COALESCE(o%d.lode_durable, %d) AS %s", i, schema.UnknownKey, c.d.Quote(o.Column))
		fmt.Fprintf(&j, "\nLEFT JOIN %s o%d ON %s", to, i, sqltext.OnPairs(c.d, fmt.Sprintf("o%d", i), o.Dim.NaturalKey(), "v", o.Key))
	}
	return b.String(), j.String()
}

// tmpRepointed holds the rows of a dimension that are to point to another member of an
// outrigger, and its key.
const tmpRepointed = "lode_repointed"

// Repointed lists the statements that find the rows of a dimension that are to point to
// members of an outrigger that have just come, or have another durable key now, or to none
// because theirs is gone. They read the fresh rows of the outrigger, and what was removed.
func Repointed(d warehouse.Dialect, m *schema.DimensionModel, o schema.OutriggerModel) []sqltext.Statement {
	key, to := o.Dim.NaturalKey(), durables(d, o.Dim)
	if o.Takes != "" {
		to = newestProfiles(d, o, d.Quote(tmpFresh))
	}
	touched := fmt.Sprintf("\n  AND EXISTS (SELECT 1 FROM %s f WHERE %s)", d.Quote(tmpFresh), sqltext.On(d, "f", "x", key...))
	if conformed(o.Dim) {
		touched = "" // a record may have become another member without a change of either
	}
	sk := d.Quote(m.SurrogateKey)
	out := affected.Create(d, tmpRepointed, m.Name+" points to the members of "+o.Dim.Name+" that have come", lines(
		fmt.Sprintf("SELECT t.%s, x.lode_durable AS lode_points FROM %s t JOIN %s x ON %s", sk, d.Table(m.Table.Name), to, sqltext.OnPairs(d, "t", o.Key, "x", key)),
		fmt.Sprintf("WHERE t.%s IS DISTINCT FROM x.lode_durable AND t.%s > 0", d.Quote(o.Column), sk)+touched))
	if o.Takes != "" {
		return out // a profile that nobody has any more stays
	}
	return append(out, sqltext.Statement{
		Given: removed(d),
		Note:  "and to none where the member is gone",
		SQL: fmt.Sprintf("INSERT INTO %s SELECT t.%s, %d FROM %s t WHERE t.%s > 0 AND t.%s > 0 AND NOT EXISTS (SELECT 1 FROM %s x WHERE %s)", d.Quote(tmpRepointed), sk, schema.UnknownKey,
			d.Table(m.Table.Name), sk, d.Quote(o.Column), to, sqltext.OnPairs(d, "t", o.Key, "x", key)),
	})
}

// removed is the rows that the dimension being written has lost.
func removed(d warehouse.Dialect) string {
	return fmt.Sprintf("(SELECT * FROM %s WHERE lode_change = '%s') c", d.Quote(tmpDelta), affected.Delete)
}

// OutriggerKeys is the statement that lets them point there.
func OutriggerKeys(d warehouse.Dialect, m *schema.DimensionModel, o schema.OutriggerModel) sqltext.Statement {
	return sqltext.Statement{
		Note: "these point there now",
		SQL: fmt.Sprintf("UPDATE %s t SET %s = x.lode_points FROM %s x WHERE x.%s = t.%s", d.Table(m.Table.Name), d.Quote(o.Column), d.Quote(tmpRepointed),
			d.Quote(m.SurrogateKey), d.Quote(m.SurrogateKey)),
	}
}
