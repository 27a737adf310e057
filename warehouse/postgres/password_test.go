package postgres_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/warehouse/postgres"
)

// What is hidden of an address is hidden as a whole, and leaves the rest of the message as it is.
func TestMessagesAboutAnAddressCanBeRead(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"postgres://u@127.0.0.1:1/x?sslmode=bogus":        "sslmode=bogus`: failed to configure TLS",
		"postgres://u:g@127.0.0.1:1/x?sslmode=bogus":      "sslmode=bogus`: failed to configure TLS",
		"postgres://u:Secret@127.0.0.1:1/x?sslmode=bogus": "failed to configure TLS",
		"postgres:Secret":                                   "read PostgreSQL address: it does not begin with postgres://; write postgres://user:password@host/database",
		"postgres:u:Secret@127.0.0.1/x":                     "it does not begin with postgres://",
		"postgres:host=127.0.0.1 password=Secret port=none": "it does not begin with postgres://",
	} {
		_, err := postgres.Driver{}.Open(t.Context(), address)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A password with characters that end it in an address must not show, nor a part of it.
func TestPasswordsThatCutAnAddress(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"p@ss#Secret", "p@topSecret/x%zz", "top@Secret99", "Secret%zz", "a/Secret"} {
		_, err := postgres.Driver{}.Open(t.Context(), "postgres://u:"+password+"@127.0.0.1:1/x?connect_timeout=1")
		if err == nil {
			t.Errorf("%s: opened", password)
		} else if strings.Contains(err.Error(), "Secret") {
			t.Errorf("the error shows a part of the password: %v", err)
		}
	}
}
