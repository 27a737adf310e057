package faults

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lodehq/lode/examples/shop/server"
	"github.com/lodehq/lode/internal/pgtest"
	"github.com/lodehq/lode/lodetest"
)

// The secrets of the test. None may be seen anywhere, in whatever spelling.
const (
	clientSecret = `Kx9"client/+& secret`
	apiKey       = "Qz7-api-key-secret"
	password     = "Wp5 pass/word@secret"
)

// spellings are the ways in which a text may show a secret.
func spellings() []string {
	var out []string
	for _, s := range []string{clientSecret, apiKey, password} {
		quoted, _ := json.Marshal(s) // a text can always be quoted
		out = append(out, s, url.QueryEscape(s), url.PathEscape(s), string(quoted[1:len(quoted)-1]), base64.StdEncoding.EncodeToString([]byte(s)))
	}
	return append(out, base64.StdEncoding.EncodeToString([]byte("lode:"+clientSecret)), "tok-0")
}

// TestSecretsStaySecret calls every command at every log level, with a server that works,
// one that repeats what it was sent in its errors, and one that is not there.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	s, err := server.New(server.Config{Customers: 400, Orders: 300, ClientSecret: clientSecret, APIKey: apiKey})
	if err != nil {
		t.Fatal(err)
	}
	var echoes atomic.Bool
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !echoes.Load() {
			s.ServeHTTP(w, r)
			return
		}
		_ = r.ParseForm() // a GET has none
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "bad request %s %v %v", r.URL, r.Header, r.Form)
	}))
	t.Cleanup(web.Close)
	p := shopAt(t, s, web.URL, "duckdb")
	good, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	good.User = url.UserPassword(good.User.Username(), password)
	p.address = good.String()
	p.env = append(s.Env(web.URL), "LODE_WAREHOUSE="+p.address)

	for _, level := range []string{"debug", "info", "warn", "error"} {
		for _, args := range [][]string{
			{"lint"}, {"plan"}, {"run"}, {"status"}, {"rebuild"}, {"replay"}, {"plan", "-o", "json"}, {"status", "-o", "json"}, {"run", "-o", "json"},
			{"query", "SELECT * FROM lode.loads"}, {"query", "SELECT * FROM nowhere"}, {"run", "--select", "nothing"}, {"lint", "-o", "json"}, {"docs"}, {"docs", "--format", "html"}, {"docs", "-o", "json"}, {"env"}, {"env", "--example"}, {"env", "-o", "json"}, {"version"},
		} {
			silent(t, p.program, append(args, "--log-level", level)...)
		}
	}
	if e := p.lode("run", "-q"); e.code != 0 {
		t.Fatalf("the good server: code %d: %s", e.code, last(e.stderr))
	}
	echoes.Store(true)
	if e := silent(t, p.program, "run", "--full", "--log-level", "debug"); e.code != failed || !strings.Contains(e.stderr, "bad request") {
		t.Errorf("the echoing server: code %d: %s", e.code, last(e.stderr))
	}
	ledgerIsClean(t, p.address, "bad request")

	for _, env := range [][]string{
		append(s.Env("http://127.0.0.1:1"), "LODE_WAREHOUSE="+p.address),                                                // a server that is not there
		append(s.Env(web.URL), "LODE_WAREHOUSE=postgres://lode:"+url.PathEscape(password)+"@127.0.0.1:1/x"),             // a warehouse that is not there
		append(s.Env(web.URL), "LODE_WAREHOUSE=postgres://lode:"+password+"@127.0.0.1:1/x%zz"),                          // a URL that is none
		append(s.Env(web.URL), "LODE_WAREHOUSE=postgres://127.0.0.1:1/x?user=lode&password="+url.QueryEscape(password)), // keywords
		append(s.Env(web.URL), "CRM_URL=http://u:"+apiKey+"@127.0.0.1:1", "LODE_WAREHOUSE="+p.address),                  // a secret as the base URL
	} {
		hurt := program{t: t, dir: p.dir, env: env}
		for _, args := range [][]string{{"lint"}, {"plan"}, {"run", "--log-level", "debug", "--select", "bronze.billing_accounts"}} {
			silent(t, hurt, args...)
		}
	}
	brokenEnv(t, p.program)
}

// brokenEnv has a secret in a .env that cannot be parsed.
func brokenEnv(t *testing.T, p program) {
	t.Helper()
	env := filepath.Join(p.dir, ".env")
	if err := os.WriteFile(env, []byte("GOOD=1\n'"+apiKey+" = \x00\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	silent(t, p, "lint")
	if err := os.Remove(env); err != nil {
		t.Fatal(err)
	}
}

// silent calls the program and wants none of the secrets in what it says.
func silent(t *testing.T, p program, args ...string) ended {
	t.Helper()
	e := p.lode(args...)
	for _, secret := range spellings() {
		if strings.Contains(e.stdout, secret) || strings.Contains(e.stderr, secret) {
			t.Errorf("lode %q shows %q: %s", args, secret, around(e.stdout+e.stderr, secret))
		}
	}
	return e
}

// around is the place where a text stands.
func around(text, part string) string {
	i := strings.Index(text, part)
	return text[max(0, i-200):min(len(text), i+len(part)+100)]
}

// ledgerIsClean wants none of the secrets in any row of Lode's own tables, though one of
// them tells of an answer that held some.
func ledgerIsClean(t *testing.T, address, told string) {
	t.Helper()
	w := open(t, address)
	tells := false
	for _, table := range lodetest.Rows(t, w, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'lode'") {
		for _, row := range lodetest.Rows(t, w, "SELECT * FROM lode."+table) {
			tells = tells || strings.Contains(row, told)
			for _, secret := range spellings() {
				if strings.Contains(row, secret) {
					t.Errorf("lode.%s shows %q: %s", table, secret, around(row, secret))
				}
			}
		}
	}
	if !tells {
		t.Errorf("the ledger does not tell %q, which came with secrets", told)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
