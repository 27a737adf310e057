package duckdb

import "strings"

// JSONPath goes down by the names.
func (d Dialect) JSONPath(x string, names ...string) string {
	for _, n := range names[:max(len(names)-1, 0)] {
		x = "json_extract(" + x + ", " + quoteText(pointer(n)) + ")"
	}
	return "json_extract_string(" + x + ", " + quoteText(pointer(names[len(names)-1])) + ")"
}

// VerbatimPath goes down by one pointer; numbers keep all their digits.
func (Dialect) VerbatimPath(x string, names ...string) string {
	path := ""
	for _, n := range names {
		path += pointer(n)
	}
	return plain("replace(json_extract_string(" + exact(x) + ", " + quoteText(path) + "), " + markRaw + ", '')")
}

// pointer is the JSON pointer of a member: a slash and the name, in which a slash is ~1.
func pointer(name string) string {
	return "/" + strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// JSONHas asks for a member.
func (Dialect) JSONHas(x, name string) string {
	return "list_contains(json_keys(" + x + "), " + name + ")"
}

// JSONHolds asks whether x contains y.
func (Dialect) JSONHolds(x, y string) string { return "json_contains(" + x + ", " + y + ")" }
