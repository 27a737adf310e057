package rest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

var testNow = time.Date(2024, 5, 2, 12, 0, 0, 0, time.UTC)

func TestSync20AskedWaitInEveryForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header, value string
		want          time.Duration
		ok            bool
	}{
		{"Retry-After", "7", 7 * time.Second, true},
		{"Retry-After", " 0 ", 0, true},
		{"Retry-After", "1.5", 1500 * time.Millisecond, true},
		{"Retry-After", "Thu, 02 May 2024 12:01:00 GMT", time.Minute, true},
		{"Retry-After", "Thu, 02 May 2024 11:00:00 GMT", 0, true},
		{"Retry-After", "-5", 0, false},
		{"Retry-After", "soon", 0, false},
		{"Retry-After", "1e300", longest, true},
		{"Retry-After", "99999999999999999999", longest, true},
		{"Retry-After", "NaN", 0, false},
		{"X-RateLimit-Reset", "1714651230", 30 * time.Second, true},
		{"X-RateLimit-Reset", "1714651230500", 30500 * time.Millisecond, true},
		{"RateLimit-Reset", "45", 45 * time.Second, true},
		{"X-RateLimit-Reset", "1714651000", 0, true},
		{"X-Other", "1", 0, false},
	} {
		h := http.Header{}
		h.Set(c.header, c.value)
		if got, ok := askedWait(h, testNow); got != c.want || ok != c.ok {
			t.Errorf("%s: %s gave %v, %v", c.header, c.value, got, ok)
		}
	}
	skewed := http.Header{"Date": {"Thu, 02 May 2024 10:00:00 GMT"}, "Retry-After": {"Thu, 02 May 2024 10:00:05 GMT"}}
	if got, _ := askedWait(skewed, testNow); got != 5*time.Second {
		t.Errorf("by the server's clock it is 5s, got %v", got)
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("7", "1714651230", "Thu, 02 May 2024 10:00:00 GMT")
	f.Add("1e999", "-1", "")
	f.Fuzz(func(t *testing.T, after, reset, date string) {
		h := http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}, "Date": {date}}
		if wait, ok := askedWait(h, testNow); wait < 0 || wait > longest || !ok && wait != 0 {
			t.Errorf("%q %q %q: %v, %v", after, reset, date, wait, ok)
		}
	})
}

func TestNextLink(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`<https://a/x?page=2>; rel="next", <https://a/x?page=9>; rel="last"`: "https://a/x?page=2",
		`<https://a/x?a=1,2>; title="a, b"; rel=prev, </y>; rel="last next"`: "/y",
		`</a>; rel=prev , </b>; REL=NEXT`:                                    "/b",
		`</a>; rel=prev`:                                                     "",
		`</a>; title="rel=next; \" , <x>; rel=next"; rel=prev`:               "",
		`<a`: "", "": "", "x": "",
	} {
		if got := nextLink([]string{header}); got != want {
			t.Errorf("%s: %q", header, got)
		}
	}
	if got := nextLink([]string{`</a>; rel=prev`, `</b>; rel=next`}); got != "/b" {
		t.Errorf("second header: %q", got)
	}
}

func FuzzLinkHeader(f *testing.F) {
	f.Add(`<https://a/x?page=2>; rel="next", </y>; rel=prev`)
	f.Add(`<>;rel=next,<<>>;"\`)
	f.Fuzz(func(t *testing.T, header string) {
		if got := nextLink([]string{header}); !strings.Contains(header, got) {
			t.Errorf("%q is not in %q", got, header)
		}
	})
}

func TestRedactor(t *testing.T) {
	t.Parallel()
	var r redactor
	r.Hide("s3cret", "s3cret/+longer", "ab")
	for in, want := range map[string]string{
		"x s3cret y": "x [secret] y", "s3cret/+longer": "[secret]", "s3cret%2F%2Blonger": "[secret]", "czNjcmV0": "[secret]", "abc": "abc",
	} {
		if got := r.Text(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	u, err := url.Parse("https://h/v2/x?page=2&api_key=k1&k=s3cret&token=t&since=2024-05-01T10:00:00Z&q=a+b")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.request("GET", u, "k", "token"); got != "GET /v2/x?api_key=[secret]&k=[secret]&page=2&q=a+b&since=2024-05-01T10:00:00Z&token=t" {
		t.Error(got)
	}
}
