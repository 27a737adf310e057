package schema

import "github.com/lodehq/lode/record"

// The columns of a fact that corrects by reversal.
const (
	Correction = "correction"  // 0 for the first state of a key, then counting up
	IsReversal = "is_reversal" // takes back the row before it: measures that may be summed are negated
	RecordedAt = "recorded_at" // when the state, or its end, was observed
)

// Reverses tells whether a change of a row is written as a reversal and a new row.
func (f *FactModel) Reverses() bool { return f.Corrections == "reversal" }

func reversalFields() []Field {
	return []Field{field(IsReversal, record.Bool, true), field(RecordedAt, record.Timestamp, true)}
}

func (r *resolver) corrections(m *FactModel, rep report) {
	rep.oneOf("corrections", m.Corrections, "in_place", "reversal")
	switch {
	case !m.Reverses():
	case m.Snapshot != nil:
		rep.addf("corrections", "a periodic snapshot replaces the rows of its periods; remove reversal")
	case len(m.Fact.Joins) > 0:
		rep.addf("corrections", "reversal keeps every state that the rows of %s had, and joined rows are read as they are now; remove the joins, or reversal", m.Entity.Name)
	}
}

// counts says why an aggregate of a fact that corrects by reversal cannot have a measure:
// what was taken back is still there.
func (m *AggregateModel) counts(x AggMeasure) string {
	if !m.Fact.Reverses() || x.Sum != "" || x.Count != "" || x.Avg != "" {
		return ""
	}
	return m.Fact.Name + " keeps the rows that it took back (corrections: reversal), and this measure would see their values; use sum, count or avg, which net them out"
}
