package settings

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	lookup := func(name string) (string, bool, error) {
		value, ok := map[string]string{"HOST": "db", "EMPTY": "", "DOLLAR": "${HOST}", "_X1": "x"}[name]
		return value, ok, nil
	}
	for text, c := range map[string]struct{ want, used, err string }{
		"plain":                      {want: "plain"},
		"$HOST and $":                {want: "$HOST and $"},
		"${HOST}":                    {want: "db", used: "db"},
		"a${HOST}b${_X1}c":           {want: "adbbxc", used: "db x"},
		"${EMPTY:-other}":            {want: "other"},
		"${NONE:-}":                  {want: ""},
		"${NONE:-a:-b}":              {want: "a:-b"},
		"${HOST:-other}":             {want: "db", used: "db"},
		"$${HOST}":                   {want: "${HOST}"},
		"$$${HOST}":                  {want: "$${HOST}"},
		"${DOLLAR}":                  {want: "${HOST}", used: "${HOST}"}, // a value is not expanded again
		"${HOST":                     {err: `without "}"`},
		"${NONE}":                    {err: "NONE"},
		"${NONE} ${ALSO}":            {err: "ALSO"},
		"${}":                        {err: "${}"},
		"${1X}":                      {err: "1X"},
		"${A-B}":                     {err: "A-B"},
		"${HOST} and ${NONE} and ${": {err: "NONE", used: "db"},
	} {
		got, used, err := Expand(text, lookup)
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", text, err, c.err)
			continue
		}
		if used = slices.DeleteFunc(used, func(s string) bool { return s == "" }); err == nil && got != c.want || strings.Join(used, " ") != c.used {
			t.Errorf("%s became %q with %q, want %q with %q", text, got, used, c.want, c.used)
		}
	}
}

// What a variable holds shows in no message, however the message quotes it.
func TestMessagesConcealVariables(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"hunter2", `it"s`, "two\nlines", "back\\slash", "käse", "\x00\xff"} {
		for _, src := range []string{"limits: {timeout: '${X}'}", "limits: {timeout: 'a${X}b'}", "limits: {retries: '${X}'}"} {
			var into struct {
				Limits struct {
					Timeout Duration `yaml:"timeout"`
					Retries int      `yaml:"retries"`
				} `yaml:"limits"`
			}
			d := Decoder{File: "f.yaml", Lookup: func(string) (string, bool, error) { return secret, true, nil }}
			problems := d.Decode([]byte(src), &into)
			if len(problems) != 1 {
				t.Fatalf("%s with %q: %v", src, secret, problems)
			}
			message := problems[0].Error()
			for _, part := range []string{secret, strings.Trim(strconv.Quote(secret), `"`)} {
				if strings.Contains(message, part) {
					t.Errorf("%s shows %s", message, part)
				}
			}
		}
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	known := []string{"paging", "path", "key", "zone"}
	for word, want := range map[string]string{
		"pagin": "paging", "apging": "paging", "paht": "path", "kye": "key", "Key": "key", "zones": "zone",
		"something": "", "": "", "k": "", strings.Repeat("paging", 20): "",
	} {
		got := Suggest(word, known)
		if want != "" {
			want = `; did you mean "` + want + `"?`
		}
		if got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if Suggest("a", nil) != "" {
		t.Error("nothing is known, and something is suggested")
	}
}
