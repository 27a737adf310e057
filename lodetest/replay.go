package lodetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// exchange is one request and its answer, as they are kept in a file. Headers of requests are
// not kept: secrets travel there.
type exchange struct {
	Method string              `json:"method"`
	Path   string              `json:"path"`
	Body   string              `json:"body,omitempty"`
	Status int                 `json:"status"`
	Header map[string][]string `json:"header,omitempty"`
	Answer string              `json:"answer"`
}

// Replay is a server that answers as an API once did: requests of one method, path and body get
// the answers that were recorded, in their order, the last one again and again. The recording is
// a file below testdata, one exchange a line. With LODE_UPDATE=1 in the environment the requests go
// to upstream and are recorded; the parameters, fields of forms and members of JSON
// that secret names are kept as "xxxxx" in requests. Answers are kept as they are: look at them before they are committed.
func Replay(t testing.TB, name, upstream string, secret ...string) *httptest.Server {
	t.Helper()
	r := &replay{t: t, path: filepath.Join("testdata", filepath.FromSlash(name)), upstream: strings.TrimSuffix(upstream, "/"), secret: secret, served: map[string]int{}}
	recording := os.Getenv(UpdateVariable) != ""
	if !recording {
		r.read()
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.mutex.Lock()
		defer r.mutex.Unlock()
		if recording {
			r.record(w, req, body)
			return
		}
		r.answer(w, req, body)
	}))
	t.Cleanup(func() {
		server.Close()
		if recording {
			r.write()
		}
	})
	return server
}

type replay struct {
	t         testing.TB
	path      string
	upstream  string
	secret    []string
	mutex     sync.Mutex
	exchanges []exchange
	served    map[string]int
}

func (r *replay) read() {
	r.t.Helper()
	text, err := os.ReadFile(r.path)
	if err != nil {
		r.t.Fatalf("read recorded answers: %v; record them with %s=1", err, UpdateVariable)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	for d.More() {
		var x exchange
		if err := d.Decode(&x); err != nil {
			r.t.Fatalf("read recorded answers: %s: %v", r.path, err)
		}
		r.exchanges = append(r.exchanges, x)
	}
}

// answer gives the next answer to a request.
func (r *replay) answer(w http.ResponseWriter, req *http.Request, body []byte) {
	id := req.Method + " " + r.shown(req) + "\n" + r.shownBody(body)
	n, last := 0, (*exchange)(nil)
	for i, x := range r.exchanges {
		if x.Method+" "+x.Path+"\n"+x.Body == id {
			last = &r.exchanges[i]
			if n++; n > r.served[id] {
				break
			}
		}
	}
	if last == nil {
		text := fmt.Sprintf("%s %s was not recorded in %s; record it with %s=1", req.Method, r.shown(req), r.path, UpdateVariable)
		r.t.Error(text)
		http.Error(w, text, http.StatusNotImplemented)
		return
	}
	r.served[id]++
	for name, values := range last.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(last.Status)
	_, _ = io.WriteString(w, last.Answer) // whoever left does not want it
}

// record asks upstream and keeps what it says.
func (r *replay) record(w http.ResponseWriter, req *http.Request, body []byte) {
	up, err := http.NewRequestWithContext(req.Context(), req.Method, r.upstream+req.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	up.Header = req.Header.Clone()
	up.Header.Del("Accept-Encoding") // kept as text
	resp, err := http.DefaultClient.Do(up)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	kept := http.Header{}
	for _, name := range []string{"Content-Type", "Link", "Retry-After", "Etag", "Last-Modified", "X-Next-Page", "X-Total-Count"} {
		if v := resp.Header.Values(name); v != nil {
			kept[name] = v
		}
	}
	r.exchanges = append(r.exchanges, exchange{Method: req.Method, Path: r.shown(req), Body: r.shownBody(body), Status: resp.StatusCode, Header: kept, Answer: string(answer)})
	for name, values := range kept {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(answer)
}

// shown is the path and the parameters of a request, without secrets.
func (r *replay) shown(req *http.Request) string {
	query := req.URL.Query()
	for _, name := range r.secret {
		if query.Has(name) {
			query.Set(name, "xxxxx")
		}
	}
	if len(query) == 0 {
		return req.URL.Path
	}
	return req.URL.Path + "?" + query.Encode()
}

// shownBody is the body of a request without secrets, if it is a form or an object of JSON.
func (r *replay) shownBody(body []byte) string {
	var members map[string]any
	if json.Unmarshal(body, &members) == nil {
		for _, name := range r.secret {
			if _, there := members[name]; there {
				members[name] = "xxxxx"
			}
		}
		if text, err := json.Marshal(members); err == nil {
			return string(text)
		}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return string(body)
	}
	for _, name := range r.secret {
		if form.Has(name) {
			form.Set(name, "xxxxx")
			body = []byte(form.Encode())
		}
	}
	return string(body)
}

func (r *replay) write() {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	for _, x := range r.exchanges {
		if err := e.Encode(x); err != nil {
			r.t.Errorf("write recorded answers: %v", err)
			return
		}
	}
	err := os.MkdirAll(filepath.Dir(r.path), 0o755)
	if err == nil {
		err = os.WriteFile(r.path, out.Bytes(), 0o644) //nolint:gosec // test data is there to be read
	}
	if err != nil {
		r.t.Errorf("write recorded answers: %v", err)
	}
}
