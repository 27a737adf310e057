package coltype

import (
	"bytes"
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // zones are the same on every machine

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

const (
	second  = 1_000_000
	day     = 86400 * second
	minYear = 1900
	maxYear = 9998
)

var (
	errNaive = errors.New("it has no offset; declare its zone, such as timestamp(Europe/Berlin)")
	errYear  = fmt.Errorf("its year is not between %d and %d", minYear, maxYear)
)

// The forms of an instant as patterns; years as errYear says.
const (
	dayForm    = "((19|[2-8][0-9]|9[0-8])[0-9]{2}|99[0-8][0-9]|999[0-8])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
	clockForm  = "[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
	offsetForm = "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
)

// parseTimestamp makes timestamp, timestamp(zone) or timestamp(zone, later).
func parseTimestamp(args []string) (Type, error) {
	if len(args) == 0 {
		return timestampType("timestamp", nil, false), nil
	}
	later := len(args) == 2 && args[1] == "later"
	if len(args) > 2 || len(args) == 2 && !later && args[1] != "earlier" {
		return nil, fmt.Errorf("after the zone stands earlier or later")
	}
	zone, err := time.LoadLocation(args[0])
	if err != nil || args[0] == "Local" {
		return nil, fmt.Errorf("%q is no time zone", args[0])
	}
	name := "timestamp(" + args[0] + ")"
	if later {
		name = "timestamp(" + args[0] + ", later)"
	}
	return timestampType(name, zone, later), nil
}

func timestampType(name string, zone *time.Location, later bool) Type {
	return &standard{
		name: name, stored: record.Of(record.Timestamp),
		decode: func(text []byte) (record.Value, error) {
			i, err := readInstant(text)
			switch {
			case err != nil:
				return record.Null, err
			case i.hasOffset:
				return record.TimestampValue(i.wall - int64(i.offset)*second), nil
			case zone == nil:
				return record.Null, errNaive
			}
			return record.TimestampValue(inZone(i.wall, zone, later)), nil
		},
		spell: func(d expr.Dialect, x string) string { return spellTimestamp(d, x, zone, later) },
	}
}

// instant is a time as it was written: what the clock on the wall showed, in microseconds
// since 1970 as if in UTC, and the offset in seconds if there was one.
type instant struct {
	wall      int64
	offset    int
	hasOffset bool
}

// readInstant reads 2024-12-31, and with [T ]23:59[:59[.999999999]] and then an offset.
func readInstant(text []byte) (instant, error) {
	y, okY := number(text, 4)
	if !okY || len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return instant{}, errForm
	}
	m, okM := number(text[5:], 2)
	d, okD := number(text[8:], 2)
	if !okM || !okD || !realDay(y, m, d) {
		return instant{}, errForm
	}
	if y < minYear || y > maxYear {
		return instant{}, errYear
	}
	i := instant{wall: daysSince1970(y, m, d) * day}
	if text = text[10:]; len(text) == 0 {
		return i, nil
	}
	text, clock, ok := readClock(text)
	if !ok {
		return instant{}, errForm
	}
	i.wall += clock
	if len(text) == 0 {
		return i, nil
	}
	i.offset, i.hasOffset = readOffset(text)
	if !i.hasOffset {
		return instant{}, errForm
	}
	return i, nil
}

// readClock reads [T ]hh:mm[:ss[.fraction]] and gives what follows and the microseconds.
func readClock(text []byte) (rest []byte, micros int64, ok bool) {
	if text[0] != 'T' && text[0] != ' ' || len(text) < 6 || text[3] != ':' {
		return nil, 0, false
	}
	h, okH := number(text[1:], 2)
	m, okM := number(text[4:], 2)
	if !okH || !okM || h > 23 || m > 59 {
		return nil, 0, false
	}
	micros, rest = int64(h*3600+m*60)*second, text[6:]
	if len(rest) == 0 || rest[0] != ':' {
		return rest, micros, true
	}
	s, okS := number(rest[1:], 2)
	if !okS || s > 59 {
		return nil, 0, false
	}
	micros, rest = micros+int64(s)*second, rest[3:]
	if len(rest) == 0 || rest[0] != '.' {
		return rest, micros, true
	}
	rest = rest[1:]
	width, unit := 0, int64(second)
	for width < len(rest) && isDigit(rest[width]) {
		unit /= 10
		micros += int64(rest[width]-'0') * unit // nothing from the seventh digit on
		width++
	}
	return rest[width:], micros, width > 0 && width <= 9
}

// readOffset reads Z, ±hh, ±hhmm or ±hh:mm.
func readOffset(text []byte) (seconds int, ok bool) {
	if len(text) == 1 && text[0] == 'Z' {
		return 0, true
	}
	if text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	h, okH := number(text[1:], 2)
	if !okH || h > 14 {
		return 0, false
	}
	m, okM := 0, true
	if rest := text[3:]; len(rest) > 0 {
		rest = bytes.TrimPrefix(rest, []byte{':'})
		m, okM = number(rest, 2)
		okM = okM && len(rest) == 2 && m < 60
	}
	seconds = h*3600 + m*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, okM
}

// inZone is the instant at which a zone's clocks showed wall. Of a time that happened
// twice it is the earlier or the later one; a time that was skipped is read with the offset before
// the gap, as PostgreSQL does: 02:30 becomes 03:30.
func inZone(wall int64, zone *time.Location, later bool) int64 {
	before, after := offsetAt(wall-day, zone), offsetAt(wall+day, zone)
	first, last := wall-before, wall-after
	firstFits := offsetAt(first, zone) == before
	lastFits := offsetAt(last, zone) == after
	switch {
	case firstFits && lastFits && later:
		return max(first, last)
	case firstFits && lastFits:
		return min(first, last)
	case lastFits:
		return last
	}
	return first
}

func offsetAt(micros int64, zone *time.Location) int64 {
	_, offset := time.UnixMicro(micros).In(zone).Zone()
	return int64(offset) * second
}

// spellTimestamp relies on sessions that are in UTC, as warehouses promise: then an instant and
// a wall clock in UTC cast into each other, however a database stores instants.
func spellTimestamp(d expr.Dialect, x string, zone *time.Location, later bool) string {
	timestamp := record.Of(record.Timestamp)
	replace := func(x, pattern, by string) string {
		return "regexp_replace(" + x + ", " + textLiteral(d, pattern) + ", " + textLiteral(d, by) + ")"
	}
	full := replace(replace(x, "([.][0-9]{6})[0-9]+", `\1`), "^([^:]+:[0-9]{2})($|[Z+-])", `\1:00\2`) // microseconds, with seconds
	absolute := "CASE WHEN " + d.Matches(x, "^"+dayForm+clockForm+offsetForm+"$") + " THEN " + d.TryCast(full, timestamp)
	if zone == nil {
		return absolute + " END"
	}
	atUTC := d.TryCast("("+full+" || CASE WHEN length("+x+") = 10 THEN ' 00:00:00Z' ELSE 'Z' END)", timestamp)
	wall := "CAST(" + atUTC + " AS timestamp)"
	name := textLiteral(d, zone.String())
	local := "(" + wall + " AT TIME ZONE " + name + ")"
	sign := "-"
	if later {
		sign = "+"
	}
	// Which of two equal times a database takes differs; the other one is an hour away.
	other := "(" + local + " " + sign + " INTERVAL '1 hour')"
	return absolute + " WHEN " + d.Matches(x, "^"+dayForm+"("+clockForm+")?$") +
		" THEN CAST(CASE WHEN (" + other + " AT TIME ZONE " + name + ") = " + wall + " THEN " + other + " ELSE " + local + " END AS " + d.TypeName(timestamp) + ") END"
}

// epoch is an instant as a number of which up more digits make microseconds.
func epoch(name string, up int) Type {
	low := time.Date(minYear, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	high := time.Date(maxYear+1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() - 1
	return &standard{
		name: name, stored: record.Of(record.Timestamp),
		decode: func(text []byte) (record.Value, error) {
			micros, ok := epochMicros(text, up)
			switch {
			case !ok:
				return record.Null, errForm
			case micros < low || micros > high:
				return record.Null, errYear
			}
			return record.TimestampValue(micros), nil
		},
		spell: func(d expr.Dialect, x string) string { return spellEpoch(d, x, up, low, high) },
	}
}

// epochMicros cuts a number down to whole microseconds, towards the past.
func epochMicros(text []byte, up int) (int64, bool) {
	n, ok := readDigits(text)
	whole, fraction, _ := bytes.Cut(bytes.TrimPrefix(text, []byte{'-'}), []byte{'.'})
	if !ok || len(whole) > 18-up || len(fraction) > 9 {
		return 0, false
	}
	micros := int64(0)
	for _, c := range n.whole {
		micros = micros*10 + int64(c-'0')
	}
	for i := range up {
		micros *= 10
		if i < len(n.fraction) {
			micros += int64(n.fraction[i] - '0')
		}
	}
	if n.negative {
		micros = -micros
		if len(n.fraction) > up {
			micros--
		}
	}
	return micros, true
}

func spellEpoch(d expr.Dialect, x string, up int, low, high int64) string {
	integer := func(n int64) string { return d.Literal(record.IntValue(n), record.Of(record.Int)) }
	factor := d.Literal(record.DecimalValue("1"+"000000"[:up]), record.DecimalOf(up+1, 0))
	micros := "CAST(floor(" + d.TryCast(x, record.DecimalOf(29, 9)) + " * " + factor + ") AS " + d.TypeName(record.Of(record.Int)) + ")"
	seconds := d.IntDiv(micros, integer(second))
	rest := "(" + micros + " % " + integer(second) + ")"
	whole := "to_timestamp(CAST(" + seconds + " AS " + d.TypeName(record.Of(record.Float)) + "))" // exact: a double holds every such second
	instant := "CAST(" + whole + " + " + rest + " * INTERVAL '1 microsecond' AS " + d.TypeName(record.Of(record.Timestamp)) + ")"
	return where(d, x, fmt.Sprintf("^-?[0-9]{1,%d}([.][0-9]{1,9})?$", 18-up),
		"CASE WHEN "+micros+" BETWEEN "+integer(low)+" AND "+integer(high)+" THEN "+instant+" END")
}
