package source

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2024, 5, 2, 12, 0, 0, 0, time.UTC)

func timestamps() CursorRules { return CursorRules{CursorFormat: CursorFormat{Type: TimestampCursor}} }

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// pass runs a whole pass over cursors and gives the watermark at its end.
func pass(t *testing.T, rules CursorRules, prior *Mark, now time.Time, cursors ...string) *Watermark {
	t.Helper()
	w := NewWatermark(rules, prior, now)
	for _, c := range cursors {
		if _, _, err := w.Observe(jsonValue(quoteUnlessNull(c))); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func quoteUnlessNull(c string) string {
	if c == "null" || c == "" {
		return c
	}
	return quote(c)
}

func TestSync01BoundaryIsReadAgain(t *testing.T) {
	t.Parallel()
	w := pass(t, timestamps(), nil, noon, "2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z")
	next := NewWatermark(timestamps(), w.Mark(), noon)
	if got := next.From(); got != "2024-05-01T10:00:00Z" {
		t.Errorf("asks from %s; ties with the mark would be lost", got)
	}
	exclusive := timestamps()
	exclusive.Exclusive = true
	if got := NewWatermark(exclusive, w.Mark(), noon).From(); got != "2024-05-01T09:59:59Z" {
		t.Errorf("a source that leaves equal values out is asked from %s", got)
	}
}

func TestSync02OnlyUniqueIntegersSkipTheMark(t *testing.T) {
	t.Parallel()
	rules := CursorRules{CursorFormat: CursorFormat{Type: IntegerCursor}}
	for _, c := range []struct {
		unique, exclusive bool
		want              string
	}{{false, false, "41"}, {false, true, "40"}, {true, false, "42"}, {true, true, "41"}} {
		rules.Unique, rules.Exclusive = c.unique, c.exclusive
		mark := pass(t, rules, nil, noon, "7", "41", "9").Mark()
		if got := NewWatermark(rules, mark, noon).From(); got != c.want {
			t.Errorf("%+v: from %s", c, got)
		}
	}
}

func TestSync03LateCommitsAreReadAgain(t *testing.T) {
	t.Parallel()
	rules := timestamps()
	rules.Lag, rules.Lookback = time.Hour, 30*time.Minute
	w := pass(t, rules, nil, noon, "2024-05-02T10:59:00Z", "2024-05-02T11:30:00Z", "2024-05-02T11:00:00Z")
	if got := w.Mark().Raw; got != "2024-05-02T11:00:00Z" {
		t.Errorf("mark %s; it must stay an hour behind the clock", got)
	}
	if got := w.Until(); got != "2024-05-02T11:00:00Z" {
		t.Errorf("until %s", got)
	}
	if got := NewWatermark(rules, w.Mark(), noon).From(); got != "2024-05-02T10:30:00Z" {
		t.Errorf("from %s; the lookback is missing", got)
	}
	if c := w.Counts(); c.Future != 0 {
		t.Errorf("a row within the lag is no row from the future: %+v", c)
	}
}

func TestSync04FutureCursorsDoNotMoveTheMark(t *testing.T) {
	t.Parallel()
	w := pass(t, timestamps(), nil, noon, "2024-05-02T11:00:00Z", "2999-01-01T00:00:00Z", "2024-05-02T12:00:01.000001Z", "2024-05-02T12:00:00.5Z")
	if got := w.Mark().Raw; got != "2024-05-02T11:00:00Z" || w.Counts().Future != 2 {
		t.Errorf("mark %s, counts %+v", got, w.Counts())
	}
	if _, load, _ := w.Observe(jsonValue(`"2999-01-01T00:00:00Z"`)); !load {
		t.Error("the row itself must be loaded")
	}
	only := pass(t, timestamps(), nil, noon, "2999-01-01T00:00:00Z")
	if only.Mark() != nil {
		t.Errorf("mark %+v out of a row from the future", only.Mark())
	}
	corrected := NewWatermark(timestamps(), nil, noon)
	corrected.SetNow(noon.Add(-2 * time.Hour)) // our clock was ahead of the server's
	if _, _, err := corrected.Observe(jsonValue(`"2024-05-02T11:00:00Z"`)); err != nil || corrected.Mark() != nil {
		t.Error("the server's clock counts, not ours")
	}
}

func TestSync05DateCursorsAskForTheWholeDay(t *testing.T) {
	t.Parallel()
	rules := CursorRules{CursorFormat: CursorFormat{Type: DateCursor}}
	w := pass(t, rules, nil, noon, "2024-05-01", "2024-05-02")
	if m := w.Mark(); m.Raw != "2024-05-02" || m.Precision != Day {
		t.Fatalf("mark %+v", m)
	}
	if got := NewWatermark(rules, w.Mark(), noon).From(); got != "2024-05-02" {
		t.Errorf("from %s", got)
	}
	rules.Exclusive = true
	if got := NewWatermark(rules, w.Mark(), noon).From(); got != "2024-05-01" {
		t.Errorf("from %s for a source that leaves the day out", got)
	}
	rules.Exclusive, rules.Lookback = false, 36*time.Hour
	if got := NewWatermark(rules, w.Mark(), noon).From(); got != "2024-04-30" {
		t.Errorf("from %s with a lookback", got)
	}
	rules.Zone = zone(t, "Europe/Berlin")
	rules.Lookback, rules.Exclusive = 0, true
	spring := pass(t, rules, nil, noon, "2024-04-01") // the day before has 23 hours
	if got := NewWatermark(rules, spring.Mark(), noon).From(); got != "2024-03-31" {
		t.Errorf("from %s across a clock change", got)
	}
}

func TestSync06PrecisionIsCutDownwards(t *testing.T) {
	t.Parallel()
	w := pass(t, timestamps(), nil, noon, "2024-05-01T10:00:00.1Z", "2024-05-01T10:00:00.999999999Z")
	m := w.Mark()
	if m.Raw != "2024-05-01T10:00:00.999999999Z" || m.Value%1e6 != 999999 || m.Precision != Microsecond {
		t.Errorf("mark %+v; the raw text must stay and nothing be rounded up", m)
	}
	for format, want := range map[string]string{
		"": m.Raw, "epoch_s": "1714557600", "epoch_ms": "1714557600999", "rfc3339": "2024-05-01T10:00:00.999999Z",
		"2006-01-02 15:04:05.000Z": "2024-05-01 10:00:00.999Z", "date": "2024-05-01", "2006-01-02 15:04": "2024-05-01 10:00",
	} {
		rules := timestamps()
		rules.Format = format
		if got := NewWatermark(rules, m, noon).From(); got != want {
			t.Errorf("format %q sends %s, want %s", format, got, want)
		}
	}
	coarse := timestamps()
	coarse.Precision = Second
	if got := NewWatermark(coarse, pass(t, coarse, nil, noon, m.Raw).Mark(), noon).From(); got != "2024-05-01T10:00:00Z" {
		t.Errorf("declared precision sends %s", got)
	}
	negative := CursorFormat{Type: TimestampCursor, Format: "epoch_s"}
	if got := negative.Text(-1, Point{}, Second); got != "-1" {
		t.Errorf("a microsecond before 1970 became second %s", got)
	}
}

func TestSync08OrderIsVerifiedBeforeItIsTrusted(t *testing.T) {
	t.Parallel()
	rules := timestamps()
	cursors := []string{"2024-05-01T10:00:00Z", "2024-05-01T12:00:00Z"}
	if pass(t, rules, nil, noon, cursors...).Checkpoint() != nil {
		t.Error("a checkpoint within a pass whose order nobody declared")
	}
	rules.Ascending = true
	w := pass(t, rules, nil, noon, cursors...)
	if m := w.Checkpoint(); m == nil || m.Raw != cursors[1] {
		t.Fatalf("checkpoint %+v", m)
	}
	w.observe(Point{Value: 1, Raw: "older"})
	if w.Checkpoint() != nil || w.Disorder() != "older came after 2024-05-01T12:00:00Z" {
		t.Errorf("after a violation: %+v, %q", w.Checkpoint(), w.Disorder())
	}
	if m := w.Mark(); m.Raw != cursors[1] {
		t.Errorf("the complete pass still ends at its largest cursor; got %+v", m)
	}
}

func TestSync09RecordsWithoutCursor(t *testing.T) {
	t.Parallel()
	for policy, wantLoad := range map[Missing]bool{"": true, IncludeMissing: true, ExcludeMissing: false} {
		rules := timestamps()
		rules.Missing = policy
		w := NewWatermark(rules, nil, noon)
		for _, raw := range []string{"null", "", `"soon"`, "{}"} {
			if _, load, err := w.Observe(jsonValue(raw)); load != wantLoad || err != nil {
				t.Errorf("%s, policy %q: load %v, %v", raw, policy, load, err)
			}
		}
		if c := w.Counts(); c.Missing != 3 || c.Unreadable != 1 || w.Mark() != nil {
			t.Errorf("counts %+v, mark %v", c, w.Mark())
		}
	}
	rules := timestamps()
	rules.Missing = FailMissing
	if _, _, err := NewWatermark(rules, nil, noon).Observe(nil); err == nil {
		t.Error("policy fail let a record without cursor pass")
	}
}

func TestSync10NoRowsKeepTheMark(t *testing.T) {
	t.Parallel()
	if m := pass(t, timestamps(), nil, noon).Mark(); m != nil {
		t.Errorf("first run without rows: %+v", m)
	}
	prior := &Mark{Raw: "2024-05-01T10:00:00Z", Value: 1714557600e6, Precision: Second, Offset: "Z"}
	if m := pass(t, timestamps(), prior, noon).Mark(); *m != *prior {
		t.Errorf("later run without rows: %+v", m)
	}
	if m := pass(t, timestamps(), prior, noon, "2024-04-01T00:00:00Z").Mark(); *m != *prior {
		t.Errorf("the mark went back to %+v", m)
	}
	initial := timestamps()
	initial.Initial = "2020-01-01"
	if got := NewWatermark(initial, nil, noon).From(); got != "2020-01-01" {
		t.Errorf("first run asks from %q", got)
	}
}

func TestSync19NaiveTimesNeedAZone(t *testing.T) {
	t.Parallel()
	_, _, err := NewWatermark(timestamps(), nil, noon).Observe(jsonValue(`"2024-05-01 10:00:00"`))
	if err == nil || !strings.Contains(err.Error(), `declare "zone"`) {
		t.Errorf("got %v", err)
	}
	rules := timestamps()
	rules.Zone = zone(t, "Europe/Berlin")
	m := pass(t, rules, nil, noon, "2024-05-01 10:00:00.5").Mark()
	if m.Value != time.Date(2024, 5, 1, 8, 0, 0, 5e8, time.UTC).UnixMicro() || m.Offset != "" {
		t.Errorf("mark %+v", m)
	}
	rules.Lookback = time.Hour
	if got := NewWatermark(rules, m, noon).From(); got != "2024-05-01 09:00:00.500" {
		t.Errorf("asks in its own zone from %s", got)
	}
}

func TestSync19RepeatedHourIsReadAgain(t *testing.T) {
	t.Parallel()
	rules := timestamps()
	rules.Zone = zone(t, "Europe/Berlin")
	now := time.Date(2024, 10, 28, 0, 0, 0, 0, time.UTC)
	// 02:30 comes twice on that night; the mark takes the first, and asks a further hour back,
	// because the second pass brings wall times before 02:30 again.
	m := pass(t, rules, nil, now, "2024-10-27T02:30:00").Mark()
	if got := time.UnixMicro(m.Value).UTC().Format(time.RFC3339); got != "2024-10-27T00:30:00Z" {
		t.Errorf("mark at %s", got)
	}
	if got := NewWatermark(rules, m, now).From(); got != "2024-10-27T01:30:00" {
		t.Errorf("from %s", got)
	}
	after := pass(t, rules, nil, now, "2024-10-27T03:30:00").Mark()
	if got := NewWatermark(rules, after, now).From(); got != "2024-10-27T03:30:00" {
		t.Errorf("an hour that comes once is asked from %s", got)
	}
	gap, err := rules.Parse("2024-03-31T02:30:00")
	if err != nil || gap.Value > time.Date(2024, 3, 31, 1, 30, 0, 0, time.UTC).UnixMicro() {
		t.Errorf("an hour that does not exist: %+v, %v", gap, err)
	}
}

func TestOffsetsAreRead(t *testing.T) {
	t.Parallel()
	f := CursorFormat{Type: TimestampCursor}
	for raw, want := range map[string]string{
		"2024-05-01T10:00:00+02:00": "2024-05-01T08:00:00Z", "2024-05-01T10:00:00.5-0330": "2024-05-01T13:30:00.5Z", "2024-05-01 10:00:00 +01": "2024-05-01T09:00:00Z",
		"2024-05-01T10:00Z": "2024-05-01T10:00:00Z", "2024-05-01t10:00:00z": "2024-05-01T10:00:00Z",
	} {
		p, err := f.Parse(raw)
		if got := time.UnixMicro(p.Value).UTC().Format(time.RFC3339Nano); err != nil || got != want {
			t.Errorf("%s is %s, %v", raw, got, err)
		}
	}
	for _, bad := range []string{"", "x", "2024-13-01T00:00:00Z", "2024-05-01T10:00:00+99:99x", "2024-05-01T", "2024-05-01x10:00:00Z"} {
		if p, err := f.Parse(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, p)
		}
	}
}

// Whatever a source sends in whatever order, the next pass asks for nothing later than a
// row that this pass did not see: no row that comes with a cursor above every one seen, or
// equal to the largest, is lost.
func TestWatermarkNeverJumpsOverARow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := timestamps()
		rules.Lookback = time.Duration(rapid.IntRange(0, 7200).Draw(t, "lookback")) * time.Second
		rules.Exclusive = rapid.Bool().Draw(t, "exclusive")
		rules.Format = rapid.SampledFrom([]string{"", "rfc3339", "epoch_s", "date", "2006-01-02 15:04:05.000Z"}).Draw(t, "format")
		w := NewWatermark(rules, nil, noon)
		var largest int64
		for _, seconds := range rapid.SliceOf(rapid.IntRange(-90000, 90000)).Draw(t, "rows") {
			at := noon.Add(time.Duration(seconds)*time.Second + time.Duration(rapid.IntRange(0, 999999).Draw(t, "µs"))*time.Microsecond)
			if !at.After(noon) {
				largest = max(largest, at.UnixMicro())
			}
			if _, _, err := w.Observe(jsonValue(quote(at.Format(time.RFC3339Nano)))); err != nil {
				t.Fatal(err)
			}
		}
		m := w.Mark()
		if m == nil {
			if largest != 0 {
				t.Fatal("rows were seen and no mark kept")
			}
			return
		}
		from, err := rules.parseSent(NewWatermark(rules, m, noon).From())
		if err != nil || from > largest || rules.Exclusive && from >= largest {
			t.Fatalf("largest %d, from %d, %v", largest, from, err)
		}
	})
}

// parseSent reads what was sent in one of the test's formats.
func (r CursorRules) parseSent(text string) (int64, error) {
	if r.Format == "date" {
		r.Type = DateCursor
	}
	if r.Format == "2006-01-02 15:04:05.000Z" {
		t, err := time.Parse(r.Format, text)
		return t.UnixMicro(), err
	}
	p, err := r.Parse(text)
	if err != nil {
		return 0, fmt.Errorf("sent text: %w", err)
	}
	return p.Value, nil
}

func FuzzCursorParse(f *testing.F) {
	for _, s := range []string{"2024-05-01T10:00:00.123456Z", "2024-05-01", "1714557600", "2024-10-27 02:30:00", "2024-05-01T10:00+02"} {
		f.Add(s)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, format := range []CursorFormat{
			{Type: TimestampCursor, Zone: berlin}, {Type: DateCursor}, {Type: IntegerCursor}, {Type: TimestampCursor, Format: "epoch_ms"},
		} {
			p, err := format.Parse(raw)
			if err != nil {
				continue
			}
			again, err := format.Parse(format.Text(p.Value, p, p.Precision))
			if err != nil || again.Value > p.Value {
				t.Errorf("%q is sent as %q, which is later or unreadable: %v", raw, format.Text(p.Value, p, p.Precision), err)
			}
		}
	})
}
