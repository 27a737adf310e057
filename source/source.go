// Package source is the contract between Lode and the outside world: a connector
// reads streams of records, byte for byte, and knows nothing of tables.
//
// # What a connector promises
//
// A [Config] is plain data, filled from a project file or written in Go. It can name
// its streams without touching the network. Open validates it and returns a [Source].
//
// Read yields batches in the order in which the outside system gave them. A batch holds
// the raw records, the request that brought them (redacted) and, where the source knows
// that everything up to here has been delivered, a checkpoint: the [State] from which a
// later Read may continue without losing a record. The engine commits the state in the
// transaction of the records, so a checkpoint is never ahead of the data.
//
//	first run        Read(Incremental, State=nil)      everything, then state s1
//	later            Read(Incremental, State=s1)       what changed since, then s2
//	full refresh     Read(Full, State=s2)              everything; absent keys may be deleted
//	key sweep        Read(Keys)                        every key that exists; nothing else
//	backfill         Read(Backfill, From, To)          [From, To); never yields a state
//
// A Read that ends without an error was a complete pass; only a complete pass may be
// taken as evidence that a record is gone. A Read that ends with an error has delivered
// what its batches held and nothing more: no half page is ever yielded.
//
// A connector retries what is worth retrying itself, within its limits. The error that
// escapes is an [*Error], whose Kind tells the engine what is left to do.
//
// Connectors are read-only by construction: nothing in this contract can write.
package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Connector makes configurations of one technology. Type is the word after "type:" in a
// source file.
type Connector interface {
	Type() string
	NewConfig() Config // a pointer to a struct with yaml tags, holding the defaults
}

// Config is the configuration of one source.
type Config interface {
	// Streams describes the streams, without I/O. The order is that of the file.
	Streams() []Stream
	// Validate reports every mistake that can be seen without I/O, all at once
	// (errors.Join); each names the key it is about.
	Validate() error
	// Open makes the source ready to read. The caller closes it.
	Open(ctx context.Context, env Env) (Source, error)
}

// Env is what the engine lends to a source.
type Env struct {
	Name string           // the source's name in the project, for messages
	Dir  string           // the project folder; file paths stay inside it
	Now  func() time.Time // the clock; nil means time.Now
	// Secrets are texts that must not show in origins, states, events and errors, beside
	// those that the configuration knows to be secret.
	Secrets []string
	// Emit receives what a person would like to know; nil drops it. It may be called by
	// any goroutine, by several at once, until Read has ended.
	Emit func(Event)
}

// Event is something that happened while reading: a retry, a refreshed token, a capped
// cursor. Texts hold no secrets.
type Event struct {
	Source, Stream string
	Kind           string // "retry", "rate_limited", "token_refreshed", "cursor_in_future", ...
	Text           string
	Count          int64
}

// Source reads. It is safe for concurrent use by several streams.
type Source interface {
	// Read yields the batches of one pass over a stream. A batch is valid until the next is asked for.
	Read(ctx context.Context, req Request) iter.Seq2[*Batch, error]
	Close() error
}

// Mode says what a pass over a stream is for.
type Mode string

// The modes of a pass, see the package comment.
const (
	Incremental Mode = "incremental"
	Full        Mode = "full"
	Keys        Mode = "keys"
	Backfill    Mode = "backfill"
)

// Snapshots is no pass, but the SweepMode of a stream whose passes, Incremental and Full,
// bring complete lists one after another, as exports in files are: each ends with a batch
// that says so, and what it lacks is gone from then on.
const Snapshots Mode = "snapshots"

// Request asks for one pass.
type Request struct {
	Stream   string
	Mode     Mode
	State    State  // the last committed state; nil before the first
	From, To string // Backfill only: the half-open range of cursor values
}

// State is where a stream stands, private to its connector, kept by the engine. It is
// a JSON object and holds no secrets.
type State = json.RawMessage

// Stream describes one stream to the engine.
type Stream struct {
	Name        string
	Description string
	Key         []string // paths of the primary key in a record; empty: keyless, append only
	KeepAll     bool     // store every observation, also one equal to the newest of its key
	Incremental bool     // the source can read what changed since a State
	// Sweep is true when absence from a complete Full or Keys pass means deletion.
	Sweep bool
	// SweepMode is the pass that finds deletions: Full, Keys, or Snapshots.
	SweepMode Mode
	// SweepEvery is the least time between two sweeps; 0 sweeps in each run.
	SweepEvery time.Duration
	// SweepGuard is the least share (0..1) of the known keys that a sweep must have
	// seen to be believed. An empty sweep is never believed.
	SweepGuard float64
	// SweepScope are paths in a record that say which part of the whole it belongs to. Only
	// what is missing from a part of which records came is gone, and the guard holds for each
	// part. None: the whole is one part. Not with Keys.
	SweepScope []string
	// SweepAt is the path in a record of the time of the snapshot that it came with, which all
	// records of a snapshot share: the deletions that a sweep finds carry it. "" leaves them
	// without a time of their own. Not with Keys.
	SweepAt string
	// Shifts is true when a record can be missed by one pass because those before it went
	// away while the pages were read: then two passes in a row must miss it.
	Shifts bool
	// Backfill checks the ends of a range of cursor values, without I/O, before anything
	// starts; nil when the stream cannot be read in ranges.
	Backfill func(from, to string) error
	Tags     []string
}

// Op says whether a record was seen to exist or to be deleted.
type Op uint8

// The operations.
const (
	Upsert Op = iota
	Delete
)

// Record is one observed record.
type Record struct {
	Payload []byte // as received: one JSON value (for CSV and Parquet: the row as a JSON object)
	Key     string // canonical primary key, see CanonicalKey; "" for keyless streams
	Op      Op
	Cursor  string // raw cursor text, "" if it has none; orders records of one key in one batch
	// Problem is set when the record cannot be stored as it is (no primary key, ...):
	// the engine quarantines it with this reason.
	Problem string
	// Sanitized tells what had to be changed in the payload (NUL bytes, invalid UTF-8).
	Sanitized string
}

// Batch is what one request, or one part of a file, brought.
type Batch struct {
	Records []Record
	Origin  string // the request or file part, redacted: "GET /v2/customers?page=2"
	// State, when not nil, is a checkpoint that covers all records up to and including these.
	State State
	// Progress of a resumable Full pass: the state only saves where to go on; the pass
	// is complete when Read ends.
	Partial bool
	// EndsSnapshot says that what was yielded since the last such batch, or since the pass
	// began, is one complete snapshot; see Snapshots. Only such a batch, and one behind all
	// records, may carry a State there: what came of a snapshot that breaks off is dropped,
	// and read again from its beginning.
	EndsSnapshot bool
}

// Kind says what the engine can do about an error.
type Kind uint8

// The kinds of errors.
const (
	Failed   Kind = iota // the stream cannot be read; a person has to look
	Later                // worth trying again later; progress is kept
	Misuse               // the configuration is wrong or not possible here
	Rejected             // authentication or permission refused
)

// Error is the error of a Read or Open.
type Error struct {
	Kind  Kind
	Op    string    // what was being done: "read crm.customers page 7"
	After time.Time // Later: not before this time, if known
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Op, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// IsLater tells whether err asks to be tried again later.
func IsLater(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == Later
}
