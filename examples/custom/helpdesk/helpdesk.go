// Package helpdesk reads the tickets of a help desk: a source with its quirks, which end here.
// It knows nothing of tables.
//
//   - It answers GET /tickets?after=REVISION with the next tickets in an envelope, {"items": [...]}.
//   - It says 429 when it is asked too often, and how long to wait.
package helpdesk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lodehq/lode/source"
)

// Connector makes help desks from source files, beside those of Lode.
type Connector struct{}

// Type is the word after "type:" in a source file.
func (Connector) Type() string { return "helpdesk" }

// NewConfig is filled from a source file.
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
func (c *Config) Open(context.Context, source.Env) (source.Source, error) {
	return &Client{URL: c.URL}, nil
}

// Client talks to a help desk.
type Client struct {
	URL string
}

// Close has nothing to close.
func (c *Client) Close() error { return nil }

// position is the state of the stream: the revision up to which everything was delivered.
type position struct {
	Revision int64 `json:"revision"`
}

// Read yields a batch for each page, in the order of revisions, until a page is empty.
func (c *Client) Read(ctx context.Context, req source.Request) iter.Seq2[*source.Batch, error] {
	return func(yield func(*source.Batch, error) bool) {
		at, err := start(req)
		for err == nil {
			var batch *source.Batch
			if batch, err = c.page(ctx, &at); err == nil && (batch == nil || !yield(batch, nil)) {
				return // the pass is complete, or nobody wants the rest
			}
		}
		yield(nil, err)
	}
}

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
func (c *Client) page(ctx context.Context, at *position) (*source.Batch, error) {
	path := fmt.Sprintf("/tickets?after=%d", at.Revision)
	batch := &source.Batch{Origin: "GET " + path}
	items, err := c.get(ctx, path)
	if err != nil {
		return nil, &source.Error{Kind: source.Later, Op: batch.Origin, Err: err}
	}
	if len(items) == 0 {
		return nil, nil
	}
	for _, payload := range items {
		r := source.Record{Payload: payload}
		if r.Key, err = source.CanonicalKey(payload, []string{"id"}); err != nil {
			r.Problem = err.Error() // it is kept and quarantined, not dropped
		}
		batch.Records = append(batch.Records, r)
	}
	if err = json.Unmarshal(items[len(items)-1], at); err == nil {
		batch.State, err = json.Marshal(at)
	}
	if err != nil {
		return nil, &source.Error{Kind: source.Failed, Op: batch.Origin, Err: err}
	}
	return batch, nil
}

// patience is how often a busy help desk is asked again.
const patience = 3

func (c *Client) get(ctx context.Context, path string) ([]json.RawMessage, error) {
	for try := 1; ; try++ {
		items, wait, err := c.once(ctx, path)
		if wait == 0 || try == patience {
			return items, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// once asks once; wait is how long to wait before asking again.
func (c *Client) once(ctx context.Context, path string) (items []json.RawMessage, wait time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+path, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("make the request: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("ask the help desk: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusTooManyRequests {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return nil, time.Duration(min(max(seconds, 1), 30)) * time.Second, errors.New(resp.Status)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, 0, errors.New(resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return nil, 0, fmt.Errorf("read the answer: %w", err)
	}
	var answer struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, 0, fmt.Errorf("read the answer: %w", err)
	}
	return answer.Items, 0, nil
}
