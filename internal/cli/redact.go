package cli

import (
	"bytes"
	"cmp"
	"io"
	"net/url"
	"slices"
	"sync"

	"github.com/lodehq/lode/source"
)

// shown stands where a secret would be.
const shown = "[secret]"

// A secret shorter than this is left alone: hiding every "a" would hide the output.
const shortestSecret = 4

// maxHeld bounds what is held back in the hope of recognising a secret.
const maxHeld = 64 << 10

// secretSet is the texts to hide. All writers of a program share one, because a secret
// becomes known while they are in use.
type secretSet struct {
	mu        sync.RWMutex
	spellings [][]byte
}

// hide adds secrets, in every spelling in which a message may show them.
func (s *secretSet) hide(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range secrets {
		for _, spelling := range slices.Concat([]string{text, url.QueryEscape(text), url.PathEscape(text)}, source.Escapes(text)) {
			known := slices.ContainsFunc(s.spellings, func(b []byte) bool { return string(b) == spelling })
			if len(text) >= shortestSecret && !known {
				s.spellings = append(s.spellings, []byte(spelling))
			}
		}
	}
}

func (s *secretSet) list() [][]byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.spellings
}

// redactor replaces secrets in what is written through it. A secret that is split over
// several writes is recognised too: the end of a write that may be the beginning of a
// secret is held back until the next write or Close.
type redactor struct {
	to      io.Writer
	secrets *secretSet

	mu   sync.Mutex
	held []byte
	err  error // the first error of to
}

func newRedactor(to io.Writer, secrets *secretSet) *redactor {
	return &redactor{to: to, secrets: secrets}
}

// Write passes p on, redacted. It reports all of p as written even if a part is held.
func (r *redactor) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return 0, r.err
	}
	secrets := r.secrets.list()
	r.held = append(r.held, p...)
	r.pass(secrets, false)
	if len(r.held) > maxHeld {
		r.pass(secrets, true)
	}
	if r.err != nil {
		return 0, r.err
	}
	return len(p), nil
}

// Close passes on what is held back. It returns the first error of the writer behind.
func (r *redactor) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pass(r.secrets.list(), true)
	return r.err
}

// span is a part of held that is secret.
type span struct{ from, to int }

// pass writes as much of held as is certain, or all of it.
func (r *redactor) pass(secrets [][]byte, all bool) {
	spans := r.spans(secrets)
	end := len(r.held)
	if !all {
		end = r.certain(secrets)
		for _, s := range spans {
			if s.from < end && s.to > end {
				end = s.from
			}
		}
	}
	var out bytes.Buffer
	at := 0
	for _, s := range spans {
		if s.from >= end {
			break
		}
		out.Write(r.held[at:s.from])
		out.WriteString(shown)
		at = s.to
	}
	if at < end {
		out.Write(r.held[at:end])
	}
	r.held = append(r.held[:0], r.held[end:]...)
	if out.Len() == 0 || r.err != nil {
		return
	}
	_, r.err = r.to.Write(out.Bytes())
}

// spans finds every secret in held; those that touch or overlap are one.
func (r *redactor) spans(secrets [][]byte) []span {
	var found []span
	for _, s := range secrets {
		for at := 0; ; at++ {
			i := bytes.Index(r.held[at:], s)
			if i < 0 {
				break
			}
			at += i
			found = append(found, span{at, at + len(s)})
		}
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	merged := found[:0]
	for _, s := range found {
		if n := len(merged); n > 0 && s.from < merged[n-1].to {
			merged[n-1].to = max(merged[n-1].to, s.to)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// certain is where the longest end of held begins that may be the beginning of a secret.
func (r *redactor) certain(secrets [][]byte) int {
	longest := 0
	for _, s := range secrets {
		for n := min(len(s)-1, len(r.held)); n > longest; n-- {
			if bytes.HasSuffix(r.held, s[:n]) {
				longest = n
			}
		}
	}
	return len(r.held) - longest
}
