package warehouse

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// CheckNames reports the names of a table that no warehouse holds: empty, too long, not
// UTF-8, twice in one table. A Dialect's Check begins with it. The errors wrap
// ErrUnsupported.
func CheckNames(database string, t schema.Table) error {
	names := []string{t.Name.Schema, t.Name.Table}
	seen := map[string]bool{}
	var errs []error
	for _, f := range t.Fields {
		names = append(names, f.Name)
		if seen[f.Name] {
			errs = append(errs, Unsupported(database, t.Name, "column %q appears twice", f.Name))
		}
		seen[f.Name] = true
	}
	for _, name := range names {
		if err := checkName(name); err != nil {
			errs = append(errs, Unsupported(database, t.Name, "%v", err))
		}
	}
	for _, c := range t.Checks {
		if err := checkName(c.Name); err != nil {
			errs = append(errs, Unsupported(database, t.Name, "check %s: %v", c.SQL, err))
		}
	}
	if len(t.Fields) == 0 {
		errs = append(errs, Unsupported(database, t.Name, "it has no columns"))
	}
	return errors.Join(append(errs, checkKeys(database, t)...)...)
}

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("a name is empty")
	case len(name) > MaxNameLength:
		return fmt.Errorf("name %q has %d bytes, at most %d are possible; shorten it", name, len(name), MaxNameLength)
	case strings.ContainsRune(name, 0) || !utf8.ValidString(name):
		return fmt.Errorf("name %q holds a NUL byte or is no UTF-8", name)
	}
	return nil
}

// checkKeys finds key and index columns that are not in the table.
func checkKeys(database string, t schema.Table) []error {
	var errs []error
	columns := slices.Clone(t.PrimaryKey)
	for _, index := range t.Indexes {
		columns = append(columns, index.Columns...)
	}
	for _, r := range t.References {
		columns = append(columns, r.Columns...)
	}
	for _, name := range columns {
		if !slices.ContainsFunc(t.Fields, func(f schema.Field) bool { return f.Name == name }) {
			errs = append(errs, Unsupported(database, t.Name, "its key, an index or a foreign key names column %q, which it does not have", name))
		}
	}
	return errs
}

// Unsupported is an error of Dialect.Check: it names database, table and reason.
func Unsupported(database string, table schema.Name, format string, args ...any) error {
	return fmt.Errorf("check table %s: %s: %w (%s)", table, fmt.Sprintf(format, args...), ErrUnsupported, database)
}

// CheckText tells why a text cannot be stored, nil if it can. Every warehouse refuses the
// same texts, so that a project does not depend on where it first ran.
func CheckText(text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return errors.New("the text holds a NUL byte, which a warehouse cannot store; remove it at the boundary")
	}
	if !utf8.ValidString(text) {
		return errors.New("the text is not valid UTF-8; mend it at the boundary")
	}
	return nil
}

// SameColumns tells why a batch does not continue a load that began with the given
// columns, nil if it does.
func SameColumns(columns []record.Column, b *record.Batch) error {
	if slices.Equal(columns, b.Columns) {
		return nil
	}
	return fmt.Errorf("a batch has other columns (%v) than the first one (%v)", b.Columns, columns)
}
