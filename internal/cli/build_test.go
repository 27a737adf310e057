package cli

import (
	"runtime/debug"
	"testing"
)

func TestBuildVersion(t *testing.T) {
	t.Parallel()
	built := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: "example.com/shop", Version: version}, Settings: settings}
	}
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123"}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3":               built("v1.2.3", commit),
		"0123456789ab":         built("(devel)", commit, debug.BuildSetting{Key: "vcs.modified", Value: "false"}),
		"0123456789ab+changed": built("", commit, debug.BuildSetting{Key: "vcs.modified", Value: "true"}),
		"(devel)":              built("(devel)"),
	} {
		if got := BuildVersion(info, true); got != want {
			t.Errorf("version %q, want %q", got, want)
		}
	}
	if got := BuildVersion(nil, false); got != "(devel)" {
		t.Errorf("of a program without build information: %q", got)
	}
}
