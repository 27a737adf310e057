package cases

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/oracle"
	"github.com/lodehq/lode/lodetest"
)

// partyRules is the matching of the project of parties, for the oracle.
var partyRules = oracle.Matching{
	Rules: [][]string{{"email"}, {"tax"}}, Prefer: map[string][]string{"name": {"crm", "billing"}},
	MostRecent: []string{"email"}, First: []string{"phone"},
}

// drawnSayings draws what two sources say of a few customers, each time of another instant.
func drawnSayings(r *rand.Rand) []oracle.Saying {
	values := map[string][]string{"name": {"A", "B", "C"}, "email": {"x@x.com", "y@x.com", "z@x.com", ""}, "tax": {"T1", "T2", "", ""}, "phone": {"1", "2", ""}}
	var out []oracle.Saying
	for _, source := range []string{"crm", "billing"} {
		for id := range 4 {
			for _, at := range r.Perm(40)[:1+r.IntN(5)] {
				s := oracle.Saying{Source: source, ID: fmt.Sprint(id), At: int64(at), Delete: r.IntN(6) == 0, Sent: map[string]string{}}
				for _, field := range slices.Sorted(maps.Keys(values)) {
					if r.IntN(4) > 0 && !s.Delete {
						s.Sent[field] = values[field][r.IntN(len(values[field]))]
					}
				}
				out = append(out, s)
			}
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// partyOrder is an order that names a customer's record, which need not be known.
type partyOrder struct {
	id, record string
	at         int64
}

func drawnPartyOrders(r *rand.Rand) []partyOrder {
	var out []partyOrder
	for i := range 12 {
		out = append(out, partyOrder{fmt.Sprint("o", i), pick(r, "crm", "billing") + "/" + fmt.Sprint(r.IntN(5)), int64(r.IntN(45))})
	}
	return out
}

// name is the name that the order's party had when it was placed, or last before; the first
// version reaches back.
func (o partyOrder) name(things []oracle.Thing) string {
	name, found := "NULL", false
	for _, t := range things {
		if !slices.Contains(t.Records, o.record) {
			continue
		}
		for _, m := range t.Moments {
			if m.Exists && (!found || m.At <= o.at) {
				name, found = shownField(m, "name"), true
			}
		}
	}
	return name
}

func shownField(m oracle.Moment, field string) string {
	if v := m.Fields[field]; v != "" {
		return v
	}
	return "NULL"
}

// partyWorld is a world of parties that says what is drawn.
type partyWorld struct {
	*lodetest.World
	t *testing.T
}

func (w *partyWorld) say(said []oracle.Saying, orders []partyOrder) {
	w.t.Helper()
	for _, s := range said {
		header, row := []string{"id", "at"}, []string{s.ID, fmt.Sprint(s.At)}
		for f, v := range s.Sent {
			if v == "" {
				v = "NULL"
			}
			header, row = append(header, f), append(row, v)
		}
		if s.Delete {
			header, row = append(header, "op"), append(row, "delete")
		}
		must(w.t, w.Play(w.t.Context(), fmt.Sprintf("-- events %s.customers\n%s\n%s\n", s.Source, strings.Join(header, " | "), strings.Join(row, " | "))))
	}
	for _, o := range orders {
		system, id, _ := strings.Cut(o.record, "/")
		must(w.t, w.Play(w.t.Context(), fmt.Sprintf("-- events shop.orders\nid | said_at | system | customer | at | amount\n%s | 1 | %s | %s | %d | 1\n", o.id, system, id, o.at)))
	}
}

func (w *partyWorld) run(o lode.Options) {
	w.t.Helper()
	report, err := w.Run(w.t.Context(), o, nil)
	must(w.t, err)
	must(w.t, report.Err())
}

// equalsARebuild wants every table to be what a rebuild from bronze gives.
func (w *partyWorld) equalsARebuild() {
	w.t.Helper()
	results, err := w.DiffRebuild(w.t.Context(), lode.Options{}, 10)
	must(w.t, err)
	for _, r := range results {
		if found := differencesOf(r); len(found) > 0 {
			w.t.Errorf("%s is not what a rebuild gives:\n\t%s", r.Table, strings.Join(found, "\n\t"))
		}
	}
}

// wants compares the tables with what the oracle makes of all that was said.
func (w *partyWorld) wants(said []oracle.Saying, orders []partyOrder) {
	w.t.Helper()
	things := partyRules.Things(said)
	var members, log, facts []string
	for _, t := range things {
		for _, r := range t.Records {
			members = append(members, r+" | "+t.Key)
		}
		for _, m := range t.Moments {
			op := "delete"
			if m.Exists {
				op = "upsert"
			}
			log = append(log, strings.Join([]string{t.Key, strings.Trim(lodetest.At(int(m.At)), `"`), op, shownField(m, "name"), shownField(m, "email"), shownField(m, "phone")}, " | "))
		}
	}
	for _, o := range orders {
		facts = append(facts, o.id+" | "+o.name(things))
	}
	w.holds("which thing each record is", members, "SELECT source_system || '/' || source_id, master_source_system || '/' || master_source_id FROM silver.parties_members WHERE master_source_id IS NOT NULL")
	w.holds("the history of the things", log, "SELECT source_system || '/' || source_id, valid_at, op, name, email, phone FROM silver.parties_log WHERE op <> 'void'")
	w.holds("the names that the orders point to", facts, "SELECT f.source_id, d.name FROM gold.fact_orders f JOIN gold.dim_parties d ON d.party_key = f.party_key")
	w.holds("no member is inferred for what is known", nil, "SELECT d.source_id FROM gold.dim_parties d JOIN silver.parties_members m ON m.source_system = d.source_system AND m.source_id = d.source_id WHERE d.is_inferred")
}

func (w *partyWorld) holds(what string, want []string, sql string) {
	w.t.Helper()
	got := lodetest.Rows(w.t, w, sql)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s\n got\n\t%s\nwant\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// partial is what a run covers: mostly everything, sometimes a part, so that the steps
// after it stay behind, and sometimes everything anew.
func partial(r *rand.Rand) lode.Options {
	switch r.IntN(8) {
	case 0:
		return lode.Options{Select: []string{"bronze.*", "silver.*"}}
	case 1:
		return lode.Options{Select: []string{"bronze.*", "silver.customers", "silver.orders", "gold.fact_orders"}}
	case 2:
		return lode.Options{Mode: lode.Mode{Rebuild: true}}
	}
	return lode.Options{}
}

// Whatever is said of customers, in whatever order and batches: which of them are one, the
// history of each and the parties of the orders are what a plain reading of all events gives.
func TestMatchIsAFunctionOfTheEvents(t *testing.T) {
	for seed := range uint64(histories(t, 6)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			worlds(t, parties, func(t *testing.T, world *lodetest.World) {
				w := &partyWorld{world, t}
				r := rand.New(rand.NewPCG(seed, 7))
				said, orders := drawnSayings(r), drawnPartyOrders(r)
				w.say(nil, orders[:4])
				for from := 0; from < len(said); {
					upto := min(len(said), from+1+r.IntN(8))
					w.say(said[from:upto], nil)
					from = upto
					w.run(partial(r))
					if r.IntN(2) == 0 {
						w.run(lode.Options{})
						w.wants(said[:from], orders[:4])
					}
				}
				w.say(nil, orders[4:])
				w.run(lode.Options{})
				w.wants(said, orders)
				w.equalsARebuild()
				w.run(lode.Options{Mode: lode.Mode{Rebuild: true}})
				w.wants(said, orders)
			})
		})
	}
}
