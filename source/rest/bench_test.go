package rest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lodehq/lode/source"
)

// BenchmarkPages reads pages of 500 records of about 400 bytes.
func BenchmarkPages(b *testing.B) {
	var page strings.Builder
	page.WriteString(`{"next":%q,"items":[`)
	for i := range 500 {
		if i > 0 {
			page.WriteByte(',')
		}
		fmt.Fprintf(&page, `{"id":"C%07d","at":"2024-05-01T10:00:00Z","text":%q,"nested":{"id":"3","refName":"Enterprise"}}`, i, strings.Repeat("text ", 62))
	}
	page.WriteString(`]}`)
	const pages = 100
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		next := ""
		if n++; n%pages != 0 {
			next = fmt.Sprint("p", n)
		}
		w.Header().Set("Content-Type", "application/json")
		body := fmt.Sprintf(page.String(), next)
		_, _ = w.Write([]byte(strings.Replace(body, "C0000000", fmt.Sprintf("C%07d", n+500), 1)))
	}))
	defer server.Close()
	c := &Config{BaseURL: server.URL, Tables: []Stream{{Name: "x", Endpoint: Endpoint{
		Path: "/x", Records: "items", Key: []string{"id"}, Cursor: &Cursor{Field: "at"}, Paging: &Paging{Type: "cursor", Param: "p", Next: "next"},
	}}}}
	src, err := c.Open(b.Context(), source.Env{Name: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(page.Len()) * pages)
	for b.Loop() {
		for _, err := range src.Read(context.Background(), source.Request{Stream: "x", Mode: source.Full}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
