package settings

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a .env holds, or what is wrong with it, never with a text of it that may be secret.
func TestEnvFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want map[string]string
		err  []string
	}{
		"lines":               {"A=1\n# A=2\nexport B='two words' # A=3\n\nC: x\nD.E=4\n", map[string]string{"A": "1", "B": "two words", "C": "x", "D.E": "4"}, nil},
		"a byte order mark":   {"\xef\xbb\xbfA=1\n", map[string]string{"A": "1"}, nil},
		"lines with returns":  {"A=1\r\nB=2\r\n", map[string]string{"A": "1", "B": "2"}, nil},
		"several lines":       {"A='1\nA=2\nA B=3'\nB=x\n", map[string]string{"A": "1\nA=2\nA B=3", "B": "x"}, nil},
		"another variable":    {"A=1\nB=${A}2\n", map[string]string{"A": "1", "B": "12"}, nil},
		"a name with a space": {"A=1\nB hush=hush\n", nil, []string{"2:1: cannot be read; write NAME=value, one a line, values with spaces in quotes; a name has letters, digits and _"}},
		"no name":             {"A=1\nhush", nil, []string{"2:1: cannot be read"}},
		"an empty name":       {"=hush\n", nil, []string{"1:1: cannot be read"}},
		"twice":               {"A=hush\nB=1\n\nA=hush\nB C=3\n", nil, []string{"4:1: A stands twice, first on line 1; keep one of them", "5:1: cannot be read"}},
		"twice, behind lines": {"A='\n\n'\nB=1\nA=2\n", nil, []string{"5:1: A stands twice, first on line 1"}},
		"broken":              {"A=1\nhush hush\nB=2\n", nil, []string{"2:1: cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), ".env")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, problems := readEnv(path)
			if !maps.Equal(got, c.want) || len(problems) != len(c.err) {
				t.Fatalf("%v, %v", got, problems)
			}
			for i, p := range problems {
				if shown := p.String(); !strings.HasPrefix(shown, path+":"+c.err[i]) || strings.Contains(shown, "hush") {
					t.Errorf("%s; want %s", shown, c.err[i])
				}
			}
		})
	}
}
