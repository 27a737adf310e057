package cli

import "runtime/debug"

// BuildVersion is the version of a program that names none: that of its module, or the
// commit it was built from.
func BuildVersion(info *debug.BuildInfo, known bool) string {
	const unknown = "(devel)"
	if !known {
		return unknown
	}
	if v := info.Main.Version; v != "" && v != unknown {
		return v
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changed"
		}
	}
	if commit == "" {
		return unknown
	}
	return commit + changed
}
