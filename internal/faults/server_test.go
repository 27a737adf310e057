package faults

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lodehq/lode/examples/shop/server"
)

// TestMisbehavingServer puts the shop behind a proxy that misbehaves at random, and runs
// until the program says that it is done. The tables equal those of a calm server.
func TestMisbehavingServer(t *testing.T) {
	t.Parallel()
	seeds := max(3, number(t, "LODE_SEEDS", 1)/100) // a server takes as long as a hundred histories
	for _, kind := range []string{"duckdb", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			since := time.Now()
			want := days(t, newShop(t, kind, false), since)
			for seed := range seeds {
				p := misbehaving(t, uint64(seed)+1)
				got := days(t, shopAt(t, p.shop, p.url, kind), since)
				for i := range want {
					same(t, fmt.Sprintf("seed %d, day %d", seed, i+1), got[i], want[i])
				}
				if p.wrongs() == 0 {
					t.Errorf("seed %d: the server never misbehaved", seed)
				}
			}
		})
	}
}

// days runs two days, each until the program is done, and dumps the tables after each.
func days(t *testing.T, s *shop, since time.Time) (out []tables) {
	t.Helper()
	for _, step := range script[:2] {
		s.begin(step)
		for try := 0; ; try++ {
			e := s.lode(step.args...)
			if e.code == 0 {
				break
			}
			if e.code != failed && e.code != later || try == 30 {
				t.Fatalf("%s, try %d: code %d: %s", step.name, try, e.code, last(e.stderr))
			}
		}
		out = append(out, look(t, s.address, since))
	}
	return out
}

// Exit codes of a run that may be tried again.
const (
	failed = 1
	later  = 3
)

// proxy stands before the shop and lets answers go wrong.
type proxy struct {
	shop *server.Server
	url  string

	mu    sync.Mutex
	draw  *rand.Rand
	share float64
	wrong int
}

// misbehaving is a shop behind a proxy; how often and how it misbehaves follows from seed.
func misbehaving(t *testing.T, seed uint64) *proxy {
	t.Helper()
	s, err := server.New(server.Config{Customers: 400, Orders: 1500})
	if err != nil {
		t.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(seed, 1))
	p := &proxy{shop: s, draw: draw, share: 0.1 + 0.3*draw.Float64()}
	web := httptest.NewServer(p)
	t.Cleanup(web.Close)
	p.url = web.URL
	return p
}

func (p *proxy) wrongs() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wrong
}

// fate draws what happens to a request: a number, and where in the body.
func (p *proxy) fate() (kind int, at float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draw.Float64() >= p.share {
		return -1, 0
	}
	p.wrong++
	return p.draw.IntN(11), p.draw.Float64()
}

// ServeHTTP answers rightly, or in one of the ways in which servers fail.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, at := p.fate()
	whole := httptest.NewRecorder()
	p.shop.ServeHTTP(whole, r)
	body := whole.Body.Bytes()
	part := body[:int(at*float64(len(body)))]
	switch kind {
	case 0: // nobody answers
		panic(http.ErrAbortHandler)
	case 1: // the connection breaks within the body
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
		_, _ = w.Write(part)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case 2: // half a document, as if it were whole
		answer(w, http.StatusOK, part)
	case 3:
		w.Header().Set("Retry-After", "0")
		answer(w, http.StatusTooManyRequests, nil)
	case 4:
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusServiceUnavailable, nil)
	case 5:
		answer(w, http.StatusInternalServerError, []byte("<html>Oops</html>"))
	case 6:
		answer(w, http.StatusBadGateway, nil)
	case 7: // a page for people
		w.Header().Set("Content-Type", "text/html")
		answer(w, http.StatusOK, []byte("<html>Down for maintenance</html>"))
	case 8:
		answer(w, http.StatusOK, nil)
	case 9: // an error that calls itself a success
		answer(w, http.StatusOK, []byte(`{"error":"try again"}`))
	case 10: // garbage behind the document
		answer(w, whole.Code, append(bytes.Clone(body), part...))
	default:
		for name, values := range whole.Header() {
			w.Header()[name] = values
		}
		answer(w, whole.Code, body)
	}
}

func answer(w http.ResponseWriter, code int, body []byte) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	_, _ = w.Write(body) // the client may be gone
}
