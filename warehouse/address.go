package warehouse

import (
	"errors"
	"path/filepath"
	"strings"
)

// InDir resolves the file of an address of the form scheme:file against a folder. An
// address that names a server (scheme://...), no file, or an absolute one stays as it is.
func InDir(address, dir string) string {
	scheme, file, _ := strings.Cut(address, ":")
	if dir == "" || file == "" || strings.HasPrefix(file, "//") || strings.HasPrefix(file, ":") || strings.HasPrefix(file, "?") || filepath.IsAbs(file) {
		return address
	}
	return scheme + ":" + filepath.Join(dir, file)
}

// IsTemporary tells whether an error of a warehouse may pass when the same transaction
// is tried again: a serialization failure, a deadlock, a lost connection.
func IsTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}
