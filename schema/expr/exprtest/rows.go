package exprtest

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"

	"github.com/lodehq/lode/record"
)

// RandomRow draws a row that is full of NULLs, empty texts, extremes and ties.
func RandomRow(r *rand.Rand, columns []record.Column) []record.Value {
	row := make([]record.Value, len(columns))
	for i, c := range columns {
		if r.IntN(7) > 0 {
			row[i] = RandomValue(r, c.Type)
		}
	}
	return row
}

// RandomValue draws a value of a type that is not NULL.
func RandomValue(r *rand.Rand, t record.Type) record.Value {
	switch t.Kind {
	case record.Int:
		return record.IntValue(randomInt(r))
	case record.Float:
		return record.FloatValue(pick(r, 0, math.Copysign(0, -1), 1, -1, 0.1, 1.5, math.MaxFloat64, -math.MaxFloat64,
			math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(), r.NormFloat64(), float64(r.IntN(4))))
	case record.Decimal:
		return record.DecimalValue(randomDecimal(r, t))
	case record.Bool:
		return record.BoolValue(r.IntN(2) == 0)
	case record.Date:
		return record.DateValue(pick(r, 0, -1, 19782, 19783, -25567, 2932531, r.Int64N(20000)))
	case record.Timestamp:
		return record.TimestampValue(pick(r, 0, -1, 1709164800000000, 1709251199999999, -2208988800000000, 253339228800000000-1, r.Int64N(2e15)))
	case record.UUID:
		return record.UUIDValue(pick(r, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"))
	case record.JSON:
		return record.JSONValue(pick(r, "{}", `{"a":1}`, "[1,2]", `"text"`))
	default:
		return record.TextValue(RandomText(r))
	}
}

func randomInt(r *rand.Rand) int64 {
	if r.IntN(2) == 0 {
		return r.Int64N(7) - 3
	}
	return pick(r, math.MaxInt64, math.MinInt64, math.MinInt64+1, 1<<31, 1<<53+1, -1<<32, r.Int64N(1e6), int64(r.Uint64()))
}

func randomDecimal(r *rand.Rand, t record.Type) string {
	digits := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Precision)), nil)
	digits.Sub(digits, big.NewInt(1)) // the largest
	switch r.IntN(8) {
	case 0:
	case 1:
		digits.Quo(digits, big.NewInt(1+r.Int64N(math.MaxInt64)))
	default:
		digits.SetInt64(pick(r, 0, 1, 5, 50, 100, 250, 10000, 49, r.Int64N(100000)))
	}
	sign := ""
	if digits.Sign() != 0 && r.IntN(3) == 0 {
		sign = "-"
	}
	text := fmt.Sprintf("%0*s", t.Scale+1, digits.String())
	if t.Scale == 0 {
		return sign + text
	}
	return sign + text[:len(text)-t.Scale] + "." + text[len(text)-t.Scale:]
}

// RandomText draws a text, often one that was drawn before.
func RandomText(r *rand.Rand) string {
	if r.IntN(4) > 0 {
		return pick(r, "", "a", "A", "b", "B", "ab", "abc", "AB", "Zoë", "é", "e\u0301", "日本", "👩‍👩‍👧", " ", " pad\t\n", "it's",
			`back\slash`, "%_", "a\nb", "a-b", "12", "007", "[x]", "^", "~", "\u00a0", "ccc", "null", "aab", "$b")
	}
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteRune(pick(r, 'a', 'b', 'c', 'Z', ' ', '0', '9', '\'', '\\', '"', 'é', '日', '\n', '\t', '%', rune(0x10FFFF), '\u007f', rune(1+r.IntN(0xD7FE))))
	}
	return b.String()
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
