package star

import (
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Shared lists the statements that add to the touched facts those that share an amount
// with them, now or before: a share depends on all of them.
func Shared(d warehouse.Dialect, m *schema.FactModel, keys string) []sqltext.Statement {
	a := m.Allocates()
	if a == nil {
		return nil
	}
	key := m.Entity.Key()
	return []sqltext.Statement{{
		Note: "the facts that share an amount with those",
		SQL: lines(
			fmt.Sprintf("INSERT INTO %s", d.Quote(keys)),
			fmt.Sprintf("SELECT DISTINCT %s FROM %s s JOIN (SELECT DISTINCT %s FROM %s l JOIN %s k ON %s WHERE l.op = 'upsert') h ON %s",
				sqltext.List(d, "s", key...), d.Table(m.Entity.Current.Name), sqltext.List(d, "l", a.Group...), d.Table(m.Entity.Log.Name), d.Quote(keys),
				sqltext.On(d, "k", "l", key...), sqltext.On(d, "h", "s", a.Group...)),
			fmt.Sprintf("WHERE NOT EXISTS (SELECT 1 FROM %s k WHERE %s)", d.Quote(keys), sqltext.On(d, "k", "s", key...))),
	}}
}

// The columns in which an amount and a row's weight stand until it is divided.
func amountColumn(c schema.FactColumn) string { return sqltext.Derived("lode_amount_", c.Name) }
func weightColumn(c schema.FactColumn) string { return sqltext.Derived("lode_weight_", c.Name) }

// weight is what a row's share is in proportion to, as a whole number.
func (f facts) weight(a *schema.AllocationModel) string {
	if a.By == nil {
		return "1"
	}
	x := a.By.SQL(f.d, func(name string) string { return sqltext.Column(f.d, "s", name) })
	return fmt.Sprintf("COALESCE(%s, 0)", whole(f.d, x, a.By.Type().Scale, a.By.Type().Scale))
}

// allocated replaces the amounts that are to be divided by the shares of the rows. What
// rounding leaves over goes to the row with the largest weight, so that the shares sum
// up to the amount.
func (f facts) allocated(query string) string {
	var columns []schema.FactColumn
	for _, c := range f.m.Columns {
		if c.Allocation != nil {
			columns = append(columns, c)
		}
	}
	if len(columns) == 0 {
		return query
	}
	for _, stage := range []func(schema.FactColumn) string{f.total, f.parts, f.share, f.rest, f.shared} {
		added := []string{"x.*"}
		for _, c := range columns {
			added = append(added, stage(c))
		}
		query = fmt.Sprintf("SELECT %s FROM (\n%s) x", strings.Join(added, ",\n       "), query)
	}
	return query
}

func (f facts) group(c schema.FactColumn) string {
	return "PARTITION BY " + sqltext.List(f.d, "x", c.Allocation.Group...)
}

func (f facts) helper(c schema.FactColumn, name string) string {
	return "x." + f.d.Quote(sqltext.Derived("lode_"+name+"_", c.Name))
}

func (f facts) as(c schema.FactColumn, name string) string {
	return " AS " + f.d.Quote(sqltext.Derived("lode_"+name+"_", c.Name))
}

// total is the sum of the weights that the rows of an amount have.
func (f facts) total(c schema.FactColumn) string {
	return fmt.Sprintf("CAST(sum(%s) OVER (%s) AS %s)%s", f.helper(c, "weight"), f.group(c), f.d.TypeName(record.DecimalOf(maxDigits, 0)), f.as(c, "total"))
}

// parts are the two numbers whose quotient is a row's share. Weights that sum up to
// nothing mean equal shares.
func (f facts) parts(c schema.FactColumn) string {
	amount := whole(f.d, f.helper(c, "amount"), c.Stored.Scale, c.Stored.Scale)
	total, weight, exact := f.helper(c, "total"), f.helper(c, "weight"), f.d.TypeName(record.DecimalOf(maxDigits, 0))
	return fmt.Sprintf("CAST(%s * CASE WHEN %s = 0 THEN 1 WHEN %s < 0 THEN -%s ELSE %s END AS %s)%s,\n       ", amount, total, total, weight, weight, exact, f.as(c, "part")) +
		fmt.Sprintf("CAST(CASE WHEN %s = 0 THEN count(*) OVER (%s) ELSE abs(%s) END AS %s)%s", total, f.group(c), total, exact, f.as(c, "of"))
}

// share is the rounded share of a row.
func (f facts) share(c schema.FactColumn) string {
	share := quotient(f.d, f.helper(c, "part"), f.helper(c, "of"), c.Stored.Scale)
	return fmt.Sprintf("CAST(%s AS %s)%s", share, f.d.TypeName(record.DecimalOf(maxDigits, c.Stored.Scale)), f.as(c, "share"))
}

// rest is what rounding leaves over, for the one row that takes it.
func (f facts) rest(c schema.FactColumn) string {
	order := []string{f.helper(c, "weight") + " DESC"}
	for _, k := range f.m.Entity.Key() {
		column := sqltext.Column(f.d, "x", k)
		if f.m.Entity.Column(k).Stored.Kind == record.Text {
			column = f.d.Binary(column)
		}
		order = append(order, column)
	}
	return fmt.Sprintf("CASE WHEN row_number() OVER (%s ORDER BY %s) = 1 THEN %s - sum(%s) OVER (%s) ELSE 0 END%s",
		f.group(c), strings.Join(order, ", "), f.helper(c, "amount"), f.helper(c, "share"), f.group(c), f.as(c, "rest"))
}

// shared is the share with what rounding left over.
func (f facts) shared(c schema.FactColumn) string {
	return fmt.Sprintf("CAST(%s + %s AS %s) AS %s", f.helper(c, "share"), f.helper(c, "rest"), f.d.TypeName(c.Stored), f.d.Quote(valueColumn(c)))
}
