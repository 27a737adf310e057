package source_test

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode/source"
)

func ExampleRedactor() {
	var r source.Redactor
	r.Hide("hush hush", "hush")
	fmt.Println(r.Text("GET /hush?k=hush+hush: no 'hush hush'"))
	// Output: GET /[secret]?k=[secret]: no '[secret]'
}

func TestRedactorHidesEverySpelling(t *testing.T) {
	t.Parallel()
	var r source.Redactor
	if got := r.Text("nothing is known yet"); got != "nothing is known yet" {
		t.Error(got)
	}
	r.Hide("", "a", "ab", "a/b \"c\"", "longer-hush", "hush")
	for text, want := range map[string]string{
		"a ab": "a ab", "a/b \"c\"": "[secret]", "a%2Fb+%22c%22": "[secret]", "a%2Fb%20%22c%22": "[secret]", `"a/b \"c\""`: `"[secret]"`, "longer-hush": "[secret]", "aHVzaA==": "[secret]",
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
