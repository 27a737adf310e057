package model

import (
	"errors"
	"fmt"

	"github.com/lodehq/lode/schema"
)

// EntityOf completes the declaration of an entity by the struct of its model: name, key and
// columns. What a struct cannot say, its mappings and rules, is given.
func EntityOf[T any](m *Model[T], e schema.Entity) (schema.Entity, error) {
	if err := m.info.is(KindEntity); err != nil {
		return e, err
	}
	e.Name = m.info.Name
	for i := range m.info.Places {
		p := &m.info.Places[i]
		if p.System {
			continue
		}
		if p.key {
			e.Key = append(e.Key, p.Name)
		}
		if p.Name != schema.SourceSystem && p.Name != schema.SourceID && p.Name != customColumn {
			e.Columns = append(e.Columns, schema.Column{Name: p.Name, Type: p.kind, Required: !p.nullable && !p.key, Description: p.doc})
		}
		if len(p.oneOf) > 0 {
			e.Rules = append(e.Rules, schema.Rule{Name: p.Name + " is one of its words", Check: p.rule()})
		}
	}
	return e, nil
}

// DimensionOf completes the declaration of a dimension by the fields of its model whose tag
// says how they keep history: scd=2.
func DimensionOf[T any](m *Model[T], d schema.Dimension) (schema.Dimension, error) {
	if err := m.info.is(KindDimension); err != nil {
		return d, err
	}
	d.Name = m.info.Name
	for _, p := range m.info.Places {
		if p.scd != "" {
			d.Columns = append(d.Columns, schema.DimColumn{Name: p.Name, SCD: p.scd, Description: p.doc})
		}
	}
	return d, nil
}

// FactOf completes the declaration of a fact by the fields of its model whose tag says what
// they may be summed over: sum=yes, sum=no, sum=customer|product.
func FactOf[T any](m *Model[T], f schema.Fact) (schema.Fact, error) {
	if err := m.info.is(KindFact); err != nil {
		return f, err
	}
	f.Name = m.info.Name
	for _, p := range m.info.Places {
		if p.sum != nil {
			f.Measures = append(f.Measures, schema.Measure{Name: p.Name, Sum: p.sum})
		}
	}
	return f, nil
}

func (i *Info) is(kind Kind) error {
	if i.Kind != kind {
		return errors.Join(i.err, fmt.Errorf("%s: it is declared as no %s", i, kind))
	}
	return i.err
}
