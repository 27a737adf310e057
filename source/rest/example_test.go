package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/rest"
)

// A source written in Go instead of a project file.
func Example() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "hush" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"results":[{"order_id":"A1","updated_at":"2024-05-01T10:00:00Z"}],"total":1}`)
	}))
	defer api.Close()
	config := &rest.Config{
		BaseURL: api.URL,
		Auth:    rest.Auth{Type: "api_key", Header: "X-Api-Key", Key: settings.NewSecret("hush")},
		Tables: []rest.Stream{{Name: "orders", Endpoint: rest.Endpoint{
			Path: "/orders", Records: "results", Key: []string{"order_id"},
			Cursor: &rest.Cursor{Field: "updated_at", Param: "updated_from"},
			Paging: &rest.Paging{Type: "offset", Param: "offset", Total: "total"},
		}}},
	}
	src, err := config.Open(context.Background(), source.Env{Name: "billing"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	for batch, err := range src.Read(context.Background(), source.Request{Stream: "orders", Mode: source.Incremental}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, r := range batch.Records {
			fmt.Println(batch.Origin, r.Key, r.Cursor)
		}
		fmt.Println(string(batch.State))
	}
	// Output:
	// GET /orders?offset=0 ["A1"] 2024-05-01T10:00:00Z
	// {"mark":{"cursor":"2024-05-01T10:00:00Z","value":1714557600000000,"precision":"second","offset":"Z"}}
}
