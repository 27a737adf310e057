package coltype

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

var emailType Type = &standard{
	name: "normalized_email", stored: record.Of(record.Text),
	decode: func(text []byte) (record.Value, error) {
		local, domain, ok := bytes.Cut(text, []byte{'@'})
		if !ok || len(local) == 0 || len(domain) == 0 || bytes.IndexByte(domain, '@') >= 0 || bytes.ContainsAny(text, blanks) {
			return record.Null, errForm
		}
		return record.TextValue(shiftASCII(text, 'A', 'Z', +32)), nil
	},
	spell: func(d expr.Dialect, x string) string {
		return where(d, x, `^[^@ \t\n\v\f\r]+@[^@ \t\n\v\f\r]+$`, spellLower(x))
	},
}

// dialling is how a country's numbers become international: its prefix, and the digit
// that stands before a national number and is dropped.
type dialling struct{ prefix, trunk string }

var diallings = map[string]dialling{
	"AE": {"971", "0"}, "AR": {"54", "0"}, "AT": {"43", "0"}, "AU": {"61", "0"}, "BE": {"32", "0"}, "BG": {"359", "0"}, "BR": {"55", "0"}, "CA": {"1", "1"},
	"CH": {"41", "0"}, "CL": {"56", ""}, "CN": {"86", "0"}, "CO": {"57", ""}, "CY": {"357", ""}, "CZ": {"420", ""}, "DE": {"49", "0"}, "DK": {"45", ""},
	"EE": {"372", ""}, "EG": {"20", "0"}, "ES": {"34", ""}, "FI": {"358", "0"}, "FR": {"33", "0"}, "GB": {"44", "0"}, "GR": {"30", ""}, "HK": {"852", ""},
	"HR": {"385", "0"}, "HU": {"36", "06"}, "ID": {"62", "0"}, "IE": {"353", "0"}, "IL": {"972", "0"}, "IN": {"91", "0"}, "IS": {"354", ""}, "IT": {"39", ""},
	"JP": {"81", "0"}, "KR": {"82", "0"}, "LI": {"423", ""}, "LT": {"370", "0"}, "LU": {"352", ""}, "LV": {"371", ""}, "MT": {"356", ""}, "MX": {"52", ""},
	"MY": {"60", "0"}, "NG": {"234", "0"}, "NL": {"31", "0"}, "NO": {"47", ""}, "NZ": {"64", "0"}, "PH": {"63", "0"}, "PK": {"92", "0"}, "PL": {"48", ""},
	"PT": {"351", ""}, "RO": {"40", "0"}, "RS": {"381", "0"}, "SA": {"966", "0"}, "SE": {"46", "0"}, "SG": {"65", ""}, "SI": {"386", "0"}, "SK": {"421", "0"},
	"TH": {"66", "0"}, "TR": {"90", "0"}, "TW": {"886", "0"}, "UA": {"380", "0"}, "US": {"1", "1"}, "VN": {"84", "0"}, "ZA": {"27", "0"},
}

// ornaments stand between the digits of a phone number and mean nothing.
const ornaments = " ()-./\u00a0\t"

// parsePhone makes phone or phone(DE). The form is simple enough to be the same in SQL:
// ornaments and an optional trunk digit "(0)" go, 00 becomes +, a national number gets
// its country's prefix. Whether a number exists is not asked.
func parsePhone(args []string) (Type, error) {
	if len(args) == 0 {
		return phoneType("phone", dialling{}), nil
	}
	if len(args) > 1 {
		return nil, fmt.Errorf("phone takes one country at most")
	}
	code := strings.ToUpper(args[0])
	from, ok := diallings[code]
	if !ok {
		return nil, fmt.Errorf("the dialling prefix of %q is not known; use a country code such as DE, or phone", args[0])
	}
	return phoneType("phone("+code+")", from), nil
}

func phoneType(name string, from dialling) Type {
	return &standard{
		name: name, stored: record.Of(record.Text),
		decode: func(text []byte) (record.Value, error) { return decodePhone(string(text), from) },
		spell:  func(d expr.Dialect, x string) string { return spellPhone(d, x, from) },
	}
}

func decodePhone(text string, from dialling) (record.Value, error) {
	number := strings.Map(func(r rune) rune {
		if strings.ContainsRune(ornaments, r) {
			return -1
		}
		return r
	}, strings.Replace(text, "(0)", "", 1))
	if rest, ok := strings.CutPrefix(number, "00"); ok {
		number = "+" + rest
	}
	if from.prefix != "" && !strings.HasPrefix(number, "+") {
		number = "+" + from.prefix + strings.TrimPrefix(number, from.trunk)
	}
	digits := strings.TrimPrefix(number, "+")
	if !onlyDigits([]byte(digits)) || len(digits) > 15 || len(digits) < 3 || number[0] == '+' && (len(digits) < 7 || digits[0] == '0') {
		return record.Null, errForm
	}
	return record.TextValue(number), nil
}

func spellPhone(d expr.Dialect, x string, from dialling) string {
	literal := func(s string) string { return textLiteral(d, s) }
	first := "strpos(" + x + ", '(0)')"
	opened := "CASE WHEN " + first + " > 0 THEN substr(" + x + ", 1, CAST(" + first + " - 1 AS integer)) || substr(" + x + ", CAST(" + first + " + 3 AS integer)) ELSE " + x + " END"
	bare := "translate(" + opened + ", " + literal(ornaments) + ", '')"
	number := "CASE WHEN starts_with(" + bare + ", '00') THEN '+' || substr(" + bare + ", 3)"
	if from.prefix != "" {
		number += " WHEN starts_with(" + bare + ", '+') THEN " + bare
		if from.trunk != "" {
			number += " WHEN starts_with(" + bare + ", " + literal(from.trunk) + ") THEN " + literal("+"+from.prefix) + " || substr(" + bare + ", " + strconv.Itoa(len(from.trunk)+1) + ")"
		}
		number += " ELSE " + literal("+"+from.prefix) + " || " + bare
	} else {
		number += " ELSE " + bare
	}
	number = "(" + number + " END)"
	return where(d, number, "^([+][1-9][0-9]{6,14}|[0-9]{3,15})$", number)
}
