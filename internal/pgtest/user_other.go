//go:build !unix

package pgtest

import (
	"errors"
	"os/exec"
)

func demote(*exec.Cmd) error {
	return errors.New("a throw-away PostgreSQL needs Unix; set " + Environment + " to the URL of a server")
}

func own(string) error { return nil }

func alive(string) bool { return true }
