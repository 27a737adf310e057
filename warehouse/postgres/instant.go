package postgres

// Day is the date, in UTC, of a timestamp.
func (Dialect) Day(x string) string { return "CAST((" + x + ") AT TIME ZONE 'UTC' AS date)" }

// ISO is the text of a timestamp in UTC with microseconds.
func (Dialect) ISO(x string) string {
	return `to_char((` + x + `) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

// Local is the timestamp that reads in UTC as the clocks of a zone read at x.
func (Dialect) Local(x, zone string) string {
	return "((" + x + ") AT TIME ZONE " + quoteText(zone) + " AT TIME ZONE 'UTC')"
}
