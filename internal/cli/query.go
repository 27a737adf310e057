package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/settings"
)

// terminalRows is how many rows a table on a terminal shows unless --limit says otherwise.
const terminalRows = 1000

func (p *program) queryCommand() *cobra.Command {
	var file string
	var limit int
	var at moments
	cmd := &cobra.Command{
		Use:   "query [SQL]",
		Short: "Ask the warehouse a question in SQL",
		Long: `Query runs one SELECT on the warehouse and prints the rows as a table, as JSON (an
array of objects, numbers exact) or as CSV. The SQL is the argument, a file (-f), or
standard input.

It reads: a statement that does not begin like a question is refused. In CSV, NULL is an
empty field. On a terminal a table ends after 1,000 rows and says so; --limit changes that.

--as-of TIME asks the star as it was at a valid time: dimensions show the versions in
force then, facts what had happened by then. --as-known-at TIME asks it as it was known
then, built from the events observed by that time. Both together ask what was known then
of an earlier moment. A time is 2025-03-01 (its first instant) or 2025-03-01T12:00:00Z,
in UTC without an offset.`,
		Example: `  lode query "SELECT segment, count(*) AS customer_count FROM gold.dim_customers WHERE is_current GROUP BY segment"
  lode query -f revenue.sql -o csv > revenue.csv
  lode query --as-of 2025-03-01 "SELECT segment, count(*) AS customer_count FROM gold.dim_customers GROUP BY segment"
  echo "SELECT * FROM gold.fact_orders" | lode query -o json --limit 10`,
		Args: cobra.ArbitraryArgs,
		RunE: p.begin(func(ctx context.Context, args []string) error {
			sql, err := p.question(file, args)
			if err != nil {
				return err
			}
			moment, err := at.moment(sql)
			if err != nil {
				return err
			}
			return p.with(ctx, func(s Session) error { return p.answer(ctx, s, moment, sql, limit) })
		}),
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "file with the SQL; - is standard input")
	cmd.Flags().IntVar(&limit, "limit", -1, "most rows to print, 0 for all; default 1000 for a table on a terminal, else all")
	at.flags(cmd)
	return cmd
}

// question is the SQL out of the argument, a file or standard input.
func (p *program) question(file string, args []string) (string, error) {
	var src []byte
	var err error
	switch {
	case len(args) > 1 || len(args) == 1 && file != "":
		return "", usagef("query takes one statement; put it into quotes, or into a file for -f")
	case len(args) == 1:
		src = []byte(args[0])
	case file != "" && file != "-":
		src, err = os.ReadFile(file)
	default:
		src, err = io.ReadAll(p.in)
	}
	if err != nil {
		return "", usagef("read the SQL: %w", err)
	}
	sql := strings.TrimRight(strings.TrimSpace(string(src)), "; \t\r\n")
	return sql, checkQuestion(sql)
}

// checkQuestion refuses what is plainly no question. It guards against a slip, not
// against malice: who can reach the warehouse can write to it by other ways.
func checkQuestion(sql string) error {
	word := firstWord(sql)
	known := []string{"SELECT", "WITH", "FROM", "VALUES", "TABLE", "SHOW", "DESCRIBE", "SUMMARIZE", "EXPLAIN"}
	switch {
	case word == "":
		return usagef(`query wants a statement, for example lode query "SELECT 1"`)
	case !slices.Contains(known, strings.ToUpper(word)):
		return usagef("query only reads, and %q does not begin a question%s; tables change by `lode run`", cut(word, 30), settings.Suggest(strings.ToUpper(word), known))
	}
	return nil
}

// firstWord is the first word after comments and opening parentheses.
func firstWord(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n(")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql, "*/")
		default:
			end := strings.IndexFunc(sql, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_') })
			if end < 0 {
				end = len(sql)
			}
			if end == 0 && sql != "" {
				end = 1
			}
			return sql[:end]
		}
	}
}

// errCut ends the reading of a result whose rest is not wanted.
var errCut = errors.New("enough rows")

func (p *program) answer(ctx context.Context, s Session, at medallion.Moment, sql string, limit int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if limit < 0 && p.output == "table" && p.outIsTerminal {
		limit = terminalRows
	}
	out := p.rowWriter()
	for b, err := range s.QueryAt(ctx, at, sql) {
		if err != nil {
			return err
		}
		if err := out.begin(b.Columns); err != nil {
			return err
		}
		for i := range b.Len() {
			if limit > 0 && out.count() == limit {
				cancel(errCut) // or the driver would read the rest to its end
				return p.cutNote(out, limit)
			}
			if err := out.row(b, i); err != nil {
				return fmt.Errorf("write the result: %w", err)
			}
		}
	}
	return out.end()
}

func (p *program) cutNote(out rowWriter, limit int) error {
	if err := out.end(); err != nil {
		return err
	}
	p.log.Warn(fmt.Sprintf("there are more rows than the %s shown; --limit 0 shows all", grouped(int64(limit))))
	return nil
}

// rowWriter writes the rows of a result in one format.
type rowWriter interface {
	begin(columns []record.Column) error // called for each batch, with the same columns
	row(b *record.Batch, i int) error
	count() int // rows so far
	end() error
}

func (p *program) rowWriter() rowWriter {
	switch p.output {
	case "json":
		return newJSONRows(p.out)
	case "csv":
		return newCSVRows(p.out)
	}
	return &tableRows{to: p.out}
}
