package sourcetest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Server is an API on loopback that serves collections and misbehaves as told. It is
// deterministic: what happens depends on the requests alone.
type Server struct {
	URL string

	mu          sync.Mutex
	collections []*Collection
	faults      []fault
	counts      map[string]int
	log         []Request
	check       func(*http.Request) bool
	routes      map[string]http.HandlerFunc
}

// Request is what the server was asked.
type Request struct {
	Method, Path, Query string
	Header              http.Header
	Refused             bool // by Require or by a fault
}

// String is the request line.
func (r Request) String() string {
	if r.Query == "" {
		return r.Method + " " + r.Path
	}
	return r.Method + " " + r.Path + "?" + r.Query
}

type fault struct {
	path  string
	from  int
	times int
	do    Fault
}

// NewServer serves the collections until the test ends.
func NewServer(t testing.TB, collections ...*Collection) *Server {
	t.Helper()
	s := &Server{collections: collections, counts: map[string]int{}, routes: map[string]http.HandlerFunc{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Break lets the nth request to a path (from 1) go wrong, and so many after it. Times 0
// means all that follow.
func (s *Server) Break(path string, nth, times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault{path, nth, times, f})
}

// Require refuses with 401 what check does not accept.
func (s *Server) Require(check func(*http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.check = check
}

// Handle serves a path by a function, without Require.
func (s *Server) Handle(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.routes[path] = h
}

// Tokens makes the server hand out bearer tokens at path and refuse all others. Each
// token is good for so many requests; 0 means for ever.
func (s *Server) Tokens(path string, good func(*http.Request) bool, requests int) {
	var mu sync.Mutex
	issued, left := 0, 0
	s.Handle(path, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !good(r) {
			http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		issued, left = issued+1, requests
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","token":"token-%d","expires_in":3600}`, issued, issued)
	})
	s.Require(func(r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if issued == 0 || !strings.HasSuffix(r.Header.Get("Authorization"), fmt.Sprintf("token-%d", issued)) {
			return false
		}
		left--
		return requests == 0 || left >= 0
	})
}

// Requests is what the server was asked, to a path, or to all if path is "".
func (s *Server) Requests(path string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.log), func(r Request) bool { return path != "" && r.Path != path })
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handle, refused := s.route(r)
	s.mu.Lock()
	s.log = append(s.log, Request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Clone(), refused})
	s.mu.Unlock()
	handle(w, r)
}

// route finds who answers a request.
func (s *Server) route(r *http.Request) (handle http.HandlerFunc, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := r.URL.Path
	s.counts[path]++
	next, found := s.routes[path]
	if !found {
		if s.check != nil && !s.check(r) {
			return Status(http.StatusUnauthorized, `{"error":"unauthorized"}`).handler(nil), true
		}
		next = s.collection(path)
	}
	for _, f := range s.faults {
		if n := s.counts[path]; f.path == path && n >= f.from && (f.times == 0 || n < f.from+f.times) {
			return f.do.handler(next), true
		}
	}
	return next, false
}

func (s *Server) collection(path string) http.HandlerFunc {
	for _, c := range s.collections {
		if c.Path == path {
			return c.serve
		}
	}
	return http.NotFound
}
