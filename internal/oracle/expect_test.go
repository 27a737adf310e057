package oracle_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/internal/oracle"
)

func text(s *string) string {
	if s == nil {
		return "NULL"
	}
	return *s
}

func bound(micros int64) string {
	switch micros {
	case oracle.Low:
		return "1900-01-01T00:00:00Z"
	case oracle.High:
		return "9999-12-31T00:00:00Z"
	}
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.999999Z")
}

// dimension is what dimensionSQL must answer.
const dimensionSQL = `SELECT source_id, valid_from, valid_to, version, a, b, c, is_current, is_deleted
FROM gold.dim_items WHERE item_key > 0 AND NOT is_inferred ORDER BY source_id, valid_from`

func (w truth) dimension() []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(w.chains)) {
		for _, v := range w.chains[key] {
			out = append(out, fmt.Sprintf("%s | %s | %s | %d | %s | %s | %s | %t | %t", key, bound(v.From), bound(v.To), v.Number,
				text(v.Tracked), text(v.Overwritten), text(v.Latest), v.To == oracle.High, v.Deleted))
		}
	}
	return out
}

// line is a fact with what its key leads to.
type line struct {
	sale           act
	from           string // valid_from of the version, or the special member
	a, b           string
	inferred, real bool
}

func (w truth) lines() map[string]line {
	lines := map[string]line{}
	for id, s := range w.sales {
		l := line{sale: s, from: bound(oracle.Low), a: "Unknown", b: "Unknown"}
		if s.item != "" && s.at >= 0 {
			l.real = true
			l.inferred, l.a, l.b = true, "NULL", "NULL"
			if v := oracle.AsOf(w.chains[s.item], minutes(s.at).UnixMicro()); v != nil {
				l.from, l.a, l.b, l.inferred = bound(v.From), text(v.Tracked), text(v.Overwritten), false
			}
		}
		lines[id] = l
	}
	return lines
}

const factSQL = `SELECT f.source_id, d.source_id, d.valid_from, d.is_inferred, d.item_key > 0, f.sold_on_key, f.sold_amount
FROM gold.fact_sales f LEFT JOIN gold.dim_items d ON d.item_key = f.item_key ORDER BY f.source_id`

func (w truth) facts() []string {
	var out []string
	lines := w.lines()
	for _, id := range slices.Sorted(maps.Keys(lines)) {
		l := lines[id]
		member := "NULL"
		if l.real {
			member = l.sale.item
		}
		out = append(out, fmt.Sprintf("%s | %s | %s | %t | %t | %s | %s", id, member, l.from, l.inferred, l.real, l.day(), l.amount()))
	}
	return out
}

func (l line) day() string {
	if l.sale.at < 0 {
		return "-1"
	}
	return minutes(l.sale.at).Format("20060102")
}

func (l line) amount() string {
	if l.sale.amount < 0 {
		return "NULL"
	}
	return cents(l.sale.amount)
}

const (
	byTrackedSQL = `SELECT a, sold_amount, sale_count, paid_count FROM gold.agg_tracked ORDER BY COALESCE(a, 'NULL')`
	byDaySQL     = `SELECT b, sold_on, least_amount, most_amount, item_count FROM gold.agg_daily ORDER BY COALESCE(b, 'NULL'), sold_on`
)

func (w truth) byTracked() []string {
	return w.grouped(func(l line) string { return l.a }, func(group []line) string {
		sum, paid := 0, 0
		for _, l := range group {
			if l.sale.amount >= 0 {
				sum, paid = sum+l.sale.amount, paid+1
			}
		}
		total := "NULL"
		if paid > 0 {
			total = cents(sum)
		}
		return fmt.Sprintf("%s | %d | %d", total, len(group), paid)
	})
}

func (w truth) byDay() []string {
	group := func(l line) string {
		if l.sale.at < 0 {
			return l.b + " | NULL"
		}
		return l.b + " | " + minutes(l.sale.at).Format(time.DateOnly)
	}
	return w.grouped(group, func(group []line) string {
		var paid []int
		items := map[string]bool{}
		for _, l := range group {
			if l.sale.amount >= 0 {
				paid = append(paid, l.sale.amount)
			}
			if l.sale.item != "" {
				items[l.sale.item] = true
			}
		}
		least, most := "NULL", "NULL"
		if len(paid) > 0 {
			least, most = cents(slices.Min(paid)), cents(slices.Max(paid))
		}
		return fmt.Sprintf("%s | %s | %d", least, most, len(items))
	})
}

func (w truth) grouped(by func(line) string, sum func([]line) string) []string {
	groups := map[string][]line{}
	for _, l := range w.lines() {
		groups[by(l)] = append(groups[by(l)], l)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		out = append(out, name+" | "+sum(groups[name]))
	}
	return out
}

// inferredSQL lists the inferred members, with how many rows and durable keys each has.
const inferredSQL = `SELECT source_id, count(*), min(valid_from), max(valid_to), min(a) FROM gold.dim_items WHERE is_inferred GROUP BY source_id ORDER BY source_id`

// checkInferred wants a member for each item that a fact needs and no event has spoken
// of. One that no fact needs any more may stay, if a sale ever named it.
func (w truth) checkInferred(rows []string) error {
	found := map[string]bool{}
	for _, r := range rows {
		id, rest, _ := strings.Cut(r, " | ")
		found[id] = true
		if rest != "1 | 1900-01-01T00:00:00Z | 9999-12-31T00:00:00Z | NULL" || len(w.chains[id]) > 0 || !w.mentioned[id] {
			return fmt.Errorf("an inferred member that must not be: %s", r)
		}
	}
	for _, l := range w.lines() {
		if l.inferred && !found[l.sale.item] {
			return fmt.Errorf("there is no inferred member %s", l.sale.item)
		}
	}
	return nil
}
