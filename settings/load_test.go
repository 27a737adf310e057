package settings_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lodehq/lode/settings"
)

type shopAPI struct {
	URL   string          `yaml:"url" need:"yes" doc:"Where the shop's API answers."`
	Token settings.Secret `yaml:"token" need:"yes" env:"SHOP_TOKEN" doc:"Token of the API."`
}

type worker struct {
	Name  string
	Every time.Duration `yaml:"every" default:"1m"`
	Batch int           `yaml:"batch" default:"100"`
}

func (w worker) Validate() error {
	if w.Batch > 1000 {
		return settings.Problem{Path: "batch", Text: "at most 1000"}
	}
	return nil
}

type mail struct {
	Host string `yaml:"host" need:"yes"`
	Port int    `yaml:"port" default:"25"`
}

type appSettings struct {
	Listen  string            `yaml:"listen" default:":8080" doc:"Where the program listens."`
	Level   string            `yaml:"level" default:"info" oneof:"debug info warn" doc:"How much is logged."`
	Hosts   []string          `yaml:"hosts" default:"a.example, b.example"`
	Limit   *int              `yaml:"limit"`
	API     shopAPI           `yaml:"api"`
	Mail    *mail             `yaml:"mail"`
	Workers []worker          `yaml:"workers,keyed"`
	Labels  map[string]string `yaml:"labels"`
	From    int               `yaml:"from"`
	To      int               `yaml:"to" default:"9"`
}

func (s *appSettings) Validate() error {
	if s.From > s.To {
		return errors.Join(settings.Problem{Path: "from", Text: "is behind to"}, errors.New("nothing is between"))
	}
	return nil
}

func load(yaml string, env map[string]string) (appSettings, error) {
	return settings.Load[appSettings](settings.Prefix("APP_"), settings.Only(yaml, env))
}

func TestLoadPutsTheEnvironmentOverTheFileOverDefaults(t *testing.T) {
	t.Parallel()
	got, err := load(`
level: warn
listen: :1
api: {url: http://file}
workers: {slow: {every: 1h}, fast:}
to: ${TO:-7}
`, map[string]string{"APP_LISTEN": ":2", "SHOP_TOKEN": "hush", "APP_HOSTS": "x, y", "APP_LIMIT": "3", "APP_MAIL_HOST": "mx", "APP_LEVEL": "", "APP_FROM": "5"})
	if err != nil {
		t.Fatal(err)
	}
	three := 3
	want := appSettings{
		Listen: ":2", Level: "warn", Hosts: []string{"x", "y"}, Limit: &three, From: 5, To: 7,
		API: shopAPI{"http://file", settings.NewSecret("hush")}, Mail: &mail{"mx", 25},
		Workers: []worker{{"slow", time.Hour, 100}, {"fast", time.Minute, 100}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got, err = load("", map[string]string{"APP_API_URL": "u", "SHOP_TOKEN": "t"})
	if err != nil || got.Mail != nil || got.Limit != nil || got.To != 9 || !cmp.Equal(got.Hosts, []string{"a.example", "b.example"}) {
		t.Errorf("with no file: %+v, %v", got, err)
	}
}

func TestLoadTellsEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		yaml string
		env  map[string]string
		want string
	}{
		"nothing is set": {"", nil, `api: "url" is missing, and APP_API_URL is not set: Where the shop's API answers.
api: "token" is missing, and SHOP_TOKEN is not set: Token of the API.`},
		"file and environment": {"levl: info\napi: {url: '', token: x}\nworkers: {a: {batch: many}, b: {batch: 2000}}\nmail: {}\n", map[string]string{"APP_LIMIT": "hunter2", "APP_LEVEL": "hunter2", "APP_HOSTS": "a"}, `APP_LEVEL: level: "${APP_LEVEL}" is not one of debug, info, warn
APP_LIMIT: limit: "${APP_LIMIT}" where a whole number is wanted
settings.yaml:1:1: levl: unknown key; did you mean "level"?
settings.yaml:2:7: api.url: must have a value: Where the shop's API answers.
settings.yaml:3:22: workers.a.batch: "many" where a whole number is wanted
settings.yaml:3:33: workers.b.batch: at most 1000
settings.yaml:4:1: mail: "host" is missing, and APP_MAIL_HOST is not set`},
		"what Validate says stands at its key": {"api: {url: u, token: t}\nto: 3\n", map[string]string{"APP_FROM": "4"}, `APP_FROM: from: is behind to
settings.yaml:1:1: nothing is between`},
		"a list where settings belong": {"- a\n", nil, `settings.yaml:1:1: a list where a mapping is wanted (keys: listen, level, hosts, limit, api, mail, workers, labels, from, to)`},
		"a variable of the file":       {"api: {url: '${NOWHERE}', token: t}\n", nil, `settings.yaml:1:12: api.url: environment variable NOWHERE is not set; set it, put it into .env, or write ${NOWHERE:-default}`},
		"a secret's file":              {"api: {url: u}\n", map[string]string{"SHOP_TOKEN_FILE": "/nowhere/token"}, `SHOP_TOKEN: api.token: SHOP_TOKEN_FILE names a file that cannot be used: open /nowhere/token: no such file or directory`},
		"broken YAML":                  {"a: [\n", nil, "settings.yaml:2:1: while parsing a flow node: did not find expected node content"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := load(c.yaml, c.env)
			if err == nil || err.Error() != c.want {
				t.Errorf("%v\nwant\n%s", err, c.want)
			}
			if err != nil && !cmp.Equal(got, appSettings{}) {
				t.Error("settings that are wrong are handed out")
			}
		})
	}
}

func TestLoadReadsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"app.yaml":      "api: &api {url: http://file}\n",
		".env":          "LODE_TEST_API_URL=http://env\nSHOP_TOKEN=\nSHOP_TOKEN_FILE=secrets/token\n",
		"secrets/token": "from a file\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := settings.File(filepath.Join(dir, "app.yaml"))
	got, err := settings.Load[appSettings](file, settings.Prefix("LODE_TEST_"))
	if err != nil || got.API.URL != "http://env" || got.API.Token.Reveal() != "from a file" {
		t.Errorf("%+v, %v", got.API, err)
	}
	got, err = settings.Load[appSettings](file, settings.Prefix("LODE_TEST_"), settings.Only("", map[string]string{"LODE_TEST_API_URL": "only", "SHOP_TOKEN": "this"}))
	if err != nil || got.API.URL != "only" || got.API.Token.Reveal() != "this" {
		t.Errorf("with Only: %+v, %v", got.API, err)
	}
	if _, err = settings.Load[appSettings](settings.File(filepath.Join(dir, "other.yaml"))); err == nil || !strings.HasSuffix(err.Error(), "other.yaml: is missing") {
		t.Errorf("a file that must be there: %v", err)
	}
	if _, err = settings.Load[struct{}](settings.FileIfThere(filepath.Join(dir, "other.yaml"))); err != nil {
		t.Errorf("a file that may be missing: %v", err)
	}
}

// An anchor that two keys share is not changed for both by a variable of one.
func TestLoadLeavesAnchorsAlone(t *testing.T) {
	t.Parallel()
	type both struct {
		A mail `yaml:"a"`
		B mail `yaml:"b"`
	}
	got, err := settings.Load[both](settings.Prefix("P_"), settings.Only("a: &m {host: one, port: 1}\nb: *m\n", map[string]string{"P_B_HOST": "two"}))
	if err != nil || got.A.Host != "one" || got.B.Host != "two" || got.B.Port != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLoadRefusesVariablesWithTwoMeanings(t *testing.T) {
	t.Parallel()
	type twice struct {
		Token     settings.Secret `yaml:"token"`
		TokenFile string          `yaml:"token_file"`
	}
	_, err := settings.Load[twice](settings.Prefix("X_"), settings.Only("", nil))
	if err == nil || !strings.Contains(err.Error(), "token_file: the variable X_TOKEN_FILE also speaks of token") {
		t.Error(err)
	}
	if _, err := settings.Load[twice](settings.Only("", nil)); err != nil {
		t.Errorf("without a prefix there are no variables: %v", err)
	}
}

func TestExampleFileAndSchema(t *testing.T) {
	t.Parallel()
	want := `# Copy this file to .env, which git ignores, and put secrets there. Instead of NAME, NAME_FILE can
# name the file that holds the value, or NAME_COMMAND the command that prints it.

# Where the program listens.
#APP_LISTEN=:8080

# How much is logged. One of debug, info, warn.
#APP_LEVEL=info

# hosts. A list, with commas.
#APP_HOSTS='a.example, b.example'

# limit.
#APP_LIMIT=

# Where the shop's API answers. Must be set, here or in the file.
APP_API_URL=

# Token of the API. Must be set, here or in the file. A secret.
SHOP_TOKEN=

# mail.host. Must be set, here or in the file.
APP_MAIL_HOST=

# mail.port.
#APP_MAIL_PORT=25

# from.
#APP_FROM=

# to.
#APP_TO=9
`
	if diff := cmp.Diff(want, settings.Example[appSettings](settings.Prefix("APP_"))); diff != "" {
		t.Error(diff)
	}
	schema := string(settings.Schema[appSettings]("Settings of the app", settings.Prefix("APP_")))
	for _, part := range []string{`"default": 9`, `"default": "1m"`, `Token of the API. Set by SHOP_TOKEN, too.`} {
		if !strings.Contains(schema, part) {
			t.Errorf("the schema says nothing of %s:\n%s", part, schema)
		}
	}
	if strings.Contains(schema, `"required"`) {
		t.Error("a key is required that a variable can set")
	}
}

// The example file, as it is, can be copied and read: what is blank is not set.
func TestExampleFileCanBeRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte(settings.Example[appSettings](settings.Prefix("LODE_TEST_"))), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := settings.Load[appSettings](settings.Env(path), settings.Prefix("LODE_TEST_"))
	var problems settings.Problems
	if !errors.As(err, &problems) || len(problems) != 2 {
		t.Errorf("two keys are missing: %v", err)
	}
}

// Settings of an application: the tags say how they are spelled, what they mean and what
// is needed; a test hands in what file and environment would.
func ExampleLoad() {
	type Config struct {
		Listen  string        `yaml:"listen" default:":8080" doc:"Where the program listens."`
		Timeout time.Duration `yaml:"timeout" default:"30s" doc:"How long a request may take."`
		Shop    struct {
			URL   string          `yaml:"url" need:"yes" doc:"Where the shop's API answers."`
			Token settings.Secret `yaml:"token" need:"yes" doc:"Token of the API."`
		} `yaml:"shop"`
	}
	// A program reads settings.File("app.yaml") with .env beside it and the environment.
	c, err := settings.Load[Config](settings.Prefix("APP_"), settings.Only("shop: {url: http://localhost}", map[string]string{"APP_SHOP_TOKEN": "hush", "APP_LISTEN": ":80"}))
	fmt.Println(c.Listen, c.Timeout, c.Shop.URL, c.Shop.Token, len(c.Shop.Token.Reveal()), err)

	_, err = settings.Load[Config](settings.Prefix("APP_"), settings.Only("timeout: soon\nshop: {}", nil))
	fmt.Println(err)
	// Output:
	// :80 30s http://localhost [secret] 4 <nil>
	// settings.yaml:1:10: timeout: "soon" is no duration; write for example 30s, 10m or 7d
	// settings.yaml:2:1: shop: "url" is missing, and APP_SHOP_URL is not set: Where the shop's API answers.
	// settings.yaml:2:1: shop: "token" is missing, and APP_SHOP_TOKEN is not set: Token of the API.
}

// The variables of an application, as a file to begin with.
func ExampleExample() {
	type Config struct {
		Listen string          `yaml:"listen" default:":8080" doc:"Where the program listens."`
		Token  settings.Secret `yaml:"token" need:"yes" env:"SHOP_TOKEN" doc:"Token of the shop."`
	}
	fmt.Print(settings.Example[Config](settings.Prefix("APP_")))
	// Output:
	// # Copy this file to .env, which git ignores, and put secrets there. Instead of NAME, NAME_FILE can
	// # name the file that holds the value, or NAME_COMMAND the command that prints it.
	//
	// # Where the program listens.
	// #APP_LISTEN=:8080
	//
	// # Token of the shop. Must be set, here or in the file. A secret.
	// SHOP_TOKEN=
}

// Whatever the file holds, settings come or a message does, and what a variable holds is
// in neither's message.
func FuzzLoad(f *testing.F) {
	f.Add("api: &a {url: u, token: t}\nmail: *a\nworkers: {a: *a}\n", "hushhush")
	f.Add("api:\nmail: [x]\nworkers: 1\n? [api]\n: 2\napi: 3\n", "${hushhush}")
	f.Add("~", "0")
	f.Add("api: &a {url: *a}\nmail: {<<: *a}\n", "hushhush, b")
	f.Fuzz(func(t *testing.T, src, value string) {
		got, err := load(src, map[string]string{"APP_LIMIT": value + "hushhush", "APP_API_URL": value, "APP_MAIL_PORT": value, "APP_HOSTS": value, "SHOP_TOKEN": value, "APP_LEVEL": "hushhush"})
		switch {
		case err == nil:
			t.Errorf("%+v: a limit that is no number is taken", got)
		case strings.Contains(err.Error(), "hushhush") && !strings.Contains(src, "hushhush"):
			t.Error(err)
		}
	})
}
