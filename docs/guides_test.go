package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGuideCommands runs the commands of the guides on the gate, on scenarios and on
// faults, beside the examples that they speak of.
func TestGuideCommands(t *testing.T) {
	for _, needed := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("%s is not installed", needed)
		}
	}
	for _, name := range []string{"gate.md", "client-gate.md", "scenarios.md", "intercept.md", "serve.md", "faults.md", "control-api.md"} {
		r := newReader(t)
		if err := os.CopyFS(filepath.Join(r.dir, "examples"), os.DirFS("../examples")); err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks(t, read(t, name)) {
			t.Run(fmt.Sprintf("%s/line-%d", name, b.line), func(t *testing.T) {
				if printed := r.run(t, b); b.prints && !pattern(b.output, false).MatchString(printed) {
					t.Errorf("%s\nprints\n%s\n%s shows\n%s", b.script, printed, name, b.output)
				}
			})
		}
	}
}
