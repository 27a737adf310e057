package server

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// tokenLife is how many requests a token is good for when faults are on.
const tokenLife = 45

// tokens are the bearer tokens of the CRM. The zero value is ready.
type tokens struct {
	strict bool // tokens expire
	mu     sync.Mutex
	issued int
	left   map[string]int
}

// issue makes a new token.
func (t *tokens) issue() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left == nil {
		t.left = map[string]int{}
	}
	t.issued++
	token := fmt.Sprintf("tok-%06d", t.issued)
	t.left[token] = tokenLife
	return token
}

// use tells whether the token is good and takes one use from it.
func (t *tokens) use(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	left, known := t.left[token]
	switch {
	case !known:
		return false
	case !t.strict:
		return true
	case left == 0:
		delete(t.left, token)
		return false
	}
	t.left[token] = left - 1
	return true
}

// issueToken is the client-credentials grant; the credentials come in the form or as
// basic authentication.
func (s *Server) issueToken(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	switch {
	case r.PostFormValue("grant_type") != "client_credentials":
		refuse(w, http.StatusBadRequest, "unsupported_grant_type")
	case !same(id, s.config.ClientID) || !same(secret, s.config.ClientSecret):
		refuse(w, http.StatusUnauthorized, "invalid_client")
	default:
		var a appender
		a.open("", '{')
		a.text("access_token", s.tokens.issue())
		a.text("token_type", "Bearer")
		a.integer("expires_in", 3600)
		a.close('}')
		reply(w, a.b)
	}
}

// crm guards a listing of the CRM: faults first, then the token.
func (s *Server) crm(next http.HandlerFunc) http.HandlerFunc {
	return s.faults.around(func(w http.ResponseWriter, r *http.Request) {
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !bearer || !s.tokens.use(token) {
			s.faults.expired(bearer)
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			refuse(w, http.StatusUnauthorized, "the token is missing or has expired")
			return
		}
		next(w, r)
	})
}

// billing guards a listing of billing.
func (s *Server) billing(next http.HandlerFunc) http.HandlerFunc {
	return s.faults.around(func(w http.ResponseWriter, r *http.Request) {
		if !same(r.Header.Get("X-Api-Key"), s.config.APIKey) {
			refuse(w, http.StatusUnauthorized, "the API key is wrong")
			return
		}
		next(w, r)
	})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
