package sourcetest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
)

// Fault answers a request wrongly. next would answer it rightly.
type Fault func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc)

func (f Fault) handler(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { f(w, r, next) }
}

// Status answers with a status and a body. Headers are name, value, name, value, ...
func Status(code int, body string, headers ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body)) // the client may be gone
	}
}

// TooMany is status 429 with a Retry-After.
func TooMany(retryAfter string) Fault {
	return Status(http.StatusTooManyRequests, `{"error":"slow down"}`, "Retry-After", retryAfter)
}

// WebPage is a web page with status 200.
func WebPage() Fault {
	return Status(http.StatusOK, "<html><body>Sign in</body></html>", "Content-Type", "text/html")
}

// Truncated announces the right answer and breaks off in its middle.
func Truncated() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		whole := httptest.NewRecorder()
		next(whole, r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
		_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
		_ = http.NewResponseController(w).Flush() // else the client sees a reset
		panic(http.ErrAbortHandler)
	}
}

// Cut ends the right answer in its middle as if that were all of it.
func Cut() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		whole := httptest.NewRecorder()
		next(whole, r)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
	}
}

// Reset breaks the connection without an answer.
func Reset() Fault {
	return func(http.ResponseWriter, *http.Request, http.HandlerFunc) { panic(http.ErrAbortHandler) }
}

// Redirect sends the client elsewhere.
func Redirect(to string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	}
}

// Replace changes the body of the right answer.
func Replace(from, to string) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		whole := httptest.NewRecorder()
		next(whole, r)
		for name, values := range whole.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(whole.Code)
		_, _ = w.Write(bytes.ReplaceAll(whole.Body.Bytes(), []byte(from), []byte(to)))
	}
}

// Headers adds headers to the right answer: name, value, name, value, ...
func Headers(headers ...string) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		next(w, r)
	}
}
