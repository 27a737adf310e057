package holidays

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/settings"
)

// Parse reads the CSV text of a file of holidays. Its first line names the columns
// date, name and region, in any order; region may be missing.
func Parse(text []byte) ([]schema.Holiday, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("is empty; its first line names the columns date, name and region")
	}
	if err != nil {
		return nil, err
	}
	columns, err := columnsOf(head)
	if err != nil {
		return nil, err
	}
	days := []schema.Holiday{}
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

// columnsOf finds the places of date, name and region; -1 for a region that is missing.
func columnsOf(head []string) ([3]int, error) {
	at := [3]int{-1, -1, -1}
	known := []string{"date", "name", "region"}
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		place := slices.Index(known, h)
		switch {
		case place < 0:
			return at, fmt.Errorf("line 1: the column %q is not known%s; the columns are date, name and region", h, settings.Suggest(h, known))
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

func holiday(row []string, columns [3]int) (schema.Holiday, error) {
	cell := func(i int) string {
		if columns[i] < 0 {
			return ""
		}
		return strings.TrimSpace(row[columns[i]])
	}
	date, err := time.Parse(time.DateOnly, cell(0))
	if err != nil {
		return schema.Holiday{}, fmt.Errorf("%q is no date; write YYYY-MM-DD", cell(0))
	}
	if cell(1) == "" {
		return schema.Holiday{}, fmt.Errorf("the holiday on %s has no name", cell(0))
	}
	return schema.Holiday{Date: date, Name: cell(1), Region: cell(2)}, nil
}
