package trace

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
)

// version explains a version of a member.
type version struct {
	m     *schema.DimensionModel
	is    row
	story *story
	chain []counted
	began int // what began the version, in the chain; -1 if nothing is known to have
	// tracking is since when columns have begun versions, of those that have not always.
	tracking map[string]ledger.Tracked
}

// counted is an event that versions are made of, in the order of time.
type counted struct {
	event int       // in the story
	at    time.Time // from when on it counts
	life  int       // how many things its key was before, if they are told apart
}

// version reads what a row of a history was made of.
func (t Tracer) version(ctx context.Context, m *schema.DimensionModel, is row) (*version, error) {
	parts := make([]string, len(m.NaturalKey()))
	for i, k := range m.NaturalKey() {
		parts[i] = is.values[k].String()
	}
	var told []string
	if m.Bridge != nil {
		told = m.Entity.Key()
	}
	for _, a := range m.Attributes {
		if a.Carry == schema.Prior && !slices.Contains(told, a.Of) {
			told = append(told, a.Of)
		}
	}
	v := &version{m: m, is: is, tracking: map[string]ledger.Tracked{}}
	tracked, err := t.Ledger.Tracking(ctx, t.Reader, m.Name)
	if err != nil {
		return nil, err
	}
	for _, x := range tracked {
		v.tracking[x.Column] = x
	}
	if v.story, err = t.story(ctx, m.Entity, m.NaturalKey(), parts, told...); err != nil {
		return nil, err
	}
	v.count()
	return v, nil
}

// count finds the events that the dimension makes versions of, and what began this one:
// the last that counted then. Groups have events of several links.
func (v *version) count() {
	s, how := v.story, "superseded by another at the same time"
	if v.m.CollapseIntrabatch {
		s.supersede("superseded by another of the same load", func(i int) string { return s.events[i].Load.ID })
	}
	if v.m.Validity == "day" {
		how = "superseded by another of the same day"
	}
	s.supersede(how, func(i int) string { return v.link(i) + v.at(s.events[i]).String() })
	life := 0
	for i, e := range s.events {
		if !s.counts(i) {
			continue
		}
		v.chain = append(v.chain, counted{i, v.at(e), life})
		if e.Op == "delete" && v.m.ReusedKey == "new" {
			life++
		}
	}
	v.began = v.last(func(c counted) bool {
		return !c.at.After(v.beginning()) && (v.m.Bridge == nil || c.at.Equal(v.beginning()))
	})
}

// link tells the rows of a group's entity apart; all events of a member are of one row.
func (v *version) link(i int) string {
	if v.m.Bridge == nil {
		return ""
	}
	out := ""
	for _, k := range v.m.Entity.Key() {
		if text := v.story.told[i][k]; text != nil {
			out += fmt.Sprintf("%q ", *text)
		}
	}
	return out
}

// at is the time from which an event counts.
func (v *version) at(e Event) time.Time {
	if v.m.Validity == "day" {
		return e.ValidAt.UTC().Truncate(24 * time.Hour)
	}
	return e.ValidAt
}

// beginning is when the version begins, open to the past or not; zero of an inferred member.
func (v *version) beginning() time.Time {
	if at := v.is.values[schema.EventAtCol]; !at.IsNull() {
		return at.Time()
	}
	return time.Time{}
}

func (v *version) end() time.Time { return v.is.values[schema.ValidTo].Time() }

func (v *version) inferred() bool { return v.is.values[schema.IsInferred].Bool() }

// last is the place in the chain of the last upsert among those that pass, -1 if there is none.
func (v *version) last(pass func(counted) bool) int {
	for i := len(v.chain) - 1; i >= 0; i-- {
		if c := v.chain[i]; v.story.events[c.event].Op == "upsert" && pass(c) {
			return i
		}
	}
	return -1
}

// life is the upserts of what the key was when the version began, in the order of time.
func (v *version) life() []counted {
	return slices.DeleteFunc(slices.Clone(v.chain), func(c counted) bool {
		return c.life != v.chain[v.began].life || v.story.events[c.event].Op != "upsert"
	})
}

// explain fills in what gave the columns their values, and marks the events of the version.
func (v *version) explain(columns []Column) {
	for i := range columns {
		c := &columns[i]
		c.Made, c.Event = v.column(c.Name)
	}
	for i, c := range v.chain {
		switch {
		case i == v.began && c.at.Before(v.beginning()):
			v.story.mark(c.event, "what was known when the version began")
		case i == v.began || c.at.Equal(v.beginning()):
			v.story.mark(c.event, "began the version")
		case c.at.Equal(v.end()):
			v.story.mark(c.event, "ended the version")
		case !v.inferred() && c.at.After(v.beginning()) && c.at.Before(v.end()):
			v.story.mark(c.event, "within the version")
		}
	}
}

func (v *version) column(name string) (string, int) {
	m := v.m
	i := slices.IndexFunc(m.Attributes, func(a schema.Attribute) bool { return a.Name == name })
	switch {
	case slices.Contains(m.NaturalKey(), name) && v.inferred():
		return "named by a fact", 0
	case slices.Contains(m.NaturalKey(), name):
		return v.story.made(m.Entity, name, v.story.newest(nil))
	case i < 0:
		return v.technical(name)
	case m.Bridge != nil:
		return "of the group's links in force", 0
	case v.inferred():
		return unspoken, 0
	case v.began < 0:
		return "no event tells it any more", 0
	}
	how, at := v.carried(m.Attributes[i])
	if at < 0 {
		return how, 0
	}
	text, event := v.story.made(m.Entity, m.Attributes[i].Of, at)
	return how + ": " + text, event
}

// carried tells how an attribute keeps history, and the event whose value it shows; -1 if
// it shows none.
func (v *version) carried(a schema.Attribute) (string, int) {
	life := v.life()
	switch a.Carry {
	case schema.Overwritten:
		return "the newest value, in all versions", life[len(life)-1].event
	case schema.Refreshed:
		return "the newest value of the version", v.chain[v.last(func(c counted) bool { return c.at.Before(v.end()) })].event
	case schema.Earliest:
		return "kept from the earliest event", life[0].event
	case schema.FirstSeen:
		return "kept from the event observed first", slices.MinFunc(life, v.observed).event
	case schema.Prior:
		return v.prior(a.Of, life)
	}
	return v.own(a.Of)
}

// observed is the order in which events were observed.
func (v *version) observed(a, b counted) int {
	x, y := v.story.events[a.event], v.story.events[b.event]
	return cmp.Or(x.ObservedAt.Compare(y.ObservedAt), cmp.Compare(x.Stream, y.Stream), cmp.Compare(x.Seq, y.Seq))
}

// prior finds the event before the last one that changed a column.
func (v *version) prior(column string, life []counted) (string, int) {
	for i := len(life) - 1; i > 0; i-- {
		before, after := v.story.told[life[i-1].event][column], v.story.told[life[i].event][column]
		if (before == nil) != (after == nil) || before != nil && *before != *after {
			return fmt.Sprintf("the value before the last change, which event %d brought", v.story.events[life[i].event].Number), life[i-1].event
		}
	}
	return "the value before the last change: there was none yet", -1
}

// own finds the event whose value of a tracked column the version shows. One that began
// before the column was tracked shows what was known when that began, see star.Tracking.
func (v *version) own(column string) (string, int) {
	const how = "the version's own"
	since := v.tracking[column].Since
	if !v.beginning().Before(since) {
		return how, v.chain[v.began].event
	}
	at := record.TimeValue(since).String()
	if !v.end().After(since) {
		return fmt.Sprintf("the version ended before %s was tracked, from %s on (redefined: %s)", column, at, v.redefined(column)), -1
	}
	return fmt.Sprintf("%s, as known at %s, when %s began to be tracked", how, at, column), v.chain[v.last(func(c counted) bool { return !c.at.After(since) })].event
}

func (v *version) redefined(column string) string {
	if v.tracking[column].Opens {
		return "new_version"
	}
	return "from_now"
}

// unspoken is why a column of an inferred member has no value.
const unspoken = "no event has spoken of it: the member was inferred by a fact"

// technical explains the columns that every dimension has.
func (v *version) technical(name string) (string, int) {
	if v.inferred() && v.is.values[name].IsNull() {
		return unspoken, 0
	}
	switch name {
	case v.m.SurrogateKey:
		return "given to the version once; a rebuild keeps it", 0
	case v.m.DurableKey:
		return "given to the member once", 0
	case schema.ValidFrom:
		if v.is.values[schema.ValidFrom].Time().Equal(day(schema.LowDate)) {
			return "open to the past (first_version: open)", v.beginner()
		}
		return v.begins(), v.beginner()
	case schema.ValidTo:
		if v.end().Equal(day(schema.HighDate)) {
			return "no later event ends it", 0
		}
		return "where the next version begins, or a delete", 0
	case schema.EventAtCol:
		return v.begins(), v.beginner()
	case schema.EventStream, schema.EventSeq:
		if v.m.Bridge != nil {
			return "none: the events are of the group's links", 0
		}
		return schema.Kept(name), v.beginner()
	case schema.IsCurrent:
		return "current: " + v.m.Current, 0
	case schema.IsDeleted:
		return "whether a delete ended the last version", 0
	case schema.CreatedAt:
		return "when the row was written", 0
	}
	if i := slices.IndexFunc(v.m.Outriggers, func(o schema.OutriggerModel) bool { return o.Column == name }); i >= 0 {
		return v.points(v.m.Outriggers[i]), 0
	}
	return schema.Kept(name), 0
}

// beginner is the number of the event that began the version, 0 if none is known.
func (v *version) beginner() int {
	if v.began < 0 {
		return 0
	}
	return v.story.events[v.chain[v.began].event].Number
}

// begins tells what the time is at which the version begins.
func (v *version) begins() string {
	switch {
	case v.began >= 0 && v.chain[v.began].at.Before(v.beginning()):
		return "when a column began to be tracked (redefined: new_version); what was known then is that of the event"
	case v.m.Validity == "day":
		return "day of the event that began the version (validity: day)"
	}
	return "business time of the event that began the version"
}

// points tells what the key of another dimension stands for.
func (v *version) points(o schema.OutriggerModel) string {
	value := v.is.values[o.Column]
	switch {
	case value.IsNull():
		return "no event has told what it points to"
	case o.Dim.Mini != nil:
		return fmt.Sprintf("the combination of %s; go on with `lode trace %s %s`", strings.Join(o.Key, ", "), o.Dim.Name, value)
	case o.Takes != "":
		return fmt.Sprintf("the newest profile of the member, in all versions, as %s tells; go on with `lode trace %s %s`", o.Dim.Name, o.Dim.Profile().Dim.Name, value)
	}
	key := make([]string, len(o.Key))
	for i, k := range o.Key {
		key[i] = v.is.values[k].String()
	}
	text := fmt.Sprintf("durable key of the member of %s by %s (%s)", o.Dim.Name, strings.Join(o.Key, ", "), strings.Join(key, "/"))
	if value.Int() < 0 {
		text += fmt.Sprintf(": the special member %s, %s", value, special(value.Int()))
	}
	return text
}

func day(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("trace: " + err.Error()) // the dates are constants of package schema
	}
	return t
}
