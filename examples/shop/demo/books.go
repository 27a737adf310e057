package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// books compares the star with the shop's own books, in which nothing of Lode takes part.
func (d *demo) books(ctx context.Context) error {
	d.say("Is it true?", "The server knows its own books. Lode has no part in them.")
	truth, err := d.shop.Truth(d.shop.Day())
	if err != nil {
		return err
	}
	want := map[string]string{}
	for _, r := range truth.Revenue {
		cents, err := strconv.ParseInt(strings.Replace(r.Amount, ".", "", 1), 10, 64)
		if err != nil {
			return fmt.Errorf("read the shop's books: %w", err)
		}
		want[group(r.Month, r.Segment)] = entry(cents, r.Orders, r.Lines)
	}
	rows, err := ask[revenue](ctx, d, booksRows)
	if err != nil {
		return err
	}
	got := map[string]string{}
	for _, r := range rows {
		got[group(r.Month, r.Segment)] = entry(r.Cents, r.Orders, r.Lines)
	}
	if diff := differences(want, got); len(diff) > 0 {
		for _, line := range diff {
			d.printf("  %s\n", line)
		}
		return fmt.Errorf("the star differs from the shop's books in %d groups of month and segment", len(diff))
	}
	d.printf("All %d groups of month and segment agree to the cent: revenue, orders, and %d lines.\n", len(want), truth.Lines)
	return nil
}

func group(month, segment string) string { return fmt.Sprintf("%.7s %s", month, segment) }

func entry(cents int64, orders, lines int) string {
	return fmt.Sprintf("%d cents from %d orders with %d lines", cents, orders, lines)
}

// differences lists the groups that are not the same on both sides.
func differences(want, got map[string]string) []string {
	all := maps.Clone(want)
	maps.Copy(all, got)
	var out []string
	for _, g := range slices.Sorted(maps.Keys(all)) {
		if want[g] != got[g] {
			out = append(out, fmt.Sprintf("%s: the books say %q, the star says %q", g, want[g], got[g]))
		}
	}
	return out
}
