package warehouse_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/lodehq/lode/warehouse"
)

func TestShortNameKeepsShortNames(t *testing.T) {
	t.Parallel()
	if got := warehouse.ShortName("customers", 63); got != "customers" {
		t.Errorf("got %q", got)
	}
}

func TestShortNamesDifferInMoreThanCase(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("customer", 10)
	names := map[string]string{}
	for _, name := range []string{long, strings.ToUpper(long), long + "x", strings.ToUpper(long[:1]) + long[1:]} {
		short := strings.ToLower(warehouse.ShortName(name, 63))
		if other, taken := names[short]; taken {
			t.Errorf("%s and %s both become %s", name, other, short)
		}
		names[short] = name
	}
}

func TestShortNameFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		limit := rapid.IntRange(9, 63).Draw(t, "limit")
		short := warehouse.ShortName(name, limit)
		if len(short) > limit || !utf8.ValidString(short) || short != warehouse.ShortName(name, limit) {
			t.Fatalf("%q in %d bytes became %q", name, limit, short)
		}
	})
}
