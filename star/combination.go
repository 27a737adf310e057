package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// combination is a dimension that holds one row for each combination of values that ever
// occurred in some columns. A row is got or created by its values and never goes, so
// that its surrogate key is as stable as the values are: a rebuild finds the same rows.
// NULL is a value like any other.
//
// Rows are compared by the signature of their values and not value by value: NULLs that
// are equal allow no hash join. Where a column that made the difference is no longer
// declared, several rows agree in the rest; the first of them stands for all.
type combination struct {
	d       warehouse.Dialect
	dim     *schema.DimensionModel
	columns []string // of dim, in the order of the values that are compared with them
}

func combinationOf(d warehouse.Dialect, dim *schema.DimensionModel) combination {
	return combination{d: d, dim: dim, columns: dim.NaturalKey()}
}

// create adds a row for each combination of the source that is not there yet. The source
// selects just the dimension's columns, of their types; last is the last surrogate
// key that the dimension has given. Who calls it holds the lock on the dimension's keys. They
// are not counted, unless the caller says as what: a step counts the rows of its own table.
func (c combination) create(source string, last int64, s Scope) sqltext.Statement {
	d := c.d
	into := append([]string{c.dim.SurrogateKey}, c.columns...)
	return sqltext.Statement{
		Note: "combinations that " + c.dim.Name + " does not hold yet",
		SQL: lines(
			fmt.Sprintf("INSERT INTO %s (%s)", d.Table(c.dim.Table.Name), sqltext.List(d, "", append(into, schema.CreatedAt)...)),
			fmt.Sprintf("SELECT %s + row_number() OVER (ORDER BY n.lode_sig), %s, %s", lastGiven(d, c.dim, last), sqltext.List(d, "n", c.columns...), affected.Instant(d, s.Now)),
			fmt.Sprintf("FROM (SELECT DISTINCT ON (lode_sig) x.* FROM (SELECT v.*, %s AS lode_sig FROM (SELECT DISTINCT * FROM (%s) s) v) x ORDER BY lode_sig) n",
				sqltext.Signature(d, "v", c.columns...), source),
			fmt.Sprintf("WHERE NOT EXISTS (SELECT 1 FROM %s h WHERE h.lode_sig = n.lode_sig)", c.members())),
	}
}

// members is a relation of the combinations that are there: lode_sk is the surrogate key
// of one, lode_sig the signature of its values.
func (c combination) members() string {
	d, sk := c.d, c.d.Quote(c.dim.SurrogateKey)
	sig := sqltext.Signature(d, "t", c.columns...)
	return fmt.Sprintf("(SELECT min(t.%s) AS lode_sk, %s AS lode_sig FROM %s t WHERE t.%s > 0 GROUP BY %s)", sk, sig, d.Table(c.dim.Table.Name), sk, sig)
}

// FirstOfItsKind is the condition that a row of a dimension of combinations, under an
// alias, is the one that stands for all that agree in the columns declared now.
func FirstOfItsKind(d warehouse.Dialect, dim *schema.DimensionModel, alias string) string {
	return fmt.Sprintf("%s IN (SELECT m.lode_sk FROM %s m)", sqltext.Column(d, alias, dim.SurrogateKey), combinationOf(d, dim).members())
}

// matches is the condition that a row of members under an alias has the given values,
// which are expressions in the order of the columns and of their types.
func (c combination) matches(alias string, values ...string) string {
	return alias + ".lode_sig = " + sqltext.SignatureOf(values...)
}

// named gives expressions the names of the columns, for a source of create.
func (c combination) named(values ...string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = v + " AS " + c.d.Quote(c.columns[i])
	}
	return strings.Join(parts, ", ")
}

// lastGiven is the last surrogate key of a dimension: last, unless this step has given
// more since.
func lastGiven(d warehouse.Dialect, dim *schema.DimensionModel, last int64) string {
	sk := d.Quote(dim.SurrogateKey)
	return fmt.Sprintf("GREATEST(%d, (SELECT COALESCE(max(%s), 0) FROM %s WHERE %s > %d))", last, sk, d.Table(dim.Table.Name), sk, last)
}
