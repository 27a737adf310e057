package server

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// FaultCounts says how often the server has misbehaved.
type FaultCounts struct {
	Limited, Failed, Truncated, Expired int
}

// faults decides which requests go wrong: by a counter and the seed, so that a repeated
// request has another fate, and never more than twice in a row for the same request.
type faults struct {
	draws
	on       bool
	mu       sync.Mutex
	requests int
	repeated map[string]int // failures in a row of a request
	counts   FaultCounts
}

// mostRepeats is how often in a row the same request may fail.
const mostRepeats = 2

// fate is what happens to one request.
type fate uint8

const (
	served fate = iota
	limitedSeconds
	limitedDate
	failed
	truncatedConnection // fewer bytes than announced
	truncatedDocument   // a complete response that holds half a document
)

func newFaults(c Config) *faults {
	return &faults{draws: draws{c.Seed}, on: c.Faults, repeated: map[string]int{}}
}

// Faults says how often the server has misbehaved since it was made.
func (s *Server) Faults() FaultCounts {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return s.faults.counts
}

func (f *faults) around(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch fate := f.decide(r.URL.RequestURI()); fate {
		case limitedSeconds:
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusTooManyRequests, "too many requests")
		case limitedDate:
			w.Header().Set("Retry-After", time.Now().UTC().Add(time.Second).Format(http.TimeFormat))
			refuse(w, http.StatusTooManyRequests, "too many requests")
		case failed:
			http.Error(w, "<html><body>Something went wrong.</body></html>", http.StatusInternalServerError)
		case truncatedConnection, truncatedDocument:
			next(&truncating{ResponseWriter: w, document: fate == truncatedDocument}, r)
		default:
			next(w, r)
		}
	}
}

// decide draws the fate of a request and counts it.
func (f *faults) decide(request string) fate {
	if !f.on {
		return served
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	if f.repeated[request] == mostRepeats {
		delete(f.repeated, request)
		return served
	}
	fate := f.fate(f.requests)
	if fate == served {
		delete(f.repeated, request)
	} else {
		f.repeated[request]++
	}
	return fate
}

// fate of the nth request. Each kind alternates between its two forms.
func (f *faults) fate(n int) fate {
	switch {
	case f.oneIn(60, ofFault, n, 1):
		f.counts.Limited++
		return limitedSeconds + fate(f.counts.Limited%2)
	case f.oneIn(70, ofFault, n, 2):
		f.counts.Failed++
		return failed
	case f.oneIn(90, ofFault, n, 3):
		f.counts.Truncated++
		return truncatedConnection + fate(f.counts.Truncated%2)
	}
	return served
}

// expired counts a token that was refused.
func (f *faults) expired(hadToken bool) {
	if !hadToken {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Expired++
}

// truncating sends the first half of the body.
type truncating struct {
	http.ResponseWriter
	document bool
}

// Write sends half of a body that its handler writes in one piece. With the announced
// length left as it is, the server closes the connection and the client sees that bytes
// are missing; otherwise only a parser can see it.
func (t *truncating) Write(body []byte) (int, error) {
	half := body[:len(body)/2]
	if t.document {
		t.Header().Set("Content-Length", strconv.Itoa(len(half)))
	}
	if _, err := t.ResponseWriter.Write(half); err != nil {
		return 0, err
	}
	return len(body), nil
}
