package rest

import (
	"errors"
	"net/http"
	"strings"
)

var (
	errHeaderValue = errors.New("holds a line break or another control character, which no header can carry")
	errHeaderName  = errors.New("is no name of a header; write letters, digits and -")
)

// headerValue tells why a text cannot be the value of a header, without the text.
func headerValue(text string) error {
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		return errHeaderValue
	}
	return nil
}

// headerName tells why a text cannot be the name of a header.
func headerName(text string) error {
	allowed := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	}
	if text == "" || strings.ContainsFunc(text, func(c rune) bool { return !allowed(c) }) {
		return errHeaderName
	}
	return nil
}

// unsendable names a header of a request that cannot be sent, such as one with a token that an
// API has made: sending it again would not help.
func unsendable(h http.Header) (name string, err error) {
	for name, values := range h {
		for _, v := range values {
			if err := headerValue(v); err != nil {
				return name, err
			}
		}
	}
	return "", nil
}
