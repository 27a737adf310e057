package faults

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/warehouse"
)

// tables is what a warehouse holds in the three layers: each table's rows as texts,
// sorted, without what depends on when a run was made. Two runs that saw the same things
// have the same tables.
type tables map[string][]string

// passing are the columns that tell when or by which run a row was written, and those
// that count rows in the order of their arrival.
var passing = []string{
	"seq", "load_id", "request", "observed_at", "log_seq", "event_seq", "created_at", "updated_at", "synced_at",
	"customer_durable_key", "product_durable_key", "order_product_group_durable_key", "profile_history_durable_key", "profile_history_key", "audit_key",
}

// standing are what the surrogate keys of each dimension stand for: three columns, of which
// the first is NULL in a special member.
var standing = map[string]struct{ table, columns string }{
	"customer_key":            {"dim_customers", "source_system, source_id, valid_from"},
	"product_key":             {"dim_products", "source_system, source_id, valid_from"},
	"date_key":                {"dim_dates", "date, year, month"},
	"profile_key":             {"dim_profiles", "CASE WHEN profile_key > 0 THEN 'profile' END, country_code, is_active"},
	"order_product_group_key": {"dim_order_product_groups", "order_id, 'basket', valid_from"},
}

// roles are the columns that hold such a key under another name.
var roles = map[string]string{"ordered_on_key": "date_key", "period_key": "date_key", "current_profile_key": "profile_key", "basket_key": "order_product_group_key"}

// astray are the facts that do not point to the load that brought their event. Which loads
// there are depends on how often a run began again.
const astray = `SELECT f.order_id, f.audit_key FROM gold.fact_orders f LEFT JOIN gold.dim_audits a
ON a.audit_key = f.audit_key AND a.stream = f.event_stream AND f.event_seq BETWEEN a.first_event_seq AND a.last_event_seq WHERE a.audit_key IS NULL`

// dump reads the layers. Instants from since on are those of the runs themselves: where
// a source tells no time, as a sweep does not, the time of observation stands in.
func dump(t *testing.T, w warehouse.Warehouse, since time.Time) tables {
	t.Helper()
	r := reader{t: t, w: w, since: since, members: map[string]map[string]string{}}
	for key := range standing {
		r.readMembers(key)
	}
	for role, key := range roles {
		r.members[role] = r.members[key]
	}
	lodetest.Equal(t, w, astray)
	out := tables{}
	for _, name := range lodetest.Rows(t, w, "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema IN ('bronze', 'silver', 'gold') AND table_name <> 'dim_audits'") {
		out[name] = r.rows(name)
	}
	return out
}

type reader struct {
	t       *testing.T
	w       warehouse.Warehouse
	since   time.Time
	members map[string]map[string]string // what a surrogate key stands for, by column
}

// readMembers learns what the surrogate keys of a dimension stand for. Their numbers
// follow the order of writing, which a kill may change.
func (r *reader) readMembers(key string) {
	r.t.Helper()
	known := map[string]string{}
	for b, err := range r.w.Query(r.t.Context(), fmt.Sprintf("SELECT %s, %s FROM gold.%s", key, standing[key].columns, standing[key].table)) {
		if err != nil {
			r.t.Fatalf("read the members of %s: %v", standing[key].table, err)
		}
		for i := range b.Len() {
			row := b.Row(i)
			name := row[0].String() // the number itself, of a special member
			if !row[1].IsNull() {
				name = fmt.Sprintf("%s/%s/%s", row[1], row[2], r.settled("", row[3]))
			}
			known[row[0].String()] = name
		}
	}
	r.members[key] = known
}

func (r *reader) rows(table string) []string {
	r.t.Helper()
	var out []string
	for b, err := range r.w.Query(r.t.Context(), "SELECT * FROM "+table) {
		if err != nil {
			r.t.Fatalf("read %s: %v", table, err)
		}
		for i := range b.Len() {
			var line strings.Builder
			for c, v := range b.Row(i) {
				if name := b.Columns[c].Name; !slices.Contains(passing, name) {
					fmt.Fprintf(&line, "%s=%s ", name, r.settled(name, v))
				}
			}
			out = append(out, line.String())
		}
	}
	slices.Sort(out)
	return out
}

// settled is a value as a text that two runs share.
func (r *reader) settled(column string, v record.Value) string {
	members, isKey := r.members[column]
	switch {
	case v.IsNull():
		return "NULL"
	case isKey:
		name, found := members[v.String()]
		if !found {
			r.t.Errorf("%s %s leads nowhere", column, v)
		}
		return name
	case column == "repeats": // the number of another row
		return "some"
	case column == "custom_fields":
		return withoutLife(v.String())
	case v.Kind() == record.Timestamp && !v.Time().Before(r.since) && v.Time().Year() < 9999:
		return "(observed)"
	}
	return v.String()
}

// withoutLife is a custom_fields object without the times at which its fields were seen.
func withoutLife(text string) string {
	var fields map[string]any
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return text
	}
	for _, f := range fields {
		if life, ok := f.(map[string]any); ok {
			delete(life, "first_seen")
			delete(life, "last_seen")
		}
	}
	b, err := json.Marshal(fields, json.Deterministic(true))
	if err != nil {
		return text
	}
	return string(b)
}

// open opens the warehouse directly, once the program has let it go.
func open(t *testing.T, address string) warehouse.Warehouse {
	t.Helper()
	scheme, _, _ := strings.Cut(address, ":")
	for _, d := range standard.Warehouses() {
		if slices.Contains(d.Schemes(), scheme) {
			w, err := d.Open(t.Context(), address)
			if err != nil {
				t.Fatalf("open the warehouse after a kill: %v", err)
			}
			return w
		}
	}
	t.Fatalf("no driver for %s", address)
	return nil
}

// look dumps a warehouse and checks that what it holds is sound.
func look(t *testing.T, address string, since time.Time) tables {
	t.Helper()
	w := open(t, address)
	sound(t, w)
	out := dump(t, w, since)
	if err := w.Close(); err != nil {
		t.Errorf("close the warehouse: %v", err)
	}
	return out
}

// sound checks the invariants I1 to I3 of each history, that a durable key stands for one
// natural key, that weights sum up to one, and that each second booking takes one back.
func sound(t *testing.T, w warehouse.Warehouse) {
	t.Helper()
	for name, durable := range map[string]string{"dim_customers": "customer_durable_key", "dim_products": "product_durable_key", "dim_profile_history": "profile_history_durable_key"} {
		// The special members have no natural key and are none of a history.
		table := "(SELECT * FROM gold." + name + " WHERE source_id IS NOT NULL) d"
		for what, sql := range map[string]string{
			"I1: versions that end before they begin": "SELECT count(*) FROM " + table + " WHERE valid_from >= valid_to",
			"I2: versions that overlap": "SELECT count(*) FROM (SELECT valid_to, lead(valid_from) OVER (PARTITION BY source_system, source_id ORDER BY valid_from) AS following FROM " +
				table + ") x WHERE following < valid_to",
			"I3: keys that live without one current version": "SELECT count(*) FROM (SELECT source_id FROM " + table +
				" GROUP BY source_system, source_id HAVING count(*) FILTER (WHERE is_current) > 1 OR (count(*) FILTER (WHERE is_current) = 0 AND NOT bool_or(is_deleted))) x",
			"durable keys of two records":   "SELECT count(*) FROM (SELECT " + durable + " FROM " + table + " GROUP BY 1 HAVING count(DISTINCT source_system || source_id) > 1) x",
			"records with two durable keys": "SELECT count(*) FROM (SELECT source_id FROM " + table + " GROUP BY source_system, source_id HAVING count(DISTINCT " + durable + ") > 1) x",
		} {
			if got := lodetest.Rows(t, w, sql); got[0] != "0" {
				t.Errorf("%s: %s of %s", what, got[0], table)
			}
		}
	}
	lodetest.Equal(t, w, "SELECT order_product_group_key FROM gold.bridge_order_products GROUP BY 1 HAVING abs(sum(weight) - 1) > 1e-9")
	lodetest.Equal(t, w, "SELECT source_id FROM gold.fact_bookings WHERE is_reversal <> (correction % 2 = 1)")
}

// same compares two dumps.
func same(t *testing.T, when string, got, want tables) {
	t.Helper()
	for name := range got {
		if _, known := want[name]; !known {
			t.Errorf("%s: %s was left behind", when, name)
		}
	}
	for name, rows := range want {
		missing, extra := difference(rows, got[name]), difference(got[name], rows)
		if len(missing)+len(extra) > 0 {
			t.Errorf("%s: %s differs: %d rows missing, %d too many\nmissing: %s\nextra:   %s", when, name, len(missing), len(extra), first(missing), first(extra))
		}
	}
}

// difference is what of a, as often as it is there, is not in b. Both are sorted.
func difference(a, b []string) []string {
	var out []string
	for _, row := range a {
		for len(b) > 0 && b[0] < row {
			b = b[1:]
		}
		if len(b) > 0 && b[0] == row {
			b = b[1:]
			continue
		}
		out = append(out, row)
	}
	return out
}

func first(rows []string) string { return strings.Join(rows[:min(len(rows), 3)], "\n         ") }
