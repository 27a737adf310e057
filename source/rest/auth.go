package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/lodehq/lode/settings"
)

// Auth is how requests prove who sends them. Which keys are needed follows from the type.
type Auth struct {
	Type string `yaml:"type" oneof:"none bearer basic api_key oauth2 login" doc:"none by default."`

	Token settings.Secret `yaml:"token" doc:"bearer: the token."`

	Username string          `yaml:"username" doc:"basic: the user."`
	Password settings.Secret `yaml:"password" doc:"basic: the password."`

	Header string          `yaml:"header" doc:"api_key: header that takes the key. login: header that takes the token, Authorization by default."`
	Query  string          `yaml:"query" doc:"api_key: query parameter that takes the key."`
	Key    settings.Secret `yaml:"key" doc:"api_key: the key."`

	TokenURL     string            `yaml:"token_url" doc:"oauth2: where to get tokens; below base_url if it begins with a slash."`
	ClientID     string            `yaml:"client_id" doc:"oauth2: the client."`
	ClientSecret settings.Secret   `yaml:"client_secret" doc:"oauth2: its secret."`
	Scopes       []string          `yaml:"scopes" doc:"oauth2: the scopes to ask for."`
	Style        string            `yaml:"style" oneof:"body basic" doc:"oauth2: where the client's credentials go; body by default."`
	Extra        map[string]string `yaml:"extra" doc:"oauth2: further fields of the token request, such as audience."`

	Path      string                     `yaml:"path" doc:"login: path of the login below base_url."`
	Body      map[string]settings.Secret `yaml:"body" doc:"login: fields of the login request."`
	TokenPath string                     `yaml:"token_path" doc:"login: path of the token in the answer, token by default."`
	Value     string                     `yaml:"value" doc:"login: what the header holds, Bearer {token} by default."`
	TTL       settings.Duration          `yaml:"ttl" doc:"login: how long a token lives, if the API does not say; until it is refused by default."`
}

func (a *Auth) problems() []error {
	missing := map[string]bool{}
	switch a.Type {
	case "", "none":
	case "bearer":
		missing["token"] = a.Token.IsZero()
	case "basic":
		missing["username"] = a.Username == ""
	case "api_key":
		missing["key"] = a.Key.IsZero()
		missing["header"] = (a.Header == "") == (a.Query == "")
	case "oauth2":
		missing["token_url"], missing["client_id"], missing["client_secret"] = a.TokenURL == "", a.ClientID == "", a.ClientSecret.IsZero()
	case "login":
		missing["path"], missing["body"] = a.Path == "", len(a.Body) == 0
	default:
		return []error{fmt.Errorf("type: %q is not none, bearer, basic, api_key, oauth2 or login", a.Type)}
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(missing)) {
		switch {
		case !missing[key]:
		case key == "header":
			errs = append(errs, errors.New("header: write one of header and query for api_key"))
		default:
			errs = append(errs, fmt.Errorf("%s: is missing or empty; %s needs it", key, a.Type))
		}
	}
	return append(errs, a.unsendable()...)
}

// unsendable finds what would stand in a header and cannot. The values are secret.
func (a *Auth) unsendable() (errs []error) {
	check := func(key string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	switch {
	case a.Type == "bearer":
		check("token", headerValue(a.Token.Reveal()))
	case a.Type == "api_key" && a.Header != "":
		check("header", headerName(a.Header))
		check("key", headerValue(a.Key.Reveal()))
	case a.Type == "login":
		if a.Header != "" {
			check("header", headerName(a.Header))
		}
		check("value", headerValue(a.Value))
	}
	return errs
}

// secrets are all texts that must not be seen.
func (a *Auth) secrets() []string {
	out := []string{a.Token.Reveal(), a.Password.Reveal(), a.Key.Reveal(), a.ClientSecret.Reveal()}
	if a.Type == "basic" {
		out = append(out, a.Username+":"+a.Password.Reveal())
	}
	for _, s := range a.Body {
		out = append(out, s.Reveal())
	}
	return out
}

// credentials puts the proof into a request.
type credentials interface {
	apply(ctx context.Context, r *http.Request) error
	// refresh gets a new proof after r was refused; false when there is none to get.
	refresh(ctx context.Context, r *http.Request) (bool, error)
}

// newCredentials picks the kind. fetch sends a request that itself needs no proof.
func newCredentials(a *Auth, c *client) credentials {
	switch a.Type {
	case "bearer":
		return fixed{header: "Authorization", value: "Bearer " + a.Token.Reveal()}
	case "basic":
		return basic{a.Username, a.Password}
	case "api_key":
		return fixed{header: a.Header, query: a.Query, value: a.Key.Reveal()}
	case "oauth2":
		return newTokens(oauth2Login{a, c}, "Authorization", "Bearer {token}")
	case "login":
		value, header := a.Value, a.Header
		if value == "" {
			value = "Bearer {token}"
		}
		if header == "" {
			header = "Authorization"
		}
		return newTokens(formLogin{a, c}, header, value)
	}
	return fixed{}
}

// fixed is a proof that never changes, in a header or a query parameter.
type fixed struct{ header, query, value string }

func (f fixed) apply(_ context.Context, r *http.Request) error {
	if f.header != "" {
		r.Header.Set(f.header, f.value)
	}
	if f.query != "" {
		q := r.URL.Query()
		q.Set(f.query, f.value)
		r.URL.RawQuery = q.Encode()
	}
	return nil
}

func (fixed) refresh(context.Context, *http.Request) (bool, error) { return false, nil }

type basic struct {
	username string
	password settings.Secret
}

func (b basic) apply(_ context.Context, r *http.Request) error {
	r.SetBasicAuth(b.username, b.password.Reveal())
	return nil
}

func (basic) refresh(context.Context, *http.Request) (bool, error) { return false, nil }

// withToken fills the template of a header.
func withToken(template, token string) string { return strings.ReplaceAll(template, "{token}", token) }
