package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// through writes the parts of a text through a redactor.
func through(t *testing.T, secrets []string, parts ...string) string {
	t.Helper()
	var out bytes.Buffer
	set := &secretSet{}
	set.hide(secrets...)
	r := newRedactor(&out, set)
	for _, p := range parts {
		if n, err := r.Write([]byte(p)); err != nil || n != len(p) {
			t.Fatal(n, err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRedactor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		secrets []string
		parts   []string
		want    string
	}{
		"none":                  {nil, []string{"a", "b"}, "ab"},
		"whole":                 {[]string{"hush"}, []string{"a hush b hush"}, "a [secret] b [secret]"},
		"split":                 {[]string{"hush"}, []string{"a h", "u", "sh b"}, "a [secret] b"},
		"beginning only":        {[]string{"hush"}, []string{"a hu", "t"}, "a hut"},
		"beginning at the end":  {[]string{"hush"}, []string{"a hus"}, "a hus"},
		"too short to hide":     {[]string{"abc"}, []string{"abc"}, "abc"},
		"one inside another":    {[]string{"hush", "hush-hush"}, []string{"hush-", "hush hush"}, "[secret] [secret]"},
		"overlapping":           {[]string{"abcd", "cdef"}, []string{"xabc", "defx"}, "x[secret]x"},
		"side by side":          {[]string{"abcd"}, []string{"abcdabcd"}, "[secret][secret]"},
		"in a URL":              {[]string{"a b/c@d"}, []string{"?k=a+b%2Fc%40d&p=a%20b%2Fc@d"}, "?k=[secret]&p=[secret]"},
		"in JSON":               {[]string{"line\n\"two\""}, []string{`{"k":"line\n\"two\""}`}, `{"k":"[secret]"}`},
		"of several lines":      {[]string{"one\ntwo"}, []string{"one\n", "two\n"}, "[secret]\n"},
		"its own repeated part": {[]string{"aaaa"}, []string{"aa", "aaa", "ab"}, "[secret]b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := through(t, c.secrets, c.parts...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRedactorHidesWhatIsLearntLater(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	set := &secretSet{}
	r := newRedactor(&out, set)
	for _, part := range []string{"before ", "hush "} {
		if _, err := r.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		set.hide("hush")
	}
	if err := r.Close(); err != nil || out.String() != "before [secret] " {
		t.Errorf("%q, %v", out.String(), err)
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken pipe")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestRedactorTellsOfBrokenWriter(t *testing.T) {
	t.Parallel()
	r := newRedactor(brokenWriter{}, &secretSet{})
	if _, err := r.Write([]byte("x")); !errors.Is(err, errBroken) {
		t.Errorf("write: %v", err)
	}
	if err := r.Close(); !errors.Is(err, errBroken) {
		t.Errorf("close: %v", err)
	}
}

// However a text is cut, the secret does not show and nothing else is lost.
func FuzzRedactor(f *testing.F) {
	f.Add("hush", "a hush b", 3, 5)
	f.Add("abab", "ababab", 1, 2)
	f.Add("aaaa", "aaaaaaaaab", 4, 5)
	f.Fuzz(func(t *testing.T, secret, text string, first, second int) {
		if len(secret) < shortestSecret || strings.ContainsAny(secret, "[]") || strings.Contains(shown, secret) {
			return
		}
		a := min(max(first, 0), len(text))
		b := min(max(second, a), len(text))
		whole := through(t, []string{secret}, text)
		cut := through(t, []string{secret}, text[:a], text[a:b], text[b:])
		if whole != cut {
			t.Errorf("whole %q, cut %q", whole, cut)
		}
		if strings.Contains(strings.ReplaceAll(cut, shown, "\x00"), secret) && !strings.Contains(secret, "\x00") {
			t.Errorf("%q shows in %q", secret, cut)
		}
		if !strings.Contains(text, secret) && !strings.Contains(cut, shown) && cut != text {
			t.Errorf("%q became %q", text, cut)
		}
	})
}
