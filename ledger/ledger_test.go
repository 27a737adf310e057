package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/internal/dbtest"
	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
)

var at = time.Date(2025, 6, 1, 12, 0, 0, 123456000, time.UTC)

// book is a ledger on a warehouse, with the few words that tests need.
type book struct {
	ledger.Ledger
	t *testing.T
	w warehouse.Warehouse
}

// each runs a test with a new ledger on every warehouse.
func each(t *testing.T, test func(b book)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w warehouse.Warehouse) {
		b := book{ledger.Ledger{Dialect: w.Dialect(), Schema: "lode"}, t, w}
		b.in(func(ctx context.Context, tx warehouse.Tx) error {
			_, err := tx.Exec(ctx, w.Dialect().CreateSchema("lode"))
			for _, table := range b.Tables() {
				err = errors.Join(err, w.Dialect().Check(table))
				for _, sql := range w.Dialect().CreateTable(table) {
					_, e := tx.Exec(ctx, sql)
					err = errors.Join(err, e)
				}
			}
			return err
		})
		test(b)
	})
}

// in does something in a transaction.
func (b book) in(do func(context.Context, warehouse.Tx) error) {
	b.t.Helper()
	tx, err := b.w.Begin(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	err = do(b.t.Context(), tx)
	if err == nil {
		err = tx.Commit(b.t.Context())
	}
	if e := tx.Rollback(); err != nil || e != nil {
		b.t.Fatal(errors.Join(err, e))
	}
}

func (b book) snapshot() ledger.Snapshot {
	b.t.Helper()
	s, err := b.Read(b.t.Context(), b.w)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// equal wants just these rows.
func (b book) equal(sql string, want ...string) {
	b.t.Helper()
	var got []string
	for batch, err := range b.w.Query(b.t.Context(), sql) {
		if err != nil {
			b.t.Fatalf("%s: %v", sql, err)
		}
		for i := range batch.Len() {
			got = append(got, strings.Trim(fmt.Sprint(batch.Row(i)), "[]"))
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		b.t.Errorf("%s\n got %q\nwant %q", sql, got, want)
	}
}

func TestPositions(t *testing.T) {
	each(t, func(b book) {
		if p := b.snapshot().Position("silver.items", "bronze.crm"); p != (ledger.Position{}) {
			b.t.Errorf("a step that never ran stands at %+v", p)
		}
		want := ledger.Position{Step: "silver.it's", Input: "bronze.crm", Position: 7, Fingerprint: "f1", At: at}
		for range 2 {
			b.in(func(ctx context.Context, tx warehouse.Tx) error { return b.SetPosition(ctx, tx, want) })
			if got := b.snapshot().Position(want.Step, want.Input); got != want {
				b.t.Errorf("got %+v, want %+v", got, want)
			}
			want.Position, want.Fingerprint, want.At = 1<<40, "f2", at.Add(time.Hour)
		}
		b.equal("SELECT count(*) FROM lode.positions", "1")
	})
}

func TestAPositionIsPartOfItsTransaction(t *testing.T) {
	each(t, func(b book) {
		tx, err := b.w.Begin(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		p := ledger.Position{Step: "a", Input: "b", Position: 1, At: at}
		if err := errors.Join(b.SetPosition(b.t.Context(), tx, p), tx.Rollback()); err != nil {
			b.t.Fatal(err)
		}
		if n := len(b.snapshot().Positions); n != 0 {
			b.t.Errorf("%d positions after a rollback", n)
		}
	})
}

func TestSequences(t *testing.T) {
	each(t, func(b book) {
		given := []int64{0, 5, 1 << 40}
		for i, want := range given {
			b.in(func(ctx context.Context, tx warehouse.Tx) error {
				got, err := b.Sequence(ctx, tx, "silver.items_log")
				if got != want {
					b.t.Errorf("the last number is %d, want %d", got, want)
				}
				return errors.Join(err, b.SetSequence(ctx, tx, "silver.items_log", given[min(i+1, 2)]))
			})
		}
	})
}

func TestVersions(t *testing.T) {
	each(t, func(b book) {
		for i, c := range []struct {
			fingerprint string
			want        int64
		}{{"f1", 1}, {"f1", 1}, {"f2", 2}, {"f2", 2}, {"f1", 3}} {
			b.in(func(ctx context.Context, tx warehouse.Tx) error {
				got, err := b.Version(ctx, tx, "silver.items", c.fingerprint, at)
				if got != c.want {
					b.t.Errorf("definition %d has version %d, want %d", i, got, c.want)
				}
				return err
			})
		}
	})
}

func TestStreams(t *testing.T) {
	each(t, func(b book) {
		fresh := ledger.Stream{Stream: "crm.items", Mode: "full", Status: "running"}
		later := ledger.Stream{
			Stream: "crm.items", State: `{"since":"2025-01-01"}`, Mode: "incremental", Status: "done", Published: 9, Records: 10, Partial: true,
			SyncedAt: at, SweptAt: at.Add(time.Minute),
		}
		for _, want := range []ledger.Stream{fresh, later, fresh} {
			b.in(func(ctx context.Context, tx warehouse.Tx) error { return b.PutStream(ctx, tx, want) })
			if got := b.snapshot().Streams["crm.items"]; got != want {
				b.t.Errorf("got %+v, want %+v", got, want)
			}
		}
	})
}

func TestLoadsAndRequests(t *testing.T) {
	each(t, func(b book) {
		load := ledger.Load{ID: "l1", RunID: "r1", Stream: "crm.items", Mode: "full", Status: "running", StartedAt: at}
		b.in(func(ctx context.Context, tx warehouse.Tx) error { return b.PutLoad(ctx, tx, load) })
		load.Status, load.Message, load.StateAfter, load.Records, load.Stored, load.Complete, load.EndedAt = "failed", "gone", "s", 3, 2, true, at
		b.in(func(ctx context.Context, tx warehouse.Tx) error {
			return errors.Join(b.PutLoad(ctx, tx, load), b.PutRequests(ctx, tx, "l1", []ledger.Request{{1, 2, "GET /items?page=1"}, {2, 1, "GET /items?page=2"}}), b.PutRequests(ctx, tx, "l1", nil))
		})
		b.equal("SELECT status, message, state_before, state_after, records, stored, complete, started_at, ended_at FROM lode.loads",
			"failed gone NULL s 3 2 true 2025-06-01T12:00:00.123456Z 2025-06-01T12:00:00.123456Z")
		b.equal("SELECT load_id, request, origin, records FROM lode.requests ORDER BY request", "l1 1 GET /items?page=1 2", "l1 2 GET /items?page=2 1")
	})
}

func TestRunsAndSteps(t *testing.T) {
	each(t, func(b book) {
		write := func(r ledger.Run, steps ...ledger.Step) {
			b.t.Helper()
			if err := b.Record(b.t.Context(), b.w, r, steps); err != nil {
				b.t.Fatal(err)
			}
		}
		write(ledger.Run{ID: "r1", Command: "run", Status: "running", StartedAt: at})
		// A second run means that the first was killed: there is never more than one.
		run := ledger.Run{ID: "r2", Command: "run", Selection: "[silver.*]", Status: "running", Version: "v1", StartedAt: at}
		write(run)
		run.Status, run.EndedAt = "done", at.Add(time.Second)
		write(run, ledger.Step{RunID: "r2", Step: "silver.items", Status: "done", RowsIn: 5, Inserted: 4, Updated: 3, Deleted: 2, Quarantined: 1, StartedAt: at, EndedAt: at},
			ledger.Step{RunID: "r2", Step: "silver.sales", Status: "failed", Message: "it's broken", StartedAt: at, EndedAt: at})
		b.equal("SELECT run_id, selection, status, message, version, ended_at FROM lode.runs ORDER BY run_id",
			"r1 NULL abandoned NULL NULL NULL", "r2 [silver.*] done NULL v1 2025-06-01T12:00:01.123456Z")
		b.equal("SELECT step, status, message, rows_in, inserted, updated, deleted, quarantined FROM lode.steps ORDER BY step",
			"silver.items done NULL 5 4 3 2 1", "silver.sales failed it's broken 0 0 0 0 0")
	})
}

func TestMessagesAreRecordedWithoutSecrets(t *testing.T) {
	each(t, func(b book) {
		b.Hide = func(text string) string { return strings.ReplaceAll(text, "hush", "-") }
		b.in(func(ctx context.Context, tx warehouse.Tx) error {
			return b.PutLoad(ctx, tx, ledger.Load{ID: "l1", RunID: "r1", Stream: "s.a", Mode: "full", Status: "failed", Message: "read hush", StartedAt: at})
		})
		run := ledger.Run{ID: "r1", Command: "run", Status: "failed", Message: "find hush", StartedAt: at}
		if err := b.Record(b.t.Context(), b.w, run, []ledger.Step{{RunID: "r1", Step: "bronze.s_a", Status: "failed", Message: "look at hush", StartedAt: at}}); err != nil {
			b.t.Fatal(err)
		}
		b.equal("SELECT (SELECT message FROM lode.loads), (SELECT message FROM lode.runs), (SELECT message FROM lode.steps)", "read - find - look at -")
	})
}

func TestQuarantine(t *testing.T) {
	each(t, func(b book) {
		b.in(func(ctx context.Context, tx warehouse.Tx) error {
			before, err := b.Waits(ctx, tx, "items")
			if before {
				b.t.Errorf("something waits in an empty quarantine")
			}
			return errors.Join(err, b.PutQuarantine(ctx, tx, []ledger.Quarantined{
				{Entity: "items", Stream: "crm.items", Seq: 3, Ordinal: 1, Kind: "value", Column: "price", Reason: "no number", Value: "a lot", RecordKey: `["1"]`, LoadID: "l1", ObservedAt: at.UnixMicro()},
				{Entity: "items", Stream: "crm.items", Seq: 4, Kind: "record", Reason: "no id", ObservedAt: at.UnixMicro()},
			}))
		})
		b.equal("SELECT stream, seq, ordinal, kind, column_name, reason, value, record_key, load_id, observed_at FROM lode.quarantine ORDER BY seq",
			`crm.items 3 1 value price no number a lot ["1"] l1 2025-06-01T12:00:00.123456Z`, "crm.items 4 0 record  no id NULL NULL NULL 2025-06-01T12:00:00.123456Z")
		b.in(func(ctx context.Context, tx warehouse.Tx) error {
			items, err := b.Waits(ctx, tx, "items")
			sales, err2 := b.Waits(ctx, tx, "sales")
			if !items || sales {
				b.t.Errorf("items wait: %t, sales wait: %t", items, sales)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestCustomFields(t *testing.T) {
	each(t, func(b book) {
		micros := at.UnixMicro()
		put := func(fields ...ledger.Field) {
			b.in(func(ctx context.Context, tx warehouse.Tx) error { return b.PutCustomFields(ctx, tx, fields) })
		}
		put(ledger.Field{Entity: "items", Stream: "crm.items", Name: "colour", Type: "string", FirstSeen: micros, LastSeen: micros, Count: 2, Sample: `"red"`})
		put(ledger.Field{Entity: "items", Stream: "crm.items", Name: "colour", Type: "string", FirstSeen: micros - 1e6, LastSeen: micros + 1e6, Count: 3, Sample: `"blue"`},
			ledger.Field{Entity: "items", Stream: "crm.items", Name: "colour", Type: "number", FirstSeen: micros, LastSeen: micros, Count: 1, Sample: "7"})
		put(ledger.Field{Entity: "items", Stream: "crm.items", Name: "colour", Type: "string", FirstSeen: micros, LastSeen: micros, Count: 1})
		b.equal("SELECT type, count, first_seen, last_seen, sample FROM lode.custom_fields ORDER BY type",
			"number 1 2025-06-01T12:00:00.123456Z 2025-06-01T12:00:00.123456Z 7",
			`string 6 2025-06-01T11:59:59.123456Z 2025-06-01T12:00:01.123456Z "red"`)
	})
}

func TestSeenKeys(t *testing.T) {
	each(t, func(b book) {
		b.in(func(ctx context.Context, tx warehouse.Tx) error {
			fields := []schema.Field{{Name: "key", Type: record.Of(record.Text)}, {Name: "op", Type: record.Of(record.Text)}}
			for _, sql := range b.Dialect.CreateTemp("staged", fields) {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, "INSERT INTO staged VALUES ('1', 'upsert'), ('2', 'delete'), (NULL, 'upsert'), ('3', 'upsert')"); err != nil {
				return err
			}
			return errors.Join(b.SeeKeys(ctx, tx, "crm.items", "staged"), b.SeeKeys(ctx, tx, "crm.sales", "staged"))
		})
		b.in(func(ctx context.Context, tx warehouse.Tx) error { return b.ForgetSeen(ctx, tx, "crm.sales") })
		b.equal("SELECT stream, record_key FROM lode.seen_keys ORDER BY record_key", "crm.items 1", "crm.items 3")
	})
}

func ExampleLedger_Tables() {
	for _, t := range (ledger.Ledger{Dialect: duckdb.Dialect{}, Schema: "lode"}).Tables()[:3] {
		fmt.Println(t.Name, t.PrimaryKey)
	}
	// Output:
	// lode.sequences [name]
	// lode.positions [step input]
	// lode.streams [stream]
}
