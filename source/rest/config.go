// Package rest reads streams of records from HTTP APIs that answer with JSON.
//
// It is read-only by construction: it sends GET, and POST only for a declared search body
// and to log in. It retries what is worth retrying, keeps to the limits of the API, never
// takes half a page, and never sends credentials to another host than the declared ones.
//
// One page of an API becomes one batch. A pass over a stream is
//
//	mark ─▶ request ─▶ page ─▶ records ─▶ watermark ─▶ next position ─▶ ... ─▶ new mark
//
// and after the upserts the same over the deletions, if the API tells them.
package rest

import (
	"time"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
)

// Connector makes REST sources.
type Connector struct{}

// Type is "rest".
func (Connector) Type() string { return "rest" }

// NewConfig is an empty configuration; what is not set has the documented default.
func (Connector) NewConfig() source.Config { return &Config{} }

// Config is one API with its streams.
type Config struct {
	BaseURL string            `yaml:"base_url" need:"yes" doc:"Where the API answers; paths are appended to it."`
	Auth    Auth              `yaml:"auth" doc:"How to log in."`
	Headers map[string]string `yaml:"headers" doc:"Sent with every request. Not for secrets: those belong to auth."`
	Params  map[string]string `yaml:"params" doc:"Query parameters sent with every request."`
	Limits  Limits            `yaml:"limits" doc:"What the API and we can bear."`
	Tables  []Stream          `yaml:"streams,keyed" need:"yes" doc:"The streams, by name."`
}

// Limits keep a source within what the API allows and the machine can hold.
type Limits struct {
	Rate        float64           `yaml:"requests_per_second" doc:"Most requests in a second over all streams; no limit by default."`
	Timeout     settings.Duration `yaml:"timeout" doc:"Longest time for one request, 60s by default."`
	MaxResponse settings.Size     `yaml:"max_response" doc:"Largest response, 64MiB by default."`
	MaxWait     settings.Duration `yaml:"max_wait" doc:"Longest time to wait because the API asks for it, 2m by default; beyond, the pass ends and keeps its progress."`
	Attempts    int               `yaml:"attempts" doc:"How often a request is tried, 6 by default."`
}

// Stream is one collection of the API.
type Stream struct {
	Name        string
	Description string   `yaml:"description" doc:"What the records are."`
	Tags        []string `yaml:"tags" doc:"Words to select the stream by."`
	Endpoint    `yaml:",inline"`
	Keep        string    `yaml:"keep" oneof:"changes all" doc:"Whether records equal to the newest of their key are stored again."`
	Resumable   bool      `yaml:"resumable" doc:"Whether a full pass that was cut short may go on from its last page later."`
	Deletions   *Endpoint `yaml:"deletions" doc:"Where the API tells what was deleted; key, cursor and paging are those of the stream unless given."`
	Sweep       *Sweep    `yaml:"sweep" doc:"How to find records that vanished without a word."`
}

// Endpoint is how to ask for a list of records and how to read the answer.
type Endpoint struct {
	Path      string            `yaml:"path" need:"yes" doc:"Path below base_url."`
	Method    string            `yaml:"method" oneof:"GET POST" doc:"POST only for APIs that search with a body; GET by default."`
	Body      map[string]any    `yaml:"body" doc:"The search body of a POST."`
	Params    map[string]string `yaml:"params" doc:"Query parameters sent with every request."`
	ParamsIn  string            `yaml:"params_in" oneof:"query body" doc:"Where paging and cursor go in a POST: query (default) or body."`
	Records   string            `yaml:"records" doc:"Path of the records in the answer; the answer itself by default. A last * takes the values of an object."`
	Key       []string          `yaml:"key" doc:"Paths of the primary key in a record; none for a stream that is only appended to."`
	Cursor    *Cursor           `yaml:"cursor" doc:"What tells the change of a record; without it each pass reads everything."`
	Paging    *Paging           `yaml:"paging" doc:"How to get the next page; one page by default."`
	ErrorPath string            `yaml:"error_path" doc:"Path that holds an error in an answer with status 200."`
}

// Sweep finds deletions by comparing keys.
type Sweep struct {
	Mode    string            `yaml:"mode" oneof:"keys full" need:"yes" doc:"keys reads a list of all keys, full reads all records."`
	Path    string            `yaml:"path" doc:"Path of the list of keys."`
	Params  map[string]string `yaml:"params" doc:"Query parameters of the list of keys."`
	Records string            `yaml:"records" doc:"Path of the keys in the answer: objects, or bare values."`
	Key     []string          `yaml:"key" doc:"Paths of the primary key in an object; the stream's by default."`
	Paging  *Paging           `yaml:"paging" doc:"How to get the next page; one page by default."`
	Every   settings.Duration `yaml:"every" doc:"Least time between two sweeps; each run by default."`

	source.SweepRules `yaml:",inline"`
}

// Cursor is the field that tells when or in which order records changed.
type Cursor struct {
	Field     string            `yaml:"field" need:"yes" doc:"Path of the cursor in a record."`
	Type      string            `yaml:"type" oneof:"timestamp date integer" doc:"timestamp by default."`
	Param     string            `yaml:"param" doc:"Query parameter that takes the lower bound."`
	Until     string            `yaml:"until_param" doc:"Query parameter that takes the upper bound."`
	Filter    string            `yaml:"filter" doc:"Lower and upper bound in the API's filter language: updated >= '{from}' && updated < '{until}'."`
	FilterAs  string            `yaml:"filter_param" doc:"Query parameter that takes the filter, filter by default."`
	Initial   string            `yaml:"initial" doc:"Lower bound of the first pass; none by default."`
	Lookback  settings.Duration `yaml:"lookback" doc:"How far behind the mark to read again, for records committed late."`
	Lag       settings.Duration `yaml:"lag" doc:"How far the mark stays behind the API's clock."`
	Format    string            `yaml:"format" doc:"How bounds are sent: rfc3339, date, epoch_s, epoch_ms, epoch_us or a Go layout; as the API writes them by default."`
	Precision string            `yaml:"precision" oneof:"microsecond millisecond second minute day" doc:"Precision of the API's comparison where its values do not show it."`
	Zone      string            `yaml:"zone" doc:"Zone of times without offset: Europe/Berlin."`
	Order     string            `yaml:"order" oneof:"none asc" doc:"asc if the API sorts by the cursor and every record has one; progress is then kept after each page."`
	Unique    bool              `yaml:"unique" doc:"Whether an integer cursor is never used twice and only grows."`
	Exclusive bool              `yaml:"exclusive" doc:"Whether the API answers with values above the lower bound, not equal to it."`
	Missing   string            `yaml:"missing" oneof:"include exclude fail" doc:"What happens to records without cursor; include by default."`
}

// Paging is how to get from one page to the next.
type Paging struct {
	Type       string `yaml:"type" oneof:"none page offset cursor next_url link" need:"yes" doc:"How the API pages."`
	Param      string `yaml:"param" doc:"Query parameter of the page number, offset or cursor."`
	Start      *int64 `yaml:"start" doc:"Number of the first page, 1 by default."`
	SizeParam  string `yaml:"size_param" doc:"Query parameter of the page size."`
	Size       int64  `yaml:"size" doc:"Records a page."`
	TotalPages string `yaml:"total_pages" doc:"Path of the number of pages in the answer."`
	Total      string `yaml:"total" doc:"Path of the number of records in the answer."`
	MaxOffset  int64  `yaml:"max_offset" doc:"Largest offset the API serves; to get there is an error."`
	Next       string `yaml:"next" doc:"Path of the next cursor or URL in the answer."`
	NextHeader string `yaml:"next_header" doc:"Response header of the next cursor."`
	HasMore    string `yaml:"has_more" doc:"Path that tells whether there are more pages."`
	MaxPages   int64  `yaml:"max_pages" doc:"Most pages of one pass, 100000 by default; to get there is an error."`
}

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
		KeepAll: s.Keep == "all", Incremental: s.Cursor != nil,
	}
	if s.Cursor != nil {
		out.Backfill = func(from, to string) error {
			_, _, err := s.Cursor.span(from, to)
			return err
		}
	}
	if s.Sweep != nil {
		s.Sweep.Describe(&out, source.Mode(s.Sweep.Mode))
		out.SweepEvery, out.Shifts = time.Duration(s.Sweep.Every), s.shifts()
	}
	return out
}

// shifts tells whether the pages of the sweep move when a record goes away: numbers and
// offsets count from the start, and the URL of a next page mostly holds one of the two.
func (s *Stream) shifts() bool {
	paging := s.Paging
	if s.Sweep.Mode == string(source.Keys) {
		paging = s.Sweep.Paging
	}
	if paging == nil {
		return false
	}
	switch paging.Type {
	case "page", "offset":
		return true
	case "next_url", "link":
		return s.Sweep.Mode == string(source.Keys) || !s.Resumable
	}
	return false
}

// deletions is the endpoint of the deletions with what it takes over from the stream.
func (s *Stream) deletions() *Endpoint {
	e := *s.Deletions
	if len(e.Key) == 0 {
		e.Key = s.Key
	}
	if e.Cursor == nil {
		e.Cursor = s.Cursor
	}
	if e.Paging == nil {
		e.Paging = s.Paging
	}
	if e.ErrorPath == "" {
		e.ErrorPath = s.ErrorPath
	}
	return &e
}

// keys is the endpoint of the list of keys.
func (s *Stream) keys() *Endpoint {
	w := s.Sweep
	e := &Endpoint{Path: w.Path, Params: w.Params, Records: w.Records, Key: w.Key, Paging: w.Paging, ErrorPath: s.ErrorPath}
	if len(e.Key) == 0 {
		e.Key = s.Key
	}
	return e
}

// Defaults of Limits and Paging.
const (
	defaultTimeout     = 60 * time.Second
	defaultMaxResponse = 64 << 20
	defaultMaxWait     = 2 * time.Minute
	defaultAttempts    = 6
	defaultMaxPages    = 100_000
)

// filled is the limits with their defaults.
func (l Limits) filled() Limits {
	if l.Timeout == 0 {
		l.Timeout = settings.Duration(defaultTimeout)
	}
	if l.MaxResponse == 0 {
		l.MaxResponse = defaultMaxResponse
	}
	if l.MaxWait == 0 {
		l.MaxWait = settings.Duration(defaultMaxWait)
	}
	if l.Attempts == 0 {
		l.Attempts = defaultAttempts
	}
	return l
}
