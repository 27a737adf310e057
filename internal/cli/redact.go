package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"sync"
)

// shown stands where a secret would be.
const shown = "[secret]"

// A secret shorter than this is left alone: hiding every "a" would hide the output.
const shortestSecret = 4

// maxHeld bounds what is held back in the hope of recognising a secret.
const maxHeld = 64 << 10

// redactor replaces secrets in what is written through it. A secret that is split over
// several writes is recognised too: the end of a write that may be the beginning of a
// secret is held back until the next write or Close.
type redactor struct {
	mu      sync.Mutex
	to      io.Writer
	secrets [][]byte
	held    []byte
	err     error // the first error of to
}

func newRedactor(to io.Writer) *redactor { return &redactor{to: to} }

// Hide adds secrets, in every spelling in which a message may show them.
func (r *redactor) Hide(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s) < shortestSecret {
			continue
		}
		for _, spelling := range []string{s, url.QueryEscape(s), url.PathEscape(s), escaped(s)} {
			if len(spelling) >= shortestSecret && !slices.ContainsFunc(r.secrets, func(b []byte) bool { return string(b) == spelling }) {
				r.secrets = append(r.secrets, []byte(spelling))
			}
		}
	}
}

// escaped is the inside of the text as a JSON string.
func escaped(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(quoted[1 : len(quoted)-1])
}

// Write passes p on, redacted. It reports all of p as written even if a part is held.
func (r *redactor) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return 0, r.err
	}
	if len(r.secrets) == 0 {
		return r.to.Write(p)
	}
	r.held = append(r.held, p...)
	r.pass(len(r.held) > maxHeld)
	if r.err != nil {
		return 0, r.err
	}
	return len(p), nil
}

// Close passes on what is held back. It returns the first error of the writer behind.
func (r *redactor) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pass(true)
	return r.err
}

// span is a part of held that is secret.
type span struct{ from, to int }

// pass writes as much of held as is certain, or all of it.
func (r *redactor) pass(all bool) {
	spans := r.spans()
	end := len(r.held)
	if !all {
		end = r.certain()
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
	if _, err := r.to.Write(out.Bytes()); err != nil && r.err == nil {
		r.err = err
	}
}

// spans finds every secret in held; those that touch or overlap are one.
func (r *redactor) spans() []span {
	var found []span
	for _, s := range r.secrets {
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
func (r *redactor) certain() int {
	longest := 0
	for _, s := range r.secrets {
		for n := min(len(s)-1, len(r.held)); n > longest; n-- {
			if bytes.HasSuffix(r.held, s[:n]) {
				longest = n
			}
		}
	}
	return len(r.held) - longest
}
