package dictionary

import (
	"fmt"
	"strings"
	"unicode"
)

// Markdown writes the dictionary as one page of Markdown, with the tables of GitHub.
func (d *Dictionary) Markdown() []byte {
	p := &page{dictionary: d}
	p.linef("# %s: data dictionary", escaped(d.Project))
	p.linef("\n<!-- Written by `lode docs` out of the project; change it there. -->")
	if d.About != "" {
		p.linef("\n%s", escaped(d.About))
	}
	p.contents()
	p.linef("\n## Lineage\n")
	p.tree(d.Tree(), 0)
	for _, t := range d.Tables {
		p.table(t)
	}
	return []byte(clean(p.text.String()))
}

type page struct {
	dictionary *Dictionary
	text       strings.Builder
}

func (p *page) linef(format string, args ...any) { fmt.Fprintf(&p.text, format+"\n", args...) }

func (p *page) contents() {
	rows := [][]string{}
	for _, t := range p.dictionary.Tables {
		rows = append(rows, []string{link(t.Name), string(t.Kind), escaped(t.Grain), escaped(t.Owner)})
	}
	p.linef("\n## Tables\n")
	p.grid([]string{"table", "kind", "grain", "owner"}, rows)
	rows = nil
	for _, s := range p.dictionary.Streams {
		rows = append(rows, []string{code(s.Name), code(s.Table), links(s.Feeds)})
	}
	p.linef("\n## Streams\n")
	p.grid([]string{"stream", "as received", "feeds"}, rows)
}

// tree writes branches as a nested list.
func (p *page) tree(branches []Branch, depth int) {
	for _, b := range branches {
		name, again := link(b.Name), ""
		if b.Stream {
			name = code(b.Name)
		}
		if b.Again {
			again = " (see above)"
		}
		p.linef("%s- %s%s", strings.Repeat("  ", depth), name, again)
		p.tree(b.Branches, depth+1)
	}
}

func (p *page) table(t Table) {
	p.linef("\n<a id=\"%s\"></a>\n\n## %s\n", anchor(t.Name), code(t.Name))
	said := []string{string(t.Kind)}
	if t.Owner != "" {
		said = append(said, "owner: "+escaped(t.Owner))
	}
	if len(t.Tags) > 0 {
		said = append(said, "tags: "+escaped(list(t.Tags)))
	}
	p.linef("%s", strings.Join(said, " · "))
	if t.About != "" {
		p.linef("\n%s", escaped(t.About))
	}
	p.linef("")
	for _, x := range t.details() {
		p.linef("- %s: %s", x.Name, escaped(x.Text))
	}
	p.related("Made of", codes(t.Streams), links(t.From))
	p.related("Feeds", links(t.Feeds))
	p.related("Views", codes(t.Views))
	header, rows := t.grid()
	p.linef("")
	p.grid(header, rows)
	p.rules(t.Rules)
}

func (p *page) related(what string, lists ...string) {
	if text := joined(lists...); text != "" {
		p.linef("- %s: %s", what, text)
	}
}

func joined(lists ...string) string {
	var said []string
	for _, l := range lists {
		if l != "" {
			said = append(said, l)
		}
	}
	return list(said)
}

func (p *page) rules(rules []Rule) {
	if len(rules) == 0 {
		return
	}
	var rows [][]string
	for _, r := range rules {
		rows = append(rows, []string{escaped(r.Name), code(r.Check), escaped(r.Otherwise)})
	}
	p.linef("")
	p.grid([]string{"rule", "check", "otherwise"}, rows)
}

func (p *page) grid(header []string, rows [][]string) {
	p.linef("| %s |\n|%s", strings.Join(header, " | "), strings.Repeat("---|", len(header)))
	for _, r := range rows {
		p.linef("| %s |", strings.Join(r, " | "))
	}
}

// details are the grain and the table's own properties.
func (t Table) details() []Detail {
	return append([]Detail{{"Grain", t.Grain}}, t.Details...)
}

// grid is the table's columns with what is known of any of them.
func (t Table) grid() (header []string, rows [][]string) {
	type part struct {
		name string
		text func(c Column) string
	}
	parts := []part{
		{"key", func(c Column) string {
			if c.Points != "" {
				return "→ " + link(c.Points)
			}
			return c.Key
		}},
		{"meaning", func(c Column) string { return escaped(c.About) }},
		{"SCD", func(c Column) string { return c.SCD }},
		{"history", func(c Column) string { return c.History }},
		{"may be summed over", func(c Column) string { return escaped(c.Sum) }},
		{"from", func(c Column) string { return escaped(c.From) }},
	}
	header, rows = []string{"column", "type"}, make([][]string, len(t.Columns))
	for i, c := range t.Columns {
		null := ", may be NULL"
		if c.Required {
			null = ""
		}
		rows[i] = []string{code(c.Name), escaped(c.Type) + null}
	}
	for _, x := range parts {
		cells, any := make([]string, len(rows)), false
		for i, c := range t.Columns {
			cells[i] = x.text(c)
			any = any || cells[i] != ""
		}
		if !any {
			continue
		}
		header = append(header, x.name)
		for i := range rows {
			rows[i] = append(rows[i], cells[i])
		}
	}
	return header, rows
}

func link(name string) string { return "[" + code(name) + "](#" + anchor(name) + ")" }

func links(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, link(n))
	}
	return list(out)
}

func codes(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, code(n))
	}
	return list(out)
}

// code is a text as it is, between as many backticks as it takes.
func code(text string) string {
	if text == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	pad := ""
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		pad = " "
	}
	return fence + pad + strings.ReplaceAll(oneLine(text), "|", `\|`) + pad + fence
}

// escaped is a text that means nothing to Markdown, on one line. An underscore inside a
// word is none of its signs.
func escaped(text string) string {
	in := []rune(oneLine(text))
	var b strings.Builder
	for i, r := range in {
		inside := i > 0 && i < len(in)-1 && wordRune(in[i-1]) && wordRune(in[i+1])
		switch {
		case r == '<':
			b.WriteString("&lt;")
			continue
		case r == '&':
			b.WriteString("&amp;")
			continue
		case strings.ContainsRune("\\`*[]|~#", r), r == '_' && !inside:
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// anchor names the place of a table on a page.
func anchor(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r == '.' || r == '_' || r == '-' || r < unicode.MaxASCII && wordRune(r) {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "-%x-", r)
	}
	return b.String()
}

// clean replaces what no page may hold.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff || r >= 0x7f && r < 0xa0 {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
