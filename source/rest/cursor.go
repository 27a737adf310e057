package rest

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/lodehq/lode/source"
)

// watermark is the cursor of one endpoint during one pass. Without a cursor it does
// nothing; that is what active tells.
type watermark struct {
	marks  *source.Watermark
	rules  source.CursorRules
	field  string
	bounds bounds // what is asked for, fixed for the whole pass
	sweep  bool   // the endpoint is a list of keys

	now   time.Time
	fixed bool         // now is that of the pass that is resumed
	best  *source.Mark // of the pages that an earlier part of the pass read
	slice *slice       // of a backfill
	off   int64        // records outside of the slice
}

// slice is a half-open range of cursor values.
type slice struct{ from, to int64 }

func (w *watermark) active() bool { return w.marks != nil }

// watermark begins to follow a cursor; nil is a stream without one.
func (r *reading) watermark(c *Cursor, mark *source.Mark) *watermark {
	w := &watermark{now: r.client.now()}
	if c == nil {
		return w
	}
	w.rules, w.field = c.rules(), c.Field
	w.marks = source.NewWatermark(w.rules, mark, w.now)
	w.bounds.from = w.marks.From()
	if r.req.Mode == source.Incremental { // a full pass must see the rows from the future too
		w.bounds.until = w.marks.Until()
	}
	return w
}

// rangeOf is the cursor of a backfill.
func (r *reading) rangeOf(c *Cursor) (*watermark, error) {
	from, to, err := c.span(r.req.From, r.req.To)
	if err != nil {
		return nil, err
	}
	w := r.watermark(c, nil)
	w.slice = &slice{from.Value, to.Value}
	w.bounds = bounds{from: w.rangeText(c, from, c.Exclusive), until: w.rangeText(c, to, false)}
	return w, nil
}

// span reads the two ends of a backfill.
func (c *Cursor) span(from, to string) (first, end source.Point, err error) {
	format := c.rules().CursorFormat
	if format.Zone == nil {
		format.Zone = time.UTC // a person may write a plain day
	}
	if first, err = format.Parse(from); err != nil {
		return first, end, fmt.Errorf("backfill from: %w", err)
	}
	if end, err = format.Parse(to); err != nil {
		return first, end, fmt.Errorf("backfill to: %w", err)
	}
	if end.Value <= first.Value {
		return first, end, fmt.Errorf("backfill from %q to %q: the range is empty; from must be before to", from, to)
	}
	return first, end, nil
}

// rangeText writes an end of the range as the API wants it. Zone-less APIs get their own
// clock's time; all others get UTC.
func (w *watermark) rangeText(c *Cursor, p source.Point, below bool) string {
	value := p.Value
	if below {
		value--
	}
	like := source.Point{Offset: "Z", Raw: p.Raw}
	if c.Zone != "" && c.Format == "" {
		like.Offset = ""
	}
	precision := p.Precision
	if below || precision == source.Day && w.rules.Type != source.DateCursor {
		precision = source.Microsecond
	}
	if !below && precision == source.Microsecond && value%1e6 == 0 {
		precision = source.Second
	}
	return w.rules.Text(value, like, precision)
}

// setNow takes the API's clock, unless the pass is bound by an earlier one.
func (w *watermark) setNow(now time.Time) {
	if !w.fixed && w.active() {
		w.now = now
		w.marks.SetNow(now)
	}
}

// resume binds the pass by where it began: rows changed since are read again later.
func (w *watermark) resume(from *resume) {
	w.setNow(from.Started)
	w.fixed, w.best = true, from.Mark
}

// observe takes the cursor of a record and tells whether the record is wanted.
func (w *watermark) observe(raw jsontext.Value) (text string, load bool, err error) {
	text, load, err = w.marks.Observe(raw)
	if err != nil || w.slice == nil {
		return text, load, err
	}
	if !w.inSlice(text) {
		w.off++
		return text, false, nil
	}
	return text, true, nil
}

// inSlice tells whether a cursor lies in the range of the backfill; one that is
// missing or cannot be read lies nowhere.
func (w *watermark) inSlice(text string) bool {
	p, err := w.rules.Parse(text)
	return err == nil && p.Value >= w.slice.from && p.Value < w.slice.to
}

// mark is the position after a complete pass, or prior if the pass saw none.
func (w *watermark) mark(prior *source.Mark) *source.Mark {
	if !w.active() {
		return prior
	}
	m := w.marks.Mark()
	if m == nil || w.best != nil && w.best.Value > m.Value {
		m = w.best
	}
	if m == nil {
		return prior
	}
	return m
}

// checkpoint is the position that may be published within a pass; nil if none may.
func (w *watermark) checkpoint() *source.Mark {
	if !w.active() {
		return nil
	}
	return w.marks.Checkpoint()
}

// report tells what a person would like to know about the cursors of a pass.
func (w *watermark) report(r *reading) {
	if !w.active() {
		return
	}
	if d := w.marks.Disorder(); d != "" {
		r.emit(source.Event{Kind: "order_violated", Text: "cursor order asc does not hold (" + d + "); progress is kept at the end of the pass only", Count: 1})
	}
	c := w.marks.Counts()
	for _, e := range []source.Event{
		{Kind: "cursor_in_future", Count: c.Future, Text: "%d records have a cursor in the future; they do not move the mark"},
		{Kind: "cursor_missing", Count: c.Missing, Text: "%d records have no cursor; they do not move the mark"},
		{Kind: "cursor_unreadable", Count: c.Unreadable, Text: "%d records have a cursor that cannot be read; they do not move the mark"},
		{Kind: "filter_ignored", Count: w.ignored(c), Text: "%d records are older than asked for; the API seems to ignore the lower bound"},
		{Kind: "outside_range", Count: w.off, Text: "%d records lie outside of the range and were left out"},
	} {
		if e.Count > 0 {
			e.Text = fmt.Sprintf(e.Text, e.Count)
			r.emit(e)
		}
	}
}

// ignored counts rows before the lower bound; a bound that was sent in another format
// may have been cut, which explains some of them.
func (w *watermark) ignored(c source.WatermarkCounts) int64 {
	if w.rules.Format != "" {
		return 0
	}
	return c.Before
}
