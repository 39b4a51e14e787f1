package docs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGuideCommands runs the commands of the guides on the gate and on scenarios, beside
// the examples that they speak of.
func TestGuideCommands(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	for _, name := range []string{"gate.md", "scenarios.md"} {
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
