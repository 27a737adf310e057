package cases

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/lodetest"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/trace"
)

// tracedKinds is a dimension with a column of each kind, named after it, a snapshot of the
// items by month, and a bridge of groups.
func tracedKinds(p *lode.Project) {
	holders("share")(p)
	kinds := []schema.DimColumn{
		{Name: "zero", SCD: "0"}, {Name: "seen", SCD: "0", Keep: "first_seen"}, {Name: "one", SCD: "1"}, {Name: "now", SCD: "1", Scope: "current"}, {Name: "two", SCD: "2"},
		{Name: "three", SCD: "3"}, {Name: "four", SCD: "4", Mini: "dim_profiles"}, {Name: "five", SCD: "5", Mini: "dim_profiles"}, {Name: "six", SCD: "6"}, {Name: "seven", SCD: "7"},
	}
	for _, k := range kinds {
		p.Entities[0].Columns = append(p.Entities[0].Columns, schema.Column{Name: k.Name, Type: "text"})
	}
	p.Dimensions[0].Columns, p.Aggregates = kinds, nil
	p.Facts = append(p.Facts, schema.Fact{
		Name: "fact_stock", Grain: "one row per item and month", From: "items", Snapshot: &schema.Snapshot{Every: "month"},
		Dimensions: []schema.Role{{Name: "item", Dimension: "dim_items", Key: []string{"source_id"}}, {Name: "profile", Dimension: "dim_profiles", Of: "item"}},
		Degenerate: []string{"one", "two"},
	})
}

// tracedRecord draws a record: each field is new, as it was in another record, null or not sent.
func tracedRecord(r *rand.Rand, n int) string {
	fields := []string{`"id":"` + pick(r, "1", "2") + `"`, `"at":` + tracedAt(r), `"lsn":` + pick(r, "1", "2", "null")}
	for _, name := range []string{"zero", "seen", "one", "now", "two", "three", "four", "five", "six", "seven"} {
		switch r.IntN(8) {
		case 0:
		case 1:
			fields = append(fields, fmt.Sprintf("%q:null", name))
		case 2, 3, 4:
			fields = append(fields, fmt.Sprintf("%q:%q", name, name+strconv.Itoa(n)))
		default:
			fields = append(fields, fmt.Sprintf("%q:%q", name, name+pick(r, "", " 1")))
		}
	}
	return "{" + strings.Join(fields, ",") + "}"
}

func tracedAt(r *rand.Rand) string {
	return fmt.Sprintf(`"%sT%s:00:00Z"`, on(r.IntN(12)*20), pick(r, "00", "08", "20"))
}

// TestTraceNamesTheEventThatSaysSo: of every column of every row, in whatever way it keeps
// history, the record of the event that is named holds the value; or it is said why there is none.
func TestTraceNamesTheEventThatSaysSo(t *testing.T) {
	seed := uint64(1)
	if n, err := strconv.ParseUint(os.Getenv("LODE_STORM"), 10, 64); err == nil {
		seed += 1000 * n
	}
	for name, change := range map[string]func(*schema.Dimension){
		"instants": func(*schema.Dimension) {},
		"days":     func(d *schema.Dimension) { d.Validity = "day" },
		"lives":    func(d *schema.Dimension) { d.ReusedKey, d.Columns[7].SCD = "new", "4" },
		"batches":  func(d *schema.Dimension) { d.CollapseIntrabatch = true },
		"from_now": func(d *schema.Dimension) { d.Redefined = "from_now" },
		"opened":   func(d *schema.Dimension) { d.Redefined, d.Validity = "new_version", "day" },
	} {
		t.Run(name, func(t *testing.T) {
			late := func(p *lode.Project) {
				tracedKinds(p)
				change(&p.Dimensions[0])
				if p.Dimensions[0].Redefined != "" {
					p.Dimensions[0].Columns[9].SCD, p.Dimensions[0].Columns[8].SCD = "1", "1"
				}
			}
			each(t, late, func(w *world) {
				r := rand.New(rand.NewPCG(seed, 1))
				w.stream("holders").Send(holder("h1", "x", "1", "0.500", 10), holder("h2", "x", "2", "0.500", 10), holder("h3", "x", "3", "0.500", 30))
				w.sales.Send(sale("s1", "9", 15, "1.00"))
				for i := range 4 {
					for j := range 4 {
						w.items.Send(tracedRecord(r, i*10+j))
					}
					if r.IntN(2) == 0 {
						w.items.Delete(`{"id":"` + pick(r, "1", "2") + `","at":` + tracedAt(r) + `}`)
					}
					if i == 2 && w.project.Dimensions[0].Redefined != "" {
						w.project.Dimensions[0].Columns[9].SCD, w.project.Dimensions[0].Columns[8].SCD = "7", "6"
						w.reopen()
					}
					w.run(lode.Options{})
					if i > 1 {
						w.tracesHold(seed)
					}
				}
			})
		})
	}
}

// tracesHold traces every row of every history, of silver, and of the facts.
func (w *world) tracesHold(seed uint64) {
	w.t.Helper()
	for table, key := range map[string]string{
		"gold.dim_items": "item_key", "gold.dim_profile_history": "profile_history_key", "gold.dim_account_holder_groups": "account_holder_group_key",
		"silver.items": "source_id", "gold.fact_stock": "source_id || '/' || period_end", "gold.fact_sales": "source_id",
	} {
		for _, row := range lodetest.Rows(w.t, w, fmt.Sprintf("SELECT %s FROM %s", key, table)) {
			if strings.HasPrefix(row, "-") {
				continue
			}
			found := w.traced(table, row)
			for _, c := range found.Columns {
				if wrong := wrongIn(found, c); wrong != "" {
					w.t.Fatalf("seed %d: %s %s.%s: %s\nby %q, event %d\n%s", seed, table, row, c.Name, wrong, c.Made, c.Event, told(found))
				}
			}
		}
	}
}

// wrongIn tells what is wrong of a traced column, "" if nothing is. The columns that a
// record holds are those with its fields' names, or these with prior_ or current_ before them.
func wrongIn(found trace.Trace, c trace.Column) string {
	field := strings.TrimPrefix(strings.TrimPrefix(c.Name, "prior_"), "current_")
	mapped := slices.Contains([]string{"zero", "seen", "one", "now", "two", "three", "four", "five", "six", "seven"}, field)
	why := func(text string) bool { return strings.Contains(c.Made, text) }
	switch {
	case c.Made == "" || strings.HasSuffix(c.Made, ": "):
		return "it is not said where the value is from"
	case !mapped:
		return ""
	case c.Event == 0 && c.Value == nil && (why("no event sent it") || why("none yet") || why("was tracked, from") || why("inferred by a fact")):
		return ""
	case c.Event == 0:
		return "no event is named"
	}
	var record map[string]any
	if err := json.Unmarshal(found.Events[c.Event-1].Payload, &record); err != nil {
		return err.Error()
	}
	said, ok := record[field]
	switch {
	case !ok:
		return "the event named does not speak of it"
	case c.Value == nil && said != nil, c.Value != nil && said != *c.Value:
		return fmt.Sprintf("the event named says %v", said)
	}
	return ""
}

// told is the events of a trace, for people.
func told(found trace.Trace) string {
	var out []string
	for _, e := range found.Events {
		out = append(out, fmt.Sprintf("%d %s %s %s %s", e.Number, e.Op, e.ValidAt, e.Payload, e.Part))
	}
	for _, c := range found.Columns {
		if c.Value != nil {
			out = append(out, c.Name+" "+*c.Value)
		}
	}
	return strings.Join(out, "\n")
}
