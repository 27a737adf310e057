package sourcetest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lodehq/lode/source/sourcetest"
)

func get(t *testing.T, url string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

func TestServerServesPagesAndFaults(t *testing.T) {
	t.Parallel()
	c := (&sourcetest.Collection{Path: "/x", Cursor: "at"}).Set(`{"id":1,"at":"a"}`, `{"id":2,"at":"b"}`, `{"id":3,"at":"c"}`)
	s := sourcetest.NewServer(t, c)
	s.Break("/x", 3, 1, sourcetest.Truncated())
	s.Break("/x", 4, 2, sourcetest.Status(503, "later", "Retry-After", "5"))
	for _, step := range []struct {
		query, want string
		status      int
	}{
		{"", `{"items":[{"id":1,"at":"a"},{"id":2,"at":"b"}],"total":3,"total_pages":2,"has_more":true,"next":"at-2"}`, 200},
		{"cursor=at-2&since=a", `{"items":[{"id":3,"at":"c"}],"total":3,"total_pages":2,"has_more":false,"next":null}`, 200},
		{"", "unexpected EOF", 0},
		{"", "later", 503},
		{"", "later", 503},
		{"since=b&until=b", `{"items":[{"id":2,"at":"b"}],"total":1,"total_pages":1,"has_more":false,"next":null}`, 200},
	} {
		status, body, err := get(t, s.URL+"/x?"+step.query)
		if err != nil {
			body = err.Error()
		}
		if !strings.Contains(body, step.want) || step.status != 0 && status != step.status {
			t.Errorf("%s: %d %s", step.query, status, body)
		}
	}
	if status, _, _ := get(t, s.URL+"/other"); status != 404 {
		t.Errorf("unknown path: %d", status)
	}
	if r := s.Requests("/x"); len(r) != 6 || !r[2].Refused || r[0].Refused || r[1].String() != "GET /x?cursor=at-2&since=a" {
		t.Errorf("log %v", r)
	}
}
