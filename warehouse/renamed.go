package warehouse

import "github.com/lodehq/lode/schema"

// Renamed is a dialect in which tables have other names, so that the same statements
// speak of other tables.
func Renamed(d Dialect, rename func(schema.Name) schema.Name) Dialect { return renamed{d, rename} }

type renamed struct {
	Dialect
	rename func(schema.Name) schema.Name
}

func (r renamed) Table(n schema.Name) string { return r.Dialect.Table(r.rename(n)) }
func (r renamed) Analyze(n schema.Name, columns ...string) string {
	return r.Dialect.Analyze(r.rename(n), columns...)
}

func (r renamed) CreateTable(t schema.Table) []string {
	t.Name = r.rename(t.Name)
	return r.Dialect.CreateTable(t)
}

func (r renamed) FillBatch(n schema.Name, field, value string, batch int) string {
	return r.Dialect.FillBatch(r.rename(n), field, value, batch)
}

func (r renamed) Alter(a schema.Alteration) []string {
	a.From.Name, a.To.Name = r.rename(a.From.Name), r.rename(a.To.Name)
	return r.Dialect.Alter(a)
}
