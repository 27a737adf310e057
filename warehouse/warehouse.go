// Package warehouse is the small contract that a database answers to be Lode's
// warehouse. The databases stand below it side by side, with the same file names;
// warehousetest holds each of them to this contract.
//
// The contract knows tables, batches and transactions. It knows nothing of layers,
// dimensions or sources: those arrive as SQL text, written with the Dialect's help.
package warehouse

import (
	"context"
	"errors"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/expr"
)

// Errors that callers ask for with errors.Is.
var (
	// ErrLocked is returned by Lock when another session holds the lock.
	ErrLocked = errors.New("locked by another run")
	// ErrLockLost is returned by Begin when a lock that this process took has been lost on
	// the way, so that another run may have begun.
	ErrLockLost = errors.New("the lock was lost, because its connection to the database ended; another run may be going, and nothing more is written: run again")
	// ErrBusy is returned by a Driver's Open when another process holds the database file.
	ErrBusy = errors.New("database file is held by another process")
	// ErrDuplicate is returned by a Tx where a row would share a key with another one.
	ErrDuplicate = errors.New("a row with this key is there already")
	// ErrReference is returned by a Tx where a row would name one that is not there: it is written,
	// or the one that it names goes.
	ErrReference = errors.New("a foreign key does not hold")
	// ErrUnsupported is returned by Dialect.Check for what the database cannot do.
	ErrUnsupported = errors.New("not supported by this warehouse")
)

// Driver opens warehouses of one technology. Scheme is the part of the address before
// the colon: "duckdb", "postgres".
type Driver interface {
	Schemes() []string
	// Dialect is that of its warehouses: what they can hold is known before one is opened.
	Dialect() Dialect
	Open(ctx context.Context, address string) (Warehouse, error)
}

// Trier is a driver that can make an empty database for a trial, of the same kind and in
// the same place as that of an address. Closing it takes it away.
type Trier interface {
	OpenTrial(ctx context.Context, address string) (Warehouse, error)
}

// Warehouse is an open database. It is safe for concurrent use.
type Warehouse interface {
	Dialect() Dialect
	// Begin starts a transaction. One that is not committed must be rolled back.
	Begin(ctx context.Context) (Tx, error)
	// Scratch starts a transaction that sees one committed state to its end and leaves
	// nothing behind: it is there for temporary tables and can only be rolled back. It may
	// run beside an open Tx.
	Scratch(ctx context.Context) (Tx, error)
	// Query streams the result of a read outside any transaction of the caller: what was
	// committed when it began. It may run beside an open Tx. A statement that would write
	// is an error, and writes nothing.
	Query(ctx context.Context, sql string, args ...record.Value) record.Batches
	// Lock takes the named lock until release is called, or fails with ErrLocked.
	// It holds across processes and falls with the process that took it. Should it fall
	// earlier, every Begin fails with ErrLockLost until release, and nobody gets the lock
	// before the transactions that were open have ended.
	Lock(ctx context.Context, name string) (release func() error, err error)
	// Writers is how many transactions may usefully write side by side.
	Writers() int
	Close() error
}

// Tx is a transaction: all that it does becomes visible at Commit, or not at all.
// A Tx is used by one goroutine at a time.
type Tx interface {
	// Exec runs a statement and returns the rows it touched. Arguments stand as $1, $2, ...
	Exec(ctx context.Context, sql string, args ...record.Value) (int64, error)
	// Query streams the result. The Tx must not be used until the stream has ended.
	Query(ctx context.Context, sql string, args ...record.Value) record.Batches
	// Load appends batches to a table by the database's bulk path (COPY, appender) and
	// returns the rows written. Batch columns are matched by name, the rest are NULL.
	Load(ctx context.Context, table schema.Name, batches record.Batches) (int64, error)
	// Describe reads the tables of schemas back as plain data, ordered by schema and name;
	// an absent schema has none.
	Describe(ctx context.Context, schemas ...string) ([]schema.Table, error)
	// ReadOnly makes the rest of the transaction read: from here on a statement that would
	// write is an error.
	ReadOnly(ctx context.Context) error
	Commit(ctx context.Context) error
	// Rollback after Commit does nothing.
	Rollback() error
}

// Selector is what a Warehouse offers besides whose guard against writing in Query has a price
// for small reads: Select is Query for a statement that the caller has spelled itself and
// knows to read.
type Selector interface {
	Select(ctx context.Context, sql string, args ...record.Value) record.Batches
}

// Savepoints is what a Tx offers besides whose database can undo a part of a transaction.
type Savepoints interface {
	Savepoint(ctx context.Context, name string) error
	// RollbackTo undoes what came after the savepoint, errors included.
	RollbackTo(ctx context.Context, name string) error
}

// Dialect spells SQL for one database. All methods are pure.
type Dialect interface {
	expr.Dialect
	TableDialect
	ChangeDialect
	MemberDialect
	TimeDialect
	DocumentDialect
	// Name is the database's name in messages: "postgres", "duckdb".
	Name() string
	// Day is the date, in UTC, of a timestamp.
	Day(x string) string
	// ISO is the text of a timestamp in UTC with microseconds: 2025-06-01T08:15:30.123456Z.
	ISO(x string) string
	// Local is the timestamp that reads in UTC as the clocks of a zone (an IANA name) read at
	// timestamp x.
	Local(x, zone string) string
}

// TableDialect makes tables.
type TableDialect interface {
	// Table quotes a table name. Schema "" means a temporary table.
	Table(n schema.Name) string
	// CreateSchema is the statement that creates a schema if it is missing.
	CreateSchema(name string) string
	// CreateTable lists the statements that create a table, its indexes and comments.
	CreateTable(t schema.Table) []string
	// CreateTemp lists the statements that create a temporary table, dropping one of the same name.
	CreateTemp(name string, fields []schema.Field) []string
	// Analyze refreshes the planner's statistics of a table, or of the columns of it that
	// joins will ask for; "" where there is no such thing.
	Analyze(n schema.Name, columns ...string) string
	// Check tells, before anything runs, why the database cannot hold the table; wraps ErrUnsupported.
	Check(t schema.Table) error
	// MaxNameLength is the longest identifier in bytes.
	MaxNameLength() int
}

// ChangeDialect changes tables.
type ChangeDialect interface {
	// Alter lists the statements that carry out an alteration. A column that is to be not
	// NULL must have no NULLs by then.
	Alter(a schema.Alteration) []string
	// Weigh tells what a change of an alteration costs where the table has many rows.
	Weigh(a schema.Alteration, c schema.Change) schema.Weight
	// FillBatch is the statement that gives a column a value in as many rows as batch says,
	// of those in which it is NULL and the value is not.
	FillBatch(n schema.Name, field, value string, batch int) string
	// Kept is what the database keeps of a table: Describe reads it back after CreateTable,
	// but for the names that the database gives and its own spelling of expressions.
	Kept(t schema.Table) schema.Table
}

// MemberDialect takes JSON objects apart and builds them.
type MemberDialect interface {
	// EachMember is a lateral FROM item over the members of JSON object x, with columns
	// name (text) and value (json text): "... CROSS JOIN <it>".
	EachMember(x, alias string) string
	// CollectMembers aggregates (name, value) pairs into a JSON object ordered by name;
	// value is json text.
	CollectMembers(name, value string) string
	// JSONObject builds a JSON object from name/expression pairs; a Text or JSON typed
	// expression keeps its type.
	JSONObject(pairs ...string) string
}

// TimeDialect joins rows by time.
type TimeDialect interface {
	// LatestJoin is a left join of the one row that Latest describes; what has none has NULLs.
	// It costs little for each row of the left side where the keys have many rows.
	LatestJoin(l Latest) string
	// SeeksLatest tells whether LatestJoin can find a row by an index on the keys and the
	// time, so that few rows of the left side cost little in all.
	SeeksLatest() bool
	// EachNumber is a lateral FROM item of the whole numbers from one to another, column n:
	// "... CROSS JOIN <it>". There are none when the first is the greater.
	EachNumber(from, to, alias string) string
}

// Latest is the row of From with equal keys and the greatest At that is not after Time.
// There must be one row of a key at one time. All texts are SQL, quoted already.
type Latest struct {
	From     string // a table, or a query in parentheses
	Alias    string
	Keys     [][2]string // a column of From, and what it equals on the left side
	At, Time string      // a column of From, and a time of the left side
}

// DocumentDialect looks into JSON columns.
type DocumentDialect interface {
	// JSONPath is the text of what stands in JSON x under names, one within the other; NULL if
	// there is nothing.
	JSONPath(x string, names ...string) string
	// VerbatimPath is JSONPath for JSON that is kept as it was written (schema.Field.Verbatim).
	VerbatimPath(x string, names ...string) string
	// JSONHas tells whether JSON object x has a member of the name that text expression name gives.
	JSONHas(x, name string) string
	// JSONHolds tells whether JSON x holds all members and elements of JSON y.
	JSONHolds(x, y string) string
}
