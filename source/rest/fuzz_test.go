package rest

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/lodehq/lode/source"
)

// FuzzPage reads answers by every kind of paging: each is an error, or whole records with
// a next position that was not served before.
func FuzzPage(f *testing.F) {
	for _, body := range []string{
		`{"items":[{"id":1},{"id":2}],"next":"c2","total":4,"total_pages":2,"has_more":true}`,
		`{"items":[],"next":null,"total":0,"total_pages":0,"has_more":false}`,
		`{"items":{"a":{"id":1}},"next":"/x?page=2"}`, `{"items":null}`, `[{"id":1}]`, `{"items":[1,"a",null,[]]}`, `{"items":[{"id":1}],"error":{"message":"busy"}}`,
		`{"items":[{"id":"` + "\x00\xff" + `"}]}`, `{"items":[{"id":1}`, `<html>`, ``, `{"items":[{"id":1}],"next":"http://elsewhere/x","total":-1,"total_pages":"x"}`,
		`{"items":[{"id":1}],"next":"%zz","total":99999999999999999999}`, `{"items":[1],"items":[2],"next":false}`,
	} {
		f.Add([]byte(body), "items", `<https://api/x?page=2>; rel="next"`)
		f.Add([]byte(body), "items.*", "")
	}
	f.Fuzz(func(t *testing.T, body []byte, records, link string) {
		base, err := url.Parse("https://api/x")
		if err != nil {
			t.Fatal(err)
		}
		for _, paging := range []Paging{
			{Type: "none"}, {Type: "page", Param: "page", TotalPages: "total_pages"}, {Type: "page", Param: "page", Total: "total", Size: 2}, {Type: "offset", Param: "offset", Total: "total", MaxOffset: 100},
			{Type: "offset", Param: "offset", HasMore: "has_more"}, {Type: "cursor", Param: "cursor", Next: "next"}, {Type: "cursor", Param: "cursor", NextHeader: "Next"}, {Type: "next_url", Next: "next"}, {Type: "link"},
		} {
			e := &Endpoint{Path: "/x", Records: records, Paging: &paging, ErrorPath: "error.message"}
			p, err := newPageReader(e).read(&answer{status: http.StatusOK, header: http.Header{"Link": {link}, "Next": {link}}, body: body, url: base})
			if err != nil {
				continue
			}
			for _, r := range p.records {
				clean, _ := source.Sanitize(r)
				if !jsontext.Value(clean).IsValid(jsontext.AllowDuplicateNames(true)) {
					t.Fatalf("%s: record %q is no JSON", paging.Type, r)
				}
			}
			checkNext(t, newPager(&paging), p)
		}
	})
}

// checkNext goes on from a page twice; the second time must be noticed as a circle, unless
// the page was the last one or an empty one by its number.
func checkNext(t *testing.T, g *pager, p *page) {
	t.Helper()
	first := g.first()
	next, more, err := g.next(first, p)
	if err != nil || !more {
		return
	}
	if next == first {
		t.Fatalf("%s: after %s comes %s", g.Type, first.text(), next.text())
	}
	if u, err := url.Parse(next.URL); next.URL != "" && (err != nil || u.Host != "api" || u.Scheme != "https") {
		t.Fatalf("%s: the next page is at another host: %s", g.Type, next.URL)
	}
	if _, _, err := g.next(next, p); err == nil && len(p.records) > 0 {
		t.Fatalf("%s: the same page again is no circle", g.Type)
	}
}
