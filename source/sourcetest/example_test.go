package sourcetest_test

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode/internal/kittest"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/rest"
	"github.com/lodehq/lode/source/sourcetest"
)

// A connector's own test runs the suite over data of which the outcome is known.
func ExampleRun() {
	ok := kittest.Passes("TestConnector", func(t *testing.T) {
		rows := (&sourcetest.Collection{Path: "/orders", Cursor: "at"}).Set(
			`{"id":1,"at":"2024-05-01"}`, `{"id":2,"at":"2024-05-02"}`, `{"id":3,"at":"2024-05-03"}`)
		server := sourcetest.NewServer(t, rows)
		server.Break("/orders", 2, 1, sourcetest.TooMany("0")) // the second request is one too many
		config := &rest.Config{BaseURL: server.URL, Tables: []rest.Stream{{Name: "orders", Endpoint: rest.Endpoint{
			Path: "/orders", Records: "items", Key: []string{"id"},
			Paging: &rest.Paging{Type: "cursor", Param: "cursor", Next: "next"},
		}}}}
		sourcetest.Run(t, sourcetest.Harness{
			Stream: config.Streams()[0],
			Keys:   []string{`["1"]`, `["2"]`, `["3"]`},
			Open: func(t *testing.T, emit func(source.Event)) source.Source {
				src, err := config.Open(t.Context(), source.Env{Name: "shop", Emit: emit})
				if err != nil {
					t.Fatal(err)
				}
				return src
			},
		})
	})
	fmt.Println("the connector keeps the contract:", ok)
	// Output:
	// the connector keeps the contract: true
}
