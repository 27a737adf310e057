package source

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Missing says what happens to a record without a cursor.
type Missing string

// The policies. Under every policy such records are counted and never move the mark.
const (
	IncludeMissing Missing = "include" // load them (the default)
	ExcludeMissing Missing = "exclude" // leave them out
	FailMissing    Missing = "fail"    // end the pass with an error
)

// CursorRules is how a stream's cursor behaves.
type CursorRules struct {
	CursorFormat
	Lookback time.Duration // read again that far behind the mark: for rows committed late
	Lag      time.Duration // keep the mark that far behind the source's clock
	// Unique declares an integer that is never used twice and only grows, so that the
	// value of the mark need not be read again.
	Unique bool
	// Exclusive tells that the source answers with values above the one asked for, not
	// equal to it; one step less is asked for, so that ties with the mark are not lost.
	Exclusive bool
	// Ascending declares that the source sorts by the cursor; it is verified.
	Ascending bool
	Missing   Missing
	Initial   string // where to start without a mark; "" is the beginning
}

// Mark is the saved position of a cursor. The raw text is what the source wrote; nothing
// of it is lost by saving it.
type Mark struct {
	Raw       string    `json:"cursor"`
	Value     int64     `json:"value"`
	Precision Precision `json:"precision,omitempty"`
	Offset    string    `json:"offset,omitempty"`
}

// clockStep is how coarse a source's clock is when it is told in whole seconds.
const clockStep = 1e6

// Watermark follows the cursor through one pass and decides what may be published. It
// is pure: it sees no clock and no network. One goroutine uses it.
type Watermark struct {
	rules CursorRules
	prior *Mark
	bound int64 // the mark never goes beyond
	now   int64

	best     *Point // largest cursor at or below the bound
	last     *Point
	finest   Precision
	disorder string
	counts   WatermarkCounts
}

// WatermarkCounts tells what a pass met.
type WatermarkCounts struct {
	Missing    int64 // no cursor, or null
	Unreadable int64 // a text that is no cursor
	Future     int64 // later than the source's own clock
	Before     int64 // earlier than asked for
}

// NewWatermark begins a pass. prior is the saved mark, nil for none. now is the source's
// clock when the pass began: rows beyond now - Lag are loaded but do not move the mark,
// so that a row with a cursor from the future, or one committed late, is not jumped over.
func NewWatermark(rules CursorRules, prior *Mark, now time.Time) *Watermark {
	w := &Watermark{rules: rules, prior: prior}
	if prior != nil {
		w.finest = prior.Precision
	}
	w.SetNow(now)
	return w
}

// SetNow corrects the clock, for a source that tells its own time with its first answer.
func (w *Watermark) SetNow(now time.Time) {
	w.now = now.UnixMicro()
	w.bound = now.Add(-w.rules.Lag).UnixMicro()
}

// From is the text to ask the source for records from; "" asks for everything.
func (w *Watermark) From() string {
	if w.prior == nil {
		return w.rules.Initial
	}
	like := Point{Raw: w.prior.Raw, Offset: w.prior.Offset}
	from := w.fromValue()
	if from == w.prior.Value && w.rules.Format == "" && w.rules.Precision == "" {
		return w.prior.Raw
	}
	return w.rules.Text(from, like, w.finest)
}

// fromValue moves the mark back: by the lookback, by an hour that the clocks repeat, by
// one step for a source that leaves equal values out.
func (w *Watermark) fromValue() int64 {
	value := w.prior.Value
	if w.rules.Type == IntegerCursor {
		if w.rules.Unique && !w.rules.Exclusive {
			return value + 1
		}
		if w.rules.Exclusive && !w.rules.Unique {
			return value - 1
		}
		return value
	}
	if w.prior.Offset == "" && w.rules.Zone != nil && w.finest != Day {
		value -= repeated(time.UnixMicro(value).In(w.rules.Zone)).Microseconds()
	}
	value -= w.rules.Lookback.Microseconds()
	if w.rules.Exclusive {
		value = w.stepBack(value)
	}
	return value
}

// stepBack is the value just below, in the source's own precision; a day before a day
// whatever the clocks did.
func (w *Watermark) stepBack(value int64) int64 {
	if w.finest == Day && w.rules.Zone != nil {
		return time.UnixMicro(value).In(w.rules.Zone).AddDate(0, 0, -1).UnixMicro()
	}
	return value - w.finest.unit()
}

// Until is the text of the upper bound of the pass; "" for integers, which have no clock.
func (w *Watermark) Until() string {
	if w.rules.Type == IntegerCursor {
		return ""
	}
	like := Point{Offset: "Z"}
	if w.prior != nil {
		like = Point{Raw: w.prior.Raw, Offset: w.prior.Offset}
	}
	return w.rules.Text(w.bound, like, w.finest.finer(Second))
}

// Observe takes the cursor of one record, as found in it, and gives its text for the
// record. load is false when the record is to be left out.
func (w *Watermark) Observe(raw jsontext.Value) (text string, load bool, err error) {
	text = Text(raw)
	if text == "" {
		w.counts.Missing++
		return "", w.rules.Missing != ExcludeMissing, w.missing("record has no cursor")
	}
	p, err := w.rules.Parse(text)
	if err != nil {
		w.counts.Unreadable++
		return text, w.rules.Missing != ExcludeMissing, w.unreadable(err)
	}
	w.observe(p)
	return text, true, nil
}

func (w *Watermark) missing(reason string) error {
	if w.rules.Missing == FailMissing {
		return fmt.Errorf("read cursor: %s; the stream says missing: fail", reason)
	}
	return nil
}

// unreadable fails on the first naive time: it is a lack of configuration, true of all.
func (w *Watermark) unreadable(err error) error {
	if isNaive(err) {
		return fmt.Errorf("read cursor: %w", err)
	}
	return w.missing(err.Error())
}

func (w *Watermark) observe(p Point) {
	w.finest = w.finest.finer(p.Precision)
	if w.last != nil && p.Value < w.last.Value && w.disorder == "" {
		w.disorder = fmt.Sprintf("%s came after %s", p.Raw, w.last.Raw)
	}
	w.last = &p
	if w.prior != nil && p.Value < w.fromValue() {
		w.counts.Before++
	}
	if w.rules.Type != IntegerCursor && p.Value > w.bound {
		if p.Value > w.now+clockStep {
			w.counts.Future++
		}
		return
	}
	if w.best == nil || p.Value > w.best.Value {
		w.best = &p
	}
}

// Mark is the position once the pass is complete: the largest cursor seen within the
// bound, or the prior mark if none is larger. nil when there was never one.
func (w *Watermark) Mark() *Mark {
	if w.best == nil || w.prior != nil && w.prior.Value >= w.best.Value {
		return w.keepPrior()
	}
	return &Mark{Raw: w.best.Raw, Value: w.best.Value, Precision: w.finest, Offset: w.best.Offset}
}

func (w *Watermark) keepPrior() *Mark {
	if w.prior == nil {
		return nil
	}
	kept := *w.prior
	kept.Precision = w.finest
	return &kept
}

// Checkpoint is the position that may be published before the pass is complete; nil
// when there is none, because the order was not declared or did not hold.
func (w *Watermark) Checkpoint() *Mark {
	if !w.rules.Ascending || w.disorder != "" || w.counts.Missing+w.counts.Unreadable > 0 {
		return nil
	}
	return w.Mark()
}

// Disorder tells which record broke the declared order; "" when none did, or none was declared.
func (w *Watermark) Disorder() string {
	if !w.rules.Ascending {
		return ""
	}
	return w.disorder
}

// Counts is what the pass met so far.
func (w *Watermark) Counts() WatermarkCounts { return w.counts }
