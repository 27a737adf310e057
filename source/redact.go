package source

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Hidden stands where a secret was.
const Hidden = "[secret]"

// Redactor takes secrets out of texts that people see. It learns them as they come, and may
// be used by several goroutines. The zero Redactor knows none.
type Redactor struct {
	mu       sync.Mutex
	secrets  []string
	replacer *strings.Replacer
}

// Hide adds secrets, also as they look in a URL, in quotes and in base64. Those of one or two
// characters are left out: they stand everywhere.
func (r *Redactor) Hide(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s) < 3 {
			continue
		}
		for _, form := range slices.Concat([]string{s, url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s))}, Escapes(s)) {
			if !slices.Contains(r.secrets, form) {
				r.secrets = append(r.secrets, form)
			}
		}
	}
	// The longest first, so that a secret inside another does not leave a rest of it.
	slices.SortStableFunc(r.secrets, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(r.secrets))
	for _, s := range r.secrets {
		pairs = append(pairs, s, Hidden)
	}
	r.replacer = strings.NewReplacer(pairs...)
}

// Text is a text without the secrets.
func (r *Redactor) Text(s string) string {
	r.mu.Lock()
	replacer := r.replacer
	r.mu.Unlock()
	if replacer == nil {
		return s
	}
	return replacer.Replace(s)
}
