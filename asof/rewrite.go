package asof

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Relation is what stands for a table in a question.
type Relation struct {
	// Table is the SQL of another table that is read instead.
	Table string
	// Body, if set, is a query that is read instead. It may read the relations Needs by
	// their names, see Name.
	Body  string
	Needs []schema.Name
	// Refused, if set, says why the table cannot be asked.
	Refused string
}

// Relations are the tables that a question may name.
type Relations map[schema.Name]Relation

// Name is the SQL by which the body of one relation reads another.
func Name(d warehouse.Dialect, n schema.Name) string {
	return d.Quote(warehouse.ShortName(n.String(), d.MaxNameLength()))
}

// Rewrite replaces the tables that lie in the given schemas. One that is not among the
// relations is an error: a question is answered as of one time or not at all.
func Rewrite(d warehouse.Dialect, sql string, schemas []string, r Relations) (string, error) {
	w := rewriter{d: d, relations: r, schemas: schemas, tokens: scan(sql)}
	for i := 0; i < len(w.tokens); {
		next, err := w.step(i)
		if err != nil {
			return "", err
		}
		i = next
	}
	return w.with(), nil
}

type rewriter struct {
	d         warehouse.Dialect
	schemas   []string
	relations Relations
	tokens    []token
	out       []token
	used      []schema.Name // relations with a body, each after those it needs
}

// step copies the token at i, or replaces the table that begins there, and returns where
// to go on.
func (w *rewriter) step(i int) (int, error) {
	name, end, ok := w.table(i)
	if !ok {
		w.out = append(w.out, w.tokens[i])
		return i + 1, nil
	}
	r, known := w.relations[name]
	switch {
	case !known:
		return 0, fmt.Errorf("%s is no table that can be asked as of another time; the star has %s", name, w.names())
	case r.Refused != "":
		return 0, fmt.Errorf("%s cannot be asked as of another time: %s", name, r.Refused)
	}
	simple := w.tokens[end-1].text
	if w.is(end, ".") { // a column: the table has its simple name by its alias
		w.out = append(w.out, token{word, simple})
		return end, nil
	}
	w.use(name)
	stand := r.Table
	if r.Body != "" {
		stand = Name(w.d, name)
	}
	if !w.aliased(end) && !w.after("TABLE") {
		stand += " AS " + simple
	}
	w.out = append(w.out, token{other, stand})
	return end, nil
}

// table finds schema.table, or catalog.schema.table, at a token. What is called like a
// function is none.
func (w *rewriter) table(i int) (schema.Name, int, bool) {
	if p := w.significant(len(w.out)-1, w.out, -1); p >= 0 && w.out[p].text == "." {
		return schema.Name{}, 0, false
	}
	parts := w.dotted(i)
	for at := range min(2, len(parts)) {
		if at+1 >= len(parts) {
			break
		}
		layer, ok := w.layer(parts[at])
		if !ok {
			continue
		}
		end := parts[at+1] + 1
		if w.is(end, "(") {
			return schema.Name{}, 0, false
		}
		return w.known(schema.Name{Schema: layer, Table: unquote(w.tokens[parts[at+1]])}), end, true
	}
	return schema.Name{}, 0, false
}

// dotted lists the places of the names that stand at i with dots between.
func (w *rewriter) dotted(i int) []int {
	var parts []int
	for i < len(w.tokens) && (w.tokens[i].kind == word || w.tokens[i].kind == quoted) {
		parts = append(parts, i)
		if i+2 >= len(w.tokens) || w.tokens[i+1].text != "." {
			break
		}
		i += 2
	}
	return parts
}

func (w *rewriter) layer(i int) (string, bool) {
	name := unquote(w.tokens[i])
	at := slices.IndexFunc(w.schemas, func(s string) bool { return strings.EqualFold(s, name) })
	if at < 0 {
		return "", false
	}
	return w.schemas[at], true
}

// known is the name of a relation as it is declared: names are written in any case.
func (w *rewriter) known(n schema.Name) schema.Name {
	if _, ok := w.relations[n]; ok {
		return n
	}
	for k := range w.relations {
		if k.Schema == n.Schema && strings.EqualFold(k.Table, n.Table) {
			return k
		}
	}
	return n
}

func (w *rewriter) names() string {
	var names []string
	for n, r := range w.relations {
		if r.Refused == "" {
			names = append(names, n.String())
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func unquote(t token) string {
	if t.kind != quoted {
		return t.text
	}
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(t.text, `"`), `"`), `""`, `"`)
}

// significant is the place of the first token at or behind i, in steps of by, that is no
// blank; -1 if there is none.
func (w *rewriter) significant(i int, tokens []token, by int) int {
	for ; i >= 0 && i < len(tokens); i += by {
		if tokens[i].kind != blank {
			return i
		}
	}
	return -1
}

// is tells whether the text stands at i or behind the blanks there.
func (w *rewriter) is(i int, s string) bool {
	at := w.significant(i, w.tokens, 1)
	return at >= 0 && w.tokens[at].text == s
}

// after tells whether the keyword was the last thing written.
func (w *rewriter) after(keyword string) bool {
	at := w.significant(len(w.out)-1, w.out, -1)
	return at >= 0 && w.out[at].kind == word && strings.EqualFold(w.out[at].text, keyword)
}

// aliased tells whether the table that ends before i is followed by a name of its own.
func (w *rewriter) aliased(i int) bool {
	at := w.significant(i, w.tokens, 1)
	switch {
	case at < 0:
		return false
	case w.tokens[at].kind == word:
		return !follows(strings.ToUpper(w.tokens[at].text))
	}
	return w.tokens[at].kind == quoted
}

// follows tells whether a word can follow a table and is not its alias.
func follows(keyword string) bool {
	switch keyword {
	case "WHERE", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "ON", "USING", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET",
		"FETCH", "UNION", "INTERSECT", "EXCEPT", "WINDOW", "FOR", "TABLESAMPLE", "SELECT", "QUALIFY", "ASOF", "POSITIONAL", "SEMI", "ANTI",
		"PIVOT", "UNPIVOT":
		return true
	}
	return false
}

// use notes a relation, after those that it needs.
func (w *rewriter) use(n schema.Name) {
	r := w.relations[n]
	if r.Body == "" || slices.Contains(w.used, n) {
		return
	}
	for _, need := range r.Needs {
		w.use(need)
	}
	w.used = append(w.used, n)
}

// with puts the bodies in front: behind the question's own WITH if it has one.
func (w *rewriter) with() string {
	var b strings.Builder
	for i, n := range w.used {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "%s AS (\n%s\n)", Name(w.d, n), w.relations[n].Body)
	}
	bodies := b.String()
	if bodies == "" {
		return join(w.out)
	}
	at := w.significant(0, w.out, 1)
	if at < 0 || !strings.EqualFold(w.out[at].text, "WITH") {
		return "WITH " + bodies + "\n" + join(w.out)
	}
	if r := w.significant(at+1, w.out, 1); r >= 0 && strings.EqualFold(w.out[r].text, "RECURSIVE") {
		at = r
	}
	return join(w.out[:at+1]) + " " + bodies + ",\n" + join(w.out[at+1:])
}

func join(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.text)
	}
	return b.String()
}
