package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/warehouse"
)

// What waits is mended by a later event of the same key and stream, when that has been
// taken since, and by nothing else.
func TestSupersede(t *testing.T) {
	for name, c := range map[string]struct {
		seq, took int64  // of the event that waits and of the one that was taken
		key, kind string // of what waits
		stream    string // of what was taken
		op        string
		want      bool
	}{
		"a later event":     {3, 5, "k", "value", "crm.items", "upsert", true},
		"a later deletion":  {3, 5, "k", "record", "crm.items", "delete", true},
		"the event itself":  {5, 5, "k", "value", "crm.items", "upsert", false},
		"an older event":    {7, 5, "k", "value", "crm.items", "upsert", false},
		"another key":       {3, 5, "other", "value", "crm.items", "upsert", false},
		"no key":            {3, 5, "", "record", "crm.items", "upsert", false},
		"another stream":    {3, 5, "k", "value", "crm.sales", "upsert", false},
		"a warning":         {3, 5, "k", "warning", "crm.items", "upsert", false},
		"a record held":     {3, 5, "k", "value", "crm.items", "held", false},
		"taken before that": {3, 4, "k", "value", "crm.items", "upsert", false},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(b book) {
				b.in(func(ctx context.Context, tx warehouse.Tx) error {
					for _, sql := range []string{
						"CREATE TABLE lode.bronze AS SELECT 'k' AS key, 4 AS seq UNION ALL SELECT 'k', 5",
						fmt.Sprintf("CREATE TABLE lode.log AS SELECT 10 + %d AS log_seq, %d AS event_seq, '%s' AS event_stream, '%s' AS op", c.took, c.took, c.stream, c.op),
					} {
						if _, err := tx.Exec(ctx, sql); err != nil {
							return err
						}
					}
					q := ledger.Quarantined{Entity: "items", Stream: "crm.items", Seq: c.seq, Kind: c.kind, Reason: "r", RecordKey: c.key}
					other := q
					other.Entity = "sales"
					return errors.Join(b.PutQuarantine(ctx, tx, []ledger.Quarantined{q, other}), b.Supersede(ctx, tx, "items", "crm.items", "lode.bronze", "lode.log", 14))
				})
				b.equal("SELECT entity, superseded FROM lode.quarantine ORDER BY entity", fmt.Sprintf("items %t", c.want), "sales false")
				b.in(func(ctx context.Context, tx warehouse.Tx) error {
					waits, err := b.Waits(ctx, tx, "items")
					if waits == c.want {
						b.t.Errorf("it waits: %t", waits)
					}
					return err
				})
			})
		})
	}
}

// A forgotten state lets the stream be read from the start, and loses nothing else.
func TestForgetState(t *testing.T) {
	each(t, func(b book) {
		full := ledger.Stream{Stream: "crm.items", State: "s", Mode: "full", Status: "done", Published: 9, Records: 10, Partial: true, SyncedAt: at, SweptAt: at}
		other := full
		other.Stream = "crm.sales"
		b.in(func(ctx context.Context, tx warehouse.Tx) error {
			return errors.Join(b.PutStream(ctx, tx, full), b.PutStream(ctx, tx, other), b.ForgetState(ctx, tx, "crm.items"), b.ForgetState(ctx, tx, "crm.unknown"))
		})
		want := ledger.Stream{Stream: "crm.items", Mode: "full", Status: "done", Published: 9, Records: 10, SyncedAt: at}
		if got := b.snapshot().Streams; got["crm.items"] != want || got["crm.sales"] != other || len(got) != 2 {
			b.t.Errorf("the streams are %+v", got)
		}
	})
}

// An outdated step keeps its place, but under a definition that is none.
func TestOutdate(t *testing.T) {
	each(t, func(b book) {
		b.in(func(ctx context.Context, tx warehouse.Tx) error {
			var errs []error
			for _, p := range []ledger.Position{{"gold.a", "silver.x", 5, "f", at}, {"gold.a", "silver.y", 6, "f", at}, {"gold.b", "silver.x", 7, "f", at}} {
				errs = append(errs, b.SetPosition(ctx, tx, p))
			}
			return errors.Join(append(errs, b.Outdate(ctx, tx, "gold.a"))...)
		})
		s := b.snapshot()
		for input, want := range map[string]int64{"silver.x": 5, "silver.y": 6} {
			if p := s.Position("gold.a", input); p.Position != want || p.Fingerprint == "f" || p.Fingerprint == "" {
				b.t.Errorf("the outdated position is %+v", p)
			}
		}
		if p := s.Position("gold.b", "silver.x"); p.Fingerprint != "f" {
			b.t.Errorf("another step was outdated: %+v", p)
		}
	})
}
