package project

import (
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/lodehq/lode/settings"
)

// Passwords lists the passwords in the address of a warehouse, as they are written there
// and as they are meant: postgres://user:password@host, ?password=..., password=....
func Passwords(address string) []string {
	var out []string
	for _, m := range passwords.FindAllStringSubmatch(address, -1) {
		for _, written := range m[1:] {
			if written == "" {
				continue
			}
			out = append(out, written)
			if short, _, inside := strings.Cut(written, "@"); inside && short != "" {
				out = append(out, short) // the last @ may have stood in the address's parameters
			}
			for _, decode := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
				if meant, err := decode(written); err == nil && meant != "" && !slices.Contains(out, meant) {
					out = append(out, meant)
				}
			}
		}
	}
	return out
}

// The password of a URL goes on to the last @ before the host, so that one with a bare @
// or / in it, which is no valid URL, is still found.
var passwords = regexp.MustCompile(`://[^:/?#@]*:(.+)@|(?i:(?:password|passfile|sslpassword)\s*=\s*)(?:'((?:[^'\\]|\\.)*)'|([^&\s']+))`)

// SecretsIn lists the secrets inside a value made in Go, such as a source's configuration.
func SecretsIn(v any) []string {
	var out []string
	walk(reflect.ValueOf(v), map[uintptr]bool{}, &out)
	return out
}

// walk follows everything that can be reached through exported fields.
func walk(v reflect.Value, seen map[uintptr]bool, out *[]string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return
		}
		seen[v.Pointer()] = true
		walk(v.Elem(), seen, out)
	case reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), seen, out)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walk(v.Index(i), seen, out)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			walk(v.MapIndex(key), seen, out)
		}
	case reflect.Struct:
		walkStruct(v, seen, out)
	}
}

func walkStruct(v reflect.Value, seen map[uintptr]bool, out *[]string) {
	if secret, ok := v.Interface().(settings.Secret); ok {
		if !secret.IsZero() {
			*out = append(*out, secret.Reveal())
		}
		return
	}
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() {
			walk(v.Field(i), seen, out)
		}
	}
}
