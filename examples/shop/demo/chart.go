package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// revenue is a row of the answer: a month and a segment.
type revenue struct {
	Month   string          `json:"month"`
	Segment string          `json:"segment"`
	Amount  decimal.Decimal `json:"amount"`
	Orders  int             `json:"orders"`
	Lines   int             `json:"lines"`
}

// marks draw the segments, so that a chart needs no colours.
var marks = [...]struct{ segment, mark string }{
	{"Enterprise", "█"}, {"Mid-Market", "▓"}, {"Public Sector", "▒"}, {"SMB", "░"},
}

// barWidth is the length of the longest bar.
const barWidth = 60

// chart draws a bar for each month, made of its segments. Rows come in the order of months.
func chart(to io.Writer, rows []revenue) {
	totals := map[string]decimal.Decimal{}
	for _, r := range rows {
		totals[r.Month] = totals[r.Month].Add(r.Amount)
	}
	var most decimal.Decimal
	for _, total := range totals {
		most = decimal.Max(most, total)
	}
	for month := range slices.Values(months(rows)) {
		fmt.Fprintf(to, "  %.7s  %s %s\n", month, bar(rows, month, most), totals[month].Round(0))
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
func bar(rows []revenue, month string, most decimal.Decimal) string {
	var b strings.Builder
	var sum decimal.Decimal
	drawn := 0
	for _, m := range marks {
		for _, r := range rows {
			if r.Month == month && r.Segment == m.segment {
				sum = sum.Add(r.Amount)
			}
		}
		if most.IsPositive() {
			end := int(sum.Mul(decimal.NewFromInt(barWidth)).Div(most).Round(0).IntPart())
			b.WriteString(strings.Repeat(m.mark, max(end-drawn, 0)))
			drawn = max(end, drawn)
		}
	}
	return b.String()
}
