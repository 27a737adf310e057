package duckdb

// Day is the date, in UTC, of a timestamp.
func (Dialect) Day(x string) string { return "CAST((" + x + ") AS DATE)" }

// ISO is the text of a timestamp in UTC with microseconds.
func (Dialect) ISO(x string) string {
	return "strftime(" + x + ", '%Y-%m-%dT%H:%M:%S.%fZ')"
}

// Local is the timestamp that reads in UTC as the clocks of a zone read at x. Timestamps are
// stored without a zone, so that the first step says that they are of UTC.
func (Dialect) Local(x, zone string) string {
	return "((" + x + ") AT TIME ZONE 'UTC' AT TIME ZONE " + quoteText(zone) + ")"
}
