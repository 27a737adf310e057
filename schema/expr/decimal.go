package expr

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"

	"github.com/lodehq/lode/record"
)

const maxPrecision = 38

// decimalType is the type of at least the given digits, capped at 38.
func decimalType(precision, scale int) record.Type {
	return record.DecimalOf(min(max(precision, scale, 1), maxPrecision), scale)
}

// parseDecimal reads plain digits that have at most scale digits after the point.
func parseDecimal(digits string, scale int) value {
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(whole)+scale <= 18 {
		n, negative := int64(0), strings.HasPrefix(whole, "-")
		for i := range len(whole) {
			if c := whole[i]; c != '-' {
				n = n*10 + int64(c-'0')
			}
		}
		for i := range scale {
			n *= 10
			if i < len(fraction) {
				n += int64(fraction[i] - '0')
			}
		}
		if negative {
			n = -n
		}
		return integer(n)
	}
	b, ok := new(big.Int).SetString(whole+fraction+strings.Repeat("0", scale-len(fraction)), 10)
	if !ok {
		return value{}
	}
	return bigValue(b)
}

// formatDecimal writes a decimal with exactly scale digits after the point.
func formatDecimal(v value, scale int) string {
	var digits string
	if v.big != nil {
		digits = v.big.String()
	} else {
		digits = strconv.FormatInt(v.n, 10)
	}
	if scale == 0 {
		return digits
	}
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// bigValue keeps a big integer, small where it fits.
func bigValue(b *big.Int) value {
	if b.IsInt64() {
		return integer(b.Int64())
	}
	return value{set: true, big: b}
}

func (v value) toBig() *big.Int {
	if v.big != nil {
		return v.big
	}
	return big.NewInt(v.n)
}

func powerOfTen(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// scaleUp multiplies by ten to the n.
func scaleUp(v value, n int) value {
	if n == 0 {
		return v
	}
	if v.big == nil && n <= 18 {
		if product, ok := multiplyInt(v.n, tens[n]); ok {
			return integer(product)
		}
	}
	return bigValue(new(big.Int).Mul(v.toBig(), powerOfTen(n)))
}

var tens = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// fit refuses a decimal of more digits than its type has.
func fit(v value, t record.Type) (value, error) {
	if v.big == nil && (t.Precision > 18 || (v.n < tens[t.Precision] && v.n > -tens[t.Precision])) {
		return v, nil
	}
	if v.toBig().CmpAbs(powerOfTen(t.Precision)) < 0 {
		return v, nil
	}
	return value{}, fmt.Errorf("the result %s does not fit %s", formatDecimal(v, t.Scale), t)
}

func addDecimal(a, b value) value {
	if a.big == nil && b.big == nil {
		if sum, ok := addInt(a.n, b.n); ok {
			return integer(sum)
		}
	}
	return bigValue(new(big.Int).Add(a.toBig(), b.toBig()))
}

func negateDecimal(a value) value {
	if a.big == nil && a.n != math.MinInt64 {
		return integer(-a.n)
	}
	return bigValue(new(big.Int).Neg(a.toBig()))
}

func multiplyDecimal(a, b value) value {
	if a.big == nil && b.big == nil {
		if product, ok := multiplyInt(a.n, b.n); ok {
			return integer(product)
		}
	}
	return bigValue(new(big.Int).Mul(a.toBig(), b.toBig()))
}

func compareDecimal(a, b value) int {
	if a.big == nil && b.big == nil {
		return compareInt(a, b)
	}
	return a.toBig().Cmp(b.toBig())
}

// divideRounded is a / b, halves rounded away from zero; b is not zero.
func divideRounded(a, b *big.Int) value {
	quotient, rest := new(big.Int).QuoRem(a, b, new(big.Int))
	if rest.Lsh(rest, 1).CmpAbs(b) >= 0 {
		quotient.Add(quotient, big.NewInt(int64(a.Sign()*b.Sign())))
	}
	return bigValue(quotient)
}

func addInt(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}

func multiplyInt(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return int64(-lo), lo <= 1<<63
	}
	return int64(lo), lo <= math.MaxInt64
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
