// Package naming turns the spellings of the outside world into the one of the warehouse.
package naming

import "unicode"

// Snake is the snake_case form of a name: companyName, CompanyName, company-name and
// "company name" all become company_name; HTTPStatus becomes http_status.
func Snake(name string) string {
	in := []rune(name)
	out := make([]rune, 0, len(in)+4)
	for i, r := range in {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			out = appendGap(out)
			continue
		}
		if unicode.IsUpper(r) && i > 0 && startsWord(in, i) {
			out = appendGap(out)
		}
		out = append(out, unicode.ToLower(r))
	}
	if n := len(out); n > 0 && out[n-1] == '_' {
		out = out[:n-1]
	}
	return string(out)
}

// startsWord tells whether the upper-case letter at i begins a word: it follows a
// letter that is not upper case, or it is the last capital before a small letter.
func startsWord(in []rune, i int) bool {
	if !unicode.IsUpper(in[i-1]) {
		return true
	}
	return i+1 < len(in) && unicode.IsLower(in[i+1])
}

func appendGap(out []rune) []rune {
	if len(out) == 0 || out[len(out)-1] == '_' {
		return out
	}
	return append(out, '_')
}
