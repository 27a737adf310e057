package rest

import (
	"errors"
	"io"
	"net/http"

	"github.com/lodehq/lode/source"
)

// echo notes the bodies of requests and answers with text.
func echo(bodies *[]string, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		*bodies = append(*bodies, string(body))
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Date", testNow.Format(http.TimeFormat))
		_, _ = io.WriteString(w, text)
	}
}

func asError(err error, target **source.Error) bool { return errors.As(err, target) }

type (
	writer  = http.ResponseWriter
	request = http.Request
)
