//go:build unix

package background

import (
	"os"
	"os/exec"
	"syscall"
)

// detach gives the process a session of its own, which no terminal ends.
func detach(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// terminate lets requests in flight finish.
func terminate(process *os.Process) error { return process.Signal(syscall.SIGTERM) }
