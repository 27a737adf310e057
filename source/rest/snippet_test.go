package rest

import (
	"strings"
	"testing"
)

// A secret that stands where a body is cut must not show, nor a part of it.
func TestSnippetHidesSecretsBeforeItCuts(t *testing.T) {
	t.Parallel()
	r := &redactor{}
	r.Hide("Sekret+pass42x")
	for pad := range 320 {
		a := &answer{hide: r.Text}
		if got := a.snippet([]byte(strings.Repeat("x", pad) + "Sekret+pass42x and more")); strings.Contains(got, "Sek") {
			t.Fatalf("after %d bytes: %s", pad, got)
		}
	}
}
