package schema_test

import (
	"testing"

	"github.com/lodehq/lode/schema"
)

// things adds to the shop an entity that is matched of its items, edited.
func things(edit func(e *schema.Entity)) change {
	return func(p *schema.Project) {
		e := schema.Entity{
			Name: "things", Match: &schema.Match{Of: []string{"items"}, On: [][]string{{"name"}, {"maker", "price"}}},
			Survive: []schema.Survivor{{Name: "name", Prefer: []string{"crm"}}, {Name: "price", Take: "most_recent"}, {Name: "maker", Take: "first"}},
		}
		edit(&e)
		p.Entities = append([]schema.Entity{e}, p.Entities...) // before what it is made of
	}
}

func TestMatchedEntity(t *testing.T) {
	t.Parallel()
	p := shop()
	things(func(*schema.Entity) {})(&p)
	m, problems := resolve(p)
	if problems != nil {
		t.Fatal(problems)
	}
	e := m.Entity("things")
	if m.Entities[len(m.Entities)-1] != e {
		t.Errorf("the entity comes before what it is made of")
	}
	for _, c := range []struct{ got, want []string }{
		{e.Key(), []string{"source_system", "source_id"}},
		{e.MasterKey(), []string{"master_source_system", "master_source_id"}},
		{e.Conformed.Members.FieldNames(), []string{"source_system", "source_id", "master_source_system", "master_source_id", "log_seq"}},
		{e.Conformed.Values.FieldNames(), []string{"source_system", "source_id", "rule", "value"}},
		{e.Log.FieldNames()[12:], []string{"superseded", "source_system", "source_id", "name", "price", "maker"}},
	} {
		equalLists(t, c.got, c.want)
	}
}

func TestMatchedOfSeveralEntities(t *testing.T) {
	t.Parallel()
	p := shop()
	things(func(e *schema.Entity) {
		e.Match.Of, e.Match.On = []string{"items", "parts"}, [][]string{{"name"}}
		e.Survive[0].Prefer = []string{"parts", "crm"}
	})(&p)
	parts := p.Entities[1]
	parts.Name, parts.Columns, parts.Computed, parts.Rules = "parts", parts.Columns[:1], nil, nil
	p.Entities = append(p.Entities, parts)
	m, problems := resolve(p)
	if problems != nil {
		t.Fatal(problems)
	}
	equalLists(t, m.Entity("things").Key(), []string{"source_entity", "source_system", "source_id"})
}

func equalLists(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got, want)
			return
		}
	}
}

func TestMatchProblems(t *testing.T) {
	t.Parallel()
	survive := func(s schema.Survivor) change {
		return things(func(e *schema.Entity) { e.Survive = append(e.Survive, s) })
	}
	checkProblems(t, map[string]change{
		`entity things: match.of: is empty; name the entities whose records are matched`:                                                     things(func(e *schema.Entity) { e.Match.Of = nil }),
		`entity things: match.of.0: there is no entity "itms" (did you mean "items"?)`:                                                       things(func(e *schema.Entity) { e.Match.Of[0] = "itms" }),
		`entity things: match.of.1: is named twice`:                                                                                          things(func(e *schema.Entity) { e.Match.Of = []string{"items", "items"} }),
		`entity things: match.of.1: its key differs from that of items; records of both need the same columns to be named by`:                things(func(e *schema.Entity) { e.Match.Of = []string{"items", "sales"} }),
		`entity things: match.on: is empty; name the columns in which records of one thing agree`:                                            things(func(e *schema.Entity) { e.Match.On = nil }),
		`entity things: match.on.0: names no column`:                                                                                         things(func(e *schema.Entity) { e.Match.On[0] = nil }),
		`entity things: match.on.0: none of the matched entities has a column "nam" (did you mean "name"?)`:                                  things(func(e *schema.Entity) { e.Match.On[0][0] = "nam" }),
		`entity things: key: belongs to the entities whose records are matched; remove it here`:                                              things(func(e *schema.Entity) { e.Key = []string{"name"} }),
		`entity things: from: belongs to the entities whose records are matched; remove it here`:                                             things(func(e *schema.Entity) { e.From = []schema.Mapping{{Stream: "crm.items"}} }),
		`entity things: survive: is empty; name the columns, and which record's value each shows`:                                            things(func(e *schema.Entity) { e.Survive = nil }),
		`entity things: survive.source_id: the name is taken; choose another`:                                                                survive(schema.Survivor{Name: "source_id", Take: "first"}),
		`entity things: survive.name: the name is taken; choose another`:                                                                     survive(schema.Survivor{Name: "name", Take: "first"}),
		`entity things: survive.is_dear: write most_recent, first or {prefer: [SOURCE, ...]}`:                                                survive(schema.Survivor{Name: "is_dear"}),
		`entity things: survive.is_dear: "newest" is not known; write most_recent, first`:                                                    survive(schema.Survivor{Name: "is_dear", Take: "newest"}),
		`entity things: survive.colour: none of the matched entities has a column "colour"`:                                                  survive(schema.Survivor{Name: "colour", Take: "first"}),
		`entity things: survive.is_dear.prefer.0: no record is of "crn" (did you mean "crm"?)`:                                               survive(schema.Survivor{Name: "is_dear", Prefer: []string{"crn"}}),
		`entity things: survive.is_dear.prefer.1: is named twice`:                                                                            survive(schema.Survivor{Name: "is_dear", Prefer: []string{"crm", "crm"}}),
		`entity items: survive: belongs to an entity with match`:                                                                             func(p *schema.Project) { p.Entities[0].Survive = []schema.Survivor{{Name: "name", Take: "first"}} },
		`entity things: match.on.0: column "rate" is float, which is not compared exactly; match on text, numbers or dates`:                  ofSales(func(e *schema.Entity) { e.Match.On[0][0] = "rate" }),
		`entity things: survive.amount.prefer: the records do not say which source they are of; make source_system part of the key of sales`: ofSales(func(e *schema.Entity) { e.Survive[0] = schema.Survivor{Name: "amount", Prefer: []string{"crm"}} }),
		`fact fact_sales: joins.thing.entity: things is matched of records, and is not found by the key of any of them; join the entity of the records (items)`: func(p *schema.Project) {
			things(func(*schema.Entity) {})(p)
			p.Facts[0].Joins = []schema.Join{{Name: "thing", Entity: "things", Key: []string{"item_system", "item_id"}}}
		},
		`bridge bridge_things: hierarchy.dimension: dim_things is of things that are matched of records, which have no parent of their own; take a dimension of the records`: func(p *schema.Project) {
			things(func(*schema.Entity) {})(p)
			p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_things", From: "things", Columns: []schema.DimColumn{{Name: "name", SCD: "1"}}})
			p.Bridges = []schema.Bridge{{Name: "bridge_things", Hierarchy: &schema.Hierarchy{Dimension: "dim_things", Parent: []string{"maker", "name"}}}}
		},
		`entity more: match.of.0: things is made by matching itself; match the records it is made of`: func(p *schema.Project) {
			things(func(*schema.Entity) {})(p)
			p.Entities = append(p.Entities, schema.Entity{Name: "more", Match: &schema.Match{Of: []string{"things"}}})
		},
	})
}

// ofSales matches the sales, of which nobody knows the source system.
func ofSales(edit func(e *schema.Entity)) change {
	return things(func(e *schema.Entity) {
		e.Match.Of, e.Match.On, e.Survive = []string{"sales"}, [][]string{{"item_id"}}, []schema.Survivor{{Name: "amount", Take: "first"}}
		edit(e)
	})
}
