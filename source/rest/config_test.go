package rest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source/rest"
)

// The files that a user writes are the specification of the keys.
func TestShopSourcesAreRead(t *testing.T) {
	t.Parallel()
	env := map[string]string{"CRM_URL": "http://localhost:1/crm", "CRM_CLIENT_ID": "lode", "CRM_CLIENT_SECRET": "hush-hush", "BILLING_URL": "http://localhost:1/billing", "BILLING_API_KEY": "hush-hush"}
	for file, streams := range map[string]string{"crm.yaml": "customers products", "billing.yaml": "accounts orders"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "shop", "sources", file))
		if err != nil {
			t.Fatal(err)
		}
		d := settings.Decoder{File: file, Skip: []string{"source", "type", "description"}, Lookup: func(n string) (string, bool, error) { v, ok := env[n]; return v, ok, nil }}
		c := rest.Connector{}.NewConfig()
		if problems := d.Decode(text, c); len(problems) > 0 {
			t.Error(problems)
		}
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
		var names []string
		for _, s := range c.Streams() {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != streams {
			t.Errorf("%s: streams %s", file, got)
		}
	}
}

func TestSchemaDocumentsEveryKey(t *testing.T) {
	t.Parallel()
	schema := string(settings.JSONSchema(rest.Connector{}.NewConfig(), "a REST source"))
	for _, key := range []string{`"base_url"`, `"until_param"`, `"max_wait"`, `"deletions"`, `"token_path"`, `"next_url"`} {
		if !strings.Contains(schema, key) {
			t.Errorf("no %s in the schema", key)
		}
	}
	if n := strings.Count(schema, `"description"`); n < 80 {
		t.Errorf("only %d keys are described", n)
	}
}
