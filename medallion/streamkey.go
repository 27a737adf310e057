package medallion

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// CheckKeys refuses streams whose primary key is no longer the one that their bronze
// tables know their records by: the same record would be taken for another one. A table
// that one of the changes makes anew knows nothing yet. The error is schema.Problems.
func (e *Engine) CheckKeys(s ledger.Snapshot, changes []Change) error {
	var problems schema.Problems
	for _, ref := range e.Model.Streams {
		table := e.bronze(ref).Name
		known, is := s.Definitions[table.String()], keyText(e.Streams[ref].Key)
		made := slices.ContainsFunc(changes, func(c Change) bool { return c.made != nil && c.made.Name == table })
		if known == "" || known == is || made || s.Sequences[table.String()] == 0 {
			continue
		}
		problems = append(problems, schema.Problem{
			Object: "source " + ref.Source, Path: "streams." + ref.Stream + ".key",
			Text: fmt.Sprintf("%s knows its records by the key %s, not by %s; put the old key back, or move the table away "+
				"(ALTER TABLE %s RENAME TO ...) and run again: the stream is then read anew from its beginning", table, shownKey(known), shownKey(is), e.dialect().Table(table)),
		})
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// keyText is a primary key as it is written down: a JSON list of paths.
func keyText(paths []string) string {
	text, err := json.Marshal(append([]string{}, paths...))
	if err != nil {
		return strings.Join(paths, ",") // texts can always be written: cannot happen
	}
	return string(text)
}

func shownKey(text string) string {
	if text == "[]" {
		return "(none)"
	}
	return text
}

// noteKey writes down by which key the stream's records are about to be known.
func (l *load) noteKey(ctx context.Context, tx warehouse.Tx) error {
	text := keyText(l.stream.Key)
	if l.key == text {
		return nil
	}
	_, err := l.e.Ledger.Version(ctx, tx, l.step, text, l.e.Now())
	return err
}
