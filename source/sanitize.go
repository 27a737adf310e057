package source

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Sanitize makes a JSON value storable in every warehouse. It removes NUL characters (raw
// or as \u0000), replaces invalid UTF-8 and halves of surrogate pairs by U+FFFD, and says
// in note what it changed. A payload that is fine comes back as it is, with note "".
func Sanitize(payload []byte) (clean []byte, note string) {
	if !needsCare(payload) {
		return payload, ""
	}
	s := sanitizer{out: make([]byte, 0, len(payload))}
	for i := 0; i < len(payload); {
		i += s.step(payload[i:])
	}
	if note = s.note(); note == "" {
		return payload, ""
	}
	return s.out, note
}

// needsCare is a fast look that may say yes without need (for `\\u0000`), never no.
func needsCare(p []byte) bool {
	if !utf8.Valid(p) || bytes.IndexByte(p, 0) >= 0 {
		return true
	}
	for {
		i := bytes.Index(p, []byte(`\u`))
		if i < 0 {
			return false
		}
		p = p[i+2:]
		if bytes.HasPrefix(p, []byte("0000")) || len(p) > 0 && (p[0] == 'd' || p[0] == 'D') {
			return true
		}
	}
}

type sanitizer struct {
	out                   []byte
	nuls, invalid, halves int
}

// step copies or mends what stands at the start of p and returns its length.
func (s *sanitizer) step(p []byte) int {
	switch c := p[0]; {
	case c == 0:
		s.nuls++
		return 1
	case c == '\\' && len(p) >= 6 && p[1] == 'u':
		return s.escape(p)
	case c == '\\' && len(p) >= 2 && p[1] != 0 && p[1] < utf8.RuneSelf:
		s.out = append(s.out, p[:2]...)
		return 2
	case c < utf8.RuneSelf:
		s.out = append(s.out, c)
		return 1
	}
	r, n := utf8.DecodeRune(p)
	if r == utf8.RuneError && n == 1 {
		s.invalid++
	}
	s.out = utf8.AppendRune(s.out, r)
	return n
}

// escape handles \uXXXX and, for a whole surrogate pair, both halves together.
func (s *sanitizer) escape(p []byte) int {
	r, ok := escapedUnit(p)
	switch {
	case ok && r == 0:
		s.nuls++
		return 6
	case !ok: // no JSON; go on behind the two characters that are known to be harmless
		s.out = append(s.out, p[:2]...)
		return 2
	case !utf16.IsSurrogate(r):
		s.out = append(s.out, p[:6]...)
		return 6
	}
	if low, ok := escapedUnit(p[6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
		s.out = append(s.out, p[:12]...)
		return 12
	}
	s.halves++
	s.out = append(s.out, `\ufffd`...)
	return 6
}

func escapedUnit(p []byte) (rune, bool) {
	if len(p) < 6 || p[0] != '\\' || p[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p[2:6]), 16, 16)
	return rune(n), err == nil
}

func (s *sanitizer) note() string {
	var notes []string
	for _, n := range []struct {
		count int
		text  string
	}{{s.nuls, "removed %d NUL"}, {s.invalid, "replaced %d invalid UTF-8"}, {s.halves, "replaced %d half surrogate"}} {
		if n.count > 0 {
			notes = append(notes, fmt.Sprintf(n.text, n.count))
		}
	}
	return strings.Join(notes, ", ")
}
