package source

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// CursorType is what a cursor's values are.
type CursorType string

// The cursor types. A timestamp is compared to the microsecond, a date by whole days.
const (
	TimestampCursor CursorType = "timestamp"
	DateCursor      CursorType = "date"
	IntegerCursor   CursorType = "integer"
)

// Precision is the step in which a source counts its cursor.
type Precision string

// The precisions of cursors; a precision unknown to this list counts as Microsecond.
const (
	Microsecond Precision = "microsecond"
	Millisecond Precision = "millisecond"
	Second      Precision = "second"
	Minute      Precision = "minute"
	Day         Precision = "day"
	Whole       Precision = "integer"
)

const microsPerDay = 24 * 3600 * 1e6

// unit is one step: in microseconds for times, 1 for integers.
func (p Precision) unit() int64 {
	switch p {
	case Day:
		return microsPerDay
	case Minute:
		return 60e6
	case Second:
		return 1e6
	case Millisecond:
		return 1e3
	}
	return 1
}

// finer is the precision with the smaller step.
func (p Precision) finer(q Precision) Precision {
	if p == "" || q != "" && q.unit() < p.unit() {
		return q
	}
	return p
}

// Point is a cursor value: microseconds since 1970 in UTC, or an integer, together with
// the text it was read from.
type Point struct {
	Value     int64
	Raw       string
	Precision Precision
	Offset    string // "Z", "+02:00"; "" for a naive time and for integers
}

// CursorFormat says how a source writes its cursor.
type CursorFormat struct {
	Type CursorType
	// Format is how values are sent, and read if they are not in a usual form: "" (as
	// received), "rfc3339", "date", "epoch_s", "epoch_ms", "epoch_us" or a Go time layout.
	Format string
	// Precision is declared where the text does not show it.
	Precision Precision
	// Zone gives naive times and dates their meaning; nil leaves naive times unreadable
	// and takes dates as UTC.
	Zone *time.Location
}

// errNaive is what a naive time without a declared zone ends with (sync case 19).
var errNaive = errors.New(`time has no offset; declare "zone" for the cursor`)

// Parse reads a cursor text.
func (f CursorFormat) Parse(raw string) (Point, error) {
	switch f.Type {
	case IntegerCursor:
		n, err := strconv.ParseInt(raw, 10, 64)
		if err != nil {
			return Point{}, fmt.Errorf("cursor %q is no integer", raw)
		}
		return Point{Value: n, Raw: raw, Precision: Whole}, nil
	case DateCursor:
		return f.parseDate(raw)
	}
	p, err := f.parseTime(raw)
	if f.Precision != "" {
		p.Precision = f.Precision
	}
	return p, err
}

func (f CursorFormat) parseDate(raw string) (Point, error) {
	layout := time.DateOnly
	if f.isLayout() {
		layout = f.Format
	}
	text := raw
	if len(text) > 10 && layout == time.DateOnly {
		text = text[:10] // a date followed by a time that means nothing: "2024-05-01T00:00:00"
	}
	day, err := time.Parse(layout, text)
	if err != nil {
		return Point{}, fmt.Errorf("cursor %q is no date", raw)
	}
	return Point{Value: startOfDay(day, f.Zone), Raw: raw, Precision: Day}, nil
}

func startOfDay(day time.Time, zone *time.Location) int64 {
	if zone == nil {
		zone = time.UTC
	}
	return earliest(day, zone).UnixMicro()
}

// isLayout tells whether Format is a Go time layout: it has a year.
func (f CursorFormat) isLayout() bool { return strings.Contains(f.Format, "06") }

// Validate reports a format or precision that nobody knows.
func (f CursorFormat) Validate() error {
	var errs []error
	switch f.Format {
	case "", "rfc3339", "date", "epoch_s", "epoch_ms", "epoch_us":
	default:
		if !f.isLayout() {
			errs = append(errs, fmt.Errorf("format: %q is not rfc3339, date, epoch_s, epoch_ms, epoch_us or a Go layout such as 2006-01-02 15:04:05", f.Format))
		}
	}
	switch f.Type {
	case TimestampCursor, DateCursor, IntegerCursor:
	default:
		errs = append(errs, fmt.Errorf("type: %q is not timestamp, date or integer", f.Type))
	}
	return errors.Join(errs...)
}

// epochUnit is the microseconds of one count of an epoch format; 0 for other formats.
func (f CursorFormat) epochUnit() (int64, Precision) {
	switch f.Format {
	case "epoch_s":
		return 1e6, Second
	case "epoch_ms":
		return 1e3, Millisecond
	case "epoch_us":
		return 1, Microsecond
	}
	return 0, ""
}

// parseTime reads a timestamp; sub-microsecond digits are cut, never rounded (case 6).
func (f CursorFormat) parseTime(raw string) (Point, error) {
	if unit, precision := f.epochUnit(); unit > 0 {
		if n, err := strconv.ParseInt(raw, 10, 64); err == nil && n < maxEpoch/unit && n > -maxEpoch/unit {
			return Point{Value: n * unit, Raw: raw, Precision: precision, Offset: "Z"}, nil
		}
	}
	wall, precision, offset, err := parseWall(raw)
	if err != nil && f.isLayout() {
		return f.parseLayout(raw)
	}
	if err != nil {
		return Point{}, err
	}
	p := Point{Raw: raw, Precision: precision, Offset: offset}
	switch {
	case offset != "":
		seconds, err := offsetSeconds(offset)
		if err != nil {
			return Point{}, fmt.Errorf("cursor %q: %w", raw, err)
		}
		p.Value = wall.UnixMicro() - seconds*1e6
	case f.Zone == nil:
		return Point{}, fmt.Errorf("cursor %q: %w", raw, errNaive)
	default:
		p.Value = earliest(wall, f.Zone).UnixMicro()
	}
	return p, nil
}

const maxEpoch = 1 << 62

func (f CursorFormat) parseLayout(raw string) (Point, error) {
	t, err := time.Parse(f.Format, raw)
	if err != nil {
		return Point{}, fmt.Errorf("cursor %q is no timestamp of the form %q", raw, f.Format)
	}
	p := Point{Raw: raw, Precision: layoutPrecision(f.Format)}
	if strings.Contains(f.Format, "Z") || strings.Contains(f.Format, "-07") {
		p.Value, p.Offset = t.UnixMicro(), t.Format("Z07:00")
		return p, nil
	}
	if f.Zone == nil {
		return Point{}, fmt.Errorf("cursor %q: %w", raw, errNaive)
	}
	p.Value = earliest(t, f.Zone).UnixMicro()
	return p, nil
}

func layoutPrecision(layout string) Precision {
	_, fraction, _ := strings.Cut(layout, "05.")
	switch digits := len(fraction) - len(strings.TrimLeft(fraction, "09")); {
	case digits > 3:
		return Microsecond
	case digits > 0:
		return Millisecond
	case strings.Contains(layout, "05"):
		return Second
	case strings.Contains(layout, "04"):
		return Minute
	}
	return Day
}

// parseWall reads "2024-05-01", "2024-05-01T10:00", "2024-05-01 10:00:00.123456789+02:00"
// and what lies between: the wall clock time as if in UTC, its precision and its offset.
func parseWall(raw string) (time.Time, Precision, string, error) {
	if len(raw) == 10 {
		t, err := time.Parse(time.DateOnly, raw)
		if err != nil {
			return t, "", "", noTimestamp(raw)
		}
		return t, Day, "", nil
	}
	if len(raw) < 16 || raw[10] != 'T' && raw[10] != ' ' && raw[10] != 't' {
		return time.Time{}, "", "", noTimestamp(raw)
	}
	clock, offset := splitOffset(raw[11:])
	layout, precision := "2006-01-02T15:04:05", Second
	if whole, fraction, found := strings.Cut(clock, "."); found {
		precision = Microsecond
		if len(fraction) <= 3 {
			precision = Millisecond
		}
		clock = clock[:len(whole)+1+min(len(fraction), 6)]
	} else if len(clock) == 5 {
		layout, precision = "2006-01-02T15:04", Minute
	}
	t, err := time.Parse(layout, raw[:10]+"T"+clock)
	if err != nil {
		return t, "", "", noTimestamp(raw)
	}
	return t, precision, offset, nil
}

func noTimestamp(raw string) error { return fmt.Errorf("cursor %q is no timestamp", raw) }

// splitOffset parts "10:00:00 +02:00" into the clock and its offset.
func splitOffset(clock string) (string, string) {
	i := strings.IndexAny(clock, "Zz+-")
	if i < 0 {
		return clock, ""
	}
	offset := clock[i:]
	if offset == "z" {
		offset = "Z"
	}
	return strings.TrimRight(clock[:i], " "), offset
}

// offsetSeconds reads Z, +02, +0200 and +02:00.
func offsetSeconds(offset string) (int64, error) {
	for _, layout := range []string{"Z07:00", "Z0700", "Z07"} {
		if t, err := time.Parse(layout, offset); err == nil {
			_, seconds := t.Zone()
			return int64(seconds), nil
		}
	}
	return 0, fmt.Errorf("%q is no offset", offset)
}

// earliest is the first instant at which clocks in zone showed the wall time. An hour
// that a clock change repeats is taken as its first pass, so that a mark is never too late.
func earliest(wall time.Time, zone *time.Location) time.Time {
	best := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), zone)
	for _, probe := range []time.Time{best.Add(-24 * time.Hour), best.Add(24 * time.Hour)} {
		_, offset := probe.Zone()
		other := time.Unix(wall.Unix()-int64(offset), int64(wall.Nanosecond())).In(zone)
		if sameWall(other, wall) && other.Before(best) {
			best = other
		}
	}
	return best
}

func sameWall(a, b time.Time) bool {
	const layout = "2006-01-02T15:04:05"
	return a.Format(layout) == b.Format(layout)
}

// repeated is how long the hour at t is repeated by a clock change, 0 on other hours:
// later events may carry earlier wall times within it.
func repeated(t time.Time) time.Duration {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	_, late := t.Add(24 * time.Hour).Zone()
	second := time.Unix(wall.Unix()-int64(late), 0).In(t.Location())
	if sameWall(second, wall) && second.After(t) {
		return second.Sub(t.Truncate(time.Second))
	}
	return 0
}

// Text writes a point as it is sent to the source. like shows how the source itself
// writes; precision is the finest it was seen to use. What does not fit is cut, so that
// the source is asked for rather too much than too little (case 6).
func (f CursorFormat) Text(value int64, like Point, precision Precision) string {
	if f.Type == IntegerCursor {
		return strconv.FormatInt(value, 10)
	}
	if unit, _ := f.epochUnit(); unit > 0 {
		return strconv.FormatInt(floorDiv(value, unit), 10)
	}
	t := time.UnixMicro(value).UTC()
	naive := like.Offset == "" && f.Zone != nil
	if naive || f.Type == DateCursor && f.Zone != nil {
		t = t.In(f.Zone)
	}
	switch {
	case f.Format == "date" || f.Type == DateCursor && !f.isLayout():
		return t.Format(time.DateOnly)
	case f.isLayout():
		return t.Format(f.Format)
	case f.Format == "rfc3339" && precision.unit() >= 1e6:
		return t.UTC().Format(time.RFC3339)
	}
	return formatLike(t, like, precision, naive && f.Format != "rfc3339")
}

// formatLike writes a time with the source's separator and number of digits.
func formatLike(t time.Time, like Point, precision Precision, naive bool) string {
	separator := "T"
	if len(like.Raw) > 10 && like.Raw[10] == ' ' {
		separator = " "
	}
	clock := "15:04:05.000000"
	switch precision {
	case Millisecond:
		clock = "15:04:05.000"
	case Second:
		clock = "15:04:05"
	case Minute, Day:
		clock = "15:04"
		if precision == Day && len(like.Raw) == 10 {
			return t.Format(time.DateOnly)
		}
	}
	if !naive {
		clock += "Z"
		t = t.UTC()
	}
	return t.Format("2006-01-02" + separator + clock)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func isNaive(err error) bool { return errors.Is(err, errNaive) }
