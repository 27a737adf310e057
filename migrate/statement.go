package migrate

import (
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
)

// word is a piece of SQL: a keyword, a name, a sign. Texts and comments are none.
type word struct {
	text   string
	quoted bool // a name in quotes, which is no keyword
}

func (w word) is(keyword string) bool { return !w.quoted && strings.EqualFold(w.text, keyword) }

// statement is the words of one statement, enough to see what it drops.
type statement []word

// statements splits SQL at its semicolons. It knows comments, texts, names in quotes and
// PostgreSQL's texts between dollars.
func statements(sql string) []statement {
	var out []statement
	var now statement
	for sql != "" {
		n, w, ends := next(sql)
		sql = sql[n:]
		if w.text != "" {
			now = append(now, w)
		}
		if ends || sql == "" && len(now) > 0 {
			if len(now) > 0 {
				out = append(out, now)
			}
			now = nil
		}
	}
	return out
}

// next is how long the next piece is, its word if it is one, and whether it ends the statement.
func next(sql string) (n int, w word, ends bool) {
	switch c := sql[0]; {
	case strings.HasPrefix(sql, "--"):
		return until(sql, "\n", 2), w, false
	case strings.HasPrefix(sql, "/*"):
		return until(sql, "*/", 2), w, false
	case c == '\'':
		return until(sql, "'", 1), word{"''", true}, false
	case c == '"':
		n = 1
		for n < len(sql) {
			n += until(sql[n:], `"`, 0)
			if n >= len(sql) || sql[n] != '"' {
				break
			}
			n++ // a doubled one is part of the name
		}
		return n, word{unquoted(sql[:n]), true}, false
	case c == '$':
		if mark := dollar.FindString(sql); mark != "" {
			return until(sql, mark, len(mark)), word{"''", true}, false
		}
	case c == ';':
		return 1, w, true
	}
	if name := plainName.FindString(sql); name != "" {
		return len(name), word{name, false}, false
	}
	if strings.TrimSpace(sql[:1]) == "" {
		return 1, w, false
	}
	return 1, word{sql[:1], false}, false
}

// until is the length up to and with an end that comes after from bytes.
func until(sql, end string, from int) int {
	if i := strings.Index(sql[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(sql)
}

// after cuts keywords off the beginning; those in brackets may be missing.
func (s statement) after(keywords ...string) (statement, bool) {
	for _, k := range keywords {
		may := strings.HasPrefix(k, "[")
		k = strings.Trim(k, "[]")
		switch {
		case len(s) > 0 && s[0].is(k):
			s = s[1:]
		case !may:
			return nil, false
		}
	}
	return s, true
}

// name is the table's name that the statement goes on with, and what follows it.
func (s statement) name() (schema.Name, statement) {
	if len(s) == 0 {
		return schema.Name{}, nil
	}
	n, rest := schema.Name{Table: s[0].text}, s[1:]
	for len(rest) > 1 && rest[0].is(".") { // of a database's name before the schema's only the last two count
		n, rest = schema.Name{Schema: n.Table, Table: rest[1].text}, rest[2:]
	}
	return n, rest
}

// names are those of a list.
func (s statement) names() []schema.Name {
	var out []schema.Name
	for len(s) > 0 {
		n, rest := s.name()
		out = append(out, n)
		if len(rest) == 0 || !rest[0].is(",") {
			break
		}
		s = rest[1:]
	}
	return out
}

// drops lists the tables that a statement takes, or takes the rows of, and those of which it drops a column.
func (s statement) drops() (tables, columns []schema.Name) {
	if rest, ok := s.after("drop", "table", "[if]", "[exists]"); ok {
		return rest.names(), nil
	}
	if rest, ok := s.after("truncate", "[table]", "[only]"); ok {
		return rest.names(), nil
	}
	if rest, ok := s.after("drop", "schema", "[if]", "[exists]"); ok && rest.mentions("cascade") {
		return []schema.Name{{Table: rest[0].text}}, nil // whatever is in it
	}
	rest, ok := s.after("alter", "table", "[if]", "[exists]", "[only]")
	if !ok {
		return nil, nil
	}
	table, actions := rest.name()
	for _, a := range actions.actions() {
		if dropped, ok := a.after("drop"); ok && len(dropped) > 0 && !dropped[0].is("constraint") {
			return nil, []schema.Name{table}
		}
	}
	return nil, nil
}

// actions splits at the commas that stand in no parentheses.
func (s statement) actions() []statement {
	var out []statement
	depth, from := 0, 0
	for i, w := range s {
		switch {
		case w.is("("):
			depth++
		case w.is(")"):
			depth--
		case w.is(",") && depth == 0:
			out, from = append(out, s[from:i]), i+1
		}
	}
	return append(out, s[from:])
}

func (s statement) mentions(name string) bool {
	return slices.ContainsFunc(s, func(w word) bool { return strings.EqualFold(w.text, name) })
}

// remade tells whether the table that statement i of all drops is made anew: another one takes
// its name, into which its rows were written before.
func remade(all []statement, i int, dropped schema.Name) bool {
	for _, s := range all[i+1:] {
		rest, ok := s.after("alter", "table")
		if !ok {
			continue
		}
		copied, rest := rest.name()
		to, ok := rest.after("rename", "to")
		if !ok || len(to) == 0 || !strings.EqualFold(to[0].text, dropped.Table) {
			continue
		}
		return slices.ContainsFunc(all[:i], func(s statement) bool {
			for _, begin := range [][]string{{"insert", "into"}, {"create", "table"}} {
				if rest, ok := s.after(begin...); ok {
					into, from := rest.name()
					return strings.EqualFold(into.Table, copied.Table) && from.mentions("select") && from.mentions(dropped.Table)
				}
			}
			return false
		})
	}
	return false
}
