package helpdesk_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"custom/helpdesk"

	"github.com/lodehq/lode/source"
)

func TestABusyHelpDeskIsAskedAgain(t *testing.T) {
	asked := 0
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asked++; {
		case asked == 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		case r.FormValue("after") == "0":
			fmt.Fprint(w, `{"items": [{"id": 1, "revision": 7}]}`)
		default:
			fmt.Fprint(w, `{"items": []}`)
		}
	}))
	defer desk.Close()
	client := &helpdesk.Client{URL: desk.URL}
	var states []string
	for batch, err := range client.Read(t.Context(), source.Request{Stream: "tickets", Mode: source.Incremental}) {
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, string(batch.State))
	}
	if len(states) != 1 || states[0] != `{"revision":7}` || asked != 3 {
		t.Errorf("%v after %d requests", states, asked)
	}
}
