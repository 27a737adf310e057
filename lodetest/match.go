package lodetest

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/lodehq/lode/record"
)

// bindings are the keys that the variables of a test stand for, by domain: a variable
// of dim_items means nothing for dim_stores.
type bindings map[string]map[string]string

func (b bindings) clone() bindings {
	out := bindings{}
	for domain, names := range b {
		out[domain] = maps.Clone(names)
	}
	return out
}

// bind lets a variable stand for a key: the one it stood for already, or one that no
// other variable of its domain stands for.
func (b bindings) bind(domain, name, key string) bool {
	if old, bound := b[domain][name]; bound {
		return old == key
	}
	if b.name(domain, key) != "" {
		return false
	}
	if b[domain] == nil {
		b[domain] = map[string]string{}
	}
	b[domain][name] = key
	return true
}

// name is the variable that stands for a key, "" if none does.
func (b bindings) name(domain, key string) string {
	for name, k := range b[domain] {
		if k == key {
			return name
		}
	}
	return ""
}

// comparison holds the rows of a drawn table against those of the warehouse.
type comparison struct {
	header  []string
	domains []string // of each column's variables
	want    []row
	got     [][]record.Value
	bound   bindings
	of      []int // for each got row the wanted one that it is taken for, or -1
}

// fits tells whether a row of the warehouse is the drawn one, and what is bound then.
func (c *comparison) fits(want row, got []record.Value) (bindings, bool) {
	bound := c.bound.clone()
	for i, cell := range want.cells {
		if strings.HasPrefix(cell, "$") {
			if got[i].IsNull() || !bound.bind(c.domains[i], cell, got[i].String()) {
				return nil, false
			}
		} else if !equals(cell, got[i]) {
			return nil, false
		}
	}
	return bound, true
}

// equals tells whether a cell without a variable draws a value.
func equals(cell string, v record.Value) bool {
	text, isText := unquoted(cell)
	switch {
	case cell == "*":
		return true
	case v.IsNull() || cell == "NULL":
		return v.IsNull() && cell == "NULL"
	case v.Kind() == record.Timestamp && !isText:
		at, ok := instant(cell)
		return ok && at.Equal(v.Time())
	}
	return v.String() == text
}

// complete pairs every drawn row from the i-th on with a row of its own, trying all
// ways there are, and leaves what is bound then.
func (c *comparison) complete(i int) bool {
	if i == len(c.want) {
		return true
	}
	tried := map[string]bool{}
	for j, got := range c.got {
		text := fmt.Sprint(got)
		if c.of[j] >= 0 || tried[text] {
			continue
		}
		tried[text] = true
		bound, ok := c.fits(c.want[i], got)
		if !ok {
			continue
		}
		before := c.bound
		c.of[j], c.bound = i, bound
		if c.complete(i + 1) {
			return true
		}
		c.of[j], c.bound = -1, before
	}
	return false
}

// equal tells whether the tables hold the same rows, in any order.
func (c *comparison) equal() bool {
	c.of = make([]int, len(c.got))
	for j := range c.of {
		c.of[j] = -1
	}
	return len(c.want) == len(c.got) && c.complete(0)
}

// closest pairs what can be paired row by row, for a reader to see what is left.
func (c *comparison) closest() {
	for i, want := range c.want {
		for j, got := range c.got {
			if bound, ok := c.fits(want, got); ok && c.of[j] < 0 {
				c.of[j], c.bound = i, bound
				break
			}
		}
	}
}

// String draws both tables side by side; a row that has no counterpart is marked.
func (c *comparison) String() string {
	c.closest()
	partner, lonely := map[int]int{}, []int{}
	for j, i := range c.of {
		if i >= 0 {
			partner[i] = j
		} else {
			lonely = append(lonely, j)
		}
	}
	left, right, marks := [][]string{c.header}, [][]string{c.header}, []string{" "}
	for i, want := range c.want {
		left = append(left, want.cells)
		switch j, paired := partner[i]; {
		case paired:
			right, marks = append(right, c.draw(j)), append(marks, " ")
		case len(lonely) > 0:
			right, marks, lonely = append(right, c.draw(lonely[0])), append(marks, "!"), lonely[1:]
		default:
			right, marks = append(right, nil), append(marks, "!")
		}
	}
	for _, j := range lonely {
		left, right, marks = append(left, nil), append(right, c.draw(j)), append(marks, "!")
	}
	return sideBySide(aligned("want", left), aligned("got", right), append([]string{" "}, marks...))
}

// draw writes a row of the warehouse as a script would.
func (c *comparison) draw(j int) []string {
	out := make([]string, len(c.header))
	for i, v := range c.got[j] {
		out[i] = drawn(v)
		if name := c.bound.name(c.domains[i], v.String()); name != "" {
			out[i] = name
		}
	}
	return out
}

// drawn is a value as a cell.
func drawn(v record.Value) string {
	text := v.String()
	switch {
	case v.Kind() == record.Timestamp:
		return drawnTime(v.Time())
	case v.IsNull():
		return text
	case text == "" || text == "NULL" || text == "*" || text != strings.TrimSpace(text) || strings.ContainsAny(text[:1], "$'"):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return strings.ReplaceAll(text, "|", `\|`)
}

// drawnTime is a time as a minute, if it is one of the first days of the time line.
func drawnTime(at time.Time) string {
	since := at.Sub(zero())
	switch {
	case at.Year() == 1900:
		return "-inf"
	case at.Year() == 9999:
		return "inf"
	case since >= 0 && since < 7*24*time.Hour && since%time.Minute == 0:
		return strconv.Itoa(int(since / time.Minute))
	}
	return at.Format(time.RFC3339Nano)
}

// aligned writes rows below a title, the cells of a column below each other.
func aligned(title string, rows [][]string) []string {
	width := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	out := []string{title}
	for _, r := range rows {
		padded := make([]string, len(r))
		for i, c := range r {
			padded[i] = c + strings.Repeat(" ", width[i]-len([]rune(c)))
		}
		out = append(out, strings.Join(padded, " | "))
	}
	return out
}

func sideBySide(left, right, marks []string) string {
	width := 0
	for _, l := range left {
		width = max(width, len([]rune(l)))
	}
	var out []string
	for i := range left {
		pad := strings.Repeat(" ", width-len([]rune(left[i])))
		out = append(out, strings.TrimRight(left[i]+pad+"  "+marks[i]+" "+right[i], " "))
	}
	return strings.Join(out, "\n")
}
