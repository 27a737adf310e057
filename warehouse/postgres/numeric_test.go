package postgres

import (
	"math/big"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"pgregory.net/rapid"
)

// FuzzNumeric holds the wire form of decimals to pgx's own reading of it.
func FuzzNumeric(f *testing.F) {
	for _, text := range []string{"0", "-0.01", "10000", "0.00001", "99999999999999999999999999999999999999", "1.5", ".5", "5.", "1e5", "--1", "", ".", "1.2.3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		wire, err := appendNumeric(nil, text)
		if err != nil {
			return
		}
		var oracle pgtype.Numeric
		if err := pgtype.NewMap().Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, wire[4:], &oracle); err != nil {
			t.Fatalf("%q: pgx refuses its wire form: %v", text, err)
		}
		got, _ := new(big.Rat).SetString(oracle.Int.String())
		power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(oracle.Exp, -oracle.Exp))), nil))
		if oracle.Exp < 0 {
			power.Inv(power)
		}
		got.Mul(got, power)
		want, ok := new(big.Rat).SetString(strings.TrimSuffix(text, "."))
		if !ok || want.Cmp(got) != 0 {
			t.Errorf("%q went out as %s", text, got)
		}
	})
}

func TestNumericTextIsCanonical(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`(0|[1-9][0-9]{0,40})([.][0-9]{1,40})?`).Draw(t, "digits")
		if rapid.Bool().Draw(t, "negative") && strings.Trim(text, "0.") != "" {
			text = "-" + text
		}
		wire, err := appendNumeric(nil, text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendDecimal(nil, wire[4:])
		if err != nil || string(got) != text {
			t.Fatalf("%s became %s, %v", text, got, err)
		}
	})
}

// FuzzDecimalWire feeds the reader with anything.
func FuzzDecimalWire(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 0, 0, 2, 0, 5})
	f.Add([]byte{0xff, 0xff, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, wire []byte) {
		text, err := appendDecimal(nil, wire)
		if err == nil && strings.Trim(string(text), "-.0123456789") != "" {
			t.Errorf("%x became %q", wire, text)
		}
	})
}
