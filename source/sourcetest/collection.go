package sourcetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/lodehq/lode/source"
)

// Collection is a list of records that a [Server] serves in pages. The answer is
//
//	{"items": [...], "total": 7, "total_pages": 4, "has_more": true, "next": ...}
//
// Query parameters: since and until bound the cursor field (compared as texts), page,
// offset, cursor and limit page. next is a cursor, or a URL if URLs is set.
type Collection struct {
	Path     string
	Cursor   string // path of the field that since and until compare
	PageSize int    // unless the request names a limit; 2 by default
	MaxSize  int    // larger limits are cut to it in silence; 0 is none
	URLs     bool   // next is a URL, also sent as a Link header

	IgnorePage  bool         // serve the first page whatever is asked for
	RepeatToken bool         // tell the same next cursor for ever
	EmptyAt     map[int]bool // pages (from 0) before which an empty page is put
	Array       bool         // answer with the bare list

	mu      sync.Mutex
	records []string
}

// Set replaces the records, each a JSON value. They are served in this order.
func (c *Collection) Set(records ...string) *Collection {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records = records
	return c
}

// Add adds records at the end.
func (c *Collection) Add(records ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records = append(c.records, records...)
}

// matching are the records within the bounds of a request.
func (c *Collection) matching(q url.Values) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, r := range c.records {
		value, _ := source.Lookup([]byte(r), c.Cursor)
		at := source.Text(value)
		if at != "" && (q.Get("since") != "" && at < q.Get("since") || q.Get("until") != "" && at > q.Get("until")) {
			continue
		}
		out = append(out, r)
	}
	return out
}

// window is the part of the records that a request asks for.
type window struct{ start, end, size, total int }

func (c *Collection) window(q url.Values, total int) window {
	w := window{size: max(1, or(c.PageSize, 2)), total: total}
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 {
		w.size = n
	}
	if c.MaxSize > 0 {
		w.size = min(w.size, c.MaxSize)
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil {
		w.start = (n - 1) * w.size
	}
	for _, name := range []string{"offset", "cursor"} {
		if n, err := strconv.Atoi(strings.TrimPrefix(strings.TrimPrefix(q.Get(name), "at-"), "behind-")); err == nil {
			w.start = n
		}
	}
	if c.IgnorePage {
		w.start = 0
	}
	w.start = max(0, min(w.start, total))
	w.end = min(w.start+w.size, total)
	return w
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func (c *Collection) serve(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	records := c.matching(q)
	part := c.window(q, len(records))
	items, next := records[part.start:part.end], ""
	if part.end < part.total {
		next = fmt.Sprintf("at-%d", part.end)
	}
	if c.EmptyAt[part.start/part.size] && !strings.HasPrefix(q.Get("cursor"), "behind-") {
		items, next = nil, fmt.Sprintf("behind-%d", part.start)
	}
	if c.RepeatToken {
		next = fmt.Sprintf("at-%d", part.size)
	}
	c.answer(w, r, items, next, part)
}

func (c *Collection) answer(w http.ResponseWriter, r *http.Request, items []string, next string, part window) {
	w.Header().Set("Content-Type", "application/json")
	list := "[" + strings.Join(items, ",") + "]"
	text := strconv.Quote(next)
	if c.URLs && next != "" {
		u := *r.URL
		q := u.Query()
		q.Set("cursor", next)
		u.RawQuery = q.Encode()
		text = strconv.Quote(u.String())
		w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next", <%s>; rel="first"`, u.String(), r.URL.Path))
	}
	if next == "" {
		text = "null"
	}
	if c.Array {
		_, _ = fmt.Fprint(w, list)
		return
	}
	pages := (part.total + part.size - 1) / part.size
	_, _ = fmt.Fprintf(w, `{"items":%s,"total":%d,"total_pages":%d,"has_more":%t,"next":%s}`, list, part.total, pages, next != "", text)
}
