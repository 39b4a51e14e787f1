package background

import (
	"os"
	"os/exec"
	"syscall"
)

const (
	detachedProcess = 0x00000008 // without the console of its parent
	newProcessGroup = syscall.CREATE_NEW_PROCESS_GROUP
)

func detach(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{CreationFlags: detachedProcess | newProcessGroup, HideWindow: true}
}

// terminate ends the process at once: a process without a console takes no signal.
func terminate(process *os.Process) error { return process.Kill() }
