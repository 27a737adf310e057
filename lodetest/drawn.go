package lodetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/run"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/schema/mapping"
	"github.com/lodehq/lode/schema/naming"
	"github.com/lodehq/lode/source"
)

// World is a project in the hands of a test: its sources say only what the test tells
// them, its clock stands still, and it remembers which keys the test has named.
type World struct {
	*lode.Lode
	Clock *Clock

	project lode.Project
	streams map[string]*Stream
	bound   bindings
}

// NewWorld opens a project for a test. A source that is no *Source is replaced by one
// with the same streams. A project without a warehouse gets a DuckDB in memory. The clock
// stands at 2025-06-01 and moves on by a minute before each run.
func NewWorld(ctx context.Context, p lode.Project) (*World, error) {
	w := &World{Clock: NewClock(time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)), project: p, streams: map[string]*Stream{}, bound: bindings{}}
	w.project.Sources = slices.Clone(p.Sources)
	for i, s := range w.project.Sources {
		fake, err := inMemory(s)
		if err != nil {
			return nil, err
		}
		w.project.Sources[i].Config = fake
		for _, st := range fake.streams {
			w.streams[s.Name+"."+st.Describe.Name] = st
		}
	}
	if p.Warehouse == "" {
		w.project.Warehouse = "duckdb:"
	}
	w.project.Now = w.Clock.Now
	l, err := lode.Open(ctx, w.project)
	w.Lode = l
	return w, err
}

// inMemory is a source as a test's own.
func inMemory(s schema.Source) (*Source, error) {
	if own, ok := s.Config.(*Source); ok {
		return own, nil
	}
	config, ok := s.Config.(source.Config)
	if !ok {
		return nil, fmt.Errorf("open project for a test: the configuration of source %s is a %T, which is no source.Config", s.Name, s.Config)
	}
	fake := NewSource()
	for _, st := range config.Streams() {
		fake.Stream(st.Name).Describe = st
	}
	return fake, nil
}

// Redefine opens the project again with changed definitions: what a user does who edits
// a file between two runs. It needs a warehouse that outlives its connection.
func (w *World) Redefine(ctx context.Context, change func(*schema.Project)) error {
	if err := w.Close(); err != nil {
		return err
	}
	change(&w.project.Project)
	l, err := lode.Open(ctx, w.project)
	if err != nil {
		return err
	}
	w.Lode = l
	return nil
}

// Play lets a script happen in a project, and fails the test where a table differs from
// the drawn one. How a script is written stands in the documentation of the package.
func Play(t testing.TB, p lode.Project, script string) {
	t.Helper()
	w, err := NewWorld(t.Context(), p)
	if err != nil {
		t.Fatalf("open project: %v", err)
	}
	if err := errors.Join(w.Play(t.Context(), script), w.Close()); err != nil {
		t.Fatal(err)
	}
}

// Play lets a script happen. It stops at the first thing that goes wrong, but holds the
// tables that stand together all against what is drawn.
func (w *World) Play(ctx context.Context, script string) error {
	sections, err := parse(script)
	if err != nil {
		return err
	}
	var differ []error
	for _, s := range sections {
		if s.kind != "table" && len(differ) > 0 {
			break
		}
		if err := w.section(ctx, s); err != nil {
			differ = append(differ, fmt.Errorf("line %d: -- %s: %w", s.line, strings.TrimSpace(s.kind+" "+s.rest), err))
		}
	}
	return errors.Join(differ...)
}

func (w *World) section(ctx context.Context, s section) error {
	switch s.kind {
	case "events", "snapshot":
		return w.tell(s)
	case "clock":
		return w.setClock(s.rest)
	case "table":
		return w.compare(ctx, s)
	}
	return w.run(ctx, s)
}

// tell lets a stream say the rows of a section; neighbours of one kind are one batch.
func (w *World) tell(s section) error {
	st, ok := w.streams[s.rest]
	if !ok {
		return fmt.Errorf("no source offers this stream")
	}
	isTime := w.times(s.rest)
	var upserts, deletes []string
	flush := func() {
		if len(upserts) > 0 {
			st.Send(upserts...)
		}
		if len(deletes) > 0 {
			st.Delete(deletes...)
		}
		upserts, deletes = nil, nil
	}
	if s.kind == "snapshot" {
		st.Snapshot()
	}
	for _, r := range s.rows {
		payload, gone, err := r.sent(s.header, isTime)
		if err != nil {
			return err
		}
		if gone && len(upserts) > 0 || !gone && len(deletes) > 0 {
			flush()
		}
		if gone {
			deletes = append(deletes, payload)
		} else {
			upserts = append(upserts, payload)
		}
	}
	flush()
	return nil
}

// times tells which fields of a stream are times, so that a number in them is a minute.
func (w *World) times(stream string) func(field string) bool {
	var specs []mapping.Spec
	for _, e := range w.Model().Entities {
		for i, m := range e.From {
			if m.Stream == stream {
				specs = append(specs, e.Specs[i])
			}
		}
	}
	return func(field string) bool {
		return slices.ContainsFunc(specs, func(s mapping.Spec) bool {
			return named(s.ValidAt, field) || slices.ContainsFunc(s.Fields, func(f mapping.Field) bool {
				return f.Type.Stored().Kind == record.Timestamp && (named(f.From, field) || f.From == "" && slices.Contains([]string{f.Column, f.RenamedFrom}, naming.Snake(field)))
			})
		})
	}
}

// named tells whether a field is one of the spellings of a path.
func named(path, field string) bool {
	return slices.ContainsFunc(strings.Split(path, "|"), func(p string) bool { return strings.TrimSpace(p) == field })
}

func (w *World) setClock(to string) error {
	if d, err := time.ParseDuration(strings.TrimPrefix(to, "+")); err == nil && strings.HasPrefix(to, "+") {
		w.Clock.Add(d)
		return nil
	}
	at, ok := instant(to)
	if !ok {
		return fmt.Errorf("%q is neither a time nor a duration such as +25h", to)
	}
	w.Clock.Add(at.Sub(w.Clock.Now()))
	return nil
}

// run runs the project as a section says, and wants it to end as its lines say.
func (w *World) run(ctx context.Context, s section) error {
	o := lode.Options{Mode: lode.Mode{Full: s.kind == "full", Rebuild: s.kind == "rebuild", Replay: s.kind == "replay"}}
	for _, word := range strings.Fields(s.rest) {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "from":
			o.Mode.From = value
		case "to":
			o.Mode.To = value
		default:
			o.Select = append(o.Select, word)
		}
	}
	w.Clock.Add(time.Minute)
	report, err := w.Run(ctx, o, nil)
	err = errors.Join(err, report.Err())
	for _, note := range s.notes {
		text, fails := strings.CutPrefix(note, "fails:")
		switch {
		case fails && (err == nil || !strings.Contains(err.Error(), strings.TrimSpace(text))):
			return fmt.Errorf("it should fail with %q; its error is: %w", strings.TrimSpace(text), err)
		case fails:
			return nil
		case note != "writes nothing":
			return fmt.Errorf("%q says nothing about a run; it can be: writes nothing, fails: TEXT", note)
		case err == nil:
			return w.wroteNothing(report)
		}
	}
	return err
}

// wroteNothing wants the steps behind bronze to have left every row as it was.
func (w *World) wroteNothing(report run.Report) error {
	for _, step := range report.Steps {
		for _, count := range []string{"inserted", "updated", "deleted"} {
			if n := step.Outcome.Get(count); n != 0 && !strings.HasPrefix(step.Name, w.Model().Layers.Bronze+".") {
				return fmt.Errorf("%s: %s %d rows where it should write nothing", step.Name, count, n)
			}
		}
	}
	return nil
}

// compare holds a table against its drawing.
func (w *World) compare(ctx context.Context, s section) error {
	c := &comparison{header: s.header, want: s.rows, bound: w.bound}
	for _, column := range s.header {
		c.domains = append(c.domains, w.domain(s.rest, column))
	}
	for b, err := range w.Query(ctx, "SELECT "+strings.Join(s.header, ", ")+" FROM "+s.rest+w.withoutMembers(s.rest)) {
		if err != nil {
			return err
		}
		for i := range b.Len() {
			c.got = append(c.got, b.Row(i))
		}
	}
	if !c.equal() {
		return fmt.Errorf("the table differs from the drawn one\n%s", c)
	}
	w.bound = c.bound
	return nil
}

// withoutMembers leaves the special members out where a dimension stands alone.
func (w *World) withoutMembers(from string) string {
	for _, d := range w.Model().Dimensions {
		if d.Table.Name.String() == from {
			return fmt.Sprintf(" WHERE %s >= 0", d.SurrogateKey)
		}
	}
	return ""
}

// domain is what the variables of a column are keys of: a dimension's surrogate or
// durable key, wherever it stands, or else the column itself.
func (w *World) domain(from, column string) string {
	column = column[strings.LastIndex(column, ".")+1:]
	for _, f := range w.Model().Facts {
		for _, r := range f.Roles {
			switch {
			case !strings.HasPrefix(from, f.Table.Name.String()):
			case column == r.Column:
				return r.Points().Name + "." + r.Points().SurrogateKey
			case column == r.Durable:
				return r.Dim.Name + "." + r.Dim.DurableKey
			}
		}
	}
	for _, d := range w.Model().Dimensions {
		if column == d.SurrogateKey || column == d.DurableKey {
			return d.Name + "." + column
		}
		for _, o := range d.Outriggers {
			if from == d.Table.Name.String() && column == o.Column && o.Takes != "" {
				return o.Dim.Profile().Dim.Name + "." + o.Takes
			}
		}
	}
	return column
}
