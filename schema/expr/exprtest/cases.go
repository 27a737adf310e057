package exprtest

var texts = [...]string{
	// logic
	"b && c", "b || c", "!b", "b && c || !b && !c", "b == c", "b != c", "b && i > 0", "b || i / j == 1",
	"b && null", "b || null", "b && i + j > 0", "i > 0 && j > 0 && d > 0", "!(b && c) == (!b || !c)",
	// NULL
	"s == null", "s != null", "null == d", "i + j == null", "x == null", "x != null", "coalesce(i, j)", "coalesce(i, j, 0)",
	"coalesce(d, 0)", "coalesce(d, 1.5)", "coalesce(i, d)", "coalesce(s, t, '')", "coalesce(f, i)", "coalesce(b, false)", "coalesce(u, '00000000-0000-0000-0000-000000000000')",
	// choice
	"b ? i : j", "b ? i : d", "b ? s : null", "i > j ? 'more' : i < j ? 'less' : 'same'", "b ? f : i", "(b ? d : e) > 1",
	"i == 0 ? null : 100 / i", "b ? day : day2", "b ? at : at2",
	// comparisons
	"i == j", "i != j", "i < j", "i <= j", "i > j", "i >= j", "f == g", "f != g", "f < g", "f <= g", "f > g", "f >= g",
	"d == e", "d < e", "d >= e", "d > big", "i == d", "d > 10000", "d > 10000.555", "d == 0.10", "f > 1", "f > 1.5", "i > 1.5", "i < f",
	"s == t", "s != t", "s < t", "s <= t", "s > t", "s >= t", `s == "it's"`, `s == "back\\slash"`, "s == ''",
	"day == day2", "day < day2", "day >= date('2024-02-29')", "at == at2", "at < at2", "at >= timestamp('2024-02-29T23:30:00-01:00')",
	"at > timestamp('1969-12-31T23:59:59.999999Z')", "u == '6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "u != u",
	// lists
	"i in [1, 2, 3]", "i in []", "s in ['a', 'b', '']", "s in ['a', null]", "i in [j, 1]", "d in [1, 2.50, e]", "!(i in [1, null])", "day in [day2, date('2024-02-29')]", "i in [1.5, 2]", "b in [true]", "f in [g, 0.0]",
	// integers
	"i + j", "i - j", "i * j", "i / j", "i % j", "-i", "i + 1", "i * 2 - j / 3", "(i + j) * 2", "i / 0", "i % 0", "-7 / 2", "-7 % 2", "i / -1", "i % -2",
	// decimals
	"d + e", "d - e", "d * e", "d * i", "d * decimal(j)", "i * d", "d + 1", "d - 0.005", "-d", "d * 1.19", "big + d", "big * 2", "big - big", "decimal('12345.678901') + d",
	"round(d, 1)", "round(d, 0)", "round(e, 2)", "round(d, 5)", "round(big, 3)", "round(d * e, 2)", "round(i, 2)", "round(d / e, 4)", "round(i / j, 3)", "round(d / i, 2)", "round(i / d, 0)", "round(d / 3, 2)", "round(1 / e, 6)", "round(d / 0, 2)",
	"d * e > 100", "d + e == e + d", "round(d / 7, 2) * 7 == d",
	// floats
	"f + g", "f - g", "f * g", "f / g", "-f", "f * 2", "f + i", "f / 0.0", "float(i)", "float(i) / 3.0", "f * 0.1 + g * 0.2",
	// text
	"s + t", "s + '-' + t", "s + string(i)", "s.startsWith(t)", "s.endsWith(t)", "s.contains(t)", "s.startsWith('a')", "s.endsWith('')", "s.contains('')", "startsWith(s, 'ab')",
	"size(s)", "s.size() > 2", "s.lowerAscii()", "s.upperAscii()", "s.trim()", "s.trim() == ''", "s.lowerAscii() == t.lowerAscii()", "s.trim().upperAscii() + '!'", "(s + t) < t",
	"string(i)", "string(b)", "string(d)", "string(e)", "string(big)", "string(u)", "string(s)", "string(d * e)",
	`s.matches('^a')`, `s.matches('b$')`, `s.matches('^[a-z]+$')`, `s.matches('\\d+')`, `s.matches('[^a-z]')`, `s.matches('a.b')`, `s.matches('(?s)a.b')`, `s.matches('^(a|b)?c{1,3}$')`, `s.matches('\\\\')`, `s.matches('^$')`,
	`s.matches('')`, `s.matches('[\\]\\[^-]')`, `s.matches('é|日')`, `s.matches('^\\s*$')`, `s.matches('\\w\\W')`, `s.matches('(ab)+')`, `s.matches('a{2,}')`, `s.matches('^.{3}$')`, `s.matches('%_')`, `s.matches('[é-ü]')`,
	// time
	"year(day)", "quarter(day)", "month(day)", "week(day)", "day(day)", "dow(day)", "doy(day)", "day - day2", "day.getMonth()", "day.getFullYear()", "day.getDate()", "day.getDayOfWeek()", "day.getDayOfYear()",
	"year(at)", "quarter(at)", "month(at)", "week(at)", "day(at)", "dow(at)", "doy(at)", "hour(at)", "minute(at)", "second(at)",
	"at.getFullYear()", "at.getMonth()", "at.getDate()", "at.getDayOfWeek()", "at.getDayOfYear()", "at.getHours()", "at.getMinutes()", "at.getSeconds()",
	"date(at)", "date(at) == day", "date(at) - day", "date('2024-02-29')", "timestamp('2024-02-29T12:34:56.789Z')", "year(date(at)) == year(at)",
	// literals and columns
	"i", "d", "f", "s", "b", "day", "at", "u", "1", "-9223372036854775808", "1.5", "'text'", "true", `'Robert\'); DROP TABLE students;--'`, `"quote \" and ' and \\"`, "'tab\\tline\\nend'", "decimal('0.00')", "decimal(i)", "decimal('-12.50')",
	// the shop
	"b && d > 10000", "d >= 0", "d * decimal(i)", "i > 0",
}
