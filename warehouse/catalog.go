package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/lodehq/lode/record"
)

// InSchemas runs a query of a database's catalog and hands over its rows, for drivers. The
// names of the schemas stand in the place of %s in the query.
func InSchemas(ctx context.Context, tx Tx, query string, schemas []string, do func(row []record.Value)) error {
	names, args := make([]string, len(schemas)), make([]record.Value, len(schemas))
	for i, name := range schemas {
		names[i], args[i] = fmt.Sprintf("$%d", i+1), record.TextValue(name)
	}
	for b, err := range tx.Query(ctx, fmt.Sprintf(query, strings.Join(names, ", ")), args...) {
		if err != nil {
			return err
		}
		for i := range b.Len() {
			do(b.Row(i))
		}
	}
	return nil
}
