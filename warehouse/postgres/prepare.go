package postgres

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lodehq/lode/record"
)

// prepared remembers the statements of one connection that have been prepared. A statement
// with arguments is prepared when it comes for the second time: programs repeat theirs, a
// run's are all different. The server then neither parses nor plans it again.
type prepared struct {
	seen  map[string]bool
	names map[string]string
	count int
}

// mostPrepared bounds what a connection keeps.
const mostPrepared = 256

// longest is the text, in bytes, that is worth remembering: a longer one holds a list of values.
const longest = 64 << 10

// preparedKey is where a connection keeps its prepared statements.
const preparedKey = "lode prepared statements"

func preparedOf(conn *pgconn.PgConn) *prepared {
	p, ok := conn.CustomData()[preparedKey].(*prepared)
	if !ok {
		p = &prepared{seen: map[string]bool{}, names: map[string]string{}}
		conn.CustomData()[preparedKey] = p
	}
	return p
}

// call is a statement ready to be sent.
type call struct {
	sql    string
	name   string // of the prepared statement; "" when it is not prepared
	key    string
	values [][]byte
	oids   []uint32
}

// newCall encodes the arguments and finds or makes the prepared statement.
func newCall(ctx context.Context, conn *pgconn.PgConn, sql string, args []record.Value) (c call, err error) {
	c.sql = sql
	if c.values, c.oids, err = arguments(args); err != nil || len(args) == 0 || len(sql) > longest {
		return c, err
	}
	var key strings.Builder
	for _, oid := range c.oids { // NULL has no type of its own, so that the same text may be another statement
		key.WriteString(strconv.FormatUint(uint64(oid), 36) + ",")
	}
	c.key = key.String() + sql
	p := preparedOf(conn)
	if c.name = p.names[c.key]; c.name != "" {
		return c, nil
	}
	if !p.seen[c.key] {
		if len(p.seen) >= mostPrepared {
			clear(p.seen)
		}
		p.seen[c.key] = true
		return c, nil
	}
	return c, p.prepare(ctx, conn, &c)
}

func (p *prepared) prepare(ctx context.Context, conn *pgconn.PgConn, c *call) error {
	if len(p.names) >= mostPrepared {
		for key, name := range p.names {
			if err := conn.Deallocate(ctx, name); err != nil {
				return err
			}
			delete(p.names, key)
		}
	}
	p.count++
	name := "lode_" + strconv.Itoa(p.count)
	if _, err := conn.Prepare(ctx, name, c.sql, c.oids); err != nil {
		return explain(c.sql, err)
	}
	p.names[c.key], c.name = name, name
	return nil
}

// send runs the statement.
func (c call) send(ctx context.Context, conn *pgconn.PgConn, results []int16) *pgconn.ResultReader {
	if c.name == "" {
		return conn.ExecParams(ctx, c.sql, c.values, c.oids, binaryFormat, results)
	}
	return conn.ExecPrepared(ctx, c.name, c.values, binaryFormat, results)
}

// queue adds the statement to a pipeline.
func (c call) queue(p *pgconn.Pipeline) {
	if c.name == "" {
		p.SendQueryParams(c.sql, c.values, c.oids, binaryFormat, binaryFormat)
		return
	}
	p.SendQueryPrepared(c.name, c.values, binaryFormat, binaryFormat)
}

// failed forgets a prepared statement that the server no longer takes: the next try is not
// prepared.
func (c call) failed(conn *pgconn.PgConn, err error) {
	if c.name != "" && forgotten(err) {
		delete(preparedOf(conn).names, c.key)
		delete(preparedOf(conn).seen, c.key)
	}
}

// forgotten tells whether the server refuses a statement only because it was prepared before its
// tables changed. It says so before the first row.
func forgotten(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && (said.Code == "0A000" && strings.Contains(said.Message, "cached plan") || said.Code == "26000")
}
