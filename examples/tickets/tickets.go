// Package tickets is a connector as a stranger would write it: it reads the tickets of a
// help desk that answers GET /tickets?after=REVISION with the next tickets, or [] at the end.
package tickets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/lodehq/lode/source"
)

// Connector makes sources of tickets.
type Connector struct{}

// Type is the word after "type:" in a source file.
func (Connector) Type() string { return "tickets" }

// NewConfig is filled from a source file, or in Go.
func (Connector) NewConfig() source.Config { return &Config{} }

// Config is a help desk.
type Config struct {
	URL string `yaml:"url" need:"yes" doc:"Where the help desk answers."`
}

// Streams names the one stream.
func (c *Config) Streams() []source.Stream {
	return []source.Stream{{Name: "tickets", Key: []string{"id"}, Incremental: true}}
}

// Validate looks at what can be seen without asking the help desk.
func (c *Config) Validate() error {
	if !strings.HasPrefix(c.URL, "http") {
		return fmt.Errorf("url: %q is no http address", c.URL)
	}
	return nil
}

// Open makes no request: a help desk that is down is found out by Read.
func (c *Config) Open(_ context.Context, env source.Env) (source.Source, error) {
	return desk{url: c.URL, name: env.Name}, nil
}

type desk struct{ url, name string }

func (desk) Close() error { return nil }

// position is the state of the stream: the revision up to which everything was delivered.
type position struct {
	Revision int64 `json:"revision"`
}

// Read yields a batch for each page, in the order of revisions, until a page is empty.
func (d desk) Read(ctx context.Context, req source.Request) iter.Seq2[*source.Batch, error] {
	return func(yield func(*source.Batch, error) bool) {
		at, err := start(req)
		for err == nil {
			var batch *source.Batch
			if batch, err = d.page(ctx, &at); err == nil && (batch == nil || !yield(batch, nil)) {
				return // the pass is complete, or nobody wants the rest
			}
		}
		yield(nil, err)
	}
}

// start is where a pass begins.
func start(req source.Request) (at position, err error) {
	switch {
	case req.Stream != "tickets" || req.Mode != source.Incremental && req.Mode != source.Full:
		err = fmt.Errorf("there is no stream %q with mode %s", req.Stream, req.Mode)
	case req.Mode == source.Incremental && req.State != nil:
		err = json.Unmarshal(req.State, &at)
	}
	if err != nil {
		err = &source.Error{Kind: source.Misuse, Op: "read " + req.Stream, Err: err}
	}
	return at, err
}

// page reads the next page and moves on; nil when there is none.
func (d desk) page(ctx context.Context, at *position) (*source.Batch, error) {
	path := fmt.Sprintf("/tickets?after=%d", at.Revision)
	batch := &source.Batch{Origin: "GET " + path}
	page, err := d.get(ctx, path)
	if err != nil {
		return nil, &source.Error{Kind: source.Later, Op: batch.Origin, Err: err}
	}
	if len(page) == 0 {
		return nil, nil
	}
	for _, payload := range page {
		r := source.Record{Payload: payload}
		if r.Key, err = source.CanonicalKey(payload, []string{"id"}); err != nil {
			r.Problem = err.Error() // it is kept and quarantined, not dropped
		}
		batch.Records = append(batch.Records, r)
	}
	// All pages up to here have been delivered: a later pass may begin behind this one.
	if err = json.Unmarshal(page[len(page)-1], at); err == nil {
		batch.State, err = json.Marshal(at)
	}
	if err != nil {
		return nil, &source.Error{Kind: source.Failed, Op: batch.Origin, Err: err}
	}
	return batch, nil
}

func (d desk) get(ctx context.Context, path string) ([]json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+path, nil)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the help desk: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	var page []json.RawMessage
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return page, nil
}
