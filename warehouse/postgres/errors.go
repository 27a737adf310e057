package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lodehq/lode/warehouse"
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

// temporary is an error that may pass when the transaction is tried again, see
// warehouse.IsTemporary.
type temporary struct{ error }

// Temporary is true.
func (temporary) Temporary() bool { return true }

// Unwrap is the error itself.
func (t temporary) Unwrap() error { return t.error }

// temporaryCodes are the beginnings of the SQLSTATEs that a second try may not meet: lost
// connections, serialization failures and deadlocks, a server that is short of something,
// starting or shutting down.
var temporaryCodes = []string{"08", "40", "53", "57P01", "57P02", "57P03", "55P03"}

// mark makes an error temporary if it is one. An error without an answer of the server is
// that of a lost connection, unless the caller ended it; a host that does not exist will
// not exist in a moment either.
func mark(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		for _, code := range temporaryCodes {
			if strings.HasPrefix(pg.Code, code) {
				return temporary{err}
			}
		}
		return err
	}
	var network net.Error
	var unknown *net.DNSError
	if errors.As(err, &unknown) && unknown.IsNotFound {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || pgconn.SafeToRetry(err) {
		return temporary{err}
	}
	return err
}

// explain adds to a server error what the server sent beside its message: where in the
// statement it is, details and hints.
func explain(sql string, err error) error {
	err = mark(err)
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case "23505":
		err = fmt.Errorf("%w: %w", warehouse.ErrDuplicate, err)
	case "23503":
		err = fmt.Errorf("%w: %w", warehouse.ErrReference, err)
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
