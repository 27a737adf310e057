package medallion

import "github.com/lodehq/lode/ledger"

// notes is what was found while mapping: rows for the quarantine, and custom fields.
type notes struct {
	quarantined []ledger.Quarantined
	records     int
	partial     bool // some event did not send every column
	refused     bool // some value could not be read
	fields      map[fieldID]*ledger.Field
}

type fieldID struct{ stream, name, kind string }

// quarantineBound is where a transaction ends early, so that memory stays flat however
// much of the input is bad.
const quarantineBound = 10_000

// merge adds what another batch found.
func (n *notes) merge(m *notes) {
	n.quarantined = append(n.quarantined, m.quarantined...)
	n.records += m.records
	n.partial, n.refused = n.partial || m.partial, n.refused || m.refused
	if n.fields == nil {
		n.fields = map[fieldID]*ledger.Field{}
	}
	for id, f := range m.fields {
		known := n.fields[id]
		if known == nil {
			n.fields[id] = f
			continue
		}
		known.Count += f.Count
		known.FirstSeen, known.LastSeen = min(known.FirstSeen, f.FirstSeen), max(known.LastSeen, f.LastSeen)
	}
}

func (n *notes) large() bool { return len(n.quarantined) >= quarantineBound }

func (n *notes) quarantine(q ledger.Quarantined) {
	if q.Kind == kindRecord {
		n.records++
	}
	n.quarantined = append(n.quarantined, q)
}

// The kinds of rows in the quarantine.
const (
	kindRecord  = "record"
	kindValue   = "value"
	kindWarning = "warning"
)

// sampleLength bounds the sample of a custom field and the value of a quarantined one.
const sampleLength = 200

func (n *notes) field(entity, stream, name, kind, sample string, at int64) {
	if n.fields == nil {
		n.fields = map[fieldID]*ledger.Field{}
	}
	id := fieldID{stream, name, kind}
	f := n.fields[id]
	if f == nil {
		f = &ledger.Field{Entity: entity, Stream: stream, Name: name, Type: kind, FirstSeen: at, LastSeen: at, Sample: shorten(sample)}
		n.fields[id] = f
	}
	f.Count++
	f.FirstSeen, f.LastSeen = min(f.FirstSeen, at), max(f.LastSeen, at)
}

func (n *notes) customFields() []ledger.Field {
	out := make([]ledger.Field, 0, len(n.fields))
	for _, f := range n.fields {
		out = append(out, *f)
	}
	return out
}

// shorten cuts a text to what fits a report, at a whole character.
func shorten(s string) string {
	if len(s) <= sampleLength {
		return s
	}
	cut := sampleLength
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
