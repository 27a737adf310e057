package medallion

import (
	"context"
	"fmt"
	"math/bits"
	"time"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// Engine executes the steps of one project on one warehouse.
type Engine struct {
	Model     *schema.Model
	Warehouse warehouse.Warehouse
	Ledger    ledger.Ledger
	// Source opens the named source, once; who made the engine closes it.
	Source func(ctx context.Context, name string) (source.Source, error)
	// Streams describes the streams of all sources.
	Streams map[schema.StreamRef]source.Stream
	Now     func() time.Time
	// Emit receives progress and what a person would like to know; never nil. Several
	// goroutines call it at once.
	Emit func(Event)
	// Migrated says that the project has migrations, so that its tables change by these alone.
	Migrated bool
	// RunID is the run that loads and steps are recorded under.
	RunID string

	until time.Time // what was observed later is not known; zero: all is
}

// Event is something that happens while a step runs.
type Event struct {
	Step string
	Kind string // "progress", "notice", "warning", or a source's own kind
	Text string
	Rows int64 // progress: rows read so far
}

// Result is what a step did.
type Result struct {
	RowsIn      int64 // records or events read
	Inserted    int64
	Updated     int64
	Deleted     int64
	Unchanged   int64 // load: records equal to what was known
	Quarantined int64
	Inferred    int64
	Note        string // what else there is to say, in a few words
}

// Mode says how a step is to treat what it has consumed already.
type Mode struct {
	Full     bool   // load: read everything; the other steps: as usual
	Rebuild  bool   // silver and gold: every key is touched
	Replay   bool   // silver: map the quarantined records again
	From, To string // load: a backfill of [From, To)
	Check    bool   // silver and gold: check the keys that the step touched, before it commits
}

func (e *Engine) dialect() warehouse.Dialect { return e.Warehouse.Dialect() }

// text is a SQL literal of a name.
func (e *Engine) text(s string) string {
	return e.dialect().Literal(record.TextValue(s), record.Of(record.Text))
}

// inTx runs work in a transaction and commits it when work returns nil.
func (e *Engine) inTx(ctx context.Context, work func(tx warehouse.Tx) error) (err error) {
	tx, err := e.Warehouse.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() {
		// After a commit this does nothing; after a failure the first error is the one to tell.
		_ = tx.Rollback()
	}()
	if err := work(tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// execute runs statements in order and adds what they touched to the result.
func execute(ctx context.Context, tx warehouse.Tx, result *Result, statements ...sqltext.Statement) error {
	var p performer
	for _, s := range statements {
		n, err := p.run(ctx, tx, s)
		if err != nil {
			return err
		}
		result.count(s.Count, n)
	}
	return nil
}

// performer runs one statement after the other.
type performer struct {
	given string // what the last statement was given
	some  bool   // whether there was anything in it
}

// run runs a statement, unless there is nothing for it to do, and returns the rows it
// touched. What several in a row are given is asked for once: none of them adds to it.
func (p *performer) run(ctx context.Context, tx warehouse.Tx, s sqltext.Statement) (int64, error) {
	if s.SQL == "" {
		return 0, nil
	}
	if s.Given != "" && s.Given != p.given {
		var err error
		if p.some, err = hasRows(ctx, tx, s.Given); err != nil {
			return 0, fmt.Errorf("%s: %w", noteOf(s), err)
		}
	}
	if p.given = s.Given; p.given != "" && !p.some {
		return 0, nil
	}
	n, err := tx.Exec(ctx, s.SQL)
	if err != nil {
		return n, fmt.Errorf("%s: %w", noteOf(s), err)
	}
	return n, nil
}

// analyze refreshes the statistics of a table each time that it has doubled: a plan made
// for an empty table can cost minutes on a full one.
func (e *Engine) analyze(ctx context.Context, tx warehouse.Tx, t schema.Table, grown, rows int64) error {
	sql := e.dialect().Analyze(t.Name)
	if sql == "" || bits.Len64(uint64(rows)) == bits.Len64(uint64(rows-grown)) {
		return nil
	}
	if _, err := tx.Exec(ctx, sql); err != nil {
		return fmt.Errorf("analyze %s: %w", t.Name, err)
	}
	return nil
}

func noteOf(s sqltext.Statement) string {
	if s.Note != "" {
		return s.Note
	}
	return s.SQL[:min(len(s.SQL), 60)]
}

// count adds the rows of a statement. Changed rows are removed and written anew, so an
// update takes back one removal.
func (r *Result) count(kind sqltext.Count, n int64) {
	switch kind {
	case sqltext.Inserted:
		r.Inserted += n
	case sqltext.Updated:
		r.Updated += n
		r.Deleted -= n
	case sqltext.Amended:
		r.Updated += n
	case sqltext.Removed:
		r.Deleted += n
	case sqltext.Inferred:
		r.Inferred += n
	}
}

// hasRows tells whether a relation has any row.
func hasRows(ctx context.Context, r ledger.Reader, relation string) (bool, error) {
	n, err := scalar(ctx, r, "SELECT 1 FROM "+relation+" LIMIT 1")
	return n > 0, err
}

// scalar reads the one integer of a query; 0 when there is none.
func scalar(ctx context.Context, r ledger.Reader, sql string) (int64, error) {
	var n int64
	for b, err := range r.Query(ctx, sql) {
		if err != nil {
			return 0, err
		}
		if b.Len() > 0 {
			n = b.Vectors[0].Value(0).Int()
		}
	}
	return n, nil
}
