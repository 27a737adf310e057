package server

import (
	"fmt"
	"time"
	_ "time/tzdata" // billing's zone must be known on a machine without zone files
)

// maxDay keeps the calendar within the dates that the project's date dimension covers.
const maxDay = 900

// firstDay is the date of day 1, in UTC.
var firstDay = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)

// The layouts in which the two systems write time.
const (
	layoutMillis = "2006-01-02T15:04:05.000Z"
	layoutMicros = "2006-01-02T15:04:05.000000Z"
)

// historyDays is how far back the orders go, day 1 included.
const historyDays = 365

// dayStart is midnight UTC of a simulated day.
func dayStart(day int) time.Time { return firstDay.AddDate(0, 0, day-1) }

// Date is the calendar date of a simulated day.
func Date(day int) string { return dayStart(day).Format(time.DateOnly) }

// at is a moment of a simulated day.
func at(day int, sinceMidnight time.Duration) time.Time { return dayStart(day).Add(sinceMidnight) }

// billingZone is where billing's dates without a zone are meant.
func billingZone() (*time.Location, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, fmt.Errorf("load the zone of billing's dates: %w", err)
	}
	return zone, nil
}
