package runner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3/database"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
)

// Event is something that happened to a migration: it was applied, reverted, or marked
// as applied.
type Event struct {
	Version int64     `json:"version"`
	Name    string    `json:"name"`
	Action  string    `json:"action"` // up, down or stamp
	At      time.Time `json:"at"`

	checksum string // of the file; "" for one in Go
}

// The actions of events.
const (
	WentUp   = "up"
	WentDown = "down"
	Stamped  = "stamp"
)

// store remembers migrations in a table of Lode's own that is only ever added to. It is
// what goose asks.
type store struct {
	session *session
	schema  string
	now     func() time.Time
	running map[int64]Migration // by version
	// changed, if set, is told, inside the transaction of a migration, that it has run.
	changed func(ctx context.Context, tx warehouse.Tx) error
}

func (s *store) table() schema.Table {
	field := func(name string, kind record.Kind) schema.Field {
		return schema.Field{Name: name, Type: record.Of(kind), NotNull: true}
	}
	return schema.Table{
		Name: schema.Name{Schema: s.schema, Table: "migrations"}, PrimaryKey: []string{"seq"}, Small: true,
		Fields: []schema.Field{field("seq", record.Int), field("version", record.Int), field("name", record.Text), field("action", record.Text),
			field("at", record.Timestamp), field("checksum", record.Text)},
		Comment: "What happened to each migration, in this order.",
	}
}

func (s *store) quoted() string { return s.session.warehouse.Dialect().Table(s.table().Name) }

// Tablename is for goose's messages.
func (s *store) Tablename() string { return s.table().Name.String() }

// TableExists tells whether anything was ever applied.
func (s *store) TableExists(ctx context.Context, _ database.DBTxConn) (bool, error) {
	const there = "SELECT count(*) AS n FROM information_schema.tables WHERE table_schema = $1 AND table_name = $2"
	for b, err := range s.session.warehouse.Query(ctx, there, record.TextValue(s.schema), record.TextValue(s.table().Name.Table)) {
		if err != nil {
			return false, fmt.Errorf("look for table %s: %w", s.table().Name, err)
		}
		if b.Len() > 0 {
			return b.Row(0)[0].Int() > 0, nil
		}
	}
	return false, nil
}

// CreateVersionTable makes the table.
func (s *store) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	d := s.session.warehouse.Dialect()
	for _, statement := range append([]string{d.CreateSchema(s.schema)}, d.CreateTable(s.table())...) {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("create table %s: %w", s.table().Name, err)
		}
	}
	return nil
}

// Insert remembers that a migration was applied. Version 0 is goose's own, of no file.
func (s *store) Insert(ctx context.Context, db database.DBTxConn, r database.InsertRequest) error {
	if r.Version == 0 {
		return nil
	}
	return s.record(ctx, db, r.Version, WentUp)
}

// Delete remembers that a migration was reverted.
func (s *store) Delete(ctx context.Context, db database.DBTxConn, version int64) error {
	return s.record(ctx, db, version, WentDown)
}

// record writes an event and tells who listens, in one transaction: that of the migration,
// or, where it ran without one, a new one.
func (s *store) record(ctx context.Context, db database.DBTxConn, version int64, action string) (err error) {
	if s.session.tx == nil {
		tx, err := db.(interface {
			BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
		}).BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, version, action); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}
	if err := s.write(ctx, s.session.tx, version, action); err != nil {
		return err
	}
	if s.changed == nil {
		return nil
	}
	return s.changed(ctx, s.session.tx)
}

func (s *store) write(ctx context.Context, tx warehouse.Tx, version int64, action string) error {
	q := s.session.warehouse.Dialect().Quote
	insert := fmt.Sprintf("INSERT INTO %s (seq, version, name, action, %s, checksum) SELECT coalesce(max(seq), 0) + 1, $1, $2, $3, $4, $5 FROM %s", s.quoted(), q("at"), s.quoted())
	m := s.running[version]
	if _, err := tx.Exec(ctx, insert, record.IntValue(version), record.TextValue(m.Name), record.TextValue(action), record.TimeValue(s.now()), record.TextValue(m.checksum())); err != nil {
		return fmt.Errorf("record migration %d: %w", version, err)
	}
	return nil
}

// history lists all events, the first one first.
func (s *store) history(ctx context.Context) ([]Event, error) {
	if there, err := s.TableExists(ctx, nil); err != nil || !there {
		return nil, err
	}
	var events []Event
	query := fmt.Sprintf("SELECT version, name, action, %s, checksum FROM %s ORDER BY seq", s.session.warehouse.Dialect().Quote("at"), s.quoted())
	for b, err := range s.session.warehouse.Query(ctx, query) {
		if err != nil {
			return nil, fmt.Errorf("read the history of migrations: %w", err)
		}
		for i := range b.Len() {
			row := b.Row(i)
			events = append(events, Event{Version: row[0].Int(), Name: row[1].Text(), Action: row[2].Text(), At: row[3].Time(), checksum: row[4].Text()})
		}
	}
	return events, nil
}

// applied maps the versions that are applied to the event that made them so.
func (s *store) applied(ctx context.Context) (map[int64]Event, error) {
	events, err := s.history(ctx)
	out := map[int64]Event{}
	for _, e := range events {
		if e.Action == WentDown {
			delete(out, e.Version)
		} else {
			out[e.Version] = e
		}
	}
	return out, err
}

// GetMigration tells when a version was applied.
func (s *store) GetMigration(ctx context.Context, _ database.DBTxConn, version int64) (*database.GetMigrationResult, error) {
	applied, err := s.applied(ctx)
	if err != nil {
		return nil, err
	}
	if e, ok := applied[version]; ok {
		return &database.GetMigrationResult{Timestamp: e.At, IsApplied: true}, nil
	}
	return nil, database.ErrVersionNotFound
}

// GetLatestVersion is the highest version that is applied, 0 if there is none.
func (s *store) GetLatestVersion(ctx context.Context, db database.DBTxConn) (int64, error) {
	list, err := s.ListMigrations(ctx, db)
	if err != nil {
		return 0, err
	}
	return list[0].Version, nil
}

// ListMigrations lists the versions that are applied, the highest first and goose's own 0 last.
func (s *store) ListMigrations(ctx context.Context, _ database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	applied, err := s.applied(ctx)
	if err != nil {
		return nil, err
	}
	list := []*database.ListMigrationsResult{}
	for _, version := range descending(applied) {
		list = append(list, &database.ListMigrationsResult{Version: version, IsApplied: true})
	}
	return append(list, &database.ListMigrationsResult{Version: 0, IsApplied: true}), nil
}
