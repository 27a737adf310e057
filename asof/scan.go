package asof

import (
	"strings"
	"unicode/utf8"
)

// kind tells tokens apart, as far as it matters here.
type kind byte

const (
	blank  kind = iota // spaces and comments
	word               // a name or keyword without quotes
	quoted             // a name in double quotes
	text               // a string
	other              // a number, or one character of anything else
)

// token is a piece of SQL. All tokens of a text, put together, are the text.
type token struct {
	kind kind
	text string
}

// scan cuts SQL into tokens. What is not closed goes to the end.
func scan(sql string) []token {
	var out []token
	for len(sql) > 0 {
		t := next(sql)
		out = append(out, t)
		sql = sql[len(t.text):]
	}
	return out
}

func next(sql string) token {
	c := sql[0]
	switch {
	case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		return token{blank, sql[:spaces(sql)]}
	case strings.HasPrefix(sql, "--"):
		return token{blank, sql[:lineEnd(sql)]}
	case strings.HasPrefix(sql, "/*"):
		return token{blank, sql[:commentEnd(sql)]}
	case c == '\'':
		return token{text, sql[:closed(sql, 0, '\'', false)]}
	case c == '"':
		return token{quoted, sql[:closed(sql, 0, '"', false)]}
	case (c == 'e' || c == 'E') && strings.HasPrefix(sql[1:], "'"):
		return token{text, sql[:closed(sql, 1, '\'', true)]}
	case c == '$':
		if n := dollarEnd(sql); n > 0 {
			return token{text, sql[:n]}
		}
	case begins(c):
		return token{word, sql[:wordEnd(sql)]}
	case '0' <= c && c <= '9':
		return token{other, sql[:wordEnd(sql)]} // 1e5 is no name
	}
	_, size := utf8.DecodeRuneInString(sql)
	return token{other, sql[:size]}
}

func begins(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func spaces(sql string) int { return len(sql) - len(strings.TrimLeft(sql, " \t\r\n\f\v")) }

func lineEnd(sql string) int {
	if i := strings.IndexByte(sql, '\n'); i >= 0 {
		return i
	}
	return len(sql)
}

func wordEnd(sql string) int {
	for i := range len(sql) {
		if c := sql[i]; !begins(c) && (c < '0' || c > '9') && c != '$' {
			return i
		}
	}
	return len(sql)
}

// commentEnd is the length of a comment, in which others may be nested.
func commentEnd(sql string) int {
	depth := 0
	for i := 0; i+1 < len(sql); i++ {
		switch sql[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(sql)
}

// closed is where a text ends whose quote stands at from. A doubled quote is one; where
// backslashes escape, what follows one is not looked at.
func closed(sql string, from int, quote byte, escapes bool) int {
	for i := from + 1; i < len(sql); i++ {
		switch {
		case escapes && sql[i] == '\\':
			i++
		case sql[i] != quote:
		case i+1 < len(sql) && sql[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(sql)
}

// dollarEnd is the length of a text in dollar quotes, $$...$$ or $tag$...$tag$; 0 if
// there is none, as in the parameter $1.
func dollarEnd(sql string) int {
	tag := 1
	for tag < len(sql) && (begins(sql[tag]) || tag > 1 && '0' <= sql[tag] && sql[tag] <= '9') {
		tag++
	}
	if tag >= len(sql) || sql[tag] != '$' {
		return 0
	}
	mark := sql[:tag+1]
	if end := strings.Index(sql[len(mark):], mark); end >= 0 {
		return len(mark) + end + len(mark)
	}
	return len(sql)
}
