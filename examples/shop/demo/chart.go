package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// revenue is a row of the answer: a month and a segment.
type revenue struct {
	Month   string `json:"month"`
	Segment string `json:"segment"`
	Cents   int64  `json:"cents"`
	Orders  int    `json:"orders"`
	Lines   int    `json:"lines"`
}

// marks draw the segments, so that a chart needs no colours.
var marks = [...]struct{ segment, mark string }{
	{"Enterprise", "█"}, {"Mid-Market", "▓"}, {"Public Sector", "▒"}, {"SMB", "░"},
}

// barWidth is the length of the longest bar.
const barWidth = 60

// chart draws a bar for each month, made of its segments. Rows come in the order of months.
func chart(to io.Writer, rows []revenue) {
	totals := map[string]int64{}
	for _, r := range rows {
		totals[r.Month] += r.Cents
	}
	most := slices.Max(append(slices.Collect(maps.Values(totals)), 1))
	for _, month := range months(rows) {
		fmt.Fprintf(to, "  %.7s  %s %d\n", month, bar(rows, month, most), (totals[month]+50)/100)
	}
	var legend []string
	for _, m := range marks {
		legend = append(legend, m.mark+" "+m.segment)
	}
	fmt.Fprintf(to, "           %s\n", strings.Join(legend, "   "))
}

func months(rows []revenue) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Month)
	}
	return slices.Compact(out)
}

// bar draws one month. Ends are rounded from the running sum, so that the length of a bar
// is that of its total.
func bar(rows []revenue, month string, most int64) string {
	var b strings.Builder
	var sum, drawn int64
	for _, m := range marks {
		for _, r := range rows {
			if r.Month == month && r.Segment == m.segment {
				sum += r.Cents
			}
		}
		end := max((sum*barWidth+most/2)/most, drawn)
		b.WriteString(strings.Repeat(m.mark, int(end-drawn)))
		drawn = end
	}
	return b.String()
}
