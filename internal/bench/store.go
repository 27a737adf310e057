package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/shopspring/decimal"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/store"
)

// guest is a row of the store benchmarks.
type guest struct {
	ID        uuid.UUID       `lode:",key,generated"`
	Email     string          `lode:",type=normalized_email"`
	Name      string          //
	Credit    decimal.Decimal `lode:"credit_amount,type=decimal(18,2)"`
	Phone     *string         //
	SeenAt    time.Time       //
	Visits    int64           `lode:"visit_count"`
	IsActive  bool            //
	CreatedAt time.Time       `lode:"-"`
}

var guests = model.Table[guest]("guests")

// guestAt is guest number i.
func guestAt(i int) *guest {
	phone := fmt.Sprintf("+49 30 %07d", i)
	return &guest{
		ID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i)), Email: fmt.Sprintf("guest.%d@example.com", i), Name: fmt.Sprintf("Guest number %d", i),
		Credit: decimal.New(int64(i), -2), Phone: &phone, SeenAt: time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC), Visits: int64(i), IsActive: i%2 == 0,
	}
}

// lobby is the table of guests, by the store and by pgx.
type lobby struct {
	l    *lode.Lode
	db   *store.DB
	pool *pgxpool.Pool
}

func (b *bench) lobby(ctx context.Context) (*lobby, error) {
	address, err := b.database(ctx)
	if err != nil {
		return nil, err
	}
	models := []model.Some{guests}
	l, err := lode.Open(ctx, lode.Project{Warehouse: address, Drivers: standard.Warehouses(), Project: schema.Project{Name: "guests", Tables: model.Tables(models...)}})
	if err != nil {
		return nil, err
	}
	db, err := l.Store(models)
	if err := errors.Join(err, l.Prepare(ctx)); err != nil {
		return nil, err
	}
	pool, err := pgxpool.New(ctx, address)
	return &lobby{l, db, pool}, err
}

func (x *lobby) close() error {
	x.pool.Close()
	return x.l.Close()
}

// columns of the bare reads and writes, in the order of the struct.
const guestColumns = "id, email, name, credit_amount, phone, seen_at, visit_count, is_active"

// storeFigures are the costs of the store beside pgx alone: an insert of 100k rows by COPY, a
// read of as many, and a read by key.
func (b *bench) storeFigures(ctx context.Context) error {
	x, err := b.lobby(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = x.close() }()
	n := b.size(100_000)
	rows := make([]*guest, n)
	for i := range rows {
		rows[i] = guestAt(i)
	}
	var lode, bare []float64
	for range 4 {
		mine, err := x.insert(ctx, rows)
		if err != nil {
			return err
		}
		theirs, err := x.copied(ctx, rows)
		if err != nil {
			return err
		}
		lode, bare = append(lode, mine), append(bare, theirs)
	}
	b.versus("store_insert_100k", median(lode[1:]), median(bare[1:]), "s")
	if err := x.reads(ctx, b, n); err != nil {
		return err
	}
	return x.gets(ctx, b, n)
}

func (x *lobby) empty(ctx context.Context) error {
	_, err := x.pool.Exec(ctx, "TRUNCATE app.guests")
	return err
}

func (x *lobby) insert(ctx context.Context, rows []*guest) (float64, error) {
	if err := x.empty(ctx); err != nil {
		return 0, err
	}
	start := time.Now()
	err := store.In(x.db, guests).Insert(ctx, rows...)
	return seconds(start), err
}

// copied writes the same rows, with the system's columns, by pgx's own COPY.
func (x *lobby) copied(ctx context.Context, rows []*guest) (float64, error) {
	if err := x.empty(ctx); err != nil {
		return 0, err
	}
	names := []string{"id", "email", "name", "credit_amount", "phone", "seen_at", "visit_count", "is_active", "created_at", "updated_at", "synced_at", "schema_version", "row_version"}
	start := time.Now()
	now := start
	_, err := x.pool.CopyFrom(ctx, pgx.Identifier{"app", "guests"}, names, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		g := rows[i]
		return []any{g.ID, g.Email, g.Name, g.Credit.StringFixed(2), g.Phone, g.SeenAt, g.Visits, g.IsActive, now, now, nil, 1, 1}, nil
	}))
	return seconds(start), err
}

func (x *lobby) reads(ctx context.Context, b *bench, n int) error {
	var lode, bare []float64
	for range 5 {
		start := time.Now()
		rows, err := store.In(x.db, guests).All().All(ctx)
		if err != nil || len(rows) != n {
			return fmt.Errorf("read %d guests: %w", len(rows), err)
		}
		lode = append(lode, seconds(start))
		start = time.Now()
		found, err := x.pool.Query(ctx, "SELECT "+guestColumns+" FROM app.guests")
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(found, scanGuest)
		if err != nil || len(all) != n {
			return fmt.Errorf("read %d guests: %w", len(all), err)
		}
		bare = append(bare, seconds(start))
	}
	b.versus("store_select_100k", median(lode[1:]), median(bare[1:]), "s")
	return nil
}

// scanGuest is what a person would write by hand. pgx hands a numeric over as text.
func scanGuest(row pgx.CollectableRow) (*guest, error) {
	g, credit := &guest{}, ""
	err := row.Scan(&g.ID, &g.Email, &g.Name, &credit, &g.Phone, &g.SeenAt, &g.Visits, &g.IsActive)
	if err != nil {
		return nil, err
	}
	g.Credit, err = decimal.NewFromString(credit)
	return g, err
}

// gets reads by key: the store, pgx alone, and the store with statements that are never seen twice.
func (x *lobby) gets(ctx context.Context, b *bench, n int) error {
	const times = 3000
	customers := store.In(x.db, guests)
	each := func(read func(i int, id uuid.UUID) error) (float64, error) {
		var took []float64
		for range 4 {
			start := time.Now()
			for i := range times {
				if err := read(i, guestAt(i*31%n).ID); err != nil {
					return 0, err
				}
			}
			took = append(took, seconds(start)/times*1e6)
		}
		return median(took[1:]), nil
	}
	lode, err := each(func(_ int, id uuid.UUID) error { _, err := customers.Get(ctx, id); return err })
	if err != nil {
		return err
	}
	bare, err := each(func(_ int, id uuid.UUID) error {
		rows, err := x.pool.Query(ctx, "SELECT "+guestColumns+" FROM app.guests WHERE id = $1", id)
		if err != nil {
			return err
		}
		_, err = pgx.CollectExactlyOneRow(rows, scanGuest)
		return err
	})
	if err != nil {
		return err
	}
	b.versus("store_get", lode, bare, "us")
	sql := "SELECT " + guestColumns + " FROM app.guests WHERE id = $1"
	cached, err := each(func(_ int, id uuid.UUID) error { _, err := store.SQL[guest](ctx, x.db, sql, id); return err })
	if err != nil {
		return err
	}
	seen := 0
	fresh, err := each(func(_ int, id uuid.UUID) error {
		seen++
		_, err := store.SQL[guest](ctx, x.db, fmt.Sprintf("%s -- %d", sql, seen), id)
		return err
	})
	b.versus("store_statement_prepared", cached, fresh, "us")
	return err
}
