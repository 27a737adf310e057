package rest

import (
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/lodehq/lode/source"
)

// hidden stands where a secret was.
const hidden = "[secret]"

// redactor takes secrets out of texts that people see. It learns tokens as they come.
type redactor struct {
	mu       sync.Mutex
	secrets  []string
	replacer *strings.Replacer
}

// hide adds secrets, also as they look in a URL. Very short ones are left out of texts
// only where they are whole parameters, because a single letter stands everywhere.
func (r *redactor) hide(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s) < 3 {
			continue
		}
		for _, form := range slices.Concat([]string{s, url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s))}, source.Escapes(s)) {
			if !slices.Contains(r.secrets, form) {
				r.secrets = append(r.secrets, form)
			}
		}
	}
	// The longest first, so that a secret inside another does not leave a rest of it.
	slices.SortStableFunc(r.secrets, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(r.secrets))
	for _, s := range r.secrets {
		pairs = append(pairs, s, hidden)
	}
	r.replacer = strings.NewReplacer(pairs...)
}

// text is a text without secrets.
func (r *redactor) text(s string) string {
	r.mu.Lock()
	replacer := r.replacer
	r.mu.Unlock()
	if replacer == nil {
		return s
	}
	return replacer.Replace(s)
}

// isSecretParam knows query parameters that hold secrets in most APIs.
func isSecretParam(name string) bool {
	switch strings.ToLower(name) {
	case "access_token", "api_key", "apikey", "auth", "client_secret", "key", "password", "secret", "sig", "signature", "token":
		return true
	}
	return false
}

// request shows a request without host and secrets. The parameter shown is shown even if
// others use its name for secrets.
func (r *redactor) request(method string, u *url.URL, secret, shown string) string {
	text, separator := method+" "+u.Path, "?"
	query := u.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[name] {
			if name == secret || name != shown && isSecretParam(name) {
				value = hidden
			} else if strings.ContainsFunc(value, needsEscape) {
				value = url.QueryEscape(value)
			}
			text += separator + name + "=" + value
			separator = "&"
		}
	}
	return r.text(text)
}

// needsEscape tells what would make a shown parameter hard to read back.
func needsEscape(c rune) bool { return c <= ' ' || strings.ContainsRune("&#+%", c) }
