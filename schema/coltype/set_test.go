package coltype_test

import (
	"testing"

	"github.com/lodehq/lode/schema/coltype"
)

func TestMeant(t *testing.T) {
	for spec, want := range map[string]string{
		"decimall(18,2)": "decimal(18,2)", "decimal(50,2)": "decimal(18,2)", "Integer": "integer", "bigint": "integer",
		"numeric(10,2)": "decimal(18,2)", "timestam(Europe/Berlin)": "timestamp(Europe/Berlin)", "quaternion": "", "blob": "", "bytea": "", "interval": "",
	} {
		got := ""
		if t := coltype.Standard().Meant(spec); t != nil {
			got = t.Name()
		}
		if got != want {
			t.Errorf("Meant(%q) = %q, want %q", spec, got, want)
		}
	}
}
