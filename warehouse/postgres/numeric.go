package postgres

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// PostgreSQL's numeric is a sign, a number of digits to show after the point, and
// groups of four decimal digits, the first of which counts 10000^weight. Groups of
// zeros at either end are left out. Text and wire are converted group by group, without a number
// in between.
const (
	numericPositive = 0x0000
	numericNegative = 0x4000
)

// appendNumeric appends the wire form of plain digits such as "-12.50".
func appendNumeric(buf []byte, s string) ([]byte, error) {
	sign := uint16(numericPositive)
	digits := s
	if strings.HasPrefix(digits, "-") {
		sign, digits = numericNegative, digits[1:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(whole)+len(fraction) == 0 || len(fraction) > 16383 || len(whole) > 131072 {
		return buf, notDecimal(s)
	}
	start := len(buf)
	buf = append(buf, make([]byte, 12)...) // length, groups, weight, sign, scale
	buf, weight, err := appendGroups(buf, whole, fraction)
	if err != nil {
		return buf[:start], notDecimal(s)
	}
	groups := (len(buf) - start - 12) / 2
	if groups == 0 {
		sign, weight = numericPositive, 0
	}
	binary.BigEndian.PutUint32(buf[start:], uint32(len(buf)-start-4))
	binary.BigEndian.PutUint16(buf[start+4:], uint16(groups))
	binary.BigEndian.PutUint16(buf[start+6:], uint16(weight))
	binary.BigEndian.PutUint16(buf[start+8:], sign)
	binary.BigEndian.PutUint16(buf[start+10:], uint16(len(fraction)))
	return buf, nil
}

func notDecimal(s string) error { return fmt.Errorf("%q is no decimal of plain digits", s) }

var errDigit = errors.New("no digit")

// appendGroups appends the groups without the zero ones at either end, and returns the
// weight of the first.
func appendGroups(buf []byte, whole, fraction string) ([]byte, int, error) {
	start := len(buf)
	weight := (len(whole)+3)/4 - 1
	add := func(group uint16) {
		if group == 0 && len(buf) == start {
			weight-- // a leading zero group
			return
		}
		buf = binary.BigEndian.AppendUint16(buf, group)
	}
	for first := len(whole) % 4; len(whole) > 0; first = 4 {
		if first == 0 {
			first = 4
		}
		group, ok := fourDigits(whole[:first])
		if !ok {
			return buf, 0, errDigit
		}
		add(group)
		whole = whole[first:]
	}
	for len(fraction) > 0 {
		n := min(4, len(fraction))
		group, ok := fourDigits(fraction[:n])
		if !ok {
			return buf, 0, errDigit
		}
		for range 4 - n {
			group *= 10
		}
		add(group)
		fraction = fraction[n:]
	}
	for len(buf) > start && buf[len(buf)-1] == 0 && buf[len(buf)-2] == 0 {
		buf = buf[:len(buf)-2]
	}
	return buf, weight, nil
}

// fourDigits is the value of at most four digits.
func fourDigits(s string) (uint16, bool) {
	n := uint16(0)
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + uint16(c)
	}
	return n, true
}

// appendDecimal appends the plain digits of a numeric in wire form.
func appendDecimal(buf, wire []byte) ([]byte, error) {
	if len(wire) < 8 {
		return buf, errors.New("numeric is cut short")
	}
	groups := int(binary.BigEndian.Uint16(wire))
	weight := int(int16(binary.BigEndian.Uint16(wire[2:])))
	sign := binary.BigEndian.Uint16(wire[4:])
	scale := int(binary.BigEndian.Uint16(wire[6:]))
	if sign != numericPositive && sign != numericNegative {
		return buf, errors.New("numeric is NaN or infinite; a decimal cannot hold that, change it in the SQL")
	}
	if len(wire) < 8+2*groups {
		return buf, errors.New("numeric is cut short")
	}
	for i := range groups {
		if binary.BigEndian.Uint16(wire[8+2*i:]) > 9999 {
			return buf, errors.New("numeric holds a group of more than four digits")
		}
	}
	if sign == numericNegative {
		buf = append(buf, '-')
	}
	group := func(position int) uint16 { // by power of 10000
		if i := weight - position; i >= 0 && i < groups {
			return binary.BigEndian.Uint16(wire[8+2*i:])
		}
		return 0
	}
	buf = appendWhole(buf, group, weight)
	return appendFraction(buf, group, scale), nil
}

func appendWhole(buf []byte, group func(int) uint16, weight int) []byte {
	if weight < 0 {
		return append(buf, '0')
	}
	first := appendPadded(nil, group(weight))
	buf = append(buf, strings.TrimLeft(string(first[:3]), "0")...)
	buf = append(buf, first[3])
	for position := weight - 1; position >= 0; position-- {
		buf = appendPadded(buf, group(position))
	}
	return buf
}

func appendFraction(buf []byte, group func(int) uint16, scale int) []byte {
	if scale == 0 {
		return buf
	}
	buf = append(buf, '.')
	end := len(buf) + scale
	for position := -1; len(buf) < end; position-- {
		buf = appendPadded(buf, group(position))
	}
	return buf[:end]
}

func appendPadded(buf []byte, group uint16) []byte {
	return append(buf, byte('0'+group/1000), byte('0'+group/100%10), byte('0'+group/10%10), byte('0'+group%10))
}
