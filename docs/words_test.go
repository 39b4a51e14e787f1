package docs_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/openapi"
)

// documents are all that is written about the project, from here.
func documents(t *testing.T) []string {
	t.Helper()
	decisions, err := filepath.Glob("decisions/*.md")
	if err != nil || len(decisions) == 0 {
		t.Fatalf("no decisions: %v", err)
	}
	guides, err := filepath.Glob("*.md")
	if err != nil || len(guides) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	return slices.Concat([]string{readme, "../CONTRIBUTING.md"}, guides, decisions)
}

// TestLinks: what a document links to is there.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)\)`)
	for _, name := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(read(t, name), -1) {
			to := found[1]
			if strings.HasPrefix(to, "https://") {
				continue
			}
			if matches, err := filepath.Glob(filepath.Join(filepath.Dir(name), to)); err != nil || len(matches) == 0 {
				t.Errorf("%s links to %s, which is not there", name, to)
			}
		}
	}
}

// TestMakeTargets: each target that a document names is one of the Makefile's.
func TestMakeTargets(t *testing.T) {
	makefile := read(t, "../Makefile")
	named := regexp.MustCompile("(?m)(?:`|^)make ([a-z-]+)")
	for _, name := range documents(t) {
		for _, found := range named.FindAllStringSubmatch(read(t, name), -1) {
			if !strings.Contains(makefile, "\n"+found[1]+":") {
				t.Errorf("%s names make %s, which the Makefile does not have", name, found[1])
			}
		}
	}
}

// TestFlags: each flag that a document names is one of a command.
func TestFlags(t *testing.T) {
	twinbill := filepath.Join(binary(t), "twinbill")
	list, err := exec.CommandContext(t.Context(), twinbill, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	help := ""
	for _, found := range regexp.MustCompile(`(?m)^  ([a-z]+) {2,}`).FindAllStringSubmatch(string(list), -1) {
		out, err := exec.CommandContext(t.Context(), twinbill, found[1], "--help").Output()
		if err != nil {
			t.Fatalf("%s: %v", found[1], err)
		}
		help += string(out)
	}
	named := regexp.MustCompile("(?:`|`twinbill [a-z ]*)--([a-z-]+)")
	for _, name := range documents(t) {
		for _, found := range named.FindAllStringSubmatch(read(t, name), -1) {
			if !regexp.MustCompile(`(?m)^ +(-., )?--` + found[1] + `\b`).MatchString(help) {
				t.Errorf("%s names --%s, which no command takes", name, found[1])
			}
		}
	}
}

// TestPoints: README.md counts the points of the dialect.
func TestPoints(t *testing.T) {
	switchable := 0
	for _, p := range openapi.Points() {
		if p.Switchable {
			switchable++
		}
	}
	want := fmt.Sprintf("%d points, %d of them switchable", len(openapi.Points()), switchable)
	if !strings.Contains(read(t, readme), want) {
		t.Errorf("README.md does not say: %s", want)
	}
}
