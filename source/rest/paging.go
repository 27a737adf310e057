package rest

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/zeebo/xxh3"
)

// position is where a page stands. Which field counts follows from the kind of paging.
type position struct {
	Page   int64  `json:"page,omitzero"`
	Offset int64  `json:"offset,omitzero"`
	Token  string `json:"token,omitzero"`
	URL    string `json:"url,omitzero"`
}

// text names the position for the loop guard and for messages.
func (p position) text() string {
	switch {
	case p.URL != "":
		return p.URL
	case p.Token != "":
		return "cursor " + p.Token
	case p.Offset > 0:
		return "offset " + strconv.FormatInt(p.Offset, 10)
	}
	return "page " + strconv.FormatInt(p.Page, 10)
}

// pager goes from page to page and notices when it goes in circles.
type pager struct {
	Paging
	pages int64
	taken int64 // records so far
	full  bool  // a page as large as asked for was seen: the API serves that size
	seen  map[uint64]bool
	last  uint64 // content of the page before; 0 for an empty one
}

// errLoop is paging that does not get anywhere.
var errLoop = errors.New("paging goes in circles")

func newPager(p *Paging) *pager {
	g := &pager{seen: map[uint64]bool{}}
	if p != nil {
		g.Paging = *p
	}
	if g.MaxPages == 0 {
		g.MaxPages = defaultMaxPages
	}
	return g
}

func (g *pager) first() position {
	switch {
	case g.Type == "page" && g.Start != nil:
		return position{Page: *g.Start}
	case g.Type == "page":
		return position{Page: 1}
	}
	return position{}
}

// params are the parameters that ask for the page at a position.
func (g *pager) params(at position, set func(name string, value any)) {
	if g.SizeParam != "" && g.Size > 0 {
		set(g.SizeParam, g.Size)
	}
	switch {
	case g.Type == "page":
		set(g.Param, at.Page)
	case g.Type == "offset":
		set(g.Param, at.Offset)
	case g.Type == "cursor" && at.Token != "":
		set(g.Param, at.Token)
	}
}

// next is the position after a page; more is false after the last one.
func (g *pager) next(at position, p *page) (next position, more bool, err error) {
	g.pages++
	g.taken += int64(len(p.records))
	if err := g.guardContent(p); err != nil {
		return next, false, err
	}
	switch g.Type {
	case "page":
		next, more, err = g.nextPage(at, p)
	case "offset":
		next, more, err = g.nextOffset(at, p)
	case "cursor":
		next.Token, more = p.next, p.next != ""
	case "next_url", "link":
		next, more, err = nextURL(p)
	}
	if err != nil || !more || p.hasMore == "false" || p.hasMore == "0" {
		return next, false, err
	}
	return next, true, g.guardPosition(at, next)
}

// guardContent refuses a page that equals the one before (case 16): the API ignores the
// position. Empty pages are no sign of that (case 18).
func (g *pager) guardContent(p *page) error {
	before := g.last
	g.last = 0
	if len(p.records) == 0 {
		return nil
	}
	h := xxh3.New()
	for _, r := range p.records {
		_, _ = h.Write(r) // never fails
	}
	if g.last = h.Sum64(); g.last == before {
		return fmt.Errorf("%w: the page equals the one before it; the API seems to ignore where the page should begin", errLoop)
	}
	return nil
}

// guardPosition refuses a position that was served before.
func (g *pager) guardPosition(at, next position) error {
	g.seen[xxh3.HashString(at.text())] = true
	if g.seen[xxh3.HashString(next.text())] {
		return fmt.Errorf("%w: the next page is %s again", errLoop, next.text())
	}
	if g.pages >= g.MaxPages {
		return fmt.Errorf("paging does not end: %d pages are read, which is paging.max_pages", g.pages)
	}
	return nil
}

func (g *pager) nextPage(at position, p *page) (position, bool, error) {
	next := position{Page: at.Page + 1}
	if g.TotalPages != "" && (p.totalPages != "" || len(p.records) > 0) {
		total, err := count(p.totalPages, "paging.total_pages")
		if page := next.Page - g.first().Page; err == nil && page > total && len(p.records) > 0 {
			err = fmt.Errorf("paging.total_pages: the answer says %d, and is page %d with %d records; it cannot be relied on: leave it out, and the pass goes on until a page is empty", total, page, len(p.records))
		}
		return next, next.Page-g.first().Page < total, err
	}
	return g.nextCounted(next, g.taken, p)
}

func (g *pager) nextOffset(at position, p *page) (position, bool, error) {
	next := position{Offset: at.Offset + int64(len(p.records))}
	next, more, err := g.nextCounted(next, next.Offset, p)
	if more && err == nil && g.MaxOffset > 0 && next.Offset > g.MaxOffset {
		err = fmt.Errorf("the API serves offsets up to %d and there are more records; ask for smaller parts, for example by a backfill of ranges", g.MaxOffset)
	}
	return next, more, err
}

// nextCounted decides by the total, or without one by the size of the page. A short page
// ends the pass only once a full one has shown that the API serves the size asked for:
// one that serves less would otherwise end it on its first page.
func (g *pager) nextCounted(next position, received int64, p *page) (position, bool, error) {
	n := int64(len(p.records))
	if p.hasMore == "true" {
		return next, n > 0 || g.Type == "page", nil
	}
	if g.Total != "" && (p.total != "" || n > 0) {
		total, err := count(p.total, "paging.total")
		switch {
		case err == nil && n == 0 && received < total:
			err = fmt.Errorf("an empty page after %d of %d records", received, total)
		case err == nil && n > total:
			err = fmt.Errorf("paging.total: the answer says %d, and holds %d records; it cannot be relied on: leave it out, and the pass goes on until a page is empty", total, n)
		}
		return next, received < total, err
	}
	g.full = g.full || g.Size > 0 && n >= g.Size
	return next, n > 0 && !(g.full && n < g.Size), nil
}

func count(text, key string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s: the answer has %q there, which is no count", key, text)
	}
	return n, nil
}

// nextURL resolves the URL of the next page and keeps it at its host.
func nextURL(p *page) (position, bool, error) {
	if p.next == "" {
		return position{}, false, nil
	}
	ref, err := url.Parse(p.next)
	if err != nil {
		return position{}, false, fmt.Errorf("next page: %q is no URL", p.next)
	}
	target := p.url.ResolveReference(ref)
	if err := sameHost(p.url, target); err != nil {
		return position{}, false, fmt.Errorf("next page: %w", err)
	}
	return position{URL: target.String()}, true, nil
}
