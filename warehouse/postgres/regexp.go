package postgres

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
)

// translate writes an RE2 pattern as a PostgreSQL regular expression of the same
// meaning. The two notations look alike and differ in what \b, \w, a dot, (?i) and $
// stand for, so the pattern is parsed and every part is spelled out. A pattern that does not parse is
// refused by the database as well: it is passed on with an opened bracket.
func translate(pattern string) string {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "[" + pattern
	}
	var w regexpWriter
	w.write(parsed)
	return "***:" + w.String() // advanced expressions, whatever regex_flavor says
}

type regexpWriter struct{ strings.Builder }

// maxRepeat is the largest count that PostgreSQL takes.
const maxRepeat = 255

// write spells one node. Groups that capture and repeats that prefer to be short make no difference to
// whether a text matches.
func (w *regexpWriter) write(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpNoMatch:
		w.WriteString("(?!)")
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			w.literal(r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		w.class(re.Rune)
	case syntax.OpAnyCharNotNL:
		w.WriteString(`[^\n]`)
	case syntax.OpAnyChar:
		w.WriteString(`(?:.|\n)`)
	case syntax.OpCapture:
		w.group(re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		w.repeat(re)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			w.group(sub)
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				w.WriteByte('|')
			}
			w.group(sub)
		}
	default:
		w.WriteString(assertions[re.Op])
	}
}

// assertions are the nodes that match an empty text. Word characters are those of ASCII.
var assertions = map[syntax.Op]string{
	syntax.OpEmptyMatch:     `(?:)`,
	syntax.OpBeginText:      `\A`,
	syntax.OpEndText:        `\Z`,
	syntax.OpBeginLine:      `(?:\A|(?<=\n))`,
	syntax.OpEndLine:        `(?:\Z|(?=\n))`,
	syntax.OpWordBoundary:   `(?:(?<=` + word + `)(?!` + word + `)|(?<!` + word + `)(?=` + word + `))`,
	syntax.OpNoWordBoundary: `(?:(?<=` + word + `)(?=` + word + `)|(?<!` + word + `)(?!` + word + `))`,
}

const word = `[0-9A-Za-z_]`

// group spells a node so that what stands beside it cannot bind to a part of it.
func (w *regexpWriter) group(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpCharClass, syntax.OpAnyCharNotNL, syntax.OpBeginText, syntax.OpEndText:
		w.write(re)
	default:
		w.WriteString("(?:")
		w.write(re)
		w.WriteByte(')')
	}
}

// repeat spells a repeat; a count above PostgreSQL's largest is spelled as a repeat of
// repeats.
func (w *regexpWriter) repeat(re *syntax.Regexp) {
	low, high := 0, -1
	switch re.Op {
	case syntax.OpPlus:
		low = 1
	case syntax.OpQuest:
		high = 1
	case syntax.OpRepeat:
		low, high = re.Min, re.Max
	}
	for low > maxRepeat {
		w.group(re.Sub[0])
		fmt.Fprintf(w, "{%d}", maxRepeat)
		low -= maxRepeat
		if high >= 0 {
			high -= maxRepeat
		}
	}
	for high > maxRepeat {
		w.group(re.Sub[0])
		fmt.Fprintf(w, "{0,%d}", maxRepeat)
		high -= maxRepeat
	}
	w.group(re.Sub[0])
	if high < 0 {
		fmt.Fprintf(w, "{%d,}", low)
		return
	}
	fmt.Fprintf(w, "{%d,%d}", low, max(low, high))
}

// literal spells a character, with all its cases if case does not matter.
func (w *regexpWriter) literal(r rune, fold bool) {
	if !fold {
		w.rune(r)
		return
	}
	runes := []rune{r, r}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		runes = append(runes, f, f)
	}
	w.class(runes)
}

// class spells a character class given as pairs of bounds. PostgreSQL knows no NUL.
func (w *regexpWriter) class(pairs []rune) {
	if len(pairs) == 0 {
		w.WriteString("(?!)")
		return
	}
	w.WriteByte('[')
	for i := 0; i+1 < len(pairs); i += 2 {
		low, high := max(pairs[i], 1), pairs[i+1]
		w.rune(low)
		if high > low {
			w.WriteByte('-')
			w.rune(high)
		}
	}
	w.WriteByte(']')
}

// rune spells a character so that it stands for itself inside and outside of a class.
func (w *regexpWriter) rune(r rune) {
	switch {
	case r < 128 && (r == '_' || r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r)):
		w.WriteRune(r)
	case r <= 0xffff:
		fmt.Fprintf(w, `\u%04x`, r)
	default:
		fmt.Fprintf(w, `\U%08x`, r)
	}
}
