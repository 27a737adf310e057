package rest

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lodehq/lode/source"
)

// redactor takes secrets out of texts that people see. It learns tokens as they come.
type redactor struct{ source.Redactor }

// isSecretParam knows query parameters that hold secrets in most APIs.
func isSecretParam(name string) bool {
	switch strings.ToLower(name) {
	case "access_token", "api_key", "apikey", "auth", "client_secret", "key", "password", "secret", "sig", "signature", "token":
		return true
	}
	return false
}

// request shows a request without host and secrets, those that are whole parameters however short
// they are. The parameter shown is shown even if
// others use its name for secrets.
func (r *redactor) request(method string, u *url.URL, secret, shown string) string {
	text, separator := method+" "+u.Path, "?"
	query := u.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[name] {
			if name == secret || name != shown && isSecretParam(name) {
				value = source.Hidden
			} else if strings.ContainsFunc(value, needsEscape) {
				value = url.QueryEscape(value)
			}
			text += separator + name + "=" + value
			separator = "&"
		}
	}
	return r.Text(text)
}

// needsEscape tells what would make a shown parameter hard to read back.
func needsEscape(c rune) bool { return c <= ' ' || strings.ContainsRune("&#+%", c) }
