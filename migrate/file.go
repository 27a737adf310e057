package migrate

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lodehq/lode/warehouse"
)

// Folder is where a project keeps its migrations.
const Folder = "migrations"

// File is a migration as it lies in the folder. Its version is the time at which it was
// written, which is also its place in the order.
type File struct {
	Version int64
	Name    string // without version and ending
	Path    string
	Text    string

	script script
}

// Go is a migration written in Go, for data that SQL cannot change. It runs in one
// transaction, among the files, in the order of the versions.
type Go struct {
	Version  int64
	Name     string
	Up, Down func(ctx context.Context, tx warehouse.Tx) error
}

// fileName is what a migration is called: 20261123101500_add_tier.sql.
var fileName = regexp.MustCompile(`^(\d{14})_([a-z0-9_]+)\.sql$`)

// lastVersion leaves room for those that are counted up after it.
const lastVersion = 9000_01_01_00_00_00

// Read lists the migrations of a folder, in their order. A folder that is not there has none.
func Read(folder fs.FS) ([]File, error) {
	paths, err := fs.Glob(folder, "*.[sS][qQ][lL]")
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	var files []File
	for _, path := range paths {
		parts := fileName.FindStringSubmatch(path)
		if parts == nil {
			return nil, fmt.Errorf("read migration %s/%s: it is called otherwise than YYYYMMDDHHMMSS_name.sql, with a name of small letters, digits and _", Folder, path)
		}
		text, err := fs.ReadFile(folder, path)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		version, _ := strconv.ParseInt(parts[1], 10, 64) // fourteen digits
		if version > lastVersion {
			return nil, fmt.Errorf("read migration %s/%s: its version is a time that does not come; give it one like %s", Folder, path, time.Now().UTC().Format("20060102150405"))
		}
		if len(files) > 0 && files[len(files)-1].Version == version {
			return nil, fmt.Errorf("read migration %s/%s: %s has the same version; give one of them another", Folder, path, files[len(files)-1].Path)
		}
		f, err := newFile(version, parts[2], path, string(text))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func newFile(version int64, name, path, text string) (File, error) {
	s, err := scripted(text)
	if err != nil {
		return File{}, fmt.Errorf("read migration %s/%s%w", Folder, path, err)
	}
	return File{Version: version, Name: name, Path: path, Text: text, script: s}, nil
}

// longestName is how long a name may be: version, name and ending are the name of a file.
const longestName = 100

// Name tells whether a migration can be called so, and what it is called: "Add tier" is add_tier.
func Name(text string) (string, error) {
	name := strings.ToLower(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "_"))
	if !fileName.MatchString("00000000000000_" + name + ".sql") {
		return "", fmt.Errorf("name %q of a migration: write letters of English, digits and _", text)
	}
	if len(name) > longestName {
		return "", fmt.Errorf("name %q of a migration: it has %d letters, and %d are enough", text, len(name), longestName)
	}
	return name, nil
}

// Files are the drafts as files: the first has the version of now, or the next after last.
func Files(drafts []Draft, name string, now time.Time, last int64) []File {
	files := make([]File, len(drafts))
	for i, d := range drafts {
		version, _ := strconv.ParseInt(now.UTC().Format("20060102150405"), 10, 64)
		if version <= last {
			version = after(last)
		}
		last = version
		f, err := newFile(version, name+d.Suffix, fmt.Sprintf("%014d_%s%s.sql", version, name, d.Suffix), d.text())
		if err != nil {
			panic("migrate: a draft cannot be read back: " + err.Error())
		}
		files[i] = f
	}
	return files
}

// after is the version a second after another.
func after(version int64) int64 {
	at, err := time.Parse("20060102150405", fmt.Sprintf("%014d", version))
	if err != nil {
		return version + 1 // no time; somebody counts
	}
	next, _ := strconv.ParseInt(at.Add(time.Second).Format("20060102150405"), 10, 64)
	return next
}

// text is the content of the file.
func (d Draft) text() string {
	var b strings.Builder
	for _, t := range d.Texts {
		b.WriteString("-- " + strings.ReplaceAll(t, "\n", " ") + "\n")
	}
	if d.Batches {
		b.WriteString("--\n-- Each statement is run until it touches no row any more, in a transaction each time.\n\n-- +goose NO TRANSACTION\n")
	} else {
		b.WriteString("\n")
	}
	if d.Warehouse != "" {
		b.WriteString(warehouseMark + d.Warehouse + "\n")
	}
	b.WriteString("-- +goose Up\n" + d.Up.text() + "\n-- +goose Down\n" + d.Down.text())
	return b.String()
}

func (w Way) text() string {
	var b strings.Builder
	for _, d := range w.Dangers {
		b.WriteString(d.line() + "\n")
	}
	for _, n := range w.Notes {
		b.WriteString("-- " + n + "\n")
	}
	for _, sql := range w.SQL {
		if inner := strings.TrimSuffix(sql, ";"); strings.Contains(inner, ";") || strings.Contains(inner, "--") {
			sql = "-- +goose StatementBegin\n" + sql + ";\n-- +goose StatementEnd"
		} else {
			sql = inner + ";"
		}
		b.WriteString(sql + "\n")
	}
	return b.String()
}

// Dangers lists what the file risks, on the way up or down.
func (f File) Dangers(up bool) []Danger {
	if up {
		return f.script.up.risks()
	}
	return f.script.down.risks()
}

// Warehouse is the kind of warehouse that the statements are spelled for; "" is any.
func (f File) Warehouse() string { return f.script.warehouse }

// HasDown tells whether the file has a way back.
func (f File) HasDown() bool { return f.script.down.there }

// String is the file's name without its ending.
func (f File) String() string { return fmt.Sprintf("%014d_%s", f.Version, f.Name) }

// Latest is the highest version of files; 0 if there is none.
func Latest(files []File) int64 {
	if len(files) == 0 {
		return 0
	}
	return slices.MaxFunc(files, func(a, b File) int { return int(a.Version - b.Version) }).Version
}
