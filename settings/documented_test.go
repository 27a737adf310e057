package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/settings"
)

// Config is what the report sender is told from outside.
type Config struct {
	Listen   string          `yaml:"listen" default:":8080" doc:"Where the program listens."`
	Level    string          `yaml:"level" default:"info" oneof:"debug info warn" doc:"How much is logged."`
	Database settings.Secret `yaml:"database" need:"yes" env:"DATABASE_URL" doc:"Address of the database."`
	Mail     Mail            `yaml:"mail"`
}

// Mail is how reports are sent.
type Mail struct {
	Host string        `yaml:"host" need:"yes" doc:"The mail server."`
	To   []string      `yaml:"to" need:"yes" doc:"Who gets the reports."`
	Wait time.Duration `yaml:"wait" default:"30s" doc:"How long it may take to answer."`
}

// Validate says what tags cannot.
func (m Mail) Validate() error {
	if len(m.To) > 20 {
		return settings.Problem{Path: "to", Text: "at most 20 people; make it a list of the mail server"}
	}
	return nil
}

// LoadConfig reads report.yaml, .env beside it, and the environment.
func LoadConfig(more ...settings.Option) (Config, error) {
	return settings.Load[Config](append([]settings.Option{settings.File("report.yaml"), settings.Prefix("REPORT_")}, more...)...)
}

func TestSettingsAsDocumented(t *testing.T) {
	t.Parallel()
	config, err := LoadConfig(settings.Only("mail: {host: localhost, to: me@example.com}", map[string]string{"DATABASE_URL": "postgres://test"}))
	if err != nil || config.Mail.To[0] != "me@example.com" || config.Mail.Wait != 30*time.Second || config.Database.Reveal() != "postgres://test" {
		t.Errorf("%+v, %v", config, err)
	}
	page := read(t, filepath.Join("..", "docs", "settings.md"))
	_, err = LoadConfig(settings.Only("listn: x\nmail: {host: localhost}\n", map[string]string{"REPORT_LEVEL": "hunter2"}))
	if err == nil || !strings.Contains(page, err.Error()) {
		t.Errorf("the page does not show:\n%v", err)
	}
	_, err = LoadConfig(settings.Only("database: x\nmail: {host: localhost}\n", map[string]string{"REPORT_MAIL_TO": strings.Repeat("x,", 21)}))
	if err == nil || err.Error() != "REPORT_MAIL_TO: mail.to: at most 20 people; make it a list of the mail server" {
		t.Error(err)
	}
	compiled := read(t, "documented_test.go")
	for _, block := range strings.Split(page, "```go\n")[1:] {
		code, _, _ := strings.Cut(block, "```")
		if !strings.Contains(compiled, code) {
			t.Errorf("no test compiles this code of the page:\n%s", code)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
