package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/lodehq/lode/record"
)

// summed groups rows in memory and sums them up.
func (e evaluation) summed(q selection, rows [][]record.Value) record.Batches {
	groups := map[string][][]record.Value{}
	keys := map[string][]record.Value{}
	var order []string
	for _, row := range rows {
		var id strings.Builder
		key := make([]record.Value, len(q.groups))
		for i, g := range q.groups {
			v, err := q.of.at1(row, g.ref)
			if err != nil {
				return failed(err)
			}
			key[i] = v
			fmt.Fprintf(&id, "%d:%s\x00", v.Kind(), v)
		}
		if _, known := groups[id.String()]; !known {
			order, keys[id.String()] = append(order, id.String()), key
		}
		groups[id.String()] = append(groups[id.String()], row)
	}
	if len(q.groups) == 0 && len(order) == 0 { // of nothing there is one sum
		order, keys[""] = []string{""}, nil
	}
	slices.SortFunc(order, func(a, b string) int { return byKey(keys[a], keys[b]) })
	batch := record.NewBatch(e.resultColumns(q))
	for _, id := range order {
		out := slices.Clone(keys[id])
		for _, x := range q.sums {
			v, err := e.aggregate(q.of, x, groups[id])
			if err != nil {
				return failed(err)
			}
			out = append(out, v)
		}
		batch.Append(out...)
	}
	return record.One(batch)
}

func byKey(a, b []record.Value) int {
	for i := range a {
		switch {
		case a[i].IsNull() && b[i].IsNull():
		case a[i].IsNull():
			return 1
		case b[i].IsNull():
			return -1
		default:
			if c := compare(a[i], b[i]); c != 0 {
				return c
			}
		}
	}
	return 0
}

func (e evaluation) resultColumns(q selection) []record.Column {
	var columns []record.Column
	for _, g := range q.groups {
		t := record.Of(record.Text)
		if len(g.ref.Path) == 0 {
			t = q.of.table.Field(g.ref.Name).Type
		}
		columns = append(columns, record.Column{Name: g.name, Type: t})
	}
	for _, x := range q.sums {
		t, ok := x.result(q.of)
		if !ok {
			t = q.of.table.Field(x.ref.Name).Type
		}
		columns = append(columns, record.Column{Name: x.name, Type: t})
	}
	return columns
}

// aggregate computes one aggregate of the rows of a group.
func (e evaluation) aggregate(b *bound, x sum, rows [][]record.Value) (record.Value, error) {
	var values []record.Value
	for _, row := range rows {
		v := record.IntValue(1)
		var err error
		if x.filter != nil {
			held, err := e.holds(b, row, *x.filter)
			if err != nil {
				return record.Null, err
			}
			if held.IsNull() || !held.Bool() {
				continue
			}
		}
		if x.ref.Name != "" {
			if v, err = b.at1(row, x.ref); err != nil {
				return record.Null, err
			}
		}
		if !v.IsNull() {
			values = append(values, v)
		}
	}
	if x.function == "count" {
		return record.IntValue(int64(len(values))), nil
	}
	if len(values) == 0 {
		return record.Null, nil
	}
	switch x.function {
	case "min":
		return slices.MinFunc(values, compare), nil
	case "max":
		return slices.MaxFunc(values, compare), nil
	}
	return added(b, x, values)
}

// added is the sum or the mean of values.
func added(b *bound, x sum, values []record.Value) (record.Value, error) {
	total := decimal.Zero
	for _, v := range values {
		n, err := decimal.NewFromString(v.String())
		if err != nil {
			return record.Null, fmt.Errorf("%s: column %s is no number", b.info, x.ref.Name)
		}
		total = total.Add(n)
	}
	if x.function == "avg" {
		mean, _ := total.Div(decimal.NewFromInt(int64(len(values)))).Float64()
		return record.FloatValue(mean), nil
	}
	switch t, _ := x.result(b); t.Kind {
	case record.Decimal:
		return record.DecimalValue(total.StringFixed(int32(t.Scale))), nil //nolint:gosec // at most 38
	case record.Float:
		f, _ := total.Float64()
		return record.FloatValue(f), nil
	default:
		return record.IntValue(total.IntPart()), nil
	}
}
