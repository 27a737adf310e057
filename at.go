package lode

import (
	"context"
	"time"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/record"
)

// Moment says which star a question is asked of: see AsOf and AsKnownAt.
type Moment func(*medallion.Moment)

// AsOf asks the star as it was at a valid time: dimensions show the versions in force
// then, facts what had happened by then, with keys of these versions.
func AsOf(t time.Time) Moment { return func(m *medallion.Moment) { m.AsOf = t } }

// AsKnownAt asks the star as it was known at a time: built from the events that Lode had
// observed by then, by the definitions of today. Each question builds the star anew.
func AsKnownAt(t time.Time) Moment { return func(m *medallion.Moment) { m.KnownAt = t } }

// At gives a reader of the star of another time. Without a moment it is that of now.
//
//	past := l.At(lode.AsOf(monday), lode.AsKnownAt(friday))
//	for batch, err := range past.Query(ctx, "SELECT segment FROM gold.dim_customers") {
func (l *Lode) At(moments ...Moment) Past {
	p := Past{lode: l}
	for _, set := range moments {
		set(&p.moment)
	}
	return p
}

// Past reads the star of one moment; see Lode.At.
type Past struct {
	lode   *Lode
	moment medallion.Moment
}

// Query streams the result of a SQL query on the star of the moment.
func (p Past) Query(ctx context.Context, sql string, args ...record.Value) record.Batches {
	return p.lode.engine.QueryAt(ctx, p.moment, sql, args...)
}

// QueryAt is At(...).Query for a moment that has been put together already.
func (l *Lode) QueryAt(ctx context.Context, m medallion.Moment, sql string, args ...record.Value) record.Batches {
	return l.engine.QueryAt(ctx, m, sql, args...)
}
