package settings

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"go.yaml.in/yaml/v4"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	s := NewSecret("hush")
	holder := struct{ Inner Secret }{s}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%s %v %+v %#v %q %x %d", s, s, s, s, s, s, s), fmt.Sprintf("%+v %#v", holder, &holder), string(encoded)} {
		if strings.Contains(shown, "hush") || strings.Contains(shown, "68757368") {
			t.Errorf("the secret shows in %q", shown)
		}
	}
	if s.Reveal() != "hush" || !s.Equal(NewSecret("hush")) || s.Equal(Secret{}) || !reflect.DeepEqual(s, NewSecret("hush")) {
		t.Error("the text is lost")
	}
	if zero := (Secret{}); !zero.IsZero() || !NewSecret("").IsZero() || zero.Reveal() != "" {
		t.Error("no secret is one")
	}
}

// Where package fmt may call no method, and in every format of logs and files.
func TestSecretIsNeverPrintedFromInside(t *testing.T) {
	t.Parallel()
	type hidden struct {
		secret Secret
		list   []Secret
		byName map[string]Secret
	}
	s := NewSecret("hush")
	h := hidden{s, []Secret{s}, map[string]Secret{"a": s}}
	var logged strings.Builder
	for _, handler := range []slog.Handler{slog.NewTextHandler(&logged, nil), slog.NewJSONHandler(&logged, nil)} {
		log := slog.New(handler)
		log.Info("x", "s", s, "p", &s, "h", h, "l", []Secret{s}, "m", map[string]any{"s": s})
	}
	written, err := yaml.Marshal(map[string]any{"s": s, "p": &s, "l": []Secret{s}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := jsonv2.Marshal(map[string]any{"s": s, "p": &s, "l": []Secret{s}})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v", h, h, h), fmt.Sprintf("%+v", &h), logged.String(), string(written), string(second), fmt.Errorf("failed: %w", fmt.Errorf("%v", h)).Error()} {
		if strings.Contains(shown, "hush") || strings.Contains(shown, "68757368") {
			t.Errorf("the secret shows in %s", shown)
		}
	}
	if got := slog.AnyValue(s).Resolve().String(); got != "[secret]" {
		t.Error(got)
	}
}

func TestDurationAndSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "7d": 168 * time.Hour, "0.5d": 12 * time.Hour, "0d": 0, "106751d": 106751 * 24 * time.Hour} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v", text, time.Duration(d), err)
		}
	}
	for text, want := range map[string]Size{"64KiB": 65536, "1 MB": 1e6, "12": 12, "3B": 3} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "-1s", "d", "-2d", "NaNd", "infd", "1e300d", "106752d", "x", "9999999999999GiB", "-1B", "1.5KiB"} {
		var d Duration
		var s Size
		if d.UnmarshalText([]byte(text)) == nil || s.UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
