package duckdb

import (
	"strings"
	"unicode/utf8"
)

// excerptLength is how much of a statement an error shows.
const excerptLength = 120

// excerpt is the beginning of a statement on one line, for messages.
func excerpt(sql string) string {
	text := strings.Join(strings.Fields(sql[:min(len(sql), 4*excerptLength)]), " ")
	if len(text) <= excerptLength {
		return text
	}
	cut := excerptLength
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}
