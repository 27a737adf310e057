//go:build !unix

package settings

import "os/exec"

// endTogether would let a command end with all that it has started; here only the command ends.
func endTogether(*exec.Cmd) {}
