package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// environment answers from variables and a .env in a folder with a secret.
func environment(t *testing.T, variables map[string]string, env string) *Environment {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{".env": env, "token": "from a file\r\n", "utf16": "\xff\xfea\x00", "bytes": "hush\xfe\xff", "nul": "hush hush\x00", "marked": "\xef\xbb\xbfx\n", "lines": "a\nb\n\n", "big": strings.Repeat("x", maxValue+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err := NewEnvironment(func(name string) (string, bool) {
		value, ok := variables[name]
		return strings.ReplaceAll(value, "DIR", dir), ok
	}, filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		variables map[string]string
		env       string
		want      string
		err       string
	}{
		"the environment goes first":       {map[string]string{"A": "1"}, "A=2\n", "1", ""},
		"then .env":                        {nil, "A=2\n", "2", ""},
		"empty is set":                     {map[string]string{"A": ""}, "A=2\n", "", ""},
		"a file":                           {map[string]string{"A_FILE": "DIR/token"}, "A=2\n", "from a file", ""},
		"a file beside .env":               {nil, "A_FILE=token\n", "from a file", ""},
		"empty says nothing beside a file": {nil, "A=\nA_FILE=token\n", "from a file", ""},
		"an empty name of a file":          {map[string]string{"A_FILE": ""}, "A=2\n", "2", ""},
		"a command":                        {map[string]string{"A_COMMAND": "echo one two"}, "", "one two", ""},
		"a command beside .env":            {nil, "A_COMMAND='cat token'\n", "from a file", ""},
		"a pipe":                           {nil, "A_COMMAND='printf \"a\\nb\\n\" | tail -1'\n", "b", ""},
		"two ways":                         {map[string]string{"A": "1", "A_FILE": "DIR/token"}, "", "", "A and A_FILE are both set; keep one of them"},
		"no file":                          {map[string]string{"A_FILE": "DIR/nothing"}, "", "", "A_FILE names a file that cannot be used: open "},
		"a folder":                         {map[string]string{"A_FILE": "DIR"}, "", "", "is a directory"},
		"UTF-16":                           {map[string]string{"A_FILE": "DIR/utf16"}, "", "", "is UTF-16; save it as UTF-8"},
		"UTF-16 of a command":              {map[string]string{"A_COMMAND": "cat DIR/utf16"}, "", "", "the command of A_COMMAND printed a text that is UTF-16"},
		"bytes of a file":                  {map[string]string{"A_FILE": "DIR/bytes"}, "", "", "bytes holds bytes that are no UTF-8"},
		"bytes of a command":               {map[string]string{"A_COMMAND": "cat DIR/bytes"}, "", "", "the command of A_COMMAND printed a text that holds bytes that are no UTF-8"},
		"NUL of a file":                    {map[string]string{"A_FILE": "DIR/nul"}, "", "", "nul holds a NUL character"},
		"NUL of a command":                 {map[string]string{"A_COMMAND": "cat DIR/nul"}, "", "", "the command of A_COMMAND printed a text that holds a NUL character"},
		"a byte order mark":                {map[string]string{"A_FILE": "DIR/marked"}, "", "x", ""},
		"several lines":                    {map[string]string{"A_COMMAND": "printf 'a\\nb\\n\\n'"}, "", "a\nb\n", ""},
		"a file of several lines":          {map[string]string{"A_FILE": "DIR/lines"}, "", "a\nb\n", ""},
		"what stays in the background":     {map[string]string{"A_COMMAND": "sleep 20 & echo one"}, "", "one", ""},
		"a background, and a failure":      {map[string]string{"A_COMMAND": "sleep 20 & echo hush; exit 3"}, "", "", "the command of A_COMMAND ended with code 3"},
		"a large file":                     {map[string]string{"A_FILE": "DIR/big"}, "", "", "holds more than 65536 bytes"},
		"a command that fails":             {map[string]string{"A_COMMAND": "echo hush; echo hush >&2; exit 3"}, "", "", "the command of A_COMMAND ended with code 3; run it yourself to see why"},
		"a command that is killed":         {map[string]string{"A_COMMAND": "echo hush; kill -9 $$"}, "", "", "the command of A_COMMAND could not be run: signal: killed"},
		"a silent command":                 {map[string]string{"A_COMMAND": "true"}, "", "", "the command of A_COMMAND printed nothing"},
		"a talkative command":              {map[string]string{"A_COMMAND": "yes hush | head -c 70000"}, "", "", "printed more than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, found, err := environment(t, c.variables, c.env).Lookup("A")
			if c.err == "" {
				if err != nil || !found || got != c.want {
					t.Errorf("%q, %v, %v; want %q", got, found, err, c.want)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "hush") || got != "" {
				t.Errorf("%q, %v; want %q", got, err, c.err)
			}
		})
	}
}

func TestCommandsAreBoundedInTime(t *testing.T) {
	t.Parallel()
	e := environment(t, map[string]string{"A_COMMAND": "echo hush; sleep 60; true"}, "")
	e.patience = 50 * time.Millisecond
	began := time.Now()
	if _, _, err := e.Lookup("A"); err == nil || err.Error() != "the command of A_COMMAND has not ended after 50ms" {
		t.Error(err)
	}
	if time.Since(began) > 20*time.Second {
		t.Error("the command was waited for")
	}
}

// What a command has started ends with it.
func TestCommandsAreGivenUpWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := environment(t, map[string]string{"A_COMMAND": "(sleep 1; touch " + dir + "/late) ; true"}, "")
	e.patience = 200 * time.Millisecond
	if _, _, err := e.Lookup("A"); err == nil {
		t.Error("the command was waited for")
	}
	time.Sleep(1500 * time.Millisecond)
	if _, err := os.Stat(filepath.Join(dir, "late")); err == nil {
		t.Error("what the command had started went on")
	}
}

func TestCommandsRunOnceAndOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	e := environment(t, map[string]string{"A_COMMAND": "echo x >> DIR/ran; cat DIR/ran"}, "")
	if _, found, err := e.LookupStored("A"); found || err != nil {
		t.Errorf("a command was run for who can do without: %v, %v", found, err)
	}
	for range 3 {
		if got, _, err := e.Lookup("A"); got != "x" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	e := environment(t, map[string]string{"A": "1", "B_FILE": "x"}, "C_COMMAND=pass show c\n")
	for name, want := range map[string]Origin{
		"A": {Variable: "A"}, "B": {Variable: "B_FILE", Suffix: FileSuffix}, "C": {Variable: "C_COMMAND", Suffix: CommandSuffix, InFile: true}, "D": {},
	} {
		got, err := e.Origin(name)
		got.at, got.dir = Secret{}, ""
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestEnvironmentIsNotPrinted(t *testing.T) {
	t.Parallel()
	e := environment(t, map[string]string{"A": "hush", "B_COMMAND": "echo hush"}, "C=hush\n")
	for _, name := range []string{"A", "B", "C"} {
		if got, _, err := e.Lookup(name); got != "hush" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		o, err := e.Origin(name)
		if shown := fmt.Sprintf("%v %+v %#v %+v", o, o, o, e.known); err != nil || strings.Contains(shown, "hush") {
			t.Errorf("%s, %v", shown, err)
		}
	}
}

// A file that cannot be read, and a variable that cannot be told, leave what they are
// told about unset for who does not need it.
func TestLenientDecoderDoesWithoutWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	e := environment(t, map[string]string{"A_FILE": "DIR/nothing"}, "")
	for lenient, want := range map[bool]int{true: 0, false: 1} {
		var into struct {
			Token Secret `yaml:"token" need:"yes"`
		}
		d := Decoder{File: "f.yaml", Lookup: e.Lookup, Lenient: lenient}
		if problems := d.Decode([]byte("token: ${A}\n"), &into); len(problems) != want {
			t.Errorf("lenient %v: %v", lenient, problems)
		}
	}
}
