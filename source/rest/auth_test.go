package rest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/sourcetest"
)

func secret(s string) settings.Secret { return settings.NewSecret(s) }

func TestCredentialsOfEveryKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		auth Auth
		good func(*http.Request) bool
	}{
		"bearer":        {Auth{Type: "bearer", Token: secret("hush-hush")}, func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer hush-hush" }},
		"basic":         {Auth{Type: "basic", Username: "me", Password: secret("hush-hush")}, func(r *http.Request) bool { u, p, _ := r.BasicAuth(); return u == "me" && p == "hush-hush" }},
		"api_key":       {Auth{Type: "api_key", Header: "X-Key", Key: secret("hush-hush")}, func(r *http.Request) bool { return r.Header.Get("X-Key") == "hush-hush" }},
		"api_key query": {Auth{Type: "api_key", Query: "k", Key: secret("hush-hush")}, func(r *http.Request) bool { return r.URL.Query().Get("k") == "hush-hush" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, rowsOn(4)...)
			b.stream().Paging = &Paging{Type: "next_url", Next: "next"} // the next URL may repeat the key
			b.rows.URLs = true
			b.config.Auth = c.auth
			b.server.Require(c.good)
			r := b.read(source.Request{})
			b.want(r, "1", "2", "3", "4")
			b.server.Require(func(*http.Request) bool { return false })
			refused := b.read(source.Request{})
			b.fails(refused, source.Rejected, "401")
			b.server.Break("/x", 1, 0, sourcetest.Status(500, `{"error":"bad key hush-hush"}`))
			failed := b.read(source.Request{})
			if text := fmt.Sprintf("%v %v %s %v %+v %v", r.origins, refused.err, r.last(), failed.err, failed.err, b.events); strings.Contains(text, "hush-hush") {
				t.Errorf("the secret shows: %s", text)
			}
		})
	}
}

func TestSync22TokenExpiresWithinThePass(t *testing.T) {
	t.Parallel()
	form := func(r *http.Request) bool {
		return r.FormValue("grant_type") == "client_credentials" && r.FormValue("client_id") == "lode" && r.FormValue("client_secret") == "hush-hush" && r.FormValue("scope") == "read all" && r.FormValue("audience") == "x"
	}
	basicForm := func(r *http.Request) bool {
		id, key, _ := r.BasicAuth()
		return id == "lode" && key == "hush-hush" && r.FormValue("client_secret") == ""
	}
	body := func(r *http.Request) bool {
		return r.Header.Get("Content-Type") == "application/json" && r.ContentLength == int64(len(`{"identity":"lode@example.com","password":"hush-hush"}`))
	}
	client := Auth{Type: "oauth2", TokenURL: "/token", ClientID: "lode", ClientSecret: secret("hush-hush"), Scopes: []string{"read", "all"}, Extra: map[string]string{"audience": "x"}}
	byBasic := client
	byBasic.Style = "basic"
	for name, c := range map[string]struct {
		auth Auth
		good func(*http.Request) bool
	}{
		"oauth2": {client, form}, "oauth2 basic": {byBasic, basicForm},
		"login": {Auth{Type: "login", Path: "/token", Body: map[string]settings.Secret{"identity": secret("lode@example.com"), "password": secret("hush-hush")}, Value: "{token}"}, body},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, rowsOn(8)...)
			b.config.Auth = c.auth
			b.server.Tokens("/token", c.good, 2) // each token is good for two requests
			r := b.read(source.Request{})
			b.want(r, "1", "2", "3", "4", "5", "6", "7", "8")
			if n := len(b.server.Requests("/token")); n != 2 {
				t.Errorf("%d logins", n)
			}
			if text := fmt.Sprint(b.events, r.origins); strings.Contains(text, "token-") || b.event("token_refreshed").Kind == "" {
				t.Errorf("events %s", text)
			}
		})
	}
}

func TestRefusedLoginIsRejected(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(1)...)
	b.config.Auth = Auth{Type: "oauth2", TokenURL: "/token", ClientID: "lode", ClientSecret: secret("wrong")}
	b.server.Tokens("/token", func(r *http.Request) bool { return r.FormValue("client_secret") == "right" }, 0)
	b.fails(b.read(source.Request{}), source.Rejected, "log in: login request: status 401")
	b.server.Handle("/token", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"no":"token"}`) })
	b.config.Limits.Attempts = 2
	b.fails(b.read(source.Request{}), source.Failed, "the answer has no access_token")
}

func TestTokenIsRenewedOnceForAllStreams(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(2)...)
	b.config.Auth = Auth{Type: "oauth2", TokenURL: "/token", ClientID: "lode", ClientSecret: secret("right")}
	b.server.Tokens("/token", func(*http.Request) bool { return true }, 0)
	a := b.open()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() { b.want(b.readFrom(a, source.Request{}), "1", "2") })
	}
	wait.Wait()
	if n := len(b.server.Requests("/token")); n != 1 {
		t.Errorf("%d logins for 8 streams", n)
	}
	b.now = b.now.Add(time.Hour) // beyond expires_in
	b.want(b.readFrom(a, source.Request{}), "1", "2")
	if n := len(b.server.Requests("/token")); n != 2 {
		t.Errorf("%d logins; a token is renewed before its end", n)
	}
}

func TestCredentialsStayAtTheirHost(t *testing.T) {
	t.Parallel()
	var leaked []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { leaked = append(leaked, r.URL.String()) }))
	defer other.Close()
	for name, c := range map[string]struct {
		paging Paging
		fault  sourcetest.Fault
	}{
		"redirect": {Paging{Type: "none"}, sourcetest.Redirect(other.URL + "/x")},
		"next_url": {Paging{Type: "next_url", Next: "next"}, sourcetest.Status(200, `{"items":[{"id":1}],"next":"`+other.URL+`/x"}`)},
		"link":     {Paging{Type: "link"}, sourcetest.Status(200, `{"items":[{"id":1}]}`, "Link", "<"+other.URL+`/x>; rel="next"`)},
	} {
		b := newBench(t)
		b.config.Auth = Auth{Type: "api_key", Header: "X-Key", Key: secret("hush-hush")}
		b.stream().Paging = &c.paging
		b.server.Break("/x", 1, 0, c.fault)
		r := b.read(source.Request{})
		b.fails(r, source.Failed, strings.TrimPrefix(b.server.URL, "http://"))
		b.fails(r, source.Failed, strings.TrimPrefix(other.URL, "http://"))
		if len(leaked) > 0 || len(b.waits) > 0 {
			t.Errorf("%s: %v, waits %v", name, leaked, b.waits)
		}
	}
}

func TestRedirectsWithinTheHostAreFollowed(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(2)...)
	b.server.Break("/x", 1, 1, sourcetest.Redirect("/x?again=1"))
	b.want(b.read(source.Request{}), "1", "2")
	b.server.Break("/x", 3, 0, sourcetest.Redirect("/x"))
	b.config.Limits.Attempts = 1
	if r := b.read(source.Request{}); r.err == nil {
		t.Error("redirects without end")
	}
}

func TestOnlyReads(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(3)...)
	b.config.Auth = Auth{Type: "oauth2", TokenURL: "/token", ClientID: "lode", ClientSecret: secret("right")}
	b.server.Tokens("/token", func(*http.Request) bool { return true }, 0)
	b.stream().Sweep = &Sweep{Mode: "keys", Path: "/x", Records: "items"}
	b.stream().Deletions = &Endpoint{Path: "/x", Records: "items"}
	for _, mode := range []source.Mode{source.Incremental, source.Full, source.Keys} {
		if r := b.read(source.Request{Mode: mode}); r.err != nil {
			t.Fatal(r.err)
		}
	}
	for _, r := range b.server.Requests("") {
		if r.Method != http.MethodGet && r.Path != "/token" {
			t.Errorf("sent %s", r)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "post", "POST"} {
		b.stream().Method = method
		if err := b.config.Validate(); err == nil {
			t.Errorf("method %s was taken", method)
		}
	}
}

func TestValidateNamesEveryMistake(t *testing.T) {
	t.Parallel()
	guard := 2.0
	c := &Config{BaseURL: "ftp://x", Auth: Auth{Type: "oauth2"}, Limits: Limits{Rate: -1}, Tables: []Stream{
		{Name: "a", Endpoint: Endpoint{Path: "https://elsewhere/x", Method: "PUT", Paging: &Paging{Type: "page"}, Cursor: &Cursor{Type: "time", Zone: "Mars", Format: "x", Unique: true, Filter: "x"}}},
		{Name: "b", Resumable: true, Endpoint: Endpoint{Cursor: &Cursor{Field: "f", Order: "asc"}, Paging: &Paging{Type: "offset", Param: "o"}}, Sweep: &Sweep{Mode: "keys", SweepRules: source.SweepRules{Guard: &guard, Scope: []string{""}, At: "t"}}, Deletions: &Endpoint{}},
		{Name: "c", Endpoint: Endpoint{Path: "/c", Paging: &Paging{Type: "cursor", Param: "c"}, Cursor: &Cursor{Field: "f", Type: "integer", Lag: 1}}},
	}}
	err := c.Validate()
	if err == nil {
		t.Fatal("taken")
	}
	got := strings.Split(err.Error(), "\n")
	for _, want := range []string{
		"base_url:", "limits:", "auth.client_id:", "auth.client_secret:", "auth.token_url:",
		"streams.a.path:", "streams.a.method:", "streams.a.paging.param:", "streams.a.cursor.field:", "streams.a.cursor.zone:", "streams.a.cursor.format:", "streams.a.cursor.type:", "streams.a.cursor.unique:", "streams.a.cursor.filter:",
		"streams.b.path:", "streams.b.cursor.order:", "streams.b.resumable:", "streams.b.sweep.mode:", "streams.b.sweep.path:", "streams.b.sweep.guard:", "streams.b.sweep.scope: needs mode full", "streams.b.sweep.scope: holds an empty path", "streams.b.sweep.at: needs mode full", "streams.b.deletions.path:", "streams.b.deletions.key:",
		"streams.c.paging.next:", "streams.c.cursor.lookback:",
	} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("nothing about %s in\n%v", want, err)
		}
	}
}
