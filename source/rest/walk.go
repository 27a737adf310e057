package rest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/lodehq/lode/source"
)

// walk goes over the pages of one endpoint.
type walk struct {
	*reading
	e     *Endpoint
	w     *watermark
	does  source.Op
	pager *pager
	pages *pageReader
	at    position

	records *source.Extractor
	values  []jsontext.Value // of the key, and then of the cursor if there is one
}

func (r *reading) newWalk(e *Endpoint, w *watermark, does source.Op) *walk {
	k := &walk{reading: r, e: e, w: w, does: does, pager: newPager(e.Paging), pages: newPageReader(e)}
	k.at = k.pager.first()
	paths := e.Key
	if w.active() {
		paths = append(paths[:len(paths):len(paths)], w.field)
	}
	k.records, k.values = source.NewExtractor(paths...), make([]jsontext.Value, len(paths))
	return k
}

// step reads the page at the position and moves on; more is false after the last page.
func (k *walk) step(ctx context.Context) (b *source.Batch, more bool, err error) {
	k.page++
	p, err := k.fetch(ctx)
	if err != nil {
		return nil, false, err
	}
	next, more, err := k.pager.next(k.at, p)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", p.origin, err)
	}
	k.at = next
	b, err = k.batch(p)
	return b, more, err
}

// fetch reads one page, whole or not at all.
func (k *walk) fetch(ctx context.Context) (*page, error) {
	build := func() (*http.Request, error) { return k.request(ctx, k.e, k.pager, k.at, k.w.bounds) }
	example, err := build()
	if err != nil {
		return nil, err
	}
	var p *page
	q := call{op: k.op(), build: build, emit: k.emit}
	q.shown = k.client.redact.request(example.Method, example.URL, k.config.Auth.Query, k.pager.Param)
	q.accept = func(a *answer) (err error) {
		p, err = k.pages.read(a)
		return err
	}
	a, err := k.client.send(ctx, q)
	if err != nil {
		return nil, err
	}
	p.origin = q.shown
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil && k.page == 1 {
		k.w.setNow(date) // the API's clock counts, not ours (case 4)
	}
	return p, nil
}

// batch makes records out of a page.
func (k *walk) batch(p *page) (*source.Batch, error) {
	b := &source.Batch{Origin: p.origin, Records: make([]source.Record, 0, len(p.records))}
	for _, raw := range p.records {
		record := source.Record{Op: k.does}
		record.Payload, record.Sanitized = source.Sanitize(raw)
		record.Sanitized = strings.Trim(p.sanitized+", "+record.Sanitized, ", ")
		load, err := k.fill(&record)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.origin, err)
		}
		if err := source.MendedKey(raw, record.Sanitized, record.Key, k.e.Key); err != nil && record.Problem == "" {
			record.Key, record.Problem = "", err.Error()
		}
		if load {
			b.Records = append(b.Records, record)
		}
	}
	return b, nil
}

// fill sets key and cursor; load is false for a record that is to be left out.
func (k *walk) fill(record *source.Record) (load bool, err error) {
	if err := k.records.Extract(record.Payload, k.values); err != nil {
		return false, err // cannot happen: the page was read as JSON
	}
	key := k.values[:len(k.e.Key)]
	if len(key) == 1 && isBare(record.Payload) && k.w.sweep {
		key = []jsontext.Value{jsontext.Value(record.Payload)}
	}
	record.Key, record.Problem = keyOf(k.e.Key, key)
	if !k.w.active() {
		return true, nil
	}
	record.Cursor, load, err = k.w.observe(k.values[len(k.e.Key)])
	return load, err
}

// isBare tells that a record is a single value, as in a list of keys ["a","b"].
func isBare(payload []byte) bool {
	kind := jsontext.Value(payload).Kind()
	return kind == jsontext.KindString || kind == jsontext.KindNumber
}

func keyOf(paths []string, values []jsontext.Value) (key, problem string) {
	if len(paths) == 0 {
		return "", ""
	}
	text, err := source.AppendKey(nil, paths, values)
	if err != nil {
		return "", err.Error()
	}
	return string(text), ""
}
