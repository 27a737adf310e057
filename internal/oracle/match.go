package oracle

import (
	"cmp"
	"slices"
)

// Saying is what a source says of a record at a business time. A field that is not among
// Sent keeps its value; "" is NULL.
type Saying struct {
	Source, ID string
	At         int64
	Delete     bool
	Sent       map[string]string
}

// Record names the record.
func (s Saying) Record() string { return s.Source + "/" + s.ID }

// Matching says which records are one thing, and which of their values it shows.
type Matching struct {
	Rules      [][]string          // fields in which records of one thing agree
	Prefer     map[string][]string // by field: the sources, the first before the others
	MostRecent []string            // fields of the record that changed last
	First      []string            // fields that show the value known first
}

// Thing is what records are of. Moments are all instants at which one of them changed.
type Thing struct {
	Key     string // of its oldest record
	Records []string
	Moments []Moment
}

// Moment is a thing from an instant on. Fields that are NULL are missing.
type Moment struct {
	At     int64
	Exists bool
	Fields map[string]string
}

// Things finds the things, the oldest first. No record says two things at one instant.
func (m Matching) Things(said []Saying) []Thing {
	records := recordsOf(said)
	m.join(records)
	var out []Thing
	for _, r := range records { // the oldest first
		i := slices.IndexFunc(out, func(t Thing) bool { return t.Key == r.thing.key })
		if i < 0 {
			i = len(out)
			out = append(out, Thing{Key: r.thing.key, Moments: m.moments(records, r.thing)})
		}
		out[i].Records = append(out[i].Records, r.key)
	}
	return out
}

// record is what is known of a record over time.
type record struct {
	key, source string
	born        int64 // its first upsert
	states      []recordState
	thing       *record // the oldest record of its thing
	joined      bool
}

type recordState struct {
	at     int64
	exists bool
	fields map[string]string
	first  map[string]firstValue // of its life
}

type firstValue struct {
	at    int64
	value string
}

// recordsOf replays what was said, the oldest record first. One of which nothing but
// deletes are known is none.
func recordsOf(said []Saying) []*record {
	said = slices.Clone(said)
	slices.SortFunc(said, func(a, b Saying) int { return cmp.Compare(a.At, b.At) })
	byKey := map[string]*record{}
	var out []*record
	for _, s := range said {
		r := byKey[s.Record()]
		if r == nil {
			r = &record{key: s.Record(), source: s.Source}
			byKey[r.key] = r
		}
		born := slices.ContainsFunc(r.states, func(s recordState) bool { return s.exists })
		r.states = append(r.states, r.newest().after(s))
		if !born && !s.Delete {
			r.born = s.At
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *record) int { return cmp.Or(cmp.Compare(a.born, b.born), cmp.Compare(a.key, b.key)) })
	return out
}

func (r *record) newest() recordState {
	if len(r.states) == 0 {
		return recordState{}
	}
	return r.states[len(r.states)-1]
}

// values is what the record said when it existed last.
func (r *record) values() map[string]string {
	for _, s := range slices.Backward(r.states) {
		if s.exists {
			return s.fields
		}
	}
	return nil
}

// at is the state at an instant; the zero state before the first.
func (r *record) at(at int64) recordState {
	now := recordState{}
	for _, s := range r.states {
		if s.at <= at {
			now = s
		}
	}
	return now
}

func (s recordState) after(e Saying) recordState {
	next := recordState{at: e.At, exists: !e.Delete, fields: map[string]string{}, first: map[string]firstValue{}}
	if e.Delete {
		return next
	}
	for _, fields := range []map[string]string{s.fields, e.Sent} {
		for f, v := range fields {
			next.fields[f] = v
		}
	}
	for f, v := range next.fields {
		if first, known := s.first[f]; known {
			next.first[f] = first
		} else if v != "" {
			next.first[f] = firstValue{e.At, v}
		}
	}
	return next
}

// agree tells whether two records say the same by a rule.
func agree(a, b *record, rule []string) bool {
	for _, f := range rule {
		if x := a.values()[f]; x == "" || x != b.values()[f] {
			return false
		}
	}
	return true
}

// join finds what each record is: those that exist by a flood through what agrees, then
// the deleted ones by rule and age, then what is left of these by a flood of their own.
func (m Matching) join(records []*record) {
	m.flood(records, func(r *record) bool { return r.newest().exists })
	stays := map[*record]*record{}
	for _, r := range records {
		if !r.newest().exists {
			stays[r] = m.stays(r, records)
		}
	}
	for r, with := range stays {
		if with != nil {
			r.thing, r.joined = with, true
		}
	}
	m.flood(records, func(r *record) bool { return !r.joined })
	oldest := map[*record]*record{}
	for _, r := range records {
		if oldest[r.thing] == nil {
			oldest[r.thing] = r
		}
	}
	for _, r := range records {
		r.thing = oldest[r.thing]
	}
}

func (m Matching) flood(records []*record, among func(*record) bool) {
	for _, r := range records {
		if r.joined || !among(r) {
			continue
		}
		for todo := []*record{r}; len(todo) > 0; todo = todo[1:] {
			x := todo[0]
			if x.joined {
				continue
			}
			for _, y := range records {
				if !y.joined && among(y) && slices.ContainsFunc(m.Rules, func(rule []string) bool { return agree(x, y, rule) }) {
					todo = append(todo, y)
				}
			}
			x.thing, x.joined = r, true
		}
	}
}

// stays is the thing that a deleted record stays with, nil if it agrees with none that exists.
func (m Matching) stays(r *record, records []*record) *record {
	for _, rule := range m.Rules {
		for _, y := range records { // those of the oldest thing come first
			if y.newest().exists && agree(r, y, rule) {
				best := y.thing
				for _, z := range records {
					if z.newest().exists && agree(r, z, rule) && slices.Index(records, z.thing) < slices.Index(records, best) {
						best = z.thing
					}
				}
				return best
			}
		}
	}
	return nil
}

func (m Matching) moments(records []*record, thing *record) []Moment {
	var own []*record
	var instants []int64
	for _, r := range records {
		if r.thing != thing {
			continue
		}
		own = append(own, r)
		for _, s := range r.states {
			instants = append(instants, s.at)
		}
	}
	slices.Sort(instants)
	var out []Moment
	for _, at := range slices.Compact(instants) {
		out = append(out, m.moment(own, at))
	}
	return out
}

// moment chooses, of the records that exist at an instant, the values that survive. They
// come the oldest first, and what is equal is decided by that.
func (m Matching) moment(own []*record, at int64) Moment {
	out := Moment{At: at, Fields: map[string]string{}}
	var alive []*record
	for _, r := range own {
		if r.at(at).exists {
			alive, out.Exists = append(alive, r), true
		}
	}
	choose := func(field string, value func(*record) string, better func(a, b *record) bool) {
		var best *record
		for _, r := range alive {
			if value(r) != "" && (best == nil || better(r, best)) {
				best = r
			}
		}
		if best != nil {
			out.Fields[field] = value(best)
		}
	}
	later := func(a, b *record) bool { return a.at(at).at > b.at(at).at }
	for _, f := range m.MostRecent {
		choose(f, func(r *record) string { return r.at(at).fields[f] }, later)
	}
	for _, f := range m.First {
		choose(f, func(r *record) string { return r.at(at).first[f].value }, func(a, b *record) bool { return a.at(at).first[f].at < b.at(at).first[f].at })
	}
	for f, sources := range m.Prefer {
		place := func(r *record) int { return (slices.Index(sources, r.source) + len(sources) + 1) % (len(sources) + 1) }
		choose(f, func(r *record) string { return r.at(at).fields[f] }, func(a, b *record) bool {
			return place(a) < place(b) || place(a) == place(b) && later(a, b)
		})
	}
	return out
}
