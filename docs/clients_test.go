package docs_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestClientCommands runs the commands of the guide on clients, with a run file and a
// port of their own.
func TestClientCommands(t *testing.T) {
	for _, needed := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("%s is not installed", needed)
		}
	}
	r := newReader(t)
	t.Setenv("TWINBILL_ADDR", "127.0.0.1:0")
	t.Setenv("TWINBILL_RUN_FILE", filepath.Join(r.dir, "run.json"))
	t.Cleanup(func() { _ = exec.Command(filepath.Join(bin, "twinbill"), "stop").Run() })
	for _, b := range blocks(t, read(t, "clients.md")) {
		t.Run(fmt.Sprintf("line-%d", b.line), func(t *testing.T) {
			if printed := r.run(t, b); b.prints && !pattern(b.output, false).MatchString(printed) {
				t.Errorf("%s\nprints\n%s\nclients.md shows\n%s", b.script, printed, b.output)
			}
		})
	}
}
