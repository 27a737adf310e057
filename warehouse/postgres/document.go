package postgres

import "strings"

// JSONPath goes down by the names.
func (d Dialect) JSONPath(x string, names ...string) string {
	return "jsonb_extract_path_text(" + x + ", " + texts(names) + ")"
}

// VerbatimPath goes down by the names, without making jsonb of it, which cannot hold every number.
func (d Dialect) VerbatimPath(x string, names ...string) string {
	return "json_extract_path_text(" + x + ", " + texts(names) + ")"
}

func texts(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quoteText(n)
	}
	return strings.Join(quoted, ", ")
}

// JSONHas asks for a member of an object. PostgreSQL itself would take the elements of an array for
// members, too.
func (Dialect) JSONHas(x, name string) string {
	return "(jsonb_typeof(" + x + ") = 'object' AND jsonb_exists(" + x + ", " + name + "))"
}

// JSONHolds asks whether x contains y; an index of kind GIN answers it.
func (Dialect) JSONHolds(x, y string) string { return "(" + x + " @> CAST(" + y + " AS jsonb))" }
