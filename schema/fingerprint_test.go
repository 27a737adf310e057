package schema

import "testing"

func TestDescriptionsAreNoPartOfADefinition(t *testing.T) {
	t.Parallel()
	plain := fingerprint(Entity{Name: "a", Columns: []Column{{Name: "x", Type: "text"}}})
	for name, c := range map[string]struct {
		e    Entity
		same bool
	}{
		"descriptions": {Entity{Name: "a", Description: "said", Tags: []string{"t"}, Owner: "me", Columns: []Column{{Name: "x", Type: "text", Description: "said", NoLint: map[string]string{"name": "why"}}}}, true},
		"a type":       {Entity{Name: "a", Columns: []Column{{Name: "x", Type: "integer"}}}, false},
		"a key":        {Entity{Name: "a", Key: []string{"x"}, Columns: []Column{{Name: "x", Type: "text"}}}, false},
	} {
		if got := fingerprint(c.e) == plain; got != c.same {
			t.Errorf("%s: equal %t, want %t", name, got, c.same)
		}
	}
}
