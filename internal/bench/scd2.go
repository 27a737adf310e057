package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
	"github.com/lodehq/lode/warehouse/postgres"
)

// arena is the star on one warehouse, used by Lode and by the bare database in turns: an
// embedded database has one user at a time.
type arena struct {
	project lode.Project
	driver  warehouse.Driver
	suffix  string // of the figures' names
}

// arenas are a new PostgreSQL database and a new DuckDB file.
func (b *bench) arenas(ctx context.Context, name string) ([]arena, error) {
	address, err := b.database(ctx)
	if err != nil {
		return nil, err
	}
	return []arena{
		{star(address), postgres.Driver{}, ""},
		{star("duckdb:" + filepath.Join(b.dir, name+".duckdb")), duckdb.Driver{}, "_duckdb"},
	}, nil
}

// lode runs the selected steps and returns the seconds they took.
func (a arena) lode(ctx context.Context, o lode.Options) (took float64, err error) {
	l, err := lode.Open(ctx, a.project)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	start := time.Now()
	report, err := l.Run(ctx, o, nil)
	return seconds(start), errors.Join(err, report.Err())
}

func (a arena) step(ctx context.Context, names ...string) (float64, error) {
	return a.lode(ctx, lode.Options{Select: names})
}

// bare runs statements in one transaction and returns the seconds until all of it is
// committed: what Lode writes is, when its run ends.
func (a arena) bare(ctx context.Context, statements ...string) (took float64, err error) {
	db, err := a.driver.Open(ctx, a.project.Warehouse)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	start := time.Now()
	tx, err := db.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return 0, fmt.Errorf("%w\n%s", err, sql)
		}
	}
	err = tx.Commit(ctx)
	return seconds(start), err
}

func (a arena) setUp(ctx context.Context, statements ...string) error {
	_, err := a.bare(ctx, statements...)
	return err
}

// count reads the number of rows of a table.
func (a arena) count(ctx context.Context, table string) (n int64, err error) {
	db, err := a.driver.Open(ctx, a.project.Warehouse)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for b, err := range db.Query(ctx, "SELECT count(*) FROM "+table) {
		if err != nil {
			return 0, err
		}
		n = b.Vectors[0].Value(0).Int()
	}
	return n, nil
}

// at is an instant as a literal of the warehouse.
func (a arena) at(day time.Time) string {
	return a.dialect().Literal(record.TimeValue(day), record.Of(record.Timestamp))
}

func (a arena) dialect() warehouse.Dialect {
	if a.kind() == "postgres" {
		return postgres.Dialect{}
	}
	return duckdb.Dialect{}
}

// kind is the kind of the warehouse.
func (a arena) kind() string {
	if a.suffix == "" {
		return "postgres"
	}
	return "duckdb"
}

// day is the n-th day of 2025.
func day(n int) time.Time { return time.Date(2025, 1, n, 0, 0, 0, 0, time.UTC) }

// events puts an event of every n-th key into the log of the accounts, as the entity's
// step leaves them.
func (a arena) events(ctx context.Context, from, to, every int, at time.Time, segment string) error {
	t := a.at(at)
	return a.setUp(ctx, fmt.Sprintf(`INSERT INTO silver.accounts_log (log_seq, valid_at, op, observed_at, event_stream, event_seq, event_ordinal, load_id, source_id, name, segment, city, limit_amount)
SELECT COALESCE((SELECT last FROM lode.sequences WHERE name = 'silver.accounts_log'), 0) + row_number() OVER (), %s, 'upsert', %s, 's.accounts', i, 0, 'load', 'A-' || i, 'Name ' || i, '%s', 'City ' || i %% 1000, i %% 10000
FROM generate_series(%d, %d, %d) t(i)`, t, t, segment, from, to, every),
		"DELETE FROM lode.sequences WHERE name = 'silver.accounts_log'",
		"INSERT INTO lode.sequences SELECT 'silver.accounts_log', max(log_seq) FROM silver.accounts_log", "ANALYZE silver.accounts_log")
}

// filled is an arena whose dimension holds keys with one version each.
func (a arena) filled(ctx context.Context, keys int) error {
	if _, err := a.step(ctx, "bronze.*"); err != nil {
		return err
	}
	if err := a.events(ctx, 1, keys, 1, day(1), "small"); err != nil {
		return err
	}
	if _, err := a.step(ctx, "gold.dim_accounts"); err != nil {
		return err
	}
	return a.setUp(ctx, "ANALYZE gold.dim_accounts")
}

// copied makes bare.dim_accounts, a table of the same definition with the same rows.
func (a arena) copied(ctx context.Context) error {
	m, _, err := lode.Resolve(a.project)
	if err != nil {
		return err
	}
	t := m.Dimension("dim_accounts").Table
	t.Name.Schema = "bare"
	statements := append([]string{a.dialect().CreateSchema("bare")}, a.dialect().CreateTable(t)...)
	return a.setUp(ctx, append(statements, "INSERT INTO bare.dim_accounts SELECT * FROM gold.dim_accounts", "ANALYZE bare.dim_accounts")...)
}

// byHand closes the current versions of every n-th key and adds new ones: the least that
// any engine has to do for changes that come in order. The changes are there in a table.
func (a arena) byHand(ctx context.Context, from, to, every int, at time.Time, segment string) (float64, error) {
	t := a.at(at)
	if err := a.setUp(ctx, "DROP TABLE IF EXISTS bare.changes", fmt.Sprintf("CREATE TABLE bare.changes AS SELECT 'A-' || i AS source_id, %s AS valid_at, '%s' AS segment FROM generate_series(%d, %d, %d) t(i)",
		t, segment, from, to, every), "ANALYZE bare.changes"); err != nil {
		return 0, err
	}
	return a.bare(ctx,
		"CREATE TEMPORARY TABLE old AS SELECT d.*, c.valid_at, c.segment AS new_segment FROM bare.changes c JOIN bare.dim_accounts d ON d.source_id = c.source_id AND d.is_current",
		"UPDATE bare.dim_accounts d SET valid_to = o.valid_at, is_current = FALSE, updated_at = o.valid_at FROM old o WHERE d.account_key = o.account_key",
		`INSERT INTO bare.dim_accounts (account_key, account_durable_key, source_id, name, segment, city, limit_amount, valid_from, valid_to, is_current, version, is_inferred, is_deleted, created_at, updated_at, event_at, event_stream, event_seq)
SELECT (SELECT max(account_key) FROM bare.dim_accounts) + row_number() OVER (), account_durable_key, source_id, name, new_segment, city, limit_amount, valid_at, valid_to, TRUE, version + 1, FALSE, FALSE, valid_at, valid_at, valid_at, event_stream, event_seq FROM old`)
}

// scd2 measures changes of a dimension of 1M keys.
func (b *bench) scd2(ctx context.Context) error {
	arenas, err := b.arenas(ctx, "scd2")
	if err != nil {
		return err
	}
	for _, a := range arenas {
		if err := b.changes(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// changes takes the figures of one arena: in order, and late.
func (b *bench) changes(ctx context.Context, a arena) error {
	keys := b.size(1_000_000)
	if err := errors.Join(a.filled(ctx, keys), a.copied(ctx)); err != nil {
		return err
	}
	if a.suffix == "" {
		if err := settle(ctx, a.project.Warehouse); err != nil {
			return err
		}
	}
	next := 40
	var inOrder float64
	for _, c := range []struct {
		name   string
		n      int
		rounds int // the first to warm up
	}{{"scd2_inorder_10k_of_1m", b.size(10_000), 10}, {"scd2_inorder_100k_of_1m", b.size(100_000), 4}} {
		var lode, bare []float64
		for range c.rounds {
			next++
			segment := fmt.Sprint("day ", next)
			if err := a.events(ctx, next, keys, keys/c.n, day(next), segment); err != nil {
				return err
			}
			took, err := a.step(ctx, "gold.dim_accounts")
			if err != nil {
				return err
			}
			hand, err := a.byHand(ctx, next, keys, keys/c.n, day(next), segment)
			if err != nil {
				return err
			}
			lode, bare = append(lode, took), append(bare, hand)
		}
		b.versus(c.name+a.suffix, median(lode[1:]), median(bare[1:]), "s")
		if inOrder == 0 {
			inOrder = median(lode[1:])
		}
	}
	late, err := b.late(ctx, a, keys)
	if err != nil {
		return err
	}
	b.versus("scd2_late_10k_of_1m"+a.suffix, late, inOrder, "s")
	return nil
}

// late applies changes that lie between versions that are there.
func (b *bench) late(ctx context.Context, a arena, keys int) (float64, error) {
	var rounds []float64
	n := b.size(10_000)
	for i := range 4 {
		if err := a.events(ctx, 41+i, keys, keys/n, day(10+i), fmt.Sprint("late ", i)); err != nil {
			return 0, err
		}
		took, err := a.step(ctx, "gold.dim_accounts")
		if err != nil {
			return 0, err
		}
		rounds = append(rounds, took)
	}
	return median(rounds[1:]), nil
}

// rebuild loads 1M records into a dimension, and makes all after bronze anew.
func (b *bench) rebuild(ctx context.Context) error {
	arenas, err := b.arenas(ctx, "rebuild")
	if err != nil {
		return err
	}
	dir := filepath.Join(b.dir, "people")
	if err := writePeople(dir, b.size(1_000_000)); err != nil {
		return err
	}
	for _, a := range arenas {
		p := people(a.project.Warehouse, dir)
		p.Dimensions = []schema.Dimension{{Name: "dim_people", From: "people", Columns: []schema.DimColumn{
			{Name: "name", SCD: "1"}, {Name: "segment", SCD: "2"}, {Name: "city", SCD: "2"}}}}
		a.project = p
		first, err := a.lode(ctx, lode.Options{})
		if err != nil {
			return err
		}
		again, err := a.lode(ctx, lode.Options{Mode: lode.Mode{Rebuild: true}})
		if err != nil {
			return err
		}
		b.versus("rebuild_1m"+a.suffix, again, first, "s")
	}
	return nil
}

// snapshot takes a complete snapshot of 1M records, 10k of which have changed, through
// bronze, silver and a dimension. Against it stands what any engine has to do: to bring the
// snapshot into the database by its bulk path, and to join it once with what was known.
func (b *bench) snapshot(ctx context.Context) error {
	arenas, err := b.arenas(ctx, "snapshot")
	if err != nil {
		return err
	}
	n, dir := b.size(1_000_000), filepath.Join(b.dir, "people")
	for _, a := range arenas {
		if err := writePeople(dir, n); err != nil {
			return err
		}
		p := people(a.project.Warehouse, dir)
		p.Dimensions = []schema.Dimension{{Name: "dim_people", From: "people", Columns: []schema.DimColumn{
			{Name: "name", SCD: "1"}, {Name: "segment", SCD: "2"}, {Name: "city", SCD: "2"}}}}
		a.project = p
		if _, err := a.lode(ctx, lode.Options{}); err != nil {
			return err
		}
		bare, err := b.bareSnapshot(ctx, a)
		if err != nil {
			return err
		}
		if err := writeChanged(dir, n, b.size(10_000)); err != nil {
			return err
		}
		took, err := a.lode(ctx, lode.Options{})
		if err != nil {
			return err
		}
		b.versus("scd2_snapshot_1m"+a.suffix, took, bare, "s")
	}
	return nil
}

// bareSnapshot writes the records once more by the bulk path and joins them with those
// that are there.
func (b *bench) bareSnapshot(ctx context.Context, a arena) (took float64, err error) {
	m, _, err := lode.Resolve(a.project)
	if err != nil {
		return 0, err
	}
	db, err := a.driver.Open(ctx, a.project.Warehouse)
	if err != nil {
		return 0, err
	}
	t := m.BronzeTable(m.Streams[0])
	took, err = b.bareTable(ctx, db, t)
	if err := errors.Join(err, db.Close()); err != nil {
		return 0, err
	}
	here, d := t.Name, a.dialect()
	t.Name.Schema = "bare"
	joined, err := a.bare(ctx, fmt.Sprintf("CREATE TEMPORARY TABLE differs AS SELECT COALESCE(n.key, o.key) AS key FROM %s n FULL JOIN %s o ON o.key = n.key WHERE CAST(n.payload AS text) IS DISTINCT FROM CAST(o.payload AS text)",
		d.Table(t.Name), d.Table(here)))
	if err != nil {
		return 0, err
	}
	return took + joined, nil
}
