package settings_test

import (
	"fmt"

	"github.com/lodehq/lode/settings"
)

// Every mistake of a file is reported at once, at its place.
func ExampleDecoder() {
	var config struct {
		BaseURL string          `yaml:"base_url" need:"yes" doc:"Where the API answers."`
		Token   settings.Secret `yaml:"token"`
		Retry   bool            `yaml:"retry"`
	}
	d := settings.Decoder{File: "crm.yaml", Lookup: func(name string) (string, bool, error) { return "hush", name == "TOKEN", nil }}
	problems := d.Decode([]byte("base_ur: http://localhost\ntoken: ${TOKEN}\nretry: maybe\n"), &config)
	fmt.Println(problems)
	fmt.Println(config.Token)
	// Output:
	// crm.yaml:1:1: base_ur: unknown key; did you mean "base_url"?
	// crm.yaml:1:1: "base_url" is missing: Where the API answers.
	// crm.yaml:3:8: retry: "maybe" where yes or no is wanted
	// [secret]
}
