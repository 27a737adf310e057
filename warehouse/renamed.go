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

func (r renamed) AddField(n schema.Name, f schema.Field) string {
	return r.Dialect.AddField(r.rename(n), f)
}

func (r renamed) AddIndex(n schema.Name, i schema.Index) string {
	return r.Dialect.AddIndex(r.rename(n), i)
}

func (r renamed) DropField(n schema.Name, field string) string {
	return r.Dialect.DropField(r.rename(n), field)
}
