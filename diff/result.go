package diff

import (
	"slices"

	"github.com/lodehq/lode/record"
)

// Result is what a comparison found.
type Result struct {
	Table   string       `json:"table"`
	A       string       `json:"a"` // what the sides are
	B       string       `json:"b"`
	RowsA   int64        `json:"rows_a"`
	RowsB   int64        `json:"rows_b"`
	OnlyA   int64        `json:"only_a"` // keys
	OnlyB   int64        `json:"only_b"`
	Changed int64        `json:"changed"`
	Notes   []string     `json:"notes,omitempty"` // what was not compared
	First   []Difference `json:"first"`
}

// Count is the number of keys that differ.
func (r Result) Count() int64 { return r.OnlyA + r.OnlyB + r.Changed }

// Difference is one key that differs.
type Difference struct {
	Key    []Cell   `json:"key"`
	Change string   `json:"change"` // OnlyInA, OnlyInB, Changed or Repeated
	Cells  []Change `json:"columns"`
}

// The kinds of differences.
const (
	OnlyInA  = "only_a"
	OnlyInB  = "only_b"
	Changed  = "changed"
	Repeated = "repeated" // a side has several rows of the key that the other has not
)

// Cell is a column of a key. A NULL has no value.
type Cell struct {
	Name  string  `json:"name"`
	Value *string `json:"value"`
}

// Change is a column whose value differs.
type Change struct {
	Name string  `json:"name"`
	A    *string `json:"a"`
	B    *string `json:"b"`
}

// Read makes differences of the rows of First.
func Read(r Relation, rows [][]record.Value) []Difference {
	out := []Difference{}
	keys := len(r.Key)
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && slices.Equal(rows[n][:keys], rows[0][:keys]) {
			n++
		}
		out = append(out, read(r, rows[:n]))
		rows = rows[n:]
	}
	return out
}

// read makes a difference of the rows of one key.
func read(r Relation, rows [][]record.Value) Difference {
	d := Difference{Key: []Cell{}, Cells: []Change{}}
	keys, last := len(r.Key), len(rows[0])
	var a, b []record.Value
	var timesA, timesB int64
	for _, row := range rows {
		inA, inB := row[last-2].Int(), row[last-1].Int()
		timesA, timesB = timesA+inA, timesB+inB
		if inA > 0 {
			a = row
		}
		if inB > 0 {
			b = row
		}
	}
	for i, name := range r.Key {
		d.Key = append(d.Key, Cell{name, textOf(rows[0][i])})
	}
	switch {
	case timesA > 1 || timesB > 1:
		d.Change = Repeated
	case b == nil:
		d.Change = OnlyInA
	case a == nil:
		d.Change = OnlyInB
	default:
		d.Change = Changed
	}
	for i, name := range r.Values {
		c := Change{Name: name}
		if a != nil {
			c.A = textOf(a[keys+i])
		}
		if b != nil {
			c.B = textOf(b[keys+i])
		}
		if a == nil || b == nil || a[keys+i] != b[keys+i] {
			d.Cells = append(d.Cells, c)
		}
	}
	return d
}

func textOf(v record.Value) *string {
	if v.IsNull() {
		return nil
	}
	text := v.String()
	return &text
}
