// Package settings turns configuration and secrets into typed values: it decodes YAML
// strictly into Go structs, with every problem reported at once and at its place, fills in
// environment variables, and keeps secrets from being printed. Lode reads its projects
// with [Decoder]; an application reads its own settings with [Load].
//
// Struct tags say how a struct is spelled in a file:
//
//	Name    string        `yaml:"-"`                        // key of a keyed list
//	BaseURL string        `yaml:"base_url" need:"yes" doc:"Where the API answers."`
//	Key     []string      `yaml:"key"`                      // one scalar or a list
//	Streams []Stream      `yaml:"streams,keyed"`            // a mapping; its keys become Name, order kept
//	Common                `yaml:",inline"`
//	Type    string        `yaml:"type" oneof:"page offset"`
//	Workers int           `yaml:"workers" default:"4"`      // what an absent key means
//	Token   Secret        `yaml:"token" env:"CRM_TOKEN"`    // Load only: the variable that sets it
//
// A type that implements encoding.TextUnmarshaler is written as a scalar; a struct that
// also implements it may be written either way.
package settings

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// Secret is a text that must not be seen: every way of printing, logging or encoding it
// yields "[secret]". Reveal is the only way to the text.
//
// The text stands behind a pointer: inside an unexported field of a struct package fmt
// calls no method, and prints what it finds there.
type Secret struct{ text *string }

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal is the text. Call it where the secret is used, not before.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero tells whether there is no secret.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// Equal tells whether two secrets hide the same text. It is not meant for checking what a
// stranger sent: how long it takes depends on the texts.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String hides the text.
func (s Secret) String() string { return "[secret]" }

// GoString hides the text from %#v.
func (s Secret) GoString() string { return "[secret]" }

// Format hides the text from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[secret]")) }

// MarshalText hides the text from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// MarshalJSON hides the text from JSON.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"[secret]"`), nil }

// MarshalYAML hides the text from YAML.
func (s Secret) MarshalYAML() (any, error) { return "[secret]", nil }

// LogValue hides the text from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// UnmarshalText takes the text.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// Duration is a time.Duration written as in Go ("90s", "1h30m"), also in days ("7d").
type Duration time.Duration

// maxDays is the longest Duration: 292 years.
const maxDays = float64(math.MaxInt64/int64(time.Hour)) / 24

// UnmarshalText parses the duration.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || !(n >= 0 && n <= maxDays) { // NaN is neither
			return fmt.Errorf("%q is no duration; write for example 30s, 10m or 7d", s)
		}
		*d = Duration(n * 24 * float64(time.Hour))
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no duration; write for example 30s, 10m or 7d", s)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes the duration as Go does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Size is a number of bytes, written with a unit: "64KiB", "32MiB", "1GiB".
type Size int64

var sizeUnits = []struct {
	suffix string
	factor int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}}

// UnmarshalText parses the size.
func (s *Size) UnmarshalText(text []byte) error {
	t, factor := strings.TrimSpace(string(text)), int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(t, u.suffix); ok {
			t, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	n, err := strconv.ParseInt(t, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return fmt.Errorf("%q is no size; write for example 64KiB or 32MiB", text)
	}
	*s = Size(n * factor)
	return nil
}

// MarshalText writes the size in bytes.
func (s Size) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%dB", int64(s)), nil }
