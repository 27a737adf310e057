package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"unicode/utf8"
)

// byteOrderMark is what some editors put before a text in UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// CheckEncoding tells from its beginning that a text was saved as UTF-16, in which nothing
// of it would be recognised.
func CheckEncoding(beginning []byte) error {
	switch {
	case bytes.HasPrefix(beginning, []byte("\xff\xfe")), bytes.HasPrefix(beginning, []byte("\xfe\xff")),
		len(beginning) > 3 && (beginning[0] == 0) != (beginning[1] == 0) && (beginning[0] == 0) == (beginning[2] == 0) && (beginning[1] == 0) == (beginning[3] == 0):
		return errors.New("is UTF-16; save it as UTF-8")
	}
	return nil
}

// unreadable finds the first byte that YAML does not take. Its parser would not say where.
func unreadable(src []byte) (p Problem, bad bool) {
	line, start := 1, 0
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return Problem{Line: line, Column: i - start + 1, Text: fmt.Sprintf("the byte 0x%02X is no UTF-8; save the file as UTF-8", src[i])}, true
		case r < ' ' && r != '\t' && r != '\r' && r != '\n', r >= 0x7f && r < 0xa0 && r != 0x85, r == 0xfffe, r == 0xffff:
			return Problem{Line: line, Column: i - start + 1, Text: fmt.Sprintf("holds the control character U+%04X, which YAML does not take; remove it", r)}, true
		case r == '\n':
			line, start = line+1, i+1
		}
		i += size
	}
	return Problem{}, false
}

// FileKind names what is no ordinary file.
func FileKind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeSymlink != 0:
		return "a link"
	}
	return "no ordinary file"
}
