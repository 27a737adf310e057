package postgres

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

// excerptLength is how much of a statement an error shows.
const excerptLength = 120

// excerpt is the beginning of a statement on one line, for messages.
func excerpt(sql string) string {
	text := strings.Join(strings.Fields(sql[:min(len(sql), 4*excerptLength)]), " ")
	if len(text) <= excerptLength {
		return text
	}
	cut := excerptLength
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}

// explain adds to a server error what the server sent beside its message: where in the
// statement it is, details and hints.
func explain(sql string, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	var more []string
	if pg.Detail != "" {
		more = append(more, pg.Detail)
	}
	if pg.Hint != "" {
		more = append(more, "hint: "+pg.Hint)
	}
	if pg.Where != "" {
		more = append(more, "in "+strings.ReplaceAll(pg.Where, "\n", "; "))
	}
	if near := position(sql, int(pg.Position)); near != "" {
		more = append(more, "near "+near)
	}
	if len(more) == 0 {
		return err
	}
	return fmt.Errorf("%w; %s", err, strings.Join(more, "; "))
}

// position shows the statement from its n-th character on.
func position(sql string, n int) string {
	runes := []rune(sql)
	if n <= 0 || n > len(runes) {
		return ""
	}
	return excerpt(string(runes[n-1 : min(len(runes), n+40)]))
}
