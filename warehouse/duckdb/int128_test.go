package duckdb

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// FuzzDecimal holds the reading and writing of decimals to math/big.
func FuzzDecimal(f *testing.F) {
	for _, text := range []string{"0", "-0.01", "99999999999999999999999999999999999999", "1.5", ".5", "5.", "1e5", "--1", "", ".", "1.2.3", "+1"} {
		f.Add(text, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, scale uint8) {
		s := int(scale) % (maxPrecision + 1)
		n, err := parseDecimal(text, s, maxPrecision)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(strings.TrimSuffix(text, "."))
		got, _ := new(big.Rat).SetString(string(appendDecimal(nil, n, s)))
		if !ok || want.Cmp(got) != 0 {
			t.Errorf("%q in scale %d became %s", text, s, appendDecimal(nil, n, s))
		}
	})
}

func TestDecimalTextIsCanonical(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.IntRange(0, maxPrecision).Draw(t, "scale")
		text := rapid.StringMatching(`(0|-?[1-9][0-9]{0,3})`).Draw(t, "whole")
		if scale > maxPrecision-4 {
			text = "0"
		}
		if scale > 0 {
			digits := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), scale, scale, -1).Draw(t, "fraction")
			text += "." + digits
		}
		n, err := parseDecimal(text, scale, maxPrecision)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(appendDecimal(nil, n, scale)); got != text {
			t.Fatalf("%s became %s", text, got)
		}
	})
}

func TestUUIDText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "01234567-89ab-cdef-0123-456789abcdef"} {
		n, err := parseUUID(strings.ToUpper(text))
		if err != nil || uuidText(n) != text {
			t.Errorf("%s became %s, %v", text, uuidText(n), err)
		}
	}
	for _, text := range []string{"", "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-0123-456789abcdeg", "01234567-89ab-cdef-0123\x10456789abcdef", "\x101234567-89ab-cdef-0123-456789abcdef"} {
		if _, err := parseUUID(text); err == nil {
			t.Errorf("%q was taken for a UUID", text)
		}
	}
}
