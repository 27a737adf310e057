package rest

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/lodehq/lode/source"
)

// page is what one answer brought.
type page struct {
	records    []jsontext.Value
	next       string // cursor or URL of the next page
	hasMore    string
	total      string
	totalPages string
	sanitized  string // what had to be changed to read the answer at all
	url        *url.URL
	origin     string
}

// pageReader reads the pages of an endpoint.
type pageReader struct {
	records   string
	values    bool // records are the values of an object
	paging    Paging
	errorPath string
	paths     *source.Extractor
}

func newPageReader(e *Endpoint) *pageReader {
	r := &pageReader{records: e.Records, errorPath: e.ErrorPath}
	if e.Paging != nil {
		r.paging = *e.Paging
	}
	if r.records == "*" {
		r.records, r.values = "", true
	} else if prefix, found := strings.CutSuffix(r.records, ".*"); found {
		r.records, r.values = prefix, true
	}
	p := r.paging
	r.paths = source.NewExtractor(r.records, or(p.Next), or(p.HasMore), or(p.Total), or(p.TotalPages), or(r.errorPath))
	return r
}

// or is a path that leads nowhere for one that is not set: the empty path would be the
// whole answer.
func or(path string) string {
	if path == "" {
		return "\x00"
	}
	return path
}

// read takes an answer apart. Any error means that it is not a page.
func (r *pageReader) read(a *answer) (*page, error) {
	p := &page{url: a.url}
	body := a.body
	if a.status == 204 || len(bytes.TrimSpace(body)) == 0 && a.status != 200 {
		return p, nil
	}
	found := make([]jsontext.Value, 6)
	if err := r.paths.Extract(body, found); err != nil {
		// Raw NUL bytes are no JSON, but no reason to lose the page either.
		body, p.sanitized = source.Sanitize(body)
		if p.sanitized == "" || r.paths.Extract(body, found) != nil {
			return nil, fmt.Errorf("answer is no JSON: %w; it begins with %s", err, a.snippet(a.body))
		}
	}
	if text, failed := a.errorText(found[5]); failed {
		return nil, fmt.Errorf("answer reports an error at %s: %s", r.errorPath, text)
	}
	p.next, p.hasMore, p.total, p.totalPages = source.Text(found[1]), source.Text(found[2]), source.Text(found[3]), source.Text(found[4])
	switch {
	case r.paging.Type == "link":
		p.next = nextLink(a.header.Values("Link"))
	case r.paging.NextHeader != "":
		p.next = a.header.Get(r.paging.NextHeader)
	}
	if p.next == "false" {
		p.next = ""
	}
	var err error
	p.records, err = r.split(a, found[0])
	return p, err
}

// errorText tells whether the value at error_path is an error: anything but nothing.
func (a *answer) errorText(v jsontext.Value) (string, bool) {
	switch v.Kind() {
	case jsontext.KindInvalid, jsontext.KindNull, jsontext.KindFalse:
		return "", false
	case jsontext.KindString:
		return source.Text(v), len(v) > 2
	case jsontext.KindBeginArray, jsontext.KindBeginObject:
		inner := bytes.TrimSpace(v[1 : len(v)-1])
		return a.snippet(v), len(inner) > 0
	}
	return string(v), string(v) != "0"
}

// split parts the records. An answer without the place of the records is an error, never
// "no records".
func (r *pageReader) split(a *answer, v jsontext.Value) ([]jsontext.Value, error) {
	where := r.records
	if where == "" {
		where = "its top"
	}
	switch kind := v.Kind(); {
	case kind == jsontext.KindInvalid:
		return nil, fmt.Errorf("answer has nothing at %s, where the records should be", where)
	case kind == jsontext.KindNull:
		return nil, nil
	case r.values && kind == jsontext.KindBeginObject, !r.values && kind == jsontext.KindBeginArray:
		return members(v)
	case !r.values && kind == jsontext.KindBeginObject:
		return []jsontext.Value{v}, nil
	}
	return nil, fmt.Errorf("answer has no records at %s, but %s", where, a.snippet(v))
}

// members are the elements of a list, or the values of an object, as parts of v.
func members(v jsontext.Value) ([]jsontext.Value, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(v), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	open, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	object := open.Kind() == jsontext.KindBeginObject
	var out []jsontext.Value
	for d.PeekKind() != jsontext.KindEndArray && d.PeekKind() != jsontext.KindEndObject {
		if object {
			if err := d.SkipValue(); err != nil {
				return nil, err
			}
		}
		member, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		end := int(d.InputOffset())
		out = append(out, v[end-len(member):end:end])
	}
	return out, nil
}
