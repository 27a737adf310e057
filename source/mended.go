package source

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// errMendedKey is a key that is not what the source said.
var errMendedKey = errors.New("the key holds NUL or invalid characters, and without them it could be that of another record")

// MendedKey is an error when Sanitize, with the given note, changed a record in its key:
// two keys that differ in nothing else would become one. Raw is the record before it was
// mended; key is its canonical key afterwards.
func MendedKey(raw []byte, note, key string, paths []string) error {
	if note == "" || key == "" {
		return nil
	}
	if strings.ContainsRune(key, utf8.RuneError) {
		return errMendedKey
	}
	marked := bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte{0}, []byte("\uFFFD")), []byte(`\u0000`), []byte("\uFFFD"))
	marked, _ = Sanitize(marked)
	if other, err := CanonicalKey(marked, paths); err == nil && other != key {
		return errMendedKey
	}
	return nil
}
