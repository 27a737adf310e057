package medallion

import "testing"

func TestRetrackedText(t *testing.T) {
	for name, c := range map[string]struct {
		redefined        string
		come, back, gone []string
		want             string
	}{
		"comes":          {"", []string{"a"}, nil, nil, "; versions from now on begin also with a, and up to 3 older ones show NULL there"},
		"two come":       {"from_now", []string{"a", "b"}, nil, nil, "; versions from now on begin also with a and b, and up to 3 older ones show NULL there"},
		"opens":          {"new_version", []string{"a"}, nil, nil, "; each key gets a version now, and up to 3 older ones show NULL in a"},
		"comes back":     {"", nil, []string{"a"}, nil, "; versions begin again, as if it had never gone, with a"},
		"goes":           {"new_version", nil, nil, []string{"a"}, "; versions that are there stay, and no more begin with a"},
		"one for one":    {"", []string{"a"}, nil, []string{"b"}, "; versions from now on begin also with a, and up to 3 older ones show NULL there; versions that are there stay, and no more begin with b"},
		"anew":           {"rebuild", []string{"a"}, []string{"b"}, nil, "; versions from the first event on begin also with a and b"},
		"anew, and goes": {"rebuild", nil, nil, []string{"a"}, "; versions become one that differ only in a"},
	} {
		if got := retrackedText(c.redefined, 3, c.come, c.back, c.gone); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
