package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lodehq/lode/model"
)

// modelFigures is what it costs to make a row of a record of an API and to encode it as it is
// stored, with plans that are resolved once, beside resolving struct and mapping for each row.
func (b *bench) modelFigures(context.Context) error {
	n := b.size(3_000)
	records := make([][]byte, n)
	for i := range records {
		records[i] = fmt.Appendf(nil, `{"id": "%s", "email": "guest.%d@example.com", "fullName": "Guest number %d", "credit_amount": "%d.50", "seen_at": "2026-01-01T00:00:00Z", "visit_count": %d, "is_active": true}`,
			guestAt(i).ID, i, i, i, i)
	}
	fromAPI, err := guestMapper(guests)
	if err != nil {
		return err
	}
	cached, err := converted(records, func(record []byte) error { return convert(guests, fromAPI, record) })
	if err != nil {
		return err
	}
	anew, err := converted(records, func(record []byte) error {
		m := model.Table[guest]("guests")
		x, err := guestMapper(m)
		return errors.Join(err, convert(m, x, record))
	})
	b.versus("model_plan_cached", cached, anew, "us")
	return err
}

func guestMapper(m *model.Model[guest]) (*model.Mapper[guest], error) {
	return model.NewMapper(m, model.From(model.Field(m, func(g *guest) *string { return &g.Name }), "fullName | name"))
}

// convert makes a row of a record and each of its fields a stored value.
func convert(m *model.Model[guest], x *model.Mapper[guest], record []byte) error {
	g, err := x.New(record)
	if err != nil {
		return err
	}
	places := m.Info().Places
	for i := range places {
		if _, err := places[i].Encode(model.Pointer(g)); err != nil {
			return err
		}
	}
	return nil
}

// converted is how many microseconds a row takes.
func converted(records [][]byte, one func(record []byte) error) (float64, error) {
	var took []float64
	for range 4 {
		start := time.Now()
		for _, r := range records {
			if err := one(r); err != nil {
				return 0, err
			}
		}
		took = append(took, seconds(start)/float64(len(records))*1e6)
	}
	return median(took[1:]), nil
}
