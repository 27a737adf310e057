package rest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/rest"
	"github.com/lodehq/lode/source/sourcetest"
)

// Every kind of paging keeps the contract, also over an API that misbehaves.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]rest.Paging{
		"page":     {Type: "page", Param: "page", TotalPages: "total_pages"},
		"offset":   {Type: "offset", Param: "offset", Total: "total"},
		"cursor":   {Type: "cursor", Param: "cursor", Next: "next"},
		"next_url": {Type: "next_url", Next: "next"},
		"link":     {Type: "link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := (&sourcetest.Collection{Path: "/x", Cursor: "at", URLs: name == "next_url" || name == "link"})
			h := sourcetest.Harness{From: "2024-05-01T02:00:00Z", To: "2024-05-01T04:00:00Z", Secrets: []string{"hush-hush", "token-"}}
			for i := range 9 {
				rows.Add(fmt.Sprintf(`{"id":%d,"at":"2024-05-01T%02d:00:00Z"}`, i, i))
				h.Keys = append(h.Keys, fmt.Sprintf(`["%d"]`, i))
			}
			h.BackfillKeys = h.Keys[2:4]
			server := sourcetest.NewServer(t, rows)
			server.Tokens("/token", func(r *http.Request) bool { return r.FormValue("client_secret") == "hush-hush" }, 3)
			server.Break("/x", 2, 1, sourcetest.WebPage())
			server.Break("/x", 5, 1, sourcetest.Truncated())
			config := configOf(server, p)
			h.Stream = config.Streams()[0]
			h.Open = func(t *testing.T, emit func(source.Event)) source.Source {
				src, err := config.Open(t.Context(), source.Env{Name: "api", Emit: emit})
				if err != nil {
					t.Fatal(err)
				}
				return src
			}
			h.Change = func(*testing.T) []string {
				rows.Add(`{"id":3,"at":"2024-05-01T08:00:00Z"}`, `{"id":99,"at":"2024-05-01T09:00:00Z"}`)
				return []string{`["3"]`, `["99"]`}
			}
			sourcetest.Run(t, h)
		})
	}
}

func configOf(server *sourcetest.Server, p rest.Paging) *rest.Config {
	order := "none"
	if p.Type == "cursor" || p.Type == "next_url" || p.Type == "link" {
		order = "asc"
	}
	return &rest.Config{
		BaseURL: server.URL,
		Auth:    rest.Auth{Type: "oauth2", TokenURL: "/token", ClientID: "lode", ClientSecret: settings.NewSecret("hush-hush")},
		Tables: []rest.Stream{{
			Name: "x", Resumable: order == "asc",
			Endpoint: rest.Endpoint{
				Path: "/x", Records: "items", Key: []string{"id"}, Paging: &p,
				Cursor: &rest.Cursor{Field: "at", Param: "since", Order: order},
			},
			Sweep: &rest.Sweep{Mode: "keys", Path: "/x", Records: "items", Paging: &p},
		}},
	}
}
