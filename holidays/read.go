// Package holidays reads the files that tell a calendar its holidays: CSV texts inside the
// project's folder.
package holidays

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lodehq/lode/schema"
)

// maxFile bounds a file of holidays, far above what a person writes.
const maxFile = 1 << 20

// Read gives the calendars among the dimensions of the project in a folder the days of their
// files. What it is given stays as it is.
func Read(dir string, declared []schema.Dimension) ([]schema.Dimension, schema.Problems) {
	dimensions := slices.Clone(declared)
	var problems schema.Problems
	for i, d := range dimensions {
		if d.Calendar == nil || d.Calendar.Holidays == nil || d.Calendar.Holidays.File == "" {
			continue
		}
		calendar, holidays := *d.Calendar, *d.Calendar.Holidays
		var err error
		if holidays.Days, err = readDays(dir, holidays.File); err != nil {
			problems = append(problems, schema.Problem{Object: "dimension " + d.Name, Path: "calendar.holidays.file", Text: err.Error()})
		}
		calendar.Holidays = &holidays
		dimensions[i].Calendar = &calendar
	}
	return dimensions, problems
}

// readDays reads a file inside the project's folder.
func readDays(dir, file string) ([]schema.Holiday, error) {
	if !filepath.IsLocal(file) {
		return nil, fmt.Errorf("%q leads out of the project; put the file into its folder", file)
	}
	text, err := readInside(dir, file)
	if err != nil {
		return nil, err
	}
	days, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return days, nil
}

// readInside reads an ordinary file of bounded size; no link leads it out of the folder.
func readInside(dir, file string) ([]byte, error) {
	if dir == "" {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the project's folder: %w", err)
	}
	defer func() { _ = root.Close() }() // nothing was written
	info, err := root.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s in the project's folder", file)
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", file, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no ordinary file", file)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s has %d bytes, at most %d are read", file, info.Size(), maxFile)
	}
	text, err := root.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return text, nil
}
