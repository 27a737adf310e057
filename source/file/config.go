// Package file reads streams of records out of files: CSV, JSON, JSON lines and Parquet,
// plain or gzip, found by globs.
//
// A file is taken once. It is known by its content, so a renamed file is not taken again
// and a changed one is, also when it changes back to what it was. The state is the files
// taken, and how far into the file that was being read when the pass ended.
package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
)

// Connector makes file sources.
type Connector struct{}

// Type is "file".
func (Connector) Type() string { return "file" }

// NewConfig is an empty configuration.
func (Connector) NewConfig() source.Config { return &Config{} }

// Config is a source of files in one folder.
type Config struct {
	Path   string   `yaml:"path" doc:"Folder of the files inside the project; the project folder itself by default."`
	Root   string   `yaml:"root" doc:"Absolute folder outside the project, instead of path."`
	Tables []Stream `yaml:"streams,keyed" need:"yes" doc:"The streams, by name."`
}

// Stream is the files of one stream. The order of their records is that of the file names.
type Stream struct {
	Name        string
	Description string        `yaml:"description" doc:"What the records are."`
	Tags        []string      `yaml:"tags" doc:"Words to select the stream by."`
	Glob        []string      `yaml:"glob" need:"yes" doc:"File names or patterns, such as orders/*.jsonl.gz."`
	Format      string        `yaml:"format" oneof:"csv json jsonl parquet" doc:"Format of the files; told by the file name by default."`
	Key         []string      `yaml:"key" doc:"Paths of the primary key in a record; none for a stream that is only appended to."`
	Keep        string        `yaml:"keep" oneof:"changes all" doc:"Whether records equal to the newest of their key are stored again."`
	Records     string        `yaml:"records" doc:"Path of the records inside a JSON document; a last * takes the values of an object."`
	CSV         CSV           `yaml:"csv" doc:"How CSV files are written."`
	MaxRecord   settings.Size `yaml:"max_record" doc:"Largest record that is read, 64MiB by default."`
	Sweep       *Sweep        `yaml:"sweep" doc:"How to find records that vanished without a word."`
}

// Sweep finds deletions: what a file lacks that is a complete list.
type Sweep struct {
	Mode string `yaml:"mode" oneof:"file" need:"yes" doc:"file: each file is a complete list of the records, or of those of the parts that scope tells; files come in the order of their names."`

	source.SweepRules `yaml:",inline"`
}

// CSV is how a CSV file is written. The zero value is RFC 4180 with a header line.
type CSV struct {
	Delimiter string   `yaml:"delimiter" doc:"One character, or tab; a comma by default, a tab for .tsv."`
	Header    *bool    `yaml:"header" doc:"Whether the first line names the columns; yes by default."`
	Columns   []string `yaml:"columns" doc:"Names of the columns of files without header."`
	Null      []string `yaml:"null" doc:"Texts that mean NULL; an empty text stays an empty text by default."`
}

const defaultMaxRecord = 64 << 20

// Streams describes the streams in the order of the file.
func (c *Config) Streams() []source.Stream {
	streams := make([]source.Stream, len(c.Tables))
	for i := range c.Tables {
		streams[i] = c.Tables[i].describe()
	}
	return streams
}

func (s *Stream) describe() source.Stream {
	out := source.Stream{
		Name: s.Name, Description: s.Description, Tags: s.Tags, Key: s.Key,
		KeepAll: s.Keep == "all", Incremental: true,
	}
	if s.Sweep != nil {
		s.Sweep.Describe(&out, source.Snapshots)
	}
	return out
}

// Validate reports every mistake that shows without looking at the files.
func (c *Config) Validate() error {
	var errs []error
	switch {
	case c.Root != "" && c.Path != "":
		errs = append(errs, errors.New(`root: stands beside path; write one of the two`))
	case c.Root != "" && !filepath.IsAbs(c.Root):
		errs = append(errs, fmt.Errorf("root: %q is not absolute; a folder inside the project is named by path", c.Root))
	case c.Path != "" && !filepath.IsLocal(c.Path):
		errs = append(errs, fmt.Errorf("path: %q leads out of the project; declare an absolute root for that", c.Path))
	}
	if len(c.Tables) == 0 {
		errs = append(errs, errors.New("streams: at least one is needed"))
	}
	for i := range c.Tables {
		s := &c.Tables[i]
		for _, err := range s.problems() {
			errs = append(errs, fmt.Errorf("streams.%s.%w", s.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Stream) problems() []error {
	var errs []error
	if len(s.Glob) == 0 {
		errs = append(errs, errors.New("glob: is missing; name the files"))
	}
	for _, g := range s.Glob {
		if _, err := path.Match(g, ""); err != nil {
			errs = append(errs, fmt.Errorf("glob: %q is no pattern", g))
		}
		if !filepath.IsLocal(g) {
			errs = append(errs, fmt.Errorf("glob: %q leads out of the folder", g))
		}
	}
	if s.Format != "" && !slices.Contains([]string{"csv", "json", "jsonl", "parquet"}, s.Format) {
		errs = append(errs, fmt.Errorf("format: %q is not csv, json, jsonl or parquet", s.Format))
	}
	if _, err := s.CSV.comma("x.csv"); err != nil {
		errs = append(errs, err)
	}
	if s.CSV.Header != nil && !*s.CSV.Header && len(s.CSV.Columns) == 0 {
		errs = append(errs, errors.New("csv.columns: are missing; a file without header needs them"))
	}
	if s.Sweep != nil && s.Sweep.Mode != "file" {
		errs = append(errs, fmt.Errorf("sweep.mode: %q is not file", s.Sweep.Mode))
	}
	return append(errs, s.describe().Problems()...)
}

// comma is the delimiter for a file.
func (c CSV) comma(name string) (rune, error) {
	switch {
	case c.Delimiter == "tab" || c.Delimiter == "" && strings.HasSuffix(plainName(name), ".tsv"):
		return '\t', nil
	case c.Delimiter == "":
		return ',', nil
	}
	r, n := utf8.DecodeRuneInString(c.Delimiter)
	if n != len(c.Delimiter) || r == utf8.RuneError || strings.ContainsRune("\"\r\n", r) {
		return 0, fmt.Errorf("csv.delimiter: %q is not one character", c.Delimiter)
	}
	return r, nil
}

func (s *Stream) maxRecord() int {
	if s.MaxRecord <= 0 {
		return defaultMaxRecord
	}
	return int(s.MaxRecord)
}

// formatOf is the declared format or the one that the file's name tells.
func (s *Stream) formatOf(name string) (string, error) {
	if s.Format != "" {
		return s.Format, nil
	}
	switch path.Ext(plainName(name)) {
	case ".csv", ".tsv", ".txt":
		return "csv", nil
	case ".json":
		return "json", nil
	case ".jsonl", ".ndjson":
		return "jsonl", nil
	case ".parquet":
		return "parquet", nil
	}
	return "", fmt.Errorf("the name of %s does not tell its format; declare format", name)
}

// plainName is the name without the ending of a compression.
func plainName(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".gz") }

// Open makes the source ready. Files are looked for when a stream is read.
func (c *Config) Open(_ context.Context, env source.Env) (source.Source, error) {
	if err := c.Validate(); err != nil {
		return nil, &source.Error{Kind: source.Misuse, Op: "open source " + env.Name, Err: err}
	}
	folder := c.Root
	if folder == "" {
		folder = filepath.Join(env.Dir, c.Path)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, &source.Error{Kind: source.Failed, Op: "open source " + env.Name, Err: err}
	}
	return &files{config: c, env: env, root: root}, nil
}
