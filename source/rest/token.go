package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/lodehq/lode/source"
)

// skew is how long before its end a token is renewed.
const skew = 30 * time.Second

// token is a proof that ends. A zero until never does.
type token struct {
	text  string
	until time.Time
}

// login gets a new token.
type login interface {
	login(ctx context.Context) (token, error)
	now() time.Time
}

// tokens keeps one token for all streams and lets one of them at a time renew it
// (single flight): the others wait and use what it got.
type tokens struct {
	login         login
	header, value string
	turn          chan struct{} // holds a place for the one that renews
	current       token         // guarded by turn
}

func newTokens(l login, header, value string) *tokens {
	return &tokens{login: l, header: header, value: value, turn: make(chan struct{}, 1)}
}

func (t *tokens) apply(ctx context.Context, r *http.Request) error {
	text, err := t.get(ctx, func(have token) bool {
		return have.text != "" && (have.until.IsZero() || t.login.now().Before(have.until.Add(-skew)))
	})
	if err != nil {
		return err
	}
	r.Header.Set(t.header, withToken(t.value, text))
	return nil
}

// refresh renews the token unless another has done so since r was sent.
func (t *tokens) refresh(ctx context.Context, r *http.Request) (bool, error) {
	refused := r.Header.Get(t.header)
	_, err := t.get(ctx, func(have token) bool { return have.text != "" && withToken(t.value, have.text) != refused })
	return true, err
}

// get is the token, renewed if it is not good.
func (t *tokens) get(ctx context.Context, good func(token) bool) (string, error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-t.turn }()
	if !good(t.current) {
		fresh, err := t.login.login(ctx)
		if err != nil {
			return "", err
		}
		t.current = fresh
	}
	return t.current.text, nil
}

// oauth2Login gets tokens by the client credentials grant (RFC 6749, 4.4).
type oauth2Login struct {
	auth *Auth
	c    *client
}

func (l oauth2Login) now() time.Time { return l.c.now() }

func (l oauth2Login) login(ctx context.Context) (token, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(l.auth.Scopes) > 0 {
		form.Set("scope", strings.Join(l.auth.Scopes, " "))
	}
	for name, value := range l.auth.Extra {
		form.Set(name, value)
	}
	if l.auth.Style != "basic" {
		form.Set("client_id", l.auth.ClientID)
		form.Set("client_secret", l.auth.ClientSecret.Reveal())
	}
	return l.c.fetchToken(ctx, "access_token", 0, func() (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.c.locate(l.auth.TokenURL), strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if l.auth.Style == "basic" {
			r.SetBasicAuth(url.QueryEscape(l.auth.ClientID), url.QueryEscape(l.auth.ClientSecret.Reveal()))
		}
		return r, nil
	})
}

// formLogin gets tokens by sending declared fields as JSON.
type formLogin struct {
	auth *Auth
	c    *client
}

func (l formLogin) now() time.Time { return l.c.now() }

func (l formLogin) login(ctx context.Context) (token, error) {
	fields := make(map[string]string, len(l.auth.Body))
	for name, value := range l.auth.Body {
		fields[name] = value.Reveal()
	}
	body, err := json.Marshal(maps.Clone(fields), json.Deterministic(true))
	if err != nil {
		return token{}, fmt.Errorf("write login: %w", err)
	}
	path := l.auth.TokenPath
	if path == "" {
		path = "token"
	}
	return l.c.fetchToken(ctx, path, time.Duration(l.auth.TTL), func() (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.c.locate(l.auth.Path), strings.NewReader(string(body)))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		return r, nil
	})
}

// fetchToken sends a login and reads the token and its life out of the answer.
func (c *client) fetchToken(ctx context.Context, path string, ttl time.Duration, build func() (*http.Request, error)) (token, error) {
	answer, err := c.send(ctx, call{op: "log in", build: build, shown: "login request", login: true, accept: func(a *answer) error {
		if text, _ := source.Lookup(a.body, path); source.Text(text) == "" {
			return fmt.Errorf("the answer has no %s", path)
		}
		return nil
	}})
	if err != nil {
		return token{}, err
	}
	values := make([]jsontext.Value, 2)
	if err := source.NewExtractor(path, "expires_in").Extract(answer.body, values); err != nil {
		return token{}, err
	}
	t := token{text: source.Text(values[0])}
	if t.text == "" {
		return token{}, errors.New("the answer has no token")
	}
	c.redact.Hide(t.text)
	if n, err := strconv.ParseFloat(source.Text(values[1]), 64); err == nil && n > 0 {
		ttl = seconds(n)
	}
	if ttl > 0 {
		t.until = c.now().Add(max(ttl, 2*skew)) // a life below the margin would renew for each request
	}
	c.emit(source.Event{Kind: "token_refreshed", Text: "logged in"})
	return t, nil
}
