package medallion_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode/medallion"
)

// Fields whose values change their type are drift, known to a mapping or not.
func TestDriftOfTypes(t *testing.T) {
	each(t, func(b *bench) {
		if found, err := b.Drift(b.t.Context()); err != nil || len(found) > 0 {
			b.t.Fatal(found, err)
		}
		b.items.Send(item(1, "a", "1.50"), `{"id":"2","name":"b","extra":1}`, `{"id":"3","name":"c","extra":"one","sparse":null}`, `{"id":"5","name":"e","sparse":"there"}`, item(4, "d", "1.2345"))
		b.run(medallion.Mode{})
		found, err := b.Drift(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		var got []string
		for _, d := range found {
			got = append(got, strings.Join([]string{d.Field, fmt.Sprint(d.Kinds), fmt.Sprint(d.Declared), d.TypeText()}, " "))
		}
		slices.Sort(got)
		want := []string{"extra [unmapped changing type] false number (1), string (1)", "price [changing type] true refused (1)", "sparse [unmapped] false null (1), string (1)"}
		if !slices.Equal(got, want) {
			b.t.Errorf("the drift is %q, want %q", got, want)
		}
	})
}
