package mapping

import (
	"fmt"
	"strings"
)

// Path is where field i of the Spec is found in the record of a row: customer.address.zip,
// lines[2].amount. Of several paths it is the first that is there, or all where none is;
// of an expression, the members that it uses. A constant has no path.
func (m *Mapper) Path(row *Row, i int) string {
	field, o := m.spec.Fields[i], &m.fields[i]
	switch {
	case field.From == "" && row.Raw[i] == nil:
		return m.placed(row, path{text: field.Column})
	case field.From == "":
		return m.placed(row, path{text: row.found[i]})
	case o.program != nil:
		return m.either(row, o.names, ", ")
	}
	for _, p := range o.paths {
		if m.slot(p) != nil {
			return m.placed(row, p)
		}
	}
	return m.either(row, o.paths, " | ")
}

// Stands tells whether field i of a row is a value of the record as it stands there: neither
// what an expression gives nor a constant.
func (m *Mapper) Stands(row *Row, i int) bool {
	return m.fields[i].program == nil && m.Path(row, i) != ""
}

func (m *Mapper) either(row *Row, paths []path, between string) string {
	parts := make([]string, len(paths))
	for i, p := range paths {
		parts[i] = m.placed(row, p)
	}
	return strings.Join(parts, between)
}

// placed is a path from the record's root. In a record without a nested list, up says
// nothing; a name that is looked for in an element has none.
func (m *Mapper) placed(row *Row, p path) string {
	if m.element == nil || p.up {
		return p.text
	}
	return fmt.Sprintf("%s[%d].%s", m.spec.Each, row.Index, p.text)
}
