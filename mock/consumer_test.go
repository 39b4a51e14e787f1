package mock_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// consumed is a test of somebody else's module.
const consumed = `package consumer

import (
	"testing"

	"github.com/twinbill/twinbill/mock"
)

func TestTwin(t *testing.T) { mock.Start(t) }
`

// maxModules is how many modules the graph of a consumer may hold, its own included. gin,
// kin-openapi, oapi-codegen's runtime and go-memdb alone make it 78; docs/go-tests.md has
// the figures. Raise it only with them.
const maxModules = 110

// unlinked are the packages, with all below them, that a consumer's test does not link.
// A path that ends with $ stands for that package alone.
var unlinked = []string{
	"github.com/twinbill/twinbill/cmd",
	"github.com/twinbill/twinbill/conformance",
	"github.com/chromedp",
	"github.com/spf13",
	"github.com/prometheus",        // brings a second encoder and 17 modules for one page of text
	"github.com/pb33f/libopenapi$", // links every model it has, and what compares them
	"github.com/pb33f/libopenapi/what-changed",
	"github.com/anishathalye/porcupine",
	"github.com/rogpeppe/go-internal",
	"github.com/bytedance/sonic",
}

// TestConsumerModule looks at a module that imports mock in a test as its owner would:
// what is in its graph, and what is linked.
func TestConsumerModule(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"client_test.go": consumed,
		"go.sum":         string(sums),
		"go.mod": "module example.com/consumer\n\ngo 1.26.0\n\nrequire github.com/twinbill/twinbill v0.0.0\n\n" +
			"replace github.com/twinbill/twinbill => " + root + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list := func(arguments ...string) []string {
		t.Helper()
		command := exec.CommandContext(t.Context(), "go", append([]string{"list", "-mod=mod"}, arguments...)...)
		command.Dir, command.Env = dir, append(os.Environ(), "GOWORK=off")
		var said strings.Builder
		command.Stderr = &said
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", command.Args, err, said.String())
		}
		return strings.Fields(string(out))
	}

	packages := list("-deps", "-test", ".") // also completes go.mod
	if !slices.Contains(packages, "github.com/twinbill/twinbill/mock") {
		t.Fatalf("the consumer links no twin: %v", packages)
	}
	for _, p := range packages {
		for _, no := range unlinked {
			exactly, alone := strings.CutSuffix(no, "$")
			if p == exactly || !alone && strings.HasPrefix(p, no+"/") {
				t.Errorf("a test that imports mock links %s", p)
			}
		}
	}
	if modules := list("-m", "-f", "{{.Path}}", "all"); len(modules) > maxModules {
		t.Errorf("%d modules in the graph of a consumer, and %d are the most:\n%s", len(modules), maxModules, strings.Join(modules, "\n"))
	}
}
