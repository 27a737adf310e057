package server

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// appender writes JSON by appending. Records are rendered millions of times in a
// benchmark, so nothing here reflects or allocates per field.
type appender struct{ b []byte }

// sep puts a comma where the last value of the same level ended.
func (a *appender) sep() {
	if n := len(a.b); n > 0 && a.b[n-1] != '{' && a.b[n-1] != '[' {
		a.b = append(a.b, ',')
	}
}

func (a *appender) name(name string) {
	a.sep()
	a.b = append(append(append(a.b, '"'), name...), '"', ':')
}

// open begins an object or array ('{' or '['); name is empty at the top and in arrays.
func (a *appender) open(name string, bracket byte) {
	if name == "" {
		a.sep()
	} else {
		a.name(name)
	}
	a.b = append(a.b, bracket)
}

func (a *appender) close(bracket byte) { a.b = append(a.b, bracket) }

func (a *appender) text(name, value string) {
	a.name(name)
	a.quote(value)
}

// element is a text inside an array.
func (a *appender) element(value string) {
	a.sep()
	a.quote(value)
}

// quote cannot fail: every text of the model is valid UTF-8.
func (a *appender) quote(value string) { a.b, _ = jsontext.AppendQuote(a.b, value) }

func (a *appender) integer(name string, value int) {
	a.name(name)
	a.b = strconv.AppendInt(a.b, int64(value), 10)
}

// raw writes a value that is JSON already.
func (a *appender) raw(name, value string) {
	a.name(name)
	a.b = append(a.b, value...)
}

// reference is the nested object in which both systems write a choice from a list.
func (a *appender) reference(name string, id int, label string) {
	a.open(name, '{')
	a.text("id", strconv.Itoa(id))
	a.text("refName", label)
	a.close('}')
}

// money writes cents as a decimal: 1250050 is 12500.50.
func money(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	fraction := strconv.FormatInt(cents%100+100, 10)[1:]
	return sign + strconv.FormatInt(cents/100, 10) + "." + fraction
}
