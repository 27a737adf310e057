package duckdb

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// int128 is a signed integer in two's complement, as it lies in DuckDB's vectors. A
// UUID is one as well, with its sign bit turned so that it sorts like its text.
type int128 struct{ low, high uint64 }

func (n int128) negative() bool { return n.high>>63 == 1 }

func (n int128) negate() int128 {
	low, borrow := bits.Sub64(0, n.low, 0)
	high, _ := bits.Sub64(0, n.high, borrow)
	return int128{low, high}
}

// timesTen is n*10 + digit, for n that is not negative; ok is false when it does not fit.
func (n int128) timesTen(digit uint64) (result int128, ok bool) {
	carry, low := bits.Mul64(n.low, 10)
	over, high := bits.Mul64(n.high, 10)
	low, c := bits.Add64(low, digit, 0)
	high, c = bits.Add64(high, carry, c)
	return int128{low, high}, over == 0 && c == 0 && high>>63 == 0
}

// ten19 is the largest power of ten in 64 bits.
const ten19 = 10_000_000_000_000_000_000

// maxPrecision is the most digits of a DuckDB decimal.
const maxPrecision = 38

// scaleOf is the number of digits after the point.
func scaleOf(text string) int {
	if at := strings.IndexByte(text, '.'); at >= 0 {
		return len(text) - at - 1
	}
	return 0
}

// parseDecimal reads plain digits as an integer that counts units of 10^-scale. Digits
// behind the scale must be zeros: rounding is not done here.
func parseDecimal(text string, scale, precision int) (n int128, err error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(whole)+len(fraction) == 0 {
		return n, fmt.Errorf("%q is no decimal of plain digits", text)
	}
	if len(fraction) > scale {
		if strings.Trim(fraction[scale:], "0") != "" {
			return n, fmt.Errorf("%q has more than %d digits after the point", text, scale)
		}
		fraction = fraction[:scale]
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole)+scale > precision {
		return n, fmt.Errorf("%q has more digits than decimal(%d,%d) holds", text, precision, scale)
	}
	n, err = appendDigits(n, whole)
	if err == nil {
		n, err = appendDigits(n, fraction)
	}
	for range scale - len(fraction) {
		n, _ = n.timesTen(0) // fits: the precision was checked
	}
	if err != nil {
		return n, fmt.Errorf("%q is no decimal of plain digits", text)
	}
	if negative {
		n = n.negate()
	}
	return n, nil
}

var errDigit = errors.New("no digit")

func appendDigits(n int128, digits string) (int128, error) {
	for i := range len(digits) {
		c := digits[i] - '0'
		var ok bool
		if n, ok = n.timesTen(uint64(c)); !ok || c > 9 {
			return n, errDigit
		}
	}
	return n, nil
}

// appendDecimal appends the digits of n units of 10^-scale.
func appendDecimal(buf []byte, n int128, scale int) []byte {
	if n.negative() {
		buf, n = append(buf, '-'), n.negate()
	}
	start := len(buf)
	buf = appendUint128(buf, n)
	if scale == 0 {
		return buf
	}
	if missing := scale + 1 - (len(buf) - start); missing > 0 {
		buf = append(buf, strings.Repeat("0", missing)...)
		copy(buf[start+missing:], buf[start:])
		for i := range missing {
			buf[start+i] = '0'
		}
	}
	point := len(buf) - scale
	buf = append(buf, 0)
	copy(buf[point+1:], buf[point:])
	buf[point] = '.'
	return buf
}

// appendUint128 appends the digits of n read without a sign.
func appendUint128(buf []byte, n int128) []byte {
	if n.high == 0 {
		return strconv.AppendUint(buf, n.low, 10)
	}
	high, rest := n.high/ten19, n.high%ten19
	low, last := bits.Div64(rest, n.low, ten19)
	buf = appendUint128(buf, int128{low, high})
	tail := strconv.FormatUint(last, 10)
	buf = append(buf, "0000000000000000000"[len(tail):]...)
	return append(buf, tail...)
}

// parseUUID reads a UUID text into its 128 bits.
func parseUUID(s string) (n int128, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return n, fmt.Errorf("%q is no UUID", s)
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			continue
		}
		digit := unhex(s[i])
		if digit > 15 {
			return n, fmt.Errorf("%q is no UUID", s)
		}
		n.high = n.high<<4 | n.low>>60
		n.low = n.low<<4 | uint64(digit)
	}
	return n, nil
}

// unhex is the value of a hexadecimal digit, above 15 for anything else.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// uuidText is the text of a UUID's 128 bits.
func uuidText(n int128) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], n.high)
	binary.BigEndian.PutUint64(raw[8:], n.low)
	var text [36]byte
	hex.Encode(text[:8], raw[:4])
	hex.Encode(text[9:13], raw[4:6])
	hex.Encode(text[14:18], raw[6:8])
	hex.Encode(text[19:23], raw[8:10])
	hex.Encode(text[24:], raw[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}
