package medallion

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lodehq/lode/schema"
)

// StreamStatus is where a stream stands.
type StreamStatus struct {
	Stream   string    `json:"stream"`
	Status   string    `json:"status"`
	Mode     string    `json:"mode"`
	Records  int64     `json:"records"`
	Events   int64     `json:"events"`
	State    string    `json:"state"`
	SyncedAt time.Time `json:"synced_at"`
	SweptAt  time.Time `json:"swept_at"`
}

// TableStatus is how many rows a table holds; -1 when it does not exist yet.
type TableStatus struct {
	Table string `json:"table"`
	Kind  Kind   `json:"kind"`
	Rows  int64  `json:"rows"`
}

// RunStatus is a run of the past.
type RunStatus struct {
	RunID     string    `json:"run_id"`
	Command   string    `json:"command"`
	Status    string    `json:"status"`
	Message   string    `json:"message,omitempty"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
}

// QuarantineStatus is a reason for which records or values wait. What the source has
// mended in the meantime is not counted.
type QuarantineStatus struct {
	Entity string `json:"entity"`
	Stream string `json:"stream"`
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
	Sample string `json:"sample"`
}

// Status reads where the project stands. A warehouse that was never used has no status
// but tables that do not exist.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	var s Status
	held, err := e.held(ctx)
	if err != nil {
		return s, err
	}
	for _, step := range e.Steps() {
		t := step.table(e)
		rows := int64(-1)
		if _, there := held[t.Name]; there {
			if rows, err = scalar(ctx, e.Warehouse, "SELECT count(*) FROM "+e.dialect().Table(t.Name)); err != nil {
				return s, fmt.Errorf("count the rows of %s: %w", t.Name, err)
			}
		}
		s.Tables = append(s.Tables, TableStatus{step.Name, step.Kind, rows})
	}
	if !e.remembered(held) {
		return s, nil
	}
	return s, e.ledgerStatus(ctx, &s)
}

func (s Step) table(e *Engine) schema.Table {
	switch s.Kind {
	case LoadStep:
		return e.bronze(s.Stream)
	case EntityStep:
		return s.Entity.Current
	case BridgeStep:
		return s.Bridge.Table
	case FactStep:
		return s.Fact.Table
	case AggregateStep:
		return s.Aggregate.Table
	}
	return s.Dimension.Table
}

// remembered tells whether Lode's own tables are among those that are there: before the
// first run nothing is known.
func (e *Engine) remembered(held map[schema.Name]schema.Table) bool {
	return !slices.ContainsFunc(e.Ledger.Tables(), func(t schema.Table) bool {
		_, there := held[t.Name]
		return !there
	})
}

// NeedsLedger tells whether Lode's own tables have still to be created.
func (e *Engine) NeedsLedger(changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool {
		return c.Text == "create table "+schema.Name{Schema: e.Ledger.Schema, Table: "positions"}.String()
	})
}

func (e *Engine) ledgerStatus(ctx context.Context, s *Status) error {
	snapshot, err := e.Ledger.Read(ctx, e.Warehouse)
	if err != nil {
		return err
	}
	for _, ref := range e.Model.Streams {
		m, known := snapshot.Streams[ref.String()]
		if !known {
			m.Status = "never loaded"
		}
		s.Streams = append(s.Streams, StreamStatus{
			Stream: ref.String(), Status: m.Status, Mode: m.Mode, Records: m.Records, Events: m.Published, State: m.State,
			SyncedAt: m.SyncedAt, SweptAt: m.SweptAt,
		})
	}
	if err := e.runs(ctx, s); err != nil {
		return err
	}
	return e.quarantine(ctx, s)
}

func (e *Engine) runs(ctx context.Context, s *Status) error {
	sql := "SELECT run_id, command, status, message, started_at, ended_at FROM " + e.Ledger.Table("runs") + " ORDER BY started_at DESC LIMIT 10"
	for b, err := range e.Warehouse.Query(ctx, sql) {
		if err != nil {
			return fmt.Errorf("read the runs: %w", err)
		}
		for i := range b.Len() {
			v := b.Row(i)
			r := RunStatus{RunID: v[0].Text(), Command: v[1].Text(), Status: v[2].Text(), Message: v[3].Text(), StartedAt: v[4].Time()}
			if !v[5].IsNull() {
				r.EndedAt = v[5].Time()
			}
			s.Runs = append(s.Runs, r)
		}
	}
	return nil
}

func (e *Engine) quarantine(ctx context.Context, s *Status) error {
	sql := "SELECT entity, stream, kind, reason, count(*) AS n, min(COALESCE(record_key, '')) AS sample FROM " + e.Ledger.Table("quarantine") +
		" WHERE NOT superseded GROUP BY entity, stream, kind, reason ORDER BY n DESC, entity, reason LIMIT 50"
	for b, err := range e.Warehouse.Query(ctx, sql) {
		if err != nil {
			return fmt.Errorf("read the quarantine: %w", err)
		}
		for i := range b.Len() {
			v := b.Row(i)
			s.Quarantine = append(s.Quarantine, QuarantineStatus{v[0].Text(), v[1].Text(), v[2].Text(), v[3].Text(), v[4].Int(), v[5].Text()})
		}
	}
	return nil
}
