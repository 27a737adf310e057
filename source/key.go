package source

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrNoKey is returned, wrapped, for a record that lacks a part of its primary key.
var ErrNoKey = errors.New("record has no primary key")

// CanonicalKey is the primary key of a record: a compact JSON array of its parts as
// texts, such as ["crm","17"]. Two records have one key when these texts are equal.
// Numbers keep the digits as written; case matters. Without paths it is "", for keyless
// streams. A part that is missing, null, an object or a list is an error that wraps ErrNoKey.
func CanonicalKey(payload []byte, paths []string) (string, error) {
	if len(paths) == 0 {
		return "", nil
	}
	parts := make([]jsontext.Value, len(paths))
	if err := NewExtractor(paths...).Extract(payload, parts); err != nil {
		return "", err
	}
	key, err := AppendKey(nil, paths, parts)
	return string(key), err
}

// AppendKey appends the canonical key made of parts, the values at paths, to dst.
func AppendKey(dst []byte, paths []string, parts []jsontext.Value) ([]byte, error) {
	dst = append(dst, '[')
	for i, part := range parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendKeyPart(dst, part); err != nil {
			return nil, fmt.Errorf("%w: %s %w", ErrNoKey, paths[i], err)
		}
	}
	return append(dst, ']'), nil
}

func appendKeyPart(dst []byte, part jsontext.Value) ([]byte, error) {
	switch part.Kind() {
	case jsontext.KindString:
		return appendCanonicalText(dst, part)
	case jsontext.KindNumber, jsontext.KindTrue, jsontext.KindFalse:
		return append(append(append(dst, '"'), part...), '"'), nil
	case jsontext.KindNull:
		return nil, errors.New("is null")
	case jsontext.KindBeginObject:
		return nil, errors.New("is an object; name a path inside it")
	case jsontext.KindBeginArray:
		return nil, errors.New("is a list")
	}
	return nil, errors.New("is missing")
}

// appendCanonicalText appends a JSON text in its one shortest spelling. A text without
// escapes is in it already.
func appendCanonicalText(dst []byte, quoted jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return append(dst, quoted...), nil
	}
	plain, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	return jsontext.AppendQuote(dst, plain)
}

// SplitKey is the parts of a canonical key; nil for "" and for what is no canonical key.
func SplitKey(key string) []string {
	d := jsontext.NewDecoder(bytes.NewBufferString(key))
	if t, err := d.ReadToken(); err != nil || t.Kind() != jsontext.KindBeginArray {
		return nil
	}
	parts := []string{}
	for d.PeekKind() == jsontext.KindString {
		t, err := d.ReadToken()
		if err != nil {
			return nil
		}
		parts = append(parts, t.String())
	}
	if t, err := d.ReadToken(); err != nil || t.Kind() != jsontext.KindEndArray {
		return nil
	}
	return parts
}

// Text is the text of a scalar JSON value: a string unquoted, a number or bool as written;
// "" for null, objects, lists and nothing.
func Text(v jsontext.Value) string {
	switch v.Kind() {
	case jsontext.KindString:
		if bytes.IndexByte(v, '\\') < 0 {
			return string(v[1 : len(v)-1])
		}
		plain, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return ""
		}
		return string(plain)
	case jsontext.KindNumber, jsontext.KindTrue, jsontext.KindFalse:
		return string(v)
	}
	return ""
}
