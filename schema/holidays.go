package schema

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Holiday is a day on which nobody works, in one region or, when that is "", in all.
type Holiday struct {
	Date   time.Time
	Name   string
	Region string
}

// ParseHolidays reads the CSV text of a file of holidays. Its first line names the columns
// date, name and region, in any order; region may be missing.
func ParseHolidays(text []byte) ([]Holiday, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("is empty; its first line names the columns date, name and region")
	}
	if err != nil {
		return nil, err
	}
	columns, err := holidayColumns(head)
	if err != nil {
		return nil, err
	}
	days := []Holiday{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return days, nil
		}
		if err != nil {
			return nil, err
		}
		day, err := holiday(row, columns)
		if err != nil {
			line, _ := r.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		days = append(days, day)
	}
}

// holidayColumns finds the places of date, name and region; -1 for a region that is missing.
func holidayColumns(head []string) ([3]int, error) {
	at := [3]int{-1, -1, -1}
	known := []string{"date", "name", "region"}
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		place := slices.Index(known, h)
		switch {
		case place < 0:
			return at, fmt.Errorf("line 1: the column %q is not known%s; the columns are date, name and region", h, suggest(h, known))
		case at[place] >= 0:
			return at, fmt.Errorf("line 1: the column %s stands there twice", h)
		}
		at[place] = i
	}
	if at[0] < 0 || at[1] < 0 {
		return at, fmt.Errorf("line 1: names the columns %s; date and name must be among them", strings.Join(head, ", "))
	}
	return at, nil
}

func holiday(row []string, columns [3]int) (Holiday, error) {
	cell := func(i int) string {
		if columns[i] < 0 {
			return ""
		}
		return strings.TrimSpace(row[columns[i]])
	}
	date, err := time.Parse(time.DateOnly, cell(0))
	if err != nil {
		return Holiday{}, fmt.Errorf("%q is no date; write YYYY-MM-DD", cell(0))
	}
	if cell(1) == "" {
		return Holiday{}, fmt.Errorf("the holiday on %s has no name", cell(0))
	}
	return Holiday{Date: date, Name: cell(1), Region: cell(2)}, nil
}

// Counted lists the days that count: those of the wanted regions, and those of all.
func (h *Holidays) Counted() []Holiday {
	if len(h.Regions) == 0 {
		return h.Days
	}
	return slices.DeleteFunc(slices.Clone(h.Days), func(d Holiday) bool { return d.Region != "" && !slices.Contains(h.Regions, d.Region) })
}

// regions lists the regions that the days name.
func (h *Holidays) regions() []string {
	var names []string
	for _, d := range h.Days {
		if d.Region != "" && !slices.Contains(names, d.Region) {
			names = append(names, d.Region)
		}
	}
	return names
}
