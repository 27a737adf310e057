package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
)

// paid puts payments into the silver layer, as the entity's step leaves them: n of them,
// spread over keys accounts, payment i at an hour that is an expression of i.
func (a arena) paid(ctx context.Context, n, keys int, hour string) error {
	first, read := a.at(day(1)), a.at(day(60))
	return a.setUp(ctx, fmt.Sprintf(`INSERT INTO silver.payments (source_id, account_id, paid_at, paid_amount, is_deleted, valid_at, created_at, updated_at, synced_at, schema_version, event_stream, event_seq)
SELECT 'P-' || i, 'A-' || (CAST(i AS bigint) * 7919 %% %d + 1), %s + (%s) * interval '1 hour', i %% 1000, false, %s, %s, %s, %s, 1, 's.payments', i
FROM generate_series(1, %d) t(i)`, keys, first, hour, read, read, read, read, n),
		fmt.Sprintf("INSERT INTO silver.payments_log (log_seq, valid_at, op, observed_at, event_stream, event_seq, event_ordinal, load_id, source_id) VALUES (1, %s, 'upsert', %s, 's.payments', 1, 0, 'load', 'P-1')", read, read),
		"INSERT INTO lode.sequences VALUES ('silver.payments_log', 1)", "ANALYZE silver.payments")
}

// over spreads payments over days, each a little later than the one before, and from the
// start again.
func over(days int) string { return fmt.Sprintf("i %% %d", days*24) }

// bareFacts makes bare.fact_payments, a table of the fact's definition without rows.
func (a arena) bareFacts(ctx context.Context) error {
	m, _, err := lode.Resolve(a.project)
	if err != nil {
		return err
	}
	t := m.Facts[0].Table
	t.Name.Schema = "bare"
	return a.setUp(ctx, append([]string{a.dialect().CreateSchema("bare")}, a.dialect().CreateTable(t)...)...)
}

// asOf is the insert-select that a person would write, with the join that finds the version.
func asOf(join string) string {
	return `INSERT INTO bare.fact_payments (source_id, account_key, paid_at, paid_amount, event_stream, event_seq, created_at, updated_at)
SELECT s.source_id, d.account_key, s.paid_at, s.paid_amount, s.event_stream, s.event_seq, s.synced_at, s.synced_at FROM silver.payments s ` + join
}

// The joins that a person would write to find the version in force.
const (
	byRange   = "JOIN gold.dim_accounts d ON d.source_id = s.account_id AND d.valid_from <= s.paid_at AND s.paid_at < d.valid_to"
	byLateral = "CROSS JOIN LATERAL (SELECT v.account_key FROM gold.dim_accounts v WHERE v.source_id = s.account_id AND v.valid_from <= s.paid_at ORDER BY v.valid_from DESC LIMIT 1) d"
	byASOF    = "ASOF JOIN gold.dim_accounts d ON d.source_id = s.account_id AND d.valid_from <= s.paid_at"
)

// best is the time of the fastest of the hand-written plans.
func (a arena) best(ctx context.Context, plans ...string) (float64, error) {
	fastest := 0.0
	for _, p := range plans {
		if err := a.setUp(ctx, "DELETE FROM bare.fact_payments"); err != nil {
			return 0, err
		}
		took, err := a.bare(ctx, p)
		if err != nil {
			return 0, err
		}
		if fastest == 0 || took < fastest {
			fastest = took
		}
	}
	return fastest, nil
}

// factAsOf loads 2M payments of accounts with two versions each.
func (b *bench) factAsOf(ctx context.Context) error {
	arenas, err := b.arenas(ctx, "asof")
	if err != nil {
		return err
	}
	keys, n := b.size(1_000_000), b.size(2_000_000)
	for _, a := range arenas {
		err := errors.Join(a.filled(ctx, keys), a.events(ctx, 1, keys, 1, day(20), "large"))
		if err != nil {
			return err
		}
		if err := b.loadFacts(ctx, a, "fact_asof_2m", n, keys, 40, asOf(byRange)); err != nil {
			return err
		}
	}
	return nil
}

// loadFacts brings the dimension up to date and loads payments, by Lode and by hand.
func (b *bench) loadFacts(ctx context.Context, a arena, name string, n, keys, days int, plans ...string) error {
	if _, err := a.step(ctx, "gold.dim_accounts"); err != nil {
		return err
	}
	if err := errors.Join(a.setUp(ctx, "ANALYZE gold.dim_accounts"), a.paid(ctx, n, keys, over(days)), a.bareFacts(ctx)); err != nil {
		return err
	}
	bare, err := a.best(ctx, plans...)
	if err != nil {
		return err
	}
	took, err := a.step(ctx, "gold.fact_payments")
	if err != nil {
		return err
	}
	b.versus(name+a.suffix, took, bare, "s")
	return nil
}

// factManyVersions loads 200k payments of 4,000 accounts with 500 versions each, which came
// over time: a load brings ten events of each account, so that the versions of one lie
// scattered, as they do in a dimension that has grown. Beside it stands the same of a dimension
// that was written in one go, in which they lie beside each other.
func (b *bench) factManyVersions(ctx context.Context) error {
	return errors.Join(b.factVersions(ctx, "fact_asof_many_versions", 50), b.factVersions(ctx, "fact_asof_many_versions_at_once", 1))
}

// factVersions takes the figure of a dimension that so many loads have filled.
func (b *bench) factVersions(ctx context.Context, name string, loads int) error {
	arenas, err := b.arenas(ctx, name)
	if err != nil {
		return err
	}
	keys, n := b.size(4_000), b.size(200_000)
	for _, a := range arenas {
		if err := a.filled(ctx, keys); err != nil {
			return err
		}
		each := 500 / loads
		for load := range loads {
			// The version of the first hour is there already.
			if err := a.hourly(ctx, keys, max(each*load, 1), each*(load+1)-1); err != nil {
				return err
			}
			if _, err := a.step(ctx, "gold.dim_accounts"); err != nil {
				return err
			}
		}
		plans := []string{asOf(byRange), asOf(byLateral)}
		if a.suffix != "" {
			plans = []string{asOf(byRange), asOf(byASOF)}
		}
		if err := b.loadFacts(ctx, a, name, n, keys, 20, plans...); err != nil {
			return err
		}
	}
	return nil
}

// hourly puts an event of each account and hour, of the hours from..to, into the log.
func (a arena) hourly(ctx context.Context, keys, from, to int) error {
	first := a.at(day(1))
	return a.setUp(ctx, fmt.Sprintf(`INSERT INTO silver.accounts_log (log_seq, valid_at, op, observed_at, event_stream, event_seq, event_ordinal, load_id, source_id, name, segment, city, limit_amount)
SELECT (SELECT last FROM lode.sequences WHERE name = 'silver.accounts_log') + row_number() OVER (), %s + v * interval '1 hour', 'upsert', %s, 's.accounts', i, 0, 'load', 'A-' || i, 'Name ' || i, 'version ' || v, 'City', 1
FROM generate_series(%d, %d) u(v), generate_series(1, %d) t(i)`, first, first, from, to, keys),
		"DELETE FROM lode.sequences WHERE name = 'silver.accounts_log'",
		"INSERT INTO lode.sequences SELECT 'silver.accounts_log', max(log_seq) FROM silver.accounts_log", "ANALYZE silver.accounts_log")
}

// rekey splits 4,001 versions that facts point to, and does by hand what follows: the
// versions cut and added, and the facts of the new ones given their keys.
func (b *bench) rekey(ctx context.Context) error {
	arenas, err := b.arenas(ctx, "rekey")
	if err != nil {
		return err
	}
	keys, n := b.size(1_000_000), b.size(1_900_000)
	splits := b.size(4_001)
	for _, a := range arenas {
		if err := a.filled(ctx, keys); err != nil {
			return err
		}
		if err := a.paid(ctx, n, keys, over(40)); err != nil {
			return err
		}
		if _, err := a.step(ctx, "gold.fact_payments"); err != nil {
			return err
		}
		if err := errors.Join(a.copied(ctx), a.setUp(ctx, "ANALYZE gold.fact_payments",
			"CREATE TABLE bare.fact_payments AS SELECT * FROM gold.fact_payments", "CREATE INDEX bare_account_key ON bare.fact_payments (account_key)", "ANALYZE bare.fact_payments")); err != nil {
			return err
		}
		var lode, bare []float64
		for round := range 4 {
			at, segment := day(20+2*round), fmt.Sprint("split ", round)
			if err := a.events(ctx, round+1, keys, keys/splits, at, segment); err != nil {
				return err
			}
			took, err := a.step(ctx, "gold.dim_accounts")
			if err != nil {
				return err
			}
			hand, err := a.byHand(ctx, round+1, keys, keys/splits, at, segment)
			if err != nil {
				return err
			}
			follow, err := a.bare(ctx, fmt.Sprintf(`UPDATE bare.fact_payments f SET account_key = n.account_key FROM bare.dim_accounts n
JOIN bare.dim_accounts o ON o.source_id = n.source_id AND o.valid_to = n.valid_from WHERE n.segment = '%s' AND f.account_key = o.account_key AND f.paid_at >= n.valid_from`, segment))
			if err != nil {
				return err
			}
			lode, bare = append(lode, took), append(bare, hand+follow)
		}
		b.versus("rekey_4k_splits"+a.suffix, median(lode[1:]), median(bare[1:]), "s")
	}
	return nil
}

// goldMemory compares the peak memory of computing the star of 1M accounts and 10M payments
// with that of a tenth of them. An embedded database is counted, too: what its limit lets it
// take, here a quarter of what it is by default, and some 200 MiB beside it.
func (b *bench) goldMemory(ctx context.Context) error {
	return b.growth("gold_rss_growth", b.size(100_000), b.size(1_000_000), func(kind string, keys int) (float64, error) {
		arenas, err := b.arenas(ctx, fmt.Sprint("gold_rss_", kind, keys))
		if err != nil {
			return 0, err
		}
		a := arenas[slices.IndexFunc(arenas, func(a arena) bool { return a.kind() == kind })]
		if _, err := a.step(ctx, "bronze.*"); err != nil {
			return 0, err
		}
		if err := errors.Join(a.events(ctx, 1, keys, 1, day(1), "small"), a.paid(ctx, 10*keys, keys, over(40))); err != nil {
			return 0, err
		}
		if kind == "duckdb" {
			a.project.Warehouse += "?memory_limit=256MB"
		}
		return peak(ctx, a.project.Warehouse)
	})
}

// dates lets payments be summed up by day, of 1,000 days.
func (a *arena) dates() {
	a.project.Dimensions = append(a.project.Dimensions, schema.Dimension{Name: "dim_dates", Calendar: &schema.Calendar{From: "2025-01-01", To: "2027-12-31"}})
	a.project.Facts[0].Dimensions = append(a.project.Facts[0].Dimensions, schema.Role{Name: "paid_on", Dimension: "dim_dates", Key: []string{"paid_at"}})
}

const (
	aggregatedDays = 1000
	lastDays       = "SELECT date FROM gold.dim_dates WHERE date_key IN (SELECT DISTINCT paid_on_key FROM gold.fact_payments) ORDER BY date DESC LIMIT 10"
	lastDaysCities = "SELECT x.date, y.city FROM (" + lastDays + ") x, (SELECT DISTINCT city FROM gold.dim_accounts WHERE city IS NOT NULL) y"
)

var (
	byCity = schema.GroupBy{Name: "city", By: "account.city"}
	byDay  = schema.GroupBy{Name: "paid_date", By: "paid_on.date"}
)

// aggregateIncremental sums up payments by day and city, of 1,000 days and 1,000 cities: the
// groups of the last ten days, as new payments and corrections touch them, against all of
// them. Each database has as many payments as it sums up in some seconds: PostgreSQL 10M, and
// DuckDB 200M. Beside it stands what it is worth where that takes less: for 10M in DuckDB, and
// for 10M by day alone, which is 1,000 groups.
func (b *bench) aggregateIncremental(ctx context.Context) error {
	cities := aggregation{name: "aggregate_incremental", by: []schema.GroupBy{byDay, byCity}, touched: lastDaysCities, on: "postgres"}
	cities.fill = b.dailyPayments(ctx)
	many := cities
	many.on = "duckdb"
	many.fill, many.more = b.manyPayments(ctx)
	less := cities
	less.name, less.on = "aggregate_incremental_10m", "duckdb"
	days := aggregation{name: "aggregate_incremental_days", by: []schema.GroupBy{byDay}, touched: lastDays, fill: cities.fill}
	for _, c := range []aggregation{cities, many, less, days} {
		if err := b.aggregate(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// dailyPayments fills the silver layer with 10M payments of 1,000 days.
func (b *bench) dailyPayments(ctx context.Context) func(*arena) error {
	n, keys := b.size(10_000_000), b.size(100_000)
	return func(a *arena) error {
		a.dates()
		hour := fmt.Sprintf("CAST(floor(CAST(i AS bigint) * %d / %d) AS bigint)", aggregatedDays*24, n)
		return errors.Join(a.filled(ctx, keys), a.paid(ctx, n, keys, hour))
	}
}

// manyPayments puts 200M payments of 1,000 days right into the fact of DuckDB. Payments that
// come so ask no calendar for their days, so it is generated first.
func (b *bench) manyPayments(ctx context.Context) (fill, more func(*arena) error) {
	n, keys := b.size(200_000_000), b.size(100_000)
	fill = func(a *arena) error {
		a.dates()
		return errors.Join(a.filled(ctx, keys), a.paid(ctx, 1, keys, "0"))
	}
	return fill, func(a *arena) error {
		if _, err := a.step(ctx, "gold.dim_dates"); err != nil {
			return err
		}
		now := a.at(day(60))
		return a.setUp(ctx, fmt.Sprintf(`INSERT INTO gold.fact_payments (source_id, account_key, paid_on_key, paid_at, paid_amount, event_stream, event_seq, created_at, updated_at)
SELECT 'Q-' || i, i %% %d + 1, d.date_key, CAST(d.date AS timestamp), i %% 1000, 's.payments', i, %s, %s
FROM range(%d) t(i) JOIN gold.dim_dates d ON d.date = DATE '2025-01-01' + CAST(i * %d // %d AS integer)`, keys, now, now, n, aggregatedDays, n))
	}
}

// aggregateMembers does the same by city, of 1,000 cities: each of the ten is found in 1M
// accounts, and its payments lie wherever they came.
func (b *bench) aggregateMembers(ctx context.Context) error {
	keys, n := b.size(1_000_000), b.size(2_000_000)
	const ten = "SELECT DISTINCT city FROM gold.dim_accounts WHERE city IN ('City 1', 'City 2', 'City 3', 'City 4', 'City 5', 'City 6', 'City 7', 'City 8', 'City 9', 'City 10')"
	return b.aggregate(ctx, aggregation{name: "aggregate_incremental_members", by: []schema.GroupBy{byCity}, touched: ten, fill: func(a *arena) error {
		return errors.Join(a.filled(ctx, keys), a.paid(ctx, n, keys, over(40)))
	}})
}

// aggregation compares summing up some groups with summing up all.
type aggregation struct {
	name    string
	by      []schema.GroupBy
	touched string             // selects the groups that are touched
	on      string             // the only kind of warehouse, "" for each
	fill    func(*arena) error // fills the silver layer
	more    func(*arena) error // adds to the facts that are made of it, if not nil
}

func (b *bench) aggregate(ctx context.Context, c aggregation) error {
	arenas, err := b.arenas(ctx, c.name)
	if err != nil {
		return err
	}
	for _, a := range arenas {
		if c.on != "" && a.kind() != c.on {
			continue
		}
		a.project.Aggregates = []schema.Aggregate{{
			Name: "agg_payments", Grain: "one row per group", From: "fact_payments", Group: c.by,
			Measures: []schema.AggMeasure{{Name: "paid_amount", Sum: "paid_amount"}, {Name: "payment_count", Count: "rows"}},
		}}
		if err := c.fill(&a); err != nil {
			return err
		}
		if _, err := a.step(ctx, "gold.fact_payments"); err != nil {
			return err
		}
		if c.more != nil {
			if err := c.more(&a); err != nil {
				return err
			}
		}
		if err := a.setUp(ctx, "ANALYZE gold.fact_payments"); err != nil {
			return err
		}
		if err := b.summed(ctx, a, c); err != nil {
			return err
		}
	}
	return nil
}

// summed sums up all groups, and then the touched ones.
func (b *bench) summed(ctx context.Context, a arena, c aggregation) error {
	whole, err := a.step(ctx, "gold.agg_payments")
	if err != nil {
		return err
	}
	var rounds []float64
	for range 3 {
		// The groups wait in the queue, as after a change of facts.
		if err := a.setUp(ctx, "INSERT INTO lode.waiting_agg_payments "+c.touched); err != nil {
			return err
		}
		if err := b.oneInAHundred(ctx, a); err != nil {
			return err
		}
		took, err := a.step(ctx, "gold.agg_payments")
		if err != nil {
			return err
		}
		rounds = append(rounds, took)
	}
	b.versus(c.name+a.suffix, median(rounds), whole, "s")
	return nil
}

// oneInAHundred refuses a measurement in which more groups wait, or fewer, than the figure
// is named after.
func (b *bench) oneInAHundred(ctx context.Context, a arena) error {
	waiting, err := a.count(ctx, "lode.waiting_agg_payments")
	if err != nil {
		return err
	}
	groups, err := a.count(ctx, "gold.agg_payments")
	if err != nil {
		return err
	}
	if share := float64(waiting) / float64(groups); b.scale == 1 && (share < 0.0099 || share > 0.0101) {
		return fmt.Errorf("sum up payments: %d of %d groups wait; measure with one in a hundred", waiting, groups)
	}
	return nil
}
