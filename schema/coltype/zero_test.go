package coltype_test

import (
	"math"
	"testing"

	"github.com/lodehq/lode/schema/coltype"
)

func TestFloatHasOneZero(t *testing.T) {
	t.Parallel()
	float, err := coltype.Standard().Parse("float")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"-0", "-0.0", "-0e5", `"-0"`, "0", "-1e-400"} {
		v, err := float.Decode([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if v.Float() != 0 || math.Signbit(v.Float()) {
			t.Errorf("%s is %v, want 0 without a sign", text, v.Float())
		}
	}
}
