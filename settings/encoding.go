package settings

import (
	"bytes"
	"errors"
	"io/fs"
)

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
