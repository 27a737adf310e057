package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodehq/lode/medallion"
)

// moments are the flags that choose the time of which a question is asked.
type moments struct {
	asOf, knownAt string
	given         func(flag string) bool // on the command line, with whatever value
}

func (m *moments) flags(cmd *cobra.Command) {
	m.given = cmd.Flags().Changed
	cmd.Flags().StringVar(&m.asOf, "as-of", "", "ask the star as it was at this valid time")
	cmd.Flags().StringVar(&m.knownAt, "as-known-at", "", "ask the star as it was known at this time")
}

// moment reads the flags. Only a question in SELECT or its like can be asked of another
// time: what describes the warehouse would describe that of today.
func (m *moments) moment(sql string) (medallion.Moment, error) {
	var out medallion.Moment
	var err error
	for flag, text := range map[string]string{"as-of": m.asOf, "as-known-at": m.knownAt} {
		if text == "" && m.given(flag) {
			return out, usagef("--%s is empty; write a time, or leave it out to ask of now", flag)
		}
	}
	if out.AsOf, err = instant("--as-of", m.asOf); err != nil {
		return out, err
	}
	if out.KnownAt, err = instant("--as-known-at", m.knownAt); err != nil || out.IsNow() {
		return out, err
	}
	switch word := strings.ToUpper(firstWord(sql)); word {
	case "SHOW", "DESCRIBE", "SUMMARIZE", "EXPLAIN":
		return out, usagef("%s cannot be asked of another time; ask with SELECT", word)
	}
	return out, nil
}

// instant reads a time as a person writes it; zero if there is none.
func instant(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", "2006-01-02T15:04"} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t.Year() < 1900 || t.Year() > 9998 {
			return t, usagef("%s: the year of %s is not between 1900 and 9998", flag, text)
		}
		return t, nil
	}
	return time.Time{}, usagef("%s: %q is no time; write 2025-03-01 or 2025-03-01T12:00:00Z", flag, text)
}
