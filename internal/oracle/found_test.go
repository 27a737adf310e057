package oracle_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/oracle"
	"github.com/lodehq/lode/record"
)

// found is what stands in the warehouse.
type found struct {
	dims  []map[string][]member // for each dimension the rows of each natural key, in order
	sales map[string]sold
}

// member is a row of a dimension.
type member struct {
	oracle.Version
	surrogate, durable int64
	current, inferred  bool
	tracked            string
	text               string // all that the oracle foretells
}

// sold is a row of the fact.
type sold struct {
	item     *string
	at       *int64
	amount   string
	day      int64
	keys     []int64 // of each role
	durables []int64 // where the dimension has one of type 7, else 0
}

func look(ctx context.Context, l *lode.Lode, p project) (found, error) {
	var f found
	for _, d := range p.dims {
		rows, err := members(ctx, l, d)
		if err != nil {
			return f, err
		}
		f.dims = append(f.dims, rows)
	}
	var err error
	f.sales, err = sales(ctx, l, p)
	return f, err
}

func members(ctx context.Context, l *lode.Lode, d dimension) (map[string][]member, error) {
	names, _ := d.attributes()
	sql := fmt.Sprintf("SELECT source_id, %s_key, %s_durable_key, event_at, valid_from, valid_to, is_current, is_inferred, version, is_deleted, %s FROM gold.%s WHERE %s_key > 0 ORDER BY source_id, valid_from",
		d.key(), d.key(), strings.Join(names, ", "), d.name, d.key())
	rows, err := query(ctx, l, sql)
	out := map[string][]member{}
	for _, r := range rows {
		m := member{surrogate: r[1].Int(), durable: r[2].Int(), current: r[6].Bool(), inferred: r[7].Bool()}
		m.Version = oracle.Version{Key: r[0].Text(), Begins: r[3].Int(), From: r[4].Int(), To: r[5].Int(), Number: int(r[8].Int()), Deleted: r[9].Bool(), Values: oracle.Row{}}
		for i, name := range names {
			text := compact(r[10+i])
			m.Values[name] = &text
			if r[10+i].IsNull() {
				m.Values[name] = nil
			}
		}
		m.From, m.To = ends(m.From, m.To)
		m.tracked = d.tracked(m.Values)
		m.text = d.line(m.Version, m.current)
		out[m.Key] = append(out[m.Key], m)
	}
	return out, err
}

// compact is a value as a text, JSON without the blanks that one database puts there.
func compact(v record.Value) string {
	if v.Kind() != record.JSON {
		return v.String()
	}
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(v.Text())); err != nil {
		return v.Text() // which is no JSON then, and will be seen to differ
	}
	return b.String()
}

// ends makes the ends of time of a warehouse those of the oracle.
func ends(from, to int64) (int64, int64) {
	if record.TimestampValue(from).Time().Year() == 1900 {
		from = oracle.Low
	}
	if record.TimestampValue(to).Time().Year() == 9999 {
		to = oracle.High
	}
	return from, to
}

// tracked is what makes versions differ, as one text.
func (d dimension) tracked(values oracle.Row) string {
	var out []string
	for _, c := range d.Columns {
		if c.Kind == oracle.Tracked || c.Kind == oracle.Both || c.Kind == oracle.Durable {
			out = append(out, fmt.Sprintf("%q %t", shown(values[c.Name]), values[c.Name] == nil))
		}
	}
	return strings.Join(out, ", ")
}

// line is a version as a text, without its keys.
func (d dimension) line(v oracle.Version, current bool) string {
	bound := func(micros int64) string {
		switch micros {
		case oracle.Low:
			return "-inf"
		case oracle.High:
			return "inf"
		}
		return record.TimestampValue(micros).String()
	}
	parts := []string{v.Key, fmt.Sprint(v.Number), bound(v.From), bound(v.To), fmt.Sprintf("current=%t deleted=%t", current, v.Deleted)}
	names, _ := d.attributes()
	for _, name := range names {
		parts = append(parts, name+"="+shown(v.Values[name]))
	}
	return strings.Join(parts, " | ")
}

func sales(ctx context.Context, l *lode.Lode, p project) (map[string]sold, error) {
	var columns []string
	for _, r := range p.roles {
		columns = append(columns, r.name+"_key")
		if p.durable(r) {
			columns = append(columns, r.name+"_durable_key")
		} else {
			columns = append(columns, "0")
		}
	}
	rows, err := query(ctx, l, "SELECT source_id, item_id, sold_at, sold_amount, sold_on_key, "+strings.Join(columns, ", ")+" FROM gold.fact_sales")
	out := map[string]sold{}
	for _, r := range rows {
		s := sold{amount: r[3].String(), day: r[4].Int()}
		if !r[1].IsNull() {
			item := r[1].Text()
			s.item = &item
		}
		if !r[2].IsNull() {
			at := r[2].Int()
			s.at = &at
		}
		for i := range p.roles {
			s.keys, s.durables = append(s.keys, r[5+2*i].Int()), append(s.durables, r[6+2*i].Int())
		}
		out[r[0].Text()] = s
	}
	return out, err
}

// durable tells whether the fact carries the durable key of a role.
func (p project) durable(r role) bool {
	for _, c := range p.dims[r.dim].Columns {
		if c.Kind == oracle.Durable {
			return true
		}
	}
	return false
}

func query(ctx context.Context, l *lode.Lode, sql string) ([][]record.Value, error) {
	var out [][]record.Value
	for b, err := range l.Query(ctx, sql) {
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", sql, err)
		}
		for i := range b.Len() {
			out = append(out, b.Row(i))
		}
	}
	return out, nil
}

// texts gives each row as one text.
func texts(ctx context.Context, l *lode.Lode, sql string) ([]string, error) {
	rows, err := query(ctx, l, sql)
	var out []string
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, v := range r {
			cells[i] = compact(v)
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return out, err
}

// dump is all of gold, each row as one text with its keys and without the times at which it was written.
func dump(ctx context.Context, l *lode.Lode) ([]string, error) {
	var out []string
	add := func(name string, fields []string) error {
		var columns []string
		for _, f := range fields {
			if f != "created_at" && f != "updated_at" {
				columns = append(columns, f)
			}
		}
		rows, err := texts(ctx, l, "SELECT "+strings.Join(columns, ", ")+" FROM "+name)
		for _, r := range rows {
			out = append(out, name+": "+r)
		}
		return err
	}
	for _, d := range l.Model().Dimensions {
		if err := add(d.Table.Name.String(), d.Table.FieldNames()); err != nil {
			return nil, err
		}
	}
	for _, f := range l.Model().Facts {
		if err := add(f.Table.Name.String(), f.Table.FieldNames()); err != nil {
			return nil, err
		}
	}
	for _, a := range l.Model().Aggregates {
		if err := add(a.Table.Name.String(), a.Table.FieldNames()); err != nil {
			return nil, err
		}
	}
	return out, nil
}
