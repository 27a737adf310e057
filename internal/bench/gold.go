package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/postgres"
)

// star is the project of the gold benchmarks: accounts with a history, and payments.
func star(address string) lode.Project {
	src := lodetest.NewSource()
	src.Stream("accounts", "id")
	src.Stream("payments", "id")
	mapping := func(stream string, fields ...schema.FieldMapping) []schema.Mapping {
		return []schema.Mapping{{Stream: stream, ValidAt: schema.ValidAt{Field: "at"}, Fields: fields}}
	}
	return lode.Project{Warehouse: address, Drivers: standard.Warehouses(), Project: schema.Project{
		Name: "star", Sources: []schema.Source{{Name: "s", Config: src}},
		Entities: []schema.Entity{{
			Name: "accounts", Key: []string{"source_id"}, From: mapping("s.accounts"), CustomFields: "drop",
			Columns: []schema.Column{{Name: "name", Type: "text"}, {Name: "segment", Type: "text"}, {Name: "city", Type: "text"}, {Name: "limit_amount", Type: "decimal(18,2)"}},
		}, {
			Name: "payments", Key: []string{"source_id"}, From: mapping("s.payments"), CustomFields: "drop",
			Columns: []schema.Column{{Name: "account_id", Type: "text"}, {Name: "paid_at", Type: "timestamp"}, {Name: "paid_amount", Type: "decimal(18,2)"}},
		}},
		Dimensions: []schema.Dimension{{Name: "dim_accounts", From: "accounts", Columns: []schema.DimColumn{
			{Name: "name", SCD: "1"}, {Name: "segment", SCD: "2"}, {Name: "city", SCD: "2"}, {Name: "limit_amount", SCD: "2"}}}},
		Facts: []schema.Fact{{
			Name: "fact_payments", Grain: "one row per payment", From: "payments", EventAt: "paid_at",
			Dimensions: []schema.Role{{Name: "account", Dimension: "dim_accounts", Key: []string{"account_id"}}},
			Measures:   []schema.Measure{{Name: "paid_amount", Sum: []string{"yes"}}},
		}},
	}}
}

// opened is the star on a PostgreSQL of its own, its tables created, and the bare
// database beside it.
type opened struct {
	*lode.Lode
	db      warehouse.Warehouse
	address string
}

func (b *bench) open(ctx context.Context) (*opened, error) {
	address, err := b.database(ctx)
	if err != nil {
		return nil, err
	}
	l, err := lode.Open(ctx, star(address))
	if err != nil {
		return nil, err
	}
	db, err := postgres.Driver{}.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	o := &opened{l, db, address}
	_, err = o.step(ctx, "bronze.*")
	return o, err
}

func (o *opened) close() error { return errors.Join(o.Lode.Close(), o.db.Close()) }

// step runs the selected steps and returns the seconds they took.
func (o *opened) step(ctx context.Context, selector string) (float64, error) {
	start := time.Now()
	report, err := o.Run(ctx, lode.Options{Select: []string{selector}}, nil)
	return seconds(start), errors.Join(err, report.Err())
}

// exec runs statements in one transaction and returns the seconds it took.
func (o *opened) exec(ctx context.Context, statements ...string) (float64, error) {
	start := time.Now()
	tx, err := o.db.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return 0, fmt.Errorf("%w\n%s", err, sql)
		}
	}
	return seconds(start), tx.Commit(ctx)
}

// accounts puts events of the keys from..to into the silver log, as the entity step
// leaves them.
func (o *opened) accounts(ctx context.Context, from, to, every int, day string, segment string) error {
	_, err := o.exec(ctx, fmt.Sprintf(`INSERT INTO silver.accounts_log (log_seq, valid_at, op, observed_at, event_stream, event_seq, event_ordinal, load_id, source_id, name, segment, city, limit_amount)
SELECT COALESCE((SELECT last FROM lode.sequences WHERE name = 'silver.accounts_log'), 0) + row_number() OVER (), '%s', 'upsert', '%s', 's.accounts', i, 0, 'load', 'A-' || i, 'Name ' || i, '%s', 'City ' || i %% 1000, i %% 10000
FROM generate_series(%d, %d, %d) i`, day, day, segment, from, to, every),
		"DELETE FROM lode.sequences WHERE name = 'silver.accounts_log'",
		"INSERT INTO lode.sequences SELECT 'silver.accounts_log', max(log_seq) FROM silver.accounts_log", "ANALYZE silver.accounts_log")
	return err
}

// dimensionGrowth applies 10k changed keys to a dimension of 1M keys, and to one of 10M.
func (b *bench) dimensionGrowth(ctx context.Context) error {
	var took []float64
	for _, keys := range []int{b.size(1_000_000), b.size(10_000_000)} {
		s, err := b.changed(ctx, keys, b.size(10_000))
		if err != nil {
			return err
		}
		took = append(took, s)
	}
	b.add(figure{Name: "dimension_10k_of_1m", Value: took[0], Unit: "s"})
	b.versus("scd2_growth", took[1], took[0], "s")
	return nil
}

// changed is the median of three rounds of changes, after one to warm up.
func (b *bench) changed(ctx context.Context, keys, changes int) (float64, error) {
	o, err := b.open(ctx)
	if err != nil {
		return 0, err
	}
	if err := o.accounts(ctx, 1, keys, 1, "2025-01-01", "small"); err != nil {
		return 0, err
	}
	if _, err := o.step(ctx, "gold.dim_accounts"); err != nil {
		return 0, err
	}
	if err := settle(ctx, o.address); err != nil {
		return 0, err
	}
	var rounds []float64
	for round := range 4 {
		if err := o.accounts(ctx, round+1, keys, keys/changes, fmt.Sprintf("2025-02-%02d", round+1), fmt.Sprintf("round %d", round)); err != nil {
			return 0, err
		}
		took, err := o.step(ctx, "gold.dim_accounts")
		if err != nil {
			return 0, err
		}
		if round > 0 {
			rounds = append(rounds, took)
		}
	}
	return median(rounds), o.close()
}

// settle does what PostgreSQL would otherwise do by itself some time after a large load, and
// in the middle of what is measured: it vacuums and analyzes the tables.
func settle(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("settle the tables: %w", err)
	}
	if _, err := conn.Exec(ctx, "VACUUM (ANALYZE)"); err != nil {
		return errors.Join(fmt.Errorf("settle the tables: %w", err), conn.Close(ctx))
	}
	return conn.Close(ctx)
}

func median(x []float64) float64 {
	return slices.Sorted(slices.Values(x))[len(x)/2]
}

// factAsOfLoad loads 2M payments against a dimension of 1M keys with two versions each,
// and does the same join by hand into a table of the same definition.
func (b *bench) factAsOfLoad(ctx context.Context) error {
	o, err := b.open(ctx)
	if err != nil {
		return err
	}
	keys, payments := b.size(1_000_000), b.size(2_000_000)
	if err := o.accounts(ctx, 1, keys, 1, "2025-01-01", "small"); err != nil {
		return err
	}
	if err := o.accounts(ctx, 1, keys, 1, "2025-02-01", "large"); err != nil {
		return err
	}
	if _, err := o.step(ctx, "gold.dim_accounts"); err != nil {
		return err
	}
	if err := o.payments(ctx, payments, keys); err != nil {
		return err
	}
	bare, err := o.bareFact(ctx)
	if err != nil {
		return err
	}
	took, err := o.step(ctx, "gold.fact_payments")
	if err != nil {
		return err
	}
	b.versus("fact_asof_load", took, bare, "s")
	return o.close()
}

func (o *opened) payments(ctx context.Context, n, keys int) error {
	_, err := o.exec(ctx, fmt.Sprintf(`INSERT INTO silver.payments (source_id, account_id, paid_at, paid_amount, is_deleted, valid_at, created_at, updated_at, synced_at, schema_version, event_stream, event_seq)
SELECT 'P-' || i, 'A-' || (i::bigint * 7919 %% %d + 1), timestamptz '2025-01-01' + (i %% 80) * interval '1 day', i %% 1000, false, '2025-03-01', '2025-03-01', '2025-03-01', '2025-03-01', 1, 's.payments', i
FROM generate_series(1, %d) i`, keys, n),
		"INSERT INTO silver.payments_log (log_seq, valid_at, op, observed_at, event_stream, event_seq, event_ordinal, load_id, source_id) VALUES (1, '2025-03-01', 'upsert', '2025-03-01', 's.payments', 1, 0, 'load', 'P-1')",
		"INSERT INTO lode.sequences VALUES ('silver.payments_log', 1)", "ANALYZE silver.payments", "ANALYZE gold.dim_accounts")
	return err
}

// bareFact is the insert-select join that a person would write, into a table with the
// same columns and indexes.
func (o *opened) bareFact(ctx context.Context) (float64, error) {
	t := o.Model().Facts[0].Table
	t.Name = schema.Name{Schema: "bare", Table: "fact_payments"}
	d := o.db.Dialect()
	if _, err := o.exec(ctx, append([]string{d.CreateSchema("bare")}, d.CreateTable(t)...)...); err != nil {
		return 0, err
	}
	return o.exec(ctx, `INSERT INTO bare.fact_payments (source_id, account_key, paid_at, paid_amount, event_stream, event_seq, created_at, updated_at)
SELECT s.source_id, d.account_key, s.paid_at, s.paid_amount, s.event_stream, s.event_seq, now(), now()
FROM silver.payments s JOIN gold.dim_accounts d ON d.source_id = s.account_id AND d.valid_from <= s.paid_at AND s.paid_at < d.valid_to`)
}

// noopRun is a run in which nothing is new.
func (b *bench) noopRun(ctx context.Context) error {
	o, err := b.open(ctx)
	if err != nil {
		return err
	}
	if err := o.accounts(ctx, 1, 1000, 1, "2025-01-01", "small"); err != nil {
		return err
	}
	var rounds []float64
	for round := range 4 {
		start := time.Now()
		report, err := o.Run(ctx, lode.Options{}, nil)
		if err := errors.Join(err, report.Err()); err != nil {
			return err
		}
		if round > 0 {
			rounds = append(rounds, seconds(start))
		}
	}
	b.add(figure{Name: "noop_run", Value: median(rounds), Unit: "s"})
	return o.close()
}
