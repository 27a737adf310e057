package cases

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/trace"
)

// kinds declares one fact of each kind over visits of members, all with the same role, and
// the visits' own members behind a join.
func kinds(p *lode.Project) {
	member := []schema.Role{{Name: "member", Dimension: "dim_members", Key: []string{"member_id"}}}
	joined := []schema.Role{{Name: "member", Dimension: "dim_members", Key: []string{"card.holder_id"}}}
	p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_members", From: "members", Columns: []schema.DimColumn{{Name: "level", SCD: "2"}}})
	p.Facts = []schema.Fact{
		{Name: "fact_visits", Grain: "one row per visit", From: "visits", EventAt: "visited_at", Dimensions: member, Degenerate: []string{"gate_code"}},
		{Name: "fact_reversals", Grain: "one row per visit and correction", From: "visits", EventAt: "visited_at", Dimensions: member, Corrections: "reversal"},
		{Name: "fact_days", Grain: "one row per visit and month", From: "visits", Snapshot: &schema.Snapshot{Every: "month"}, Dimensions: member},
		{
			Name: "fact_cards", Grain: "one row per visit", From: "visits", EventAt: "visited_at", Dimensions: joined,
			Joins: []schema.Join{{Name: "card", Entity: "cards", Key: []string{"card_id"}}},
		},
		{
			Name: "fact_stays", Grain: "one row per visit", From: "visits", EventAt: "visited_at", Dimensions: member,
			Milestones: &schema.Milestones{Calendar: "dim_dates", Dates: []schema.Milestone{{Name: "came", At: "visited_at"}, {Name: "went", At: "left_at"}}},
		},
	}
	p.Aggregates = []schema.Aggregate{{
		Name: "agg_gates", Grain: "one row per gate and level", From: "fact_visits",
		Group:    []schema.GroupBy{{Name: "gate_code", By: "gate_code"}, {Name: "level", By: "member.level"}},
		Measures: []schema.AggMeasure{{Name: "visit_count", Count: "rows"}, {Name: "member_count", CountDistinct: "member_key"}},
	}}
}

var kindEntities = []string{
	"members@: id | level text",
	"cards: id | holder_id text",
	"visits@: id | member_id text, card_id text, gate_code text, visited_at timestamp, left_at timestamp",
}

func visit(id, member, at string) string {
	return fmt.Sprintf("'id':'%s','member_id':'%s','card_id':'k%s','gate_code':'G','at':'%s','visited_at':'%s'", id, member, member, at, at)
}

// TestHistory27EarlyFactOfEachKind: a fact whose member is not known yet points to the one
// inferred member, whatever kind it is; the member is completed in place.
func TestHistory27EarlyFactOfEachKind(t *testing.T) {
	eachShop(t, kindEntities, kinds, func(s *shop) {
		s.send("cards", "'id':'k7','holder_id':'7'")
		s.send("visits", visit("v", "7", "2025-05-10T00:00:00Z"))
		s.run()
		const members = "SELECT member_key, source_id, is_inferred FROM gold.dim_members WHERE member_key > 0"
		s.equal(members, "1 | 7 | true")
		for _, f := range []string{"fact_visits", "fact_reversals", "fact_days", "fact_cards", "fact_stays"} {
			s.equal("SELECT source_id, member_key FROM gold."+f, "v | 1")
		}
		s.equal("SELECT came_key, went_key FROM gold.fact_stays", "20250510 | -5")
		s.send("members", "'id':'7','level':'gold','at':'2025-06-01T00:00:00Z'")
		s.run()
		s.equal(members, "1 | 7 | false")
		s.equal("SELECT gate_code, level, visit_count, member_count FROM gold.agg_gates", "G | gold | 1 | 1")
		s.rebuildEquals("gold.fact_visits", "gold.fact_reversals", "gold.fact_days", "gold.fact_cards", "gold.fact_stays", "gold.agg_gates", "gold.dim_members")
	})
}

// TestHistory26LateFactOfEachKind: a fact that comes late points to the version that was in
// force at its time, and when a version moves, so do the facts of its time (30).
func TestHistory26LateFactOfEachKind(t *testing.T) {
	eachShop(t, kindEntities, kinds, func(s *shop) {
		s.send("members", "'id':'7','level':'A','at':'2025-01-01T00:00:00Z'", "'id':'7','level':'B','at':'2025-05-01T00:00:00Z'")
		s.send("cards", "'id':'k7','holder_id':'7'")
		s.run()
		s.send("visits", visit("v", "7", "2025-04-10T00:00:00Z"))
		s.run()
		levels := func(want ...string) {
			t.Helper()
			for _, f := range []string{"fact_visits", "fact_reversals", "fact_cards", "fact_stays"} {
				s.equal("SELECT d.level FROM gold."+f+" f JOIN gold.dim_members d ON d.member_key = f.member_key", want[0])
			}
			s.equal("SELECT period_end, d.level FROM gold.fact_days f JOIN gold.dim_members d ON d.member_key = f.member_key ORDER BY 1",
				"2025-04-30 | "+want[1], "2025-05-31 | "+want[2])
		}
		levels("A", "A", "B")
		s.send("members", "'id':'7','level':'C','at':'2025-04-05T00:00:00Z'")
		s.run()
		levels("C", "C", "B")
		// The card was another member's: the fact that joins it follows, the others stay.
		s.send("members", "'id':'8','level':'X','at':'2025-01-01T00:00:00Z'")
		s.send("cards", "'id':'k7','holder_id':'8'")
		s.run()
		s.equal("SELECT d.level FROM gold.fact_cards f JOIN gold.dim_members d ON d.member_key = f.member_key", "X")
		s.equal("SELECT d.level FROM gold.fact_visits f JOIN gold.dim_members d ON d.member_key = f.member_key", "C")
		s.rebuildEquals("gold.fact_visits", "gold.fact_reversals", "gold.fact_days", "gold.fact_cards", "gold.fact_stays")
	})
}

// TestHistory32NothingNewForEachKind: a run that brings nothing, or only what is known,
// writes no row.
func TestHistory32NothingNewForEachKind(t *testing.T) {
	eachShop(t, kindEntities, kinds, func(s *shop) {
		records := []string{visit("v", "7", "2025-04-10T00:00:00Z"), visit("w", "7", "2025-04-11T00:00:00Z")}
		s.send("members", "'id':'7','level':'A','at':'2025-01-01T00:00:00Z'")
		s.send("visits", records...)
		s.run()
		s.send("visits", records...)
		report := s.world.run(lode.Options{})
		for _, step := range report.Steps {
			counts := slices.DeleteFunc(slices.Clone(step.Outcome.Counts), func(c run.Count) bool { return c.Name == "read" || c.Name == "unchanged" })
			if len(counts) > 0 {
				t.Errorf("%s wrote %v", step.Name, counts)
			}
		}
	})
}

// TestFactsOfADefinitionThatChanged: another definition computes every row anew.
func TestFactsOfADefinitionThatChanged(t *testing.T) {
	eachShop(t, kindEntities, kinds, func(s *shop) {
		s.send("members", "'id':'7','level':'A','at':'2025-01-01T00:00:00Z'")
		s.send("cards", "'id':'k7','holder_id':'7'")
		s.send("visits", visit("v", "7", "2025-03-10T00:00:00Z"))
		s.run()
		s.project.Facts[2].Snapshot.Every = "quarter"
		s.project.Facts[3].Degenerate = []string{"card.holder_id"}
		s.reopen()
		s.run()
		s.equal("SELECT period_start, period_end FROM gold.fact_days", "2025-01-01 | 2025-03-31")
		s.equal("SELECT holder_id FROM gold.fact_cards", "7")
		s.rebuildEquals("gold.fact_days", "gold.fact_cards")
	})
}

// TestTraceOfEachKind: a row of each kind of fact is traced to the event that it is of.
func TestTraceOfEachKind(t *testing.T) {
	eachShop(t, kindEntities, kinds, func(s *shop) {
		s.send("members", "'id':'7','level':'A','at':'2025-01-01T00:00:00Z'")
		s.send("cards", "'id':'k7','holder_id':'7'")
		s.send("visits", visit("v", "7", "2025-03-10T00:00:00Z"))
		s.run()
		for table, key := range map[string]string{"fact_visits": "v", "fact_reversals": "v/0", "fact_days": "v/2025-04-30", "fact_cards": "v", "fact_stays": "v"} {
			found, err := s.Trace(t.Context(), "gold."+table, key, "")
			if err != nil {
				t.Errorf("%s %s: %v", table, key, err)
				continue
			}
			if !slices.ContainsFunc(found.Events, func(e trace.Event) bool { return strings.Contains(string(e.Payload), `"member_id":"7"`) }) {
				t.Errorf("%s %s comes from %+v", table, key, found.Events)
			}
		}
	})
}
