//go:build unix

package settings

import (
	"os/exec"
	"syscall"
)

// endTogether lets a command that is given up end with all that it has started.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
