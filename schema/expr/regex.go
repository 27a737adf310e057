package expr

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"

	"github.com/lodehq/lode/record"
)

// matches checks x.matches('pattern').
func (c *checker) matches(e ast.Expr, args []ast.Expr, depth int) node {
	if len(args) != 2 || args[1].Kind() != ast.LiteralKind {
		return c.mistake(e, "matches takes a literal pattern: x.matches('^[a-z]+$')")
	}
	pattern, ok := args[1].AsLiteral().Value().(string)
	if !ok {
		return c.mistake(args[1], "a pattern is a text")
	}
	x := c.check(args[0], depth)
	if x == nil {
		return nil
	}
	x, ok = convert(x, record.Of(record.Text))
	if !ok {
		return c.mistake(e, "matches needs a text")
	}
	common, err := commonPattern(pattern)
	if err != nil {
		return c.mistake(args[1], "pattern %q: %v", shorten(pattern), err)
	}
	re, err := regexp.Compile(common)
	if err != nil {
		return c.mistake(args[1], "pattern %q: %v", shorten(pattern), err)
	}
	return &strict{
		t: record.Of(record.Bool), args: []node{x},
		apply: func(a, _ value) (value, error) { return boolean(re.MatchString(a.s)), nil },
		spell: func(s speller, args []string) string { return s.Matches(args[0], common) },
	}
}

// commonPattern rewrites a pattern so that Go, RE2 and PostgreSQL read it the same way,
// and refuses what they do not share. PostgreSQL's classes such as \d depend on the
// locale and its dot matches line ends, so both are written out.
func commonPattern(pattern string) (string, error) {
	tree, err := syntax.Parse(pattern, syntax.Perl&^syntax.UnicodeGroups)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := writePattern(&b, tree); err != nil {
		return "", err
	}
	if b.Len() > MaxText {
		return "", fmt.Errorf("it is too long")
	}
	return b.String(), nil
}

func writePattern(b *strings.Builder, re *syntax.Regexp) error {
	switch re.Op {
	case syntax.OpEmptyMatch:
		b.WriteString("(?:)")
	case syntax.OpLiteral:
		return writeLiteral(b, re)
	case syntax.OpCharClass:
		return writeClass(b, re.Rune)
	case syntax.OpAnyCharNotNL:
		b.WriteString("[^\n]")
	case syntax.OpAnyChar:
		b.WriteString("(?:[^\n]|\n)")
	case syntax.OpBeginText:
		b.WriteByte('^')
	case syntax.OpEndText:
		b.WriteByte('$')
	case syntax.OpCapture:
		return writeGroup(b, re.Sub[0], "")
	case syntax.OpStar:
		return writeGroup(b, re.Sub[0], "*")
	case syntax.OpPlus:
		return writeGroup(b, re.Sub[0], "+")
	case syntax.OpQuest:
		return writeGroup(b, re.Sub[0], "?")
	case syntax.OpRepeat:
		return writeRepeat(b, re)
	case syntax.OpConcat, syntax.OpAlternate:
		return writeParts(b, re)
	default:
		return fmt.Errorf("%s is not understood by every warehouse", re)
	}
	return nil
}

func writeLiteral(b *strings.Builder, re *syntax.Regexp) error {
	if re.Flags&syntax.FoldCase != 0 {
		return fmt.Errorf("(?i) is not understood by every warehouse; use lowerAscii()")
	}
	for _, r := range re.Rune {
		if err := writeRune(b, r); err != nil {
			return err
		}
	}
	return nil
}

func writeRune(b *strings.Builder, r rune) error {
	if r == 0 || r == utf8.RuneError {
		return fmt.Errorf("a NUL or invalid character cannot be matched")
	}
	if r < utf8.RuneSelf && strings.ContainsRune(`\.+*?()|[]{}^$-`, r) {
		b.WriteByte('\\')
	}
	b.WriteRune(r)
	return nil
}

// writeClass writes [a-z], or [^a-z] for a class that reaches over all of Unicode.
func writeClass(b *strings.Builder, ranges []rune) error {
	b.WriteByte('[')
	if n := len(ranges); n > 1 && ranges[0] == 0 && ranges[n-1] == utf8.MaxRune {
		b.WriteByte('^')
		ranges = complement(ranges)
	}
	if len(ranges) == 0 {
		return fmt.Errorf("an empty class matches nothing")
	}
	for i := 0; i < len(ranges); i += 2 {
		if err := writeRange(b, ranges[i], ranges[i+1]); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

func writeRange(b *strings.Builder, from, to rune) error {
	if err := writeRune(b, from); err != nil {
		return err
	}
	if to == from {
		return nil
	}
	if to > from+1 {
		b.WriteByte('-')
	}
	return writeRune(b, to)
}

func complement(ranges []rune) []rune {
	var gaps []rune
	for i := 1; i+1 < len(ranges); i += 2 {
		gaps = append(gaps, ranges[i]+1, ranges[i+1]-1)
	}
	return gaps
}

func writeRepeat(b *strings.Builder, re *syntax.Regexp) error {
	if re.Min > 255 || re.Max > 255 {
		return fmt.Errorf("%s repeats more than 255 times", re)
	}
	count := "{" + strconv.Itoa(re.Min)
	if re.Max != re.Min {
		count += ","
		if re.Max >= 0 {
			count += strconv.Itoa(re.Max)
		}
	}
	return writeGroup(b, re.Sub[0], count+"}")
}

func writeGroup(b *strings.Builder, re *syntax.Regexp, suffix string) error {
	if suffix != "" && (re.Op == syntax.OpBeginText || re.Op == syntax.OpEndText || re.Op == syntax.OpEmptyMatch) {
		return fmt.Errorf("%s repeats what has no width", re)
	}
	if suffix != "" && (re.Op == syntax.OpCharClass || re.Op == syntax.OpLiteral && len(re.Rune) == 1) {
		err := writePattern(b, re)
		b.WriteString(suffix)
		return err
	}
	b.WriteString("(?:")
	err := writePattern(b, re)
	b.WriteString(")" + suffix)
	return err
}

func writeParts(b *strings.Builder, re *syntax.Regexp) error {
	for i, sub := range re.Sub {
		if re.Op == syntax.OpAlternate && i > 0 {
			b.WriteByte('|')
		}
		write := writePattern
		if re.Op == syntax.OpConcat && sub.Op == syntax.OpAlternate {
			write = func(b *strings.Builder, re *syntax.Regexp) error { return writeGroup(b, re, "") }
		}
		if err := write(b, sub); err != nil {
			return err
		}
	}
	return nil
}
