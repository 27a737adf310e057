package coltype

import (
	"fmt"
	"strings"
	"time"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// parseDate makes date or date(DD.MM.YYYY, …): a text is read by the first layout it has.
func parseDate(args []string) (Type, error) {
	if len(args) == 0 {
		return dateType("date", []string{"YYYY-MM-DD"})
	}
	return dateType("date("+strings.Join(args, ", ")+")", args)
}

func dateType(name string, specs []string) (Type, error) {
	layouts := make([]layout, len(specs))
	for i, spec := range specs {
		l, err := newLayout(spec)
		if err != nil {
			return nil, err
		}
		layouts[i] = l
	}
	return &standard{
		name: name, stored: record.Of(record.Date),
		decode: func(text []byte) (record.Value, error) {
			for _, l := range layouts {
				if y, m, d, ok := l.read(text); ok && realDay(y, m, d) && y > 0 {
					return record.DateValue(daysSince1970(y, m, d)), nil
				}
			}
			return record.Null, errForm
		},
		spell: func(d expr.Dialect, x string) string {
			days := make([]string, len(layouts))
			for i, l := range layouts {
				days[i] = l.spell(d, x)
			}
			return "coalesce(" + strings.Join(days, ", ") + ")"
		},
	}, nil
}

// layout is the order of year, month and day in a text, with the separators between them.
type layout struct {
	parts []string // "YYYY", "MM", "M", "DD", "D" or a separator
	order [3]int   // which group holds the year, month and day, from 1
}

func newLayout(spec string) (layout, error) {
	var l layout
	groups := 0
	for rest := spec; rest != ""; {
		part := layoutPart(rest)
		if part == "" {
			return l, fmt.Errorf("%q in the layout %q is no YYYY, MM, DD, M, D and no separator", rest[:1], spec)
		}
		if at := strings.IndexByte("YMD", part[0]); at >= 0 {
			groups++
			if l.order[at] != 0 {
				return l, fmt.Errorf("the layout %q names %s twice", spec, part)
			}
			l.order[at] = groups
		}
		l.parts, rest = append(l.parts, part), rest[len(part):]
	}
	if groups != 3 {
		return l, fmt.Errorf("the layout %q does not name year, month and day", spec)
	}
	return l, nil
}

func layoutPart(s string) string {
	for _, part := range []string{"YYYY", "MM", "M", "DD", "D"} {
		if strings.HasPrefix(s, part) {
			return part
		}
	}
	if strings.ContainsRune(`./- ,:`, rune(s[0])) {
		return s[:1]
	}
	return ""
}

// read takes year, month and day out of a text. M and D are one digit or two.
func (l layout) read(text []byte) (year, month, day int, ok bool) {
	for _, part := range l.parts {
		at := strings.IndexByte("YMD", part[0])
		if at < 0 {
			if len(text) == 0 || text[0] != part[0] {
				return 0, 0, 0, false
			}
			text = text[1:]
			continue
		}
		width := len(part)
		if width == 1 && len(text) > 1 && isDigit(text[1]) {
			width = 2
		}
		n, ok := number(text, width)
		if !ok {
			return 0, 0, 0, false
		}
		text = text[width:]
		*[]*int{&year, &month, &day}[at] = n
	}
	return year, month, day, len(text) == 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number reads the first width bytes as digits.
func number(text []byte, width int) (int, bool) {
	if len(text) < width {
		return 0, false
	}
	n := 0
	for _, c := range text[:width] {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func (l layout) spell(d expr.Dialect, x string) string {
	pattern := "^"
	for _, part := range l.parts {
		switch {
		case strings.IndexByte("YMD", part[0]) < 0:
			pattern += "[" + part + "]"
		case len(part) == 1:
			pattern += "([0-9]{1,2})"
		default:
			pattern += fmt.Sprintf("([0-9]{%d})", len(part))
		}
	}
	pattern = strings.ReplaceAll(pattern, "[-]", "-") + "$"
	group := func(i int) string {
		return "regexp_replace(" + x + ", " + textLiteral(d, pattern) + ", " + textLiteral(d, fmt.Sprintf(`\%d`, l.order[i])) + ")"
	}
	iso := group(0) + " || '-' || lpad(" + group(1) + ", 2, '0') || '-' || lpad(" + group(2) + ", 2, '0')"
	return where(d, x, pattern, "CASE WHEN "+group(0)+" <> '0000' THEN "+d.TryCast("("+iso+")", record.Of(record.Date))+" END")
}

func realDay(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= 28 || day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func daysSince1970(year, month, day int) int64 {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400
}
