package source

import (
	"encoding/json"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Escapes are the ways in which a text stands inside quotes: of JSON, with and without
// the characters of HTML escaped, and in ASCII alone. Who hides a secret hides all of them.
func Escapes(s string) []string {
	var out []string
	if quoted, err := jsontext.AppendQuote(nil, s); err == nil {
		out = append(out, string(quoted[1:len(quoted)-1]))
	}
	if quoted, err := json.Marshal(s); err == nil {
		out = append(out, string(quoted[1:len(quoted)-1]))
	}
	for _, quoted := range []string{strconv.Quote(s), strconv.QuoteToASCII(s)} {
		out = append(out, quoted[1:len(quoted)-1])
	}
	return out
}
