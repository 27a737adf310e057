package medallion

import (
	"slices"

	"github.com/lodehq/lode/schema"
)

// Kind says what a step makes.
type Kind string

// The kinds of steps.
const (
	LoadStep      Kind = "load"
	EntityStep    Kind = "entity"
	GeneratedStep Kind = "generated" // a dimension that follows from its declaration alone
	DimensionStep Kind = "dimension"
	AuditStep     Kind = "audit" // a dimension of the loads
	BridgeStep    Kind = "bridge"
	FactStep      Kind = "fact"
	AggregateStep Kind = "aggregate"
)

// Step is one step of a project: what it makes and which steps come before it. Exactly
// one of the pointers is set, by Kind.
type Step struct {
	Name      string   // layer.table, as it stands in the warehouse
	Kind      Kind     //
	Inputs    []string // names of the steps it reads
	After     []string // names of the steps whose tables it reads where others follow it
	Tags      []string
	Stream    schema.StreamRef
	Entity    *schema.EntityModel
	Dimension *schema.DimensionModel
	Bridge    *schema.BridgeModel
	Fact      *schema.FactModel
	Aggregate *schema.AggregateModel
}

// fingerprint is that of what the step makes, "" of a load.
func (s Step) fingerprint() string {
	switch {
	case s.Entity != nil:
		return s.Entity.Fingerprint
	case s.Dimension != nil:
		return s.Dimension.Fingerprint
	case s.Bridge != nil:
		return s.Bridge.Fingerprint
	case s.Fact != nil:
		return s.Fact.Fingerprint
	case s.Aggregate != nil:
		return s.Aggregate.Fingerprint
	}
	return ""
}

// Steps lists the steps of the model in an order in which each comes after its inputs.
func (e *Engine) Steps() []Step {
	m := e.Model
	var steps []Step
	for _, s := range m.Streams {
		steps = append(steps, Step{Name: e.bronze(s).Name.String(), Kind: LoadStep, Stream: s, Tags: e.Streams[s].Tags})
	}
	for _, x := range m.Entities {
		steps = append(steps, Step{Name: x.Current.Name.String(), Kind: EntityStep, Entity: x, Tags: x.Tags, Inputs: e.entityInputs(x)})
	}
	for _, d := range m.Dimensions {
		step := Step{Name: d.Table.Name.String(), Kind: GeneratedStep, Dimension: d, Tags: d.Tags, After: e.followed(d)}
		switch {
		case d.Audit:
			step.Kind, step.After = AuditStep, e.loaded()
		case !d.Generated():
			step.Kind, step.Inputs = DimensionStep, []string{d.Entity.Current.Name.String()}
		}
		for _, o := range d.Outriggers {
			step.Inputs = append(step.Inputs, o.Dim.Table.Name.String())
		}
		if d.Bridge != nil {
			step.Inputs = append(step.Inputs, d.Bridge.Member.Table.Name.String())
		}
		steps = append(steps, step)
	}
	for _, b := range m.Bridges {
		if b.Hierarchy != nil {
			steps = append(steps, Step{Name: b.Table.Name.String(), Kind: BridgeStep, Bridge: b, Tags: b.Tags, Inputs: []string{b.Member.Table.Name.String()}})
		}
	}
	for _, f := range m.Facts {
		steps = append(steps, Step{Name: f.Table.Name.String(), Kind: FactStep, Fact: f, Tags: f.Tags, Inputs: factInputs(f)})
	}
	for _, a := range m.Aggregates {
		steps = append(steps, Step{Name: a.Table.Name.String(), Kind: AggregateStep, Aggregate: a, Tags: a.Tags, Inputs: []string{a.Fact.Table.Name.String()}})
	}
	return steps
}

func (e *Engine) bronze(s schema.StreamRef) schema.Table { return e.Model.BronzeTable(s) }

// stream finds the reference of a stream's full name.
func (e *Engine) stream(name string) schema.StreamRef {
	i := slices.IndexFunc(e.Model.Streams, func(s schema.StreamRef) bool { return s.String() == name })
	return e.Model.Streams[i] // the model has been checked: it is there
}

func (e *Engine) entityInputs(x *schema.EntityModel) []string {
	var inputs []string
	if x.Conformed != nil {
		for _, of := range x.Conformed.Of {
			inputs = append(inputs, of.Current.Name.String())
		}
	}
	for _, m := range x.From {
		inputs = append(inputs, e.bronze(e.stream(m.Stream)).Name.String())
	}
	slices.Sort(inputs)
	return slices.Compact(inputs)
}

// followed lists the steps of the entities behind what follows a dimension: a step that
// gives facts their new keys reads their entity, which must not change meanwhile.
func (e *Engine) followed(d *schema.DimensionModel) []string {
	var after []string
	for _, f := range e.Model.Facts {
		if slices.ContainsFunc(f.Roles, func(r schema.RoleModel) bool { return r.Dim == d }) {
			after = append(after, factEntities(f)...)
		}
	}
	for _, o := range e.Model.Dimensions {
		if pointsTo(o, d) {
			after = append(after, o.Entity.Current.Name.String())
		}
	}
	for _, b := range e.Model.Bridges {
		if b.Member == d {
			after = append(after, b.Entity.Current.Name.String())
		}
	}
	slices.Sort(after)
	return slices.Compact(after)
}

// loaded lists the steps of all loads.
func (e *Engine) loaded() []string {
	var names []string
	for _, s := range e.Model.Streams {
		names = append(names, e.bronze(s).Name.String())
	}
	return names
}

func factEntities(f *schema.FactModel) []string {
	names := []string{f.Entity.Current.Name.String()}
	for _, e := range f.Joined() {
		names = append(names, e.Current.Name.String())
	}
	return names
}

func factInputs(f *schema.FactModel) []string {
	inputs := factEntities(f)
	for _, r := range f.Roles {
		inputs = append(inputs, r.Dim.Table.Name.String(), r.Points().Table.Name.String())
	}
	slices.Sort(inputs)
	return slices.Compact(inputs)
}
