package medallion

import (
	"context"
	"fmt"
	"slices"

	"github.com/lodehq/lode/schema"
)

// TableRows is a table that a step works through as a whole, what the step does there, and
// how many rows the table has now: so many at most are changed or taken away.
type TableRows struct {
	Does  Deed   `json:"does"`
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// Deed is what a step does in a table.
type Deed string

// What steps do in tables.
const (
	Reads  Deed = "read"
	Writes Deed = "rewrite" // rows may change, go and come
	Rekeys Deed = "re-key"  // rows stay, and may point to other members
	AddsTo Deed = "add to"  // rows may come, those that are there stay as they are
)

// reached is a table that a step works through as a whole.
type reached struct {
	does  Deed
	table schema.Table
}

// Count says of the steps that work through whole tables what they do there and how many
// rows these have, so that whoever reads a plan knows what a definition that changed will
// cause: also in the aggregates that follow. Tables that one of the changes has still to
// make are left out.
func (e *Engine) Count(ctx context.Context, p *Plan) error {
	counted := map[schema.Name]int64{}
	moved := map[schema.Name]bool{}
	for i := range p.Work {
		w := &p.Work[i]
		for _, r := range e.reach(*w, moved) {
			moved[r.table.Name] = moved[r.table.Name] || r.does == Writes || r.does == Rekeys
			if p.makes(r.table.Name) {
				continue
			}
			n, known := counted[r.table.Name]
			if !known {
				var err error
				if n, err = scalar(ctx, e.Warehouse, "SELECT count(*) FROM "+e.dialect().Table(r.table.Name)); err != nil {
					return fmt.Errorf("count the rows of %s: %w", r.table.Name, err)
				}
				counted[r.table.Name] = n
			}
			w.Rows = append(w.Rows, TableRows{r.does, r.table.Name.String(), n})
		}
		if err := e.retracked(ctx, *p, w); err != nil {
			return err
		}
	}
	return nil
}

// makes tells whether one of the changes creates a table.
func (p Plan) makes(t schema.Name) bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return c.made != nil && c.made.Name == t })
}

// reach lists the tables that a step works through: one that looks at every row, and an
// aggregate of which the steps ahead may touch any group, because of the tables moved.
func (e *Engine) reach(w Work, moved map[schema.Name]bool) []reached {
	s := w.Step
	switch {
	case s.Kind == AggregateStep:
		return aggregateReach(w, moved)
	case !w.Whole:
		return nil
	case s.Kind == EntityStep:
		return e.entityReach(s.Entity)
	}
	var out []reached
	for _, of := range s.entities() {
		if of != nil {
			out = append(out, reached{Reads, of.Log})
		}
	}
	switch s.Kind {
	case BridgeStep:
		return append(out, reached{Reads, s.Bridge.Member.Table}, reached{Writes, s.Bridge.Table})
	case FactStep:
		return append(append(out, reached{Writes, s.Fact.Table}), asked(s.Fact)...)
	}
	return append(out, e.dimensionReach(s.Dimension)...)
}

func aggregateReach(w Work, moved map[schema.Name]bool) []reached {
	a := w.Step.Aggregate
	touched := moved[a.Fact.Table.Name]
	for _, g := range a.Groups {
		touched = touched || g.Role != nil && moved[g.Role.Points().Table.Name]
	}
	switch {
	case w.Whole:
		return []reached{{Reads, a.Fact.Table}, {Writes, a.Table}}
	case touched:
		return []reached{{Writes, a.Table}}
	}
	return nil
}

func (e *Engine) entityReach(m *schema.EntityModel) []reached {
	var out []reached
	if c := m.Conformed; c != nil {
		for _, of := range c.Of {
			out = append(out, reached{Reads, of.Log})
		}
		return append(out, reached{Writes, c.Values}, reached{Writes, c.Members}, reached{Writes, m.Log}, reached{Writes, m.Current})
	}
	for _, in := range (&entityRun{e: e, m: m}).inputs() {
		out = append(out, reached{Reads, e.bronze(in.ref)})
	}
	return append(out, reached{Writes, m.Log}, reached{Writes, m.Current})
}

// asked lists the dimensions to which a fact may add what it is the first to need: inferred
// members, combinations, days, loads.
func asked(f *schema.FactModel) []reached {
	var out []reached
	for _, r := range f.Roles {
		switch r.Dim.Lookup() {
		case schema.ByVersion:
			if f.Late != "infer" || r.Of != "" {
				continue
			}
		case schema.ByTime, schema.ByRange:
			continue
		}
		if add := (reached{AddsTo, r.Dim.Table}); !slices.ContainsFunc(out, func(o reached) bool { return o.table.Name == add.table.Name }) {
			out = append(out, add)
		}
	}
	return out
}

// dimensionReach lists what a dimension's step writes: its rows, those of its bridge, the
// profiles that its versions are, and the keys of what points to it. A calendar's keys never
// change their meaning, and loads are only told of.
func (e *Engine) dimensionReach(m *schema.DimensionModel) []reached {
	out := []reached{{Writes, m.Table}}
	switch m.Kind() {
	case schema.CalendarDimension, schema.AuditDimension:
		return out
	case schema.JunkDimension:
		out[0].does = AddsTo
	}
	if m.Bridge != nil {
		out = append(out, reached{Writes, m.Bridge.Table})
	}
	if o := m.Profile(); o != nil {
		out = append(out, reached{AddsTo, o.Dim.Table})
	}
	for _, o := range e.Model.Dimensions {
		if pointsTo(o, m) && m.Mini == nil {
			out = append(out, reached{Rekeys, o.Table})
		}
	}
	g := &goldRun{e: e}
	for _, b := range g.bridgesOf(m) {
		out = append(out, reached{Rekeys, b.Table})
	}
	for _, f := range g.factsOf(m) {
		out = append(out, reached{Rekeys, f.Table})
	}
	return out
}
