package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Lookup answers for a variable: its value, whether it has one, and why it could not be told.
type Lookup func(name string) (value string, found bool, err error)

// The suffixes of the variables that say where a value is, instead of holding it.
const (
	FileSuffix    = "_FILE"    // TOKEN_FILE: the file whose content is TOKEN
	CommandSuffix = "_COMMAND" // TOKEN_COMMAND: the command that prints TOKEN
)

// EnvFile is the usual name of the file that holds variables, above all secrets.
const EnvFile = ".env"

const (
	maxEnv   = 64 << 10         // bounds .env, which is parsed several times to find the line of a mistake
	maxValue = 64 << 10         // bounds what a file or a command makes of a variable
	patience = 10 * time.Second // how long a command may take
)

// Environment answers for variables: the process's environment before .env. In each of
// them NAME is the value, NAME_FILE the file that holds it, or NAME_COMMAND the command
// that prints it; to set two of them is a mistake. A file or command is read when the
// variable is first asked for, and not again.
type Environment struct {
	layers   []layer
	patience time.Duration

	mu     sync.Mutex
	known  map[string]answer
	hidden []Secret
}

// layer is one place in which variables stand.
type layer struct {
	get func(name string) (string, bool)
	dir string // what NAME_FILE is relative to, and where commands run; "" is the working directory
}

// answer is kept behind a Secret, so that printing an Environment tells nothing.
type answer struct {
	value Secret
	found bool
	err   error
}

// NewEnvironment answers from lookup (os.LookupEnv, or nil for nothing) and then from a
// file of NAME=value lines, "" for none; the file may be missing. The process's own
// environment is not changed. What is wrong with the file is the error, Problems; the
// environment then answers without it.
func NewEnvironment(lookup func(name string) (string, bool), file string) (*Environment, error) {
	e := &Environment{patience: patience, known: map[string]answer{}}
	if lookup != nil {
		e.layers = append(e.layers, layer{get: lookup})
	}
	if file == "" {
		return e, nil
	}
	values, problems := readEnv(file)
	e.layers = append(e.layers, layer{
		get: func(name string) (string, bool) { value, ok := values[name]; return value, ok },
		dir: filepath.Dir(file),
	})
	return e, problems.Err()
}

// Lookup is the value of a variable.
func (e *Environment) Lookup(name string) (value string, found bool, err error) {
	return e.look(name, true)
}

// LookupStored is Lookup without running a command: for who can do without the value.
func (e *Environment) LookupStored(name string) (value string, found bool, err error) {
	return e.look(name, false)
}

func (e *Environment) look(name string, run bool) (value string, found bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a, ok := e.known[name]; ok {
		return a.value.Reveal(), a.found, a.err
	}
	o, err := e.Origin(name)
	switch {
	case err != nil:
	case o.Suffix == FileSuffix:
		value, err = readValue(o.at.Reveal())
		if err != nil {
			err = fmt.Errorf("%s names a file that cannot be used: %w", o.Variable, err)
		}
	case o.Suffix == CommandSuffix && !run:
		return "", false, nil
	case o.Suffix == CommandSuffix:
		value, err = output(o.at.Reveal(), o.dir, e.patience)
		if err != nil {
			err = fmt.Errorf("the command of %s %w", o.Variable, err)
		}
	default:
		value = o.at.Reveal()
	}
	a := answer{NewSecret(value), o.Variable != "" && err == nil, err}
	e.known[name] = a
	if o.Suffix != "" && value != "" {
		e.hidden = append(e.hidden, a.value)
	}
	return value, a.found, a.err
}

// Secrets are the values that came from a file or a command so far. Who puts a value there
// does not want it to be seen, whatever it is used for.
func (e *Environment) Secrets() []Secret {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.hidden)
}

// Origin says where a variable has its value from.
type Origin struct {
	Variable string // NAME, NAME_FILE or NAME_COMMAND; "" when nothing says it
	Suffix   string // "", FileSuffix or CommandSuffix
	InFile   bool   // it stands in .env, not in the process's environment

	at  Secret // the value, the file or the command
	dir string // where the command runs
}

// Origin says where a variable has its value from, without reading a file or running a command.
func (e *Environment) Origin(name string) (Origin, error) {
	for _, l := range e.layers {
		var set []Origin
		for _, suffix := range []string{"", FileSuffix, CommandSuffix} {
			if text, ok := l.get(name + suffix); ok && (text != "" || suffix == "") {
				set = append(set, Origin{name + suffix, suffix, l.dir != "", NewSecret(text), l.dir})
			}
		}
		if len(set) > 1 && set[0].at.IsZero() {
			set = set[1:] // an empty NAME, as in an .env.example that was copied, says nothing
		}
		switch {
		case len(set) > 1:
			return Origin{}, fmt.Errorf("%s and %s are both set; keep one of them", set[0].Variable, set[1].Variable)
		case len(set) == 1:
			o := set[0]
			if path := o.at.Reveal(); o.Suffix == FileSuffix && !filepath.IsAbs(path) {
				o.at = NewSecret(filepath.Join(l.dir, path))
			}
			return o, nil
		}
	}
	return Origin{}, nil
}

// readValue is a file's content without the line's end.
func readValue(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxValue+1))
	switch {
	case err != nil:
		return "", err
	case len(content) > maxValue:
		return "", fmt.Errorf("%s holds more than %d bytes", path, maxValue)
	}
	value, err := valueOf(content)
	if err != nil {
		return "", fmt.Errorf("%s %w", path, err)
	}
	return value, nil
}

// valueOf is the text that a file holds or a command prints, without the line's end. It may
// have several lines, as a key of a certificate has.
func valueOf(content []byte) (string, error) {
	if err := CheckEncoding(content); err != nil {
		return "", err
	}
	switch {
	case !utf8.Valid(content):
		return "", errors.New("holds bytes that are no UTF-8")
	case bytes.IndexByte(content, 0) >= 0:
		return "", errors.New("holds a NUL character")
	}
	text := string(bytes.TrimPrefix(content, byteOrderMark))
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"), nil
}
