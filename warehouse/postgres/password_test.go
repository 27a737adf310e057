package postgres_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/warehouse/postgres"
)

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
