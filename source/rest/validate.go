package rest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lodehq/lode/source"
)

// Validate reports every mistake that shows without asking the API.
func (c *Config) Validate() error {
	var errs []error
	base, err := url.Parse(c.BaseURL)
	switch {
	case err != nil:
		errs = append(errs, errors.New("base_url: is no URL; special characters in it are written %XX"))
	case base.Scheme != "http" && base.Scheme != "https" || base.Host == "":
		errs = append(errs, errors.New("base_url: does not begin with http:// or https:// and a host"))
	case base.User != nil:
		errs = append(errs, errors.New("base_url: holds credentials; declare them under auth"))
	}
	if c.Limits.Rate < 0 || c.Limits.Attempts < 0 {
		errs = append(errs, errors.New("limits: requests_per_second and attempts cannot be negative"))
	}
	errs = append(errs, prefixed("auth.", c.Auth.problems())...)
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		if err := cmp.Or(headerName(name), headerValue(c.Headers[name])); err != nil {
			errs = append(errs, fmt.Errorf("headers.%s: %w", name, err))
		}
	}
	if len(c.Tables) == 0 {
		errs = append(errs, errors.New("streams: at least one is needed"))
	}
	for i := range c.Tables {
		errs = append(errs, prefixed("streams."+c.Tables[i].Name+".", c.Tables[i].problems())...)
	}
	return errors.Join(errs...)
}

func prefixed(prefix string, errs []error) []error {
	out := make([]error, len(errs))
	for i, err := range errs {
		out[i] = fmt.Errorf("%s%w", prefix, err)
	}
	return out
}

func (s *Stream) problems() []error {
	errs := s.Endpoint.problems()
	if s.Deletions != nil {
		errs = append(errs, prefixed("deletions.", s.deletions().problems())...)
		if len(s.deletions().Key) == 0 {
			errs = append(errs, errors.New("deletions.key: is missing; a deletion without a key says nothing"))
		}
		if s.Cursor == nil {
			errs = append(errs, errors.New("deletions: need a stream with a cursor; one that is read in full finds deletions by a sweep"))
		}
	}
	if s.Sweep != nil {
		errs = append(errs, prefixed("sweep.", s.sweepProblems())...)
		errs = append(errs, s.describe().Problems()...)
	}
	if s.Resumable && (s.Paging == nil || !slices.Contains([]string{"cursor", "next_url", "link"}, s.Paging.Type)) {
		errs = append(errs, errors.New("resumable: needs paging by cursor, next_url or link; page numbers and offsets shift while records change"))
	}
	return errs
}

func (s *Stream) sweepProblems() []error {
	var errs []error
	switch s.Sweep.Mode {
	case "keys":
		errs = append(errs, s.keys().problems()...)
	case "full":
		if s.Sweep.Path != "" {
			errs = append(errs, errors.New("path: belongs to mode keys; mode full reads the stream itself"))
		}
	default:
		errs = append(errs, fmt.Errorf("mode: %q is not keys or full", s.Sweep.Mode))
	}
	return errs
}

func (e *Endpoint) problems() []error {
	var errs []error
	if e.Path == "" {
		errs = append(errs, errors.New("path: is missing"))
	}
	if u, err := url.Parse(e.Path); err != nil || u.Host != "" || u.Scheme != "" {
		errs = append(errs, fmt.Errorf("path: %q is not a path below base_url", e.Path))
	}
	switch {
	case e.Method != "" && e.Method != "GET" && e.Method != "POST":
		errs = append(errs, fmt.Errorf("method: %q is not GET or POST; sources only read", e.Method))
	case e.Method == "POST" && e.Body == nil:
		errs = append(errs, errors.New("body: is missing; POST is only for searches with a body"))
	case e.Method != "POST" && (e.Body != nil || e.ParamsIn == "body"):
		errs = append(errs, errors.New("body: needs method POST"))
	}
	if e.Paging != nil {
		errs = append(errs, prefixed("paging.", e.Paging.problems())...)
	}
	if e.Cursor != nil {
		errs = append(errs, prefixed("cursor.", e.Cursor.problems())...)
		if e.Cursor.Order == "asc" && e.Paging != nil && (e.Paging.Type == "page" || e.Paging.Type == "offset") {
			errs = append(errs, errors.New("cursor.order: asc cannot be relied on with page numbers or offsets, which shift while records change"))
		}
	}
	return errs
}

func (p *Paging) problems() []error {
	var errs []error
	switch p.Type {
	case "none", "link":
	case "page", "offset", "cursor":
		if p.Param == "" {
			errs = append(errs, fmt.Errorf("param: is missing; paging by %s needs it", p.Type))
		}
	case "next_url":
		if p.Next == "" {
			errs = append(errs, errors.New("next: is missing; paging by next_url needs it"))
		}
	default:
		errs = append(errs, fmt.Errorf("type: %q is not none, page, offset, cursor, next_url or link", p.Type))
	}
	if p.Type == "cursor" && (p.Next == "") == (p.NextHeader == "") {
		errs = append(errs, errors.New("next: write one of next and next_header"))
	}
	if p.Size < 0 || p.MaxOffset < 0 || p.MaxPages < 0 {
		errs = append(errs, errors.New("size: size, max_offset and max_pages cannot be negative"))
	}
	return errs
}

func (c *Cursor) problems() []error {
	var errs []error
	if c.Field == "" {
		errs = append(errs, errors.New("field: is missing"))
	}
	if c.Zone != "" {
		if _, err := time.LoadLocation(c.Zone); err != nil {
			errs = append(errs, fmt.Errorf("zone: %q is no time zone; write for example Europe/Berlin", c.Zone))
		}
	}
	if joined, ok := c.rules().Validate().(interface{ Unwrap() []error }); ok {
		errs = append(errs, joined.Unwrap()...)
	}
	if c.Unique && c.Type != "integer" {
		errs = append(errs, errors.New("unique: only an integer can be unique and strictly growing; other cursors are read again from the mark on"))
	}
	if c.Type == "integer" && (c.Lag != 0 || c.Lookback != 0) {
		errs = append(errs, errors.New("lookback: lag and lookback are times, the cursor is an integer"))
	}
	if c.Filter != "" && !strings.Contains(c.Filter, "{from}") {
		errs = append(errs, errors.New("filter: has no {from}"))
	}
	if c.Filter != "" && c.Param != "" {
		errs = append(errs, errors.New("filter: stands beside param; write one of the two"))
	}
	return errs
}

// rules is the cursor as the watermark understands it. An unknown zone counts as none
// here; Validate reports it.
func (c *Cursor) rules() source.CursorRules {
	r := source.CursorRules{
		CursorFormat: source.CursorFormat{Type: source.CursorType(c.Type), Format: c.Format, Precision: source.Precision(c.Precision)},
		Lookback:     time.Duration(c.Lookback), Lag: time.Duration(c.Lag),
		Unique: c.Unique, Exclusive: c.Exclusive, Ascending: c.Order == "asc",
		Missing: source.Missing(c.Missing), Initial: c.Initial,
	}
	if c.Type == "" {
		r.Type = source.TimestampCursor
	}
	if c.Zone != "" {
		if zone, err := time.LoadLocation(c.Zone); err == nil {
			r.Zone = zone
		}
	}
	return r
}
