package trace

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
)

// facts traces one row of a fact.
type facts struct {
	t      Tracer
	m      *schema.FactModel
	is     row // as it is stored
	source row // what it is made of
	own    part
	joined map[string]part
}

// part is the events of one of the rows that a fact is made of.
type part struct {
	*story
	gave int // the event that gave the row, -1 if there is none
}

// fact traces a row of a fact table.
func (t Tracer) fact(ctx context.Context, m *schema.FactModel, key string) (Trace, error) {
	out := Trace{Table: m.Table.Name.String(), Kind: "fact"}
	parts, err := split(key, m.Table.PrimaryKey)
	if err != nil {
		return out, err
	}
	f := &facts{t: t, m: m, joined: map[string]part{}}
	if f.is, err = t.stored(ctx, m.Table, m.Table.PrimaryKey, parts); err != nil {
		return out, err
	}
	if f.source, err = f.sources(ctx, parts); err != nil {
		return out, err
	}
	if err := f.stories(ctx); err != nil {
		return out, err
	}
	out.Columns = f.is.columns(m.Table)
	for i := range out.Columns {
		if err := f.column(ctx, &out.Columns[i]); err != nil {
			return out, err
		}
	}
	out.Events = slices.Clone(f.own.events)
	for _, j := range m.Joins {
		if p, ok := f.joined[j.Name]; ok {
			out.Events = append(out.Events, p.events...)
		}
	}
	return out, nil
}

// sources reads what the row is made of, and the keys of the rows that it is joined with.
func (f *facts) sources(ctx context.Context, parts []string) (row, error) {
	d, need := f.t.Ledger.Dialect, f.m.Reads()
	for _, j := range f.m.Joins {
		for _, k := range j.Entity.Key() {
			if name := j.Name + "." + k; !slices.Contains(need, name) {
				need = append(need, name)
			}
		}
	}
	is, err := f.t.row(ctx, fmt.Sprintf("SELECT u.* FROM (%s) u WHERE %s", star.Sources(d, f.m, need, ""), f.t.equal(f.m.Table, "u", f.m.Table.PrimaryKey, parts)))
	if err != nil {
		return is, fmt.Errorf("read what the row is made of: %w", err)
	}
	return is, nil
}

// stories reads the events of the row's own key and of the rows that it is joined with.
func (f *facts) stories(ctx context.Context) error {
	shown, err := f.shown(ctx)
	if err != nil {
		return err
	}
	if f.own, err = f.part(ctx, f.m.Entity, f.m.Entity.Key(), shown, "gave the row"); err != nil {
		return err
	}
	told := len(f.own.events)
	for _, j := range f.m.Joins {
		p, ok, err := f.join(ctx, j)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		for i := range p.events {
			p.events[i].Number += told
		}
		told += len(p.events)
		f.joined[j.Name] = p
	}
	return nil
}

// part reads the events of a row whose key stands in source columns. The newest of those
// that pass gave the row.
func (f *facts) part(ctx context.Context, m *schema.EntityModel, key []string, pass func(Event) bool, gave string) (part, error) {
	s, err := f.t.story(ctx, m, m.Key(), f.texts(key))
	if err != nil {
		return part{}, err
	}
	s.instants()
	p := part{s, s.newest(pass)}
	s.mark(p.gave, gave)
	return p, nil
}

// shown is the event that the row points to: the state of a correction, or that at the end of
// a period, need not be the newest. A row that takes another one back shows what that one does.
func (f *facts) shown(ctx context.Context) (func(Event) bool, error) {
	is := f.is
	if f.takesBack() {
		key := slices.Clone(f.m.Table.PrimaryKey)
		parts := make([]string, len(key))
		for i, k := range key {
			parts[i] = is.values[k].String()
		}
		parts[slices.Index(key, schema.Correction)] = strconv.FormatInt(is.values[schema.Correction].Int()-1, 10)
		var err error
		if is, err = f.t.stored(ctx, f.m.Table, key, parts); err != nil {
			return nil, fmt.Errorf("read the row that it takes back: %w", err)
		}
	}
	stream, seq := is.values[schema.EventStream], is.values[schema.EventSeq]
	return func(e Event) bool { return e.Stream == stream.Text() && e.Seq == seq.Int() }, nil
}

// takesBack tells whether the row is one that takes another back.
func (f *facts) takesBack() bool { return f.m.Reverses() && f.is.values[schema.IsReversal].Bool() }

// join is the part of a joined row; ok is false when none is joined.
func (f *facts) join(ctx context.Context, j schema.JoinModel) (p part, ok bool, err error) {
	key := make([]string, len(j.Entity.Key()))
	for i, k := range j.Entity.Key() {
		key[i] = j.Name + "." + k
		if f.source.values[key[i]].IsNull() {
			return p, false, nil
		}
	}
	p, err = f.part(ctx, j.Entity, key, nil, "gave the joined row "+j.Name)
	return p, err == nil, err
}

func (f *facts) texts(columns []string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = f.source.values[c].String()
	}
	return out
}

func (f *facts) column(ctx context.Context, c *Column) error {
	for _, r := range f.m.Roles {
		switch c.Name {
		case r.Column:
			text, err := f.role(ctx, r)
			c.Made = text
			return err
		case r.Durable:
			c.Made = fmt.Sprintf("durable key of the member that %s points to", r.Column)
			return nil
		}
	}
	c.Made, c.Event = f.value(c.Name)
	if x := f.m.Measure(c.Name); x != nil && x.Sums() && f.takesBack() {
		c.Made += "; negated, to take the row before it back"
	}
	return nil
}

// value tells what gave a column that is no key of a dimension its value.
func (f *facts) value(name string) (string, int) {
	c := f.m.Column(name)
	switch {
	case f.m.Snapshot != nil && name == schema.PeriodStart:
		return "first day of the period, a " + f.m.Snapshot.Every, 0
	case f.m.Snapshot != nil && name == schema.PeriodEnd:
		return "last day of the period, a " + f.m.Snapshot.Every, 0
	case c == nil:
		return f.origin(name)
	case c.Lag != nil:
		return fmt.Sprintf("%s from %s to %s", c.Lag.In, c.Lag.From, c.Lag.To), 0
	case c.From != "":
		return f.origin(c.From)
	}
	x := f.m.Measure(name)
	if x == nil {
		return "computed", 0
	}
	text := "computed: " + x.Value
	if a := x.Allocate; a != nil {
		text += "; divided among the rows that join the same " + a.Over
		if a.By != "" {
			text += ", in proportion to " + a.By
		}
	}
	return text, 0
}

// origin tells what gave a source column its value.
func (f *facts) origin(source string) (string, int) {
	join, column, dotted := strings.Cut(source, ".")
	if !dotted {
		return f.own.made(f.m.Entity, source, f.own.gave)
	}
	p, ok := f.joined[join]
	if !ok {
		return "no row is joined as " + join, 0
	}
	text, event := p.made(f.m.Join(join).Entity, column, p.gave)
	return "joined row " + join + ": " + text, event
}

// role tells by which lookup a key was found, and what it found.
func (f *facts) role(ctx context.Context, r schema.RoleModel) (string, error) {
	if r.Dim.Lookup() == schema.ByEvent {
		return f.load(ctx, r)
	}
	values := f.texts(r.Key)
	if how := valued(r.Dim.Lookup()); how != "" {
		text := fmt.Sprintf("%s of %s, %s, in %s", how, strings.Join(r.Key, ", "), strings.Join(values, "/"), r.Dim.Name)
		if r.Zone != "" {
			text += ", on the clocks of " + r.Zone
		}
		if key := f.is.values[r.Column].Int(); key < 0 {
			text += fmt.Sprintf(": the special member %d, %s", key, special(key))
		}
		return text, nil
	}
	rule := fmt.Sprintf("%s by %s (%s)", r.Points().Name, strings.Join(r.Key, ", "), strings.Join(values, "/"))
	if r.AsOf == "current" {
		rule += ", the current version"
	} else {
		rule += ", the version in force at " + f.at()
	}
	find := f.member
	if r.Of != "" {
		find = f.profile
	}
	found, err := find(ctx, r)
	return rule + ": " + found, err
}

// valued names what is found by values alone, "" for the version of a member.
func valued(how schema.Lookup) string {
	switch how {
	case schema.ByDay:
		return "the day"
	case schema.ByTime:
		return "the time of day"
	case schema.ByRange:
		return "the band"
	case schema.ByCombination:
		return "the combination"
	}
	return ""
}

// at is when the row happened, for people.
func (f *facts) at() string {
	if at, ok := f.source.values[schema.FactAt]; ok {
		return "the end of the period, " + at.String()
	}
	return f.m.EventAt + ", " + f.source.values[f.m.EventAt].String()
}

// member describes the row of the dimension that the key points to.
func (f *facts) member(ctx context.Context, r schema.RoleModel) (string, error) {
	key := f.is.values[r.Column].Int()
	if key < 0 {
		return fmt.Sprintf("the special member %d, %s", key, special(key)), nil
	}
	d := f.t.Ledger.Dialect
	is, err := f.t.row(ctx, fmt.Sprintf("SELECT %s, %s FROM %s v WHERE v.%s = %d",
		sqltext.List(d, "v", schema.Version, schema.ValidFrom, schema.ValidTo, schema.IsInferred), sqltext.List(d, "v", r.Dim.NaturalKey()...),
		d.Table(r.Dim.Table.Name), d.Quote(r.Dim.SurrogateKey), key))
	if err != nil {
		return "", fmt.Errorf("read %s %d, which %s points to: %w", r.Dim.Table.Name, key, r.Column, err)
	}
	text := fmt.Sprintf("version %s, from %s to %s", is.values[schema.Version], bound(is.values[schema.ValidFrom], "the beginning"), bound(is.values[schema.ValidTo], "no end"))
	if is.values[schema.IsInferred].Bool() {
		text = "an inferred member, of which no event has spoken yet"
	}
	return text + fmt.Sprintf("; go on with `lode trace %s %d`", r.Dim.Name, key), nil
}

// load describes the load that brought the event that the row is made of.
func (f *facts) load(ctx context.Context, r schema.RoleModel) (string, error) {
	rule, key := "the load that brought its event", f.is.values[r.Column].Int()
	if key < 0 {
		return fmt.Sprintf("%s: the special member %d, %s", rule, key, special(key)), nil
	}
	d := f.t.Ledger.Dialect
	is, err := f.t.row(ctx, fmt.Sprintf("SELECT %s FROM %s v WHERE v.%s = %d", sqltext.List(d, "v", schema.LoadID, schema.AuditStream), d.Table(r.Dim.Table.Name), d.Quote(r.Dim.SurrogateKey), key))
	if err != nil {
		return "", fmt.Errorf("read %s %d, which %s points to: %w", r.Dim.Table.Name, key, r.Column, err)
	}
	return fmt.Sprintf("%s: %s of %s; go on with `lode trace %s %d`", rule, is.values[schema.LoadID], is.values[schema.AuditStream], r.Dim.Name, key), nil
}

// profile describes the combination that the key of a mini-dimension stands for.
func (f *facts) profile(ctx context.Context, r schema.RoleModel) (string, error) {
	key, mini := f.is.values[r.Column].Int(), r.Points()
	if key < 0 {
		return fmt.Sprintf("the special member %d, %s", key, special(key)), nil
	}
	d := f.t.Ledger.Dialect
	is, err := f.t.row(ctx, fmt.Sprintf("SELECT %s FROM %s v WHERE v.%s = %d", sqltext.List(d, "v", mini.NaturalKey()...), d.Table(mini.Table.Name), d.Quote(mini.SurrogateKey), key))
	if err != nil {
		return "", fmt.Errorf("read %s %d, which %s points to: %w", mini.Table.Name, key, r.Column, err)
	}
	parts := make([]string, len(mini.NaturalKey()))
	for i, c := range mini.NaturalKey() {
		parts[i] = c + " " + is.values[c].String()
	}
	return "the profile of " + strings.Join(parts, ", ") + ", as " + r.Dim.Name + " tells", nil
}

func bound(v record.Value, open string) string {
	if v.Time().Equal(day(schema.LowDate)) || v.Time().Equal(day(schema.HighDate)) {
		return open
	}
	return v.String()
}

func special(key int64) string {
	switch key {
	case schema.UnknownKey:
		return "unknown: the key is NULL, or no member has it"
	case schema.NotApplicableKey:
		return "not applicable: there is none"
	case schema.DeletedKey:
		return "deleted: the member was not there at that time"
	case schema.ErrorKey:
		return "error: the key could not be read"
	}
	return "not yet: it has not happened"
}
