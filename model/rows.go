package model

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/lodehq/lode/record"
)

// Rows reads results of any query into values of T: a struct, whose fields are named as the
// result's columns, or another type that a field may have, for results of one column.
func Rows[T any]() *Info {
	t := reflect.TypeFor[T]()
	i := &Info{Kind: "rows", Name: t.String(), goType: t}
	if c, err := codecOf(t, false); err == nil && (c.natural != "" || c.accepts != nil) {
		i.Places = []Place{{Field: t.String(), codec: c}}
		return i
	}
	i.Places, i.err = places(t)
	return i
}

// Match finds the place of each column of a result.
func (i *Info) Match(columns []record.Column) ([]*Place, error) {
	if i.err != nil {
		return nil, i.err
	}
	if len(i.Places) == 1 && i.Places[0].Name == "" {
		if len(columns) != 1 {
			return nil, fmt.Errorf("read into %s: the result has %d columns; a struct takes more than one", i.goType, len(columns))
		}
		p := &i.Places[0]
		return []*Place{p}, i.holds(p, columns[0])
	}
	var errs []error
	out := make([]*Place, len(columns))
	for n, c := range columns {
		if slices.ContainsFunc(columns[:n], func(x record.Column) bool { return x.Name == c.Name }) {
			errs = append(errs, fmt.Errorf("read into %s: the result has two columns %q; name one of them otherwise", i.goType, c.Name))
		}
		if out[n] = i.Place(c.Name); out[n] == nil {
			errs = append(errs, fmt.Errorf("read into %s: it has no field for column %q", i.goType, c.Name))
			continue
		}
		errs = append(errs, i.holds(out[n], c))
	}
	for _, p := range i.Places {
		if !slices.ContainsFunc(columns, func(c record.Column) bool { return c.Name == p.Name }) {
			errs = append(errs, fmt.Errorf("read into %s: the result has no column %q for field %s", i.goType, p.Name, p.Field))
		}
	}
	return out, errors.Join(errs...)
}

func (i *Info) holds(p *Place, c record.Column) error {
	return errIf(p.accepts != nil && !slices.Contains(p.accepts, c.Type.Kind), "read into %s: field %s cannot hold column %q, which is %s", i.goType, p.Field, c.Name, c.Type)
}

// EncodeAny is any Go value that a field may have as it would be stored; nil is NULL.
func EncodeAny(x any) (record.Value, error) {
	if x == nil {
		return record.Null, nil
	}
	return Encode(reflect.ValueOf(x))
}
