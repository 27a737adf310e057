package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
)

// evaluation asks conditions of rows in memory, with SQL's three values.
type evaluation struct {
	catalog catalog
	tables  tables
}

// rows are the rows of a table that meet a condition.
func (e evaluation) rows(b *bound, where model.Node) ([][]record.Value, error) {
	if err := where.Err(); err != nil {
		return nil, err
	}
	var out [][]record.Value
	for _, row := range e.tables[b.table.Name] {
		held, err := e.holds(b, row, where)
		if err != nil {
			return nil, err
		}
		if !held.IsNull() && held.Bool() {
			out = append(out, row)
		}
	}
	return out, nil
}

// holds is true, false or NULL.
func (e evaluation) holds(b *bound, row []record.Value, n model.Node) (record.Value, error) {
	switch n.Op {
	case model.OpAnd, model.OpOr:
		return e.combined(b, row, n)
	case model.OpNot:
		v, err := e.holds(b, row, n.Nodes[0])
		if err != nil || v.IsNull() {
			return v, err
		}
		return record.BoolValue(!v.Bool()), nil
	case model.OpRelated:
		return e.related(b, row, n)
	}
	x, err := b.at1(row, n.Ref)
	if err != nil {
		return record.Null, err
	}
	if n.Op == model.OpNull {
		return record.BoolValue(x.IsNull()), nil
	}
	if n.Op == model.OpIn && len(n.Values) == 0 {
		return record.BoolValue(false), nil
	}
	if x.IsNull() {
		return record.Null, nil
	}
	unknown := false
	for _, v := range n.Values {
		ok, err := b.meets(x, n, v)
		switch {
		case err != nil:
			return record.Null, err
		case ok.IsNull():
			unknown = true
		case ok.Bool():
			return ok, nil
		}
	}
	if unknown {
		return record.Null, nil
	}
	return record.BoolValue(false), nil
}

// combined joins conditions: one that decides is enough, and without one NULL spreads.
func (e evaluation) combined(b *bound, row []record.Value, n model.Node) (record.Value, error) {
	decides := n.Op == model.OpOr
	unknown := false
	for _, x := range n.Nodes {
		v, err := e.holds(b, row, x)
		switch {
		case err != nil:
			return record.Null, err
		case v.IsNull():
			unknown = true
		case v.Bool() == decides:
			return v, nil
		}
	}
	if unknown {
		return record.Null, nil
	}
	return record.BoolValue(!decides), nil
}

func (e evaluation) related(b *bound, row []record.Value, n model.Node) (record.Value, error) {
	to, err := e.catalog.of(n.Link.To.Model)
	if err != nil {
		return record.Null, err
	}
	from, err := b.at1(row, n.Link.From)
	if err != nil || from.IsNull() {
		return record.BoolValue(false), err
	}
	rows, err := e.rows(to, n.Nodes[0])
	if err != nil {
		return record.Null, err
	}
	for _, other := range rows {
		v, err := to.at1(other, n.Link.To)
		if err != nil {
			return record.Null, err
		}
		if v == from {
			return record.BoolValue(true), nil
		}
	}
	return record.BoolValue(false), nil
}

// at1 is the value of a column in a row of the table.
func (b *bound) at1(row []record.Value, r model.Ref) (record.Value, error) {
	i := slices.Index(b.table.FieldNames(), r.Name)
	if i < 0 {
		return record.Null, fmt.Errorf("%s: %s has no column %q", b.info, b.table.Name, r.Name)
	}
	if len(r.Path) == 0 || row[i].IsNull() {
		return row[i], nil
	}
	var x any
	if err := decode(row[i], &x); err != nil {
		return record.Null, err
	}
	for _, name := range r.Path {
		x = within(x, name)
	}
	switch x := x.(type) {
	case nil:
		return record.Null, nil
	case string:
		return record.TextValue(x), nil
	}
	raw, err := json.Marshal(x)
	return record.TextValue(string(raw)), err
}

// within is a member of an object, or the element of an array with that number; nil where there
// is none.
func within(x any, name string) any {
	switch x := x.(type) {
	case map[string]any:
		return x[name]
	case []any:
		if i, err := strconv.ParseUint(name, 10, 31); err == nil && i < uint64(len(x)) {
			return x[i]
		}
	}
	return nil
}

func decode(v record.Value, into any) error {
	d := json.NewDecoder(strings.NewReader(v.Text()))
	d.UseNumber()
	return d.Decode(into)
}

// meets compares a value that is not NULL with one that a condition names.
func (b *bound) meets(x record.Value, n model.Node, v record.Value) (record.Value, error) {
	switch n.Op {
	case model.OpPrefix:
		return record.BoolValue(strings.HasPrefix(x.Text(), v.Text())), nil
	case model.OpContains:
		return record.BoolValue(strings.Contains(x.Text(), v.Text())), nil
	case model.OpHasKey:
		var whole any
		if err := decode(x, &whole); err != nil {
			return record.Null, err
		}
		members, _ := whole.(map[string]any) // what is no object has no members
		_, ok := members[v.Text()]
		return record.BoolValue(ok), nil
	case model.OpHolds:
		var whole, part any
		if err := errors.Join(decode(x, &whole), decode(v, &part)); err != nil {
			return record.Null, err
		}
		if list, ok := whole.([]any); ok && !nests(part) {
			whole, part = list, []any{part} // a list holds what is an element of it
		}
		return record.BoolValue(holdsJSON(whole, part)), nil
	}
	if len(n.Ref.Path) == 0 {
		var err error
		if v, err = b.convert(n.Ref.Name, v); err != nil {
			return record.Null, err
		}
	}
	if v.IsNull() {
		return v, nil
	}
	c := compare(x, v)
	switch n.Op {
	case model.OpEqual, model.OpIn:
		return record.BoolValue(c == 0), nil
	case model.OpDiffers:
		return record.BoolValue(c != 0), nil
	case model.OpLess:
		return record.BoolValue(c < 0), nil
	case model.OpAtMost:
		return record.BoolValue(c <= 0), nil
	case model.OpMore:
		return record.BoolValue(c > 0), nil
	default:
		return record.BoolValue(c >= 0), nil
	}
}

func nests(x any) bool {
	switch x.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// holdsJSON tells whether a JSON value has all that another one has.
func holdsJSON(whole, part any) bool {
	switch p := part.(type) {
	case map[string]any:
		w, ok := whole.(map[string]any)
		if !ok {
			return false
		}
		for name, x := range p {
			if y, there := w[name]; !there || !holdsJSON(y, x) {
				return false
			}
		}
		return true
	case []any:
		w, ok := whole.([]any)
		return ok && !slices.ContainsFunc(p, func(x any) bool {
			return !slices.ContainsFunc(w, func(y any) bool { return holdsJSON(y, x) })
		})
	}
	if a, ok := whole.(json.Number); ok {
		b, ok := part.(json.Number)
		x, errX := decimal.NewFromString(a.String())
		y, errY := decimal.NewFromString(b.String())
		return ok && errors.Join(errX, errY) == nil && x.Equal(y)
	}
	return reflect.DeepEqual(whole, part)
}

// compare orders two values of one kind, neither of them NULL.
func compare(a, b record.Value) int {
	switch a.Kind() {
	case record.Decimal:
		x, errX := decimal.NewFromString(a.Text())
		y, errY := decimal.NewFromString(b.Text())
		if errX == nil && errY == nil {
			return x.Cmp(y)
		}
		return strings.Compare(a.Text(), b.Text())
	case record.Int, record.Bool, record.Date, record.Timestamp:
		return cmp.Compare(a.Int(), b.Int())
	case record.Float:
		x, y := a.Float(), b.Float()
		if math.IsNaN(x) || math.IsNaN(y) { // the greatest of all, and equal to itself
			return cmp.Compare(boolInt(math.IsNaN(x)), boolInt(math.IsNaN(y)))
		}
		return cmp.Compare(x, y)
	default:
		return strings.Compare(a.Text(), b.Text())
	}
}
