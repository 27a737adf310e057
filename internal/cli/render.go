package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// grid is a table for people. Columns of numbers are aligned to the right.
type grid struct {
	header  []string
	numeric []bool // by column; missing means false
	rows    [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// write draws the table. Control characters in the data are spelled out, so that a value
// cannot move the cursor of the terminal it is shown on.
func (g *grid) write(to io.Writer) {
	w := table.NewWriter()
	w.SetStyle(plainStyle())
	w.AppendHeader(row(g.header))
	for _, r := range g.rows {
		w.AppendRow(row(r))
	}
	var configs []table.ColumnConfig
	for i := range g.header {
		c := table.ColumnConfig{Number: i + 1}
		if i < len(g.numeric) && g.numeric[i] {
			c.Align, c.AlignHeader = text.AlignRight, text.AlignRight
		}
		configs = append(configs, c)
	}
	w.SetColumnConfigs(configs)
	for line := range strings.Lines(w.Render() + "\n") {
		fmt.Fprintln(to, strings.TrimRight(line, " \n"))
	}
}

func plainStyle() table.Style {
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format = table.FormatOptions{Header: text.FormatDefault, Footer: text.FormatDefault, Row: text.FormatDefault}
	return style
}

func row(cells []string) table.Row {
	out := make(table.Row, len(cells))
	for i, c := range cells {
		out[i] = printable(c)
	}
	return out
}

func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsGraphic(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// writeJSON prints a value as indented JSON. Times that are not known are null.
func (p *program) writeJSON(v any) error {
	times := json.MarshalToFunc(func(e *jsontext.Encoder, t time.Time) error {
		if t.IsZero() {
			return e.WriteToken(jsontext.Null)
		}
		return e.WriteToken(jsontext.String(t.UTC().Format(time.RFC3339Nano)))
	})
	err := json.MarshalWrite(p.out, v, json.Deterministic(true), json.WithMarshalers(times), jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	p.printf("\n")
	return nil
}

// grouped writes a number for people: 1,234,567.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// when writes a time for people, in UTC; "" if it is not known.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }
