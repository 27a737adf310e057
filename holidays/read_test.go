package holidays_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/lodehq/lode/holidays"
	"github.com/lodehq/lode/schema"
)

func calendar(file string) schema.Dimension {
	return schema.Dimension{Name: "dim_dates", Calendar: &schema.Calendar{Holidays: &schema.Holidays{File: file}}}
}

func TestReadLeavesWhatItIsGiven(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "days.csv"), []byte("date,name\n2025-01-01,New Year\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	declared := []schema.Dimension{{Name: "dim_items", From: "items"}, calendar("days.csv"), {Name: "dim_dates", Calendar: &schema.Calendar{}}}
	read, problems := holidays.Read(dir, declared)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if days := read[1].Calendar.Holidays.Days; len(days) != 1 || days[0].Name != "New Year" {
		t.Errorf("the days are %v", days)
	}
	if days := declared[1].Calendar.Holidays.Days; days != nil {
		t.Errorf("the declaration has got %v", days)
	}
}

func TestReadStaysInTheProject(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inside := filepath.Join(dir, "project")
	if err := os.MkdirAll(filepath.Join(inside, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "outside.csv"), []byte("date,name\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "outside.csv"), filepath.Join(inside, "link.csv")); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"../outside.csv": `dimension dim_dates: calendar.holidays.file: "../outside.csv" leads out of the project; put the file into its folder`,
		"link.csv":       "dimension dim_dates: calendar.holidays.file: read link.csv: statat link.csv: path escapes from parent",
		"none.csv":       "dimension dim_dates: calendar.holidays.file: there is no file none.csv in the project's folder",
		"folder.csv":     "dimension dim_dates: calendar.holidays.file: folder.csv is no ordinary file",
	} {
		_, problems := holidays.Read(inside, []schema.Dimension{calendar(file)})
		if problems.Error() != want {
			t.Errorf("%s: got %v, want %s", file, problems, want)
		}
	}
}

func ExampleParse() {
	days, err := holidays.Parse([]byte("date,name,region\n2025-01-06,Epiphany,AT\n"))
	fmt.Println(days[0].Name, days[0].Date.Format("2 January"), days[0].Region, err)
	// Output: Epiphany 6 January AT <nil>
}
