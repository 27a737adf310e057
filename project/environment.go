package project

import (
	"fmt"
	"os"
	"strings"

	"github.com/joho/godotenv"

	"github.com/lodehq/lode/settings"
)

// EnvFile is the name of the file that holds a project's secrets.
const EnvFile = ".env"

// maxEnv bounds .env, which is parsed several times to find the line of a mistake.
const maxEnv = 64 << 10

// environment looks a variable up in the environment and then in .env. The environment
// wins, so that a deployment can override what lies in the folder. The process's own
// environment is not changed.
func (l *loader) environment(lookup func(string) (string, bool)) func(string) (string, bool) {
	file := l.readEnv()
	return func(name string) (string, bool) {
		if lookup != nil {
			if value, ok := lookup(name); ok {
				return value, true
			}
		}
		value, ok := file[name]
		return value, ok
	}
}

func (l *loader) readEnv() map[string]string {
	path := l.path(EnvFile)
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil
	}
	src, err := readSmall(path)
	if err == nil && len(src) > maxEnv {
		err = fmt.Errorf("has %d bytes, at most %d are read", len(src), maxEnv)
	}
	if err != nil {
		l.lost(settings.Problem{File: path, Text: err.Error()})
		return nil
	}
	values, err := godotenv.UnmarshalBytes(src)
	if err != nil {
		// The parser's own message quotes the text around the mistake, which may be a secret.
		l.lost(settings.Problem{File: path, Line: brokenLine(string(src)), Column: 1, Text: "cannot be read; write NAME=value, one a line, values with spaces in quotes"})
	}
	return values
}

// brokenLine is the line after the longest beginning that can be read.
func brokenLine(src string) int {
	lines := strings.SplitAfter(src, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := godotenv.Unmarshal(strings.Join(lines[:n], "")); err == nil {
			return n + 1
		}
	}
	return 1
}
