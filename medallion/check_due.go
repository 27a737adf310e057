package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/schema"
)

// waiting says what a step that reads the logs of entities has not read yet, "" if nothing.
func (c checker) waiting(step Step, fingerprint string, entities ...*schema.EntityModel) string {
	work := logWork(c.ledger, step, fingerprint, Mode{}, entities...)
	switch {
	case c.ledger.Position(step.Name, entities[0].Current.Name.String()).Fingerprint == "":
		return "not built yet"
	case work.Idle:
		return ""
	}
	return "not up to date: " + work.Action
}

// unmatched says how many records a conformed entity has not looked at yet.
func (c checker) unmatched(step Step) string {
	if step.Entity.Conformed == nil {
		return ""
	}
	if work := c.e.matchWork(c.ledger, step, Mode{}); !work.Idle {
		return "not up to date: " + work.Action
	}
	return ""
}

// behind says what a fact has not read yet, or that a dimension is declared otherwise than
// it was made.
func (c checker) behind(step Step) string {
	f := step.Fact
	if said := c.waiting(step, f.Fingerprint, append([]*schema.EntityModel{f.Entity}, f.Joined()...)...); said != "" {
		return said
	}
	for _, r := range f.Roles {
		if !c.asDeclared(r.Dim) {
			return "not up to date: the definition of " + r.Dim.Name + " has changed"
		}
	}
	return ""
}

// asDeclared tells whether a dimension was made by its definition of today. One that no
// event has spoken of had nothing to be made of.
func (c checker) asDeclared(m *schema.DimensionModel) bool {
	input := declarationInput
	if !m.Generated() {
		if c.ledger.Sequences[m.Entity.Log.Name.String()] == 0 {
			return true
		}
		input = m.Entity.Current.Name.String()
	}
	p := c.ledger.Position(m.Table.Name.String(), input)
	return p.Fingerprint == m.Fingerprint
}

// redefined says that what begins a version of a dimension was not always what begins one
// today: older versions may then agree in all that is tracked now.
func (c checker) redefined(ctx context.Context, m *schema.DimensionModel) (string, error) {
	if m.Kind() != schema.HistoryDimension {
		return "", nil
	}
	tracked, err := c.e.Ledger.Tracking(ctx, c.tx, m.Name)
	if err != nil {
		return "", err
	}
	for _, t := range tracked {
		if !t.Since.IsZero() || !t.Until.IsZero() {
			return "what begins a version has been declared anew: " + t.Column, nil
		}
	}
	return "", nil
}

// unsummed says what an aggregate has still to sum up.
func (c checker) unsummed(step Step, waiting int64) string {
	a := step.Aggregate
	p := c.ledger.Position(step.Name, a.Fact.Table.Name.String())
	switch {
	case p.Fingerprint == "":
		return "not built yet"
	case p.Fingerprint != a.Fingerprint:
		return "not up to date: the definition has changed"
	case waiting > 0:
		return fmt.Sprintf("not up to date: %d groups wait to be summed up", waiting)
	}
	return ""
}
