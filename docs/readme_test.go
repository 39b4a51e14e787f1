// Package docs_test holds README.md to what the product does: every command in it is
// run, and what it prints is compared.
package docs_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the numbers that the commands print into README.md")

const (
	readme     = "../README.md"
	documented = "127.0.0.1:4610" // the address that README.md shows
	verify     = "go run ./cmd/twinbill verify"
)

var bin string // the directory of the binary, once a test has asked for it

func TestMain(m *testing.M) {
	code := m.Run()
	if bin != "" {
		_ = os.RemoveAll(bin)
	}
	os.Exit(code)
}

// binary builds twinbill, once, and returns its directory.
func binary(t *testing.T) string {
	t.Helper()
	if bin != "" {
		return bin
	}
	dir, err := os.MkdirTemp("", "twinbill-docs-")
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", filepath.Join(dir, "twinbill"), "../cmd/twinbill")
	if output, err := build.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir)
		t.Fatalf("%v\n%s", err, output)
	}
	bin = dir
	return bin
}

// block is the commands of one sh fence, and the text fence that follows it, if any
// does before the next commands.
type block struct {
	line    int // of the fence
	script  string
	output  string
	prints  bool
	from, n int // where in the document the output stands
}

var fence = regexp.MustCompile("(?ms)^```(sh|text)\n(.*?)^```$")

func blocks(t *testing.T, document string) []block {
	t.Helper()
	var out []block
	for _, at := range fence.FindAllStringSubmatchIndex(document, -1) {
		text := document[at[4]:at[5]]
		if document[at[2]:at[3]] == "sh" {
			out = append(out, block{line: 1 + strings.Count(document[:at[0]], "\n"), script: text})
			continue
		}
		if len(out) == 0 || out[len(out)-1].prints {
			t.Fatalf("an output stands without commands: %s", text)
		}
		last := &out[len(out)-1]
		last.output, last.prints, last.from, last.n = text, true, at[4], len(text)
	}
	if len(out) == 0 {
		t.Fatal("README.md has no commands")
	}
	return out
}

func TestReadmeCommands(t *testing.T) {
	for _, needed := range []string{"bash", "curl", "sed"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("%s is not installed", needed)
		}
	}
	r := newReader(t)
	document := read(t, readme)
	changed := document
	for _, b := range blocks(t, document) {
		ok := t.Run(fmt.Sprintf("line-%d", b.line), func(t *testing.T) {
			printed := r.run(t, b)
			switch {
			case !b.prints || pattern(b.output, false).MatchString(printed):
			case *update && pattern(b.output, true).MatchString(printed):
				shift := len(changed) - len(document)
				changed = changed[:b.from+shift] + renumbered(b.output, printed) + changed[b.from+shift+b.n:]
			default:
				t.Errorf("%s\nprints\n%s\nREADME.md shows\n%s\n(where only numbers differ: go test ./docs -update)", b.script, printed, b.output)
			}
		})
		if !ok {
			break // later blocks build on this one
		}
	}
	if changed != document {
		if err := os.WriteFile(readme, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// reader does what README.md says, block by block, in one directory.
type reader struct {
	dir    string
	path   string // PATH with the binary on it
	ci     string // what CI runs
	server func() // stops the twin that runs
	addr   string // of the twin that runs
}

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{dir: t.TempDir(), addr: documented, server: func() {}}
	r.path = binary(t) + string(os.PathListSeparator) + os.Getenv("PATH")
	for _, name := range []string{"../.ci/run", "../.ci/node"} {
		r.ci += read(t, name)
	}
	t.Cleanup(func() { r.server() })
	return r
}

// run performs the commands of a block and returns what they print. What CI runs by
// itself is not run again here: a make target, and the suite through `go run`, which
// runs by the binary.
func (r *reader) run(t *testing.T, b block) string {
	t.Helper()
	var script []string
	for _, line := range strings.Split(b.script, "\n") {
		switch {
		case strings.HasPrefix(line, "make "):
			if !strings.Contains(r.ci, line) {
				t.Errorf("CI does not run %q", line)
			}
			continue
		case line == verify:
			if !strings.Contains(r.ci, line) {
				t.Errorf("CI does not run %q", line)
			}
			line = "twinbill verify"
		}
		script = append(script, line)
	}
	text := strings.TrimSpace(strings.Join(script, "\n"))
	if strings.HasPrefix(text, "twinbill serve") {
		return r.serve(t, text)
	}
	return r.shell(t, text)
}

// shell runs a script. Variables that it sets are there for the next one.
func (r *reader) shell(t *testing.T, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	script = "set -a\n[ -f .env ] && . ./.env\n" + strings.ReplaceAll(script, documented, r.addr) + "\nexport -p >.env\n"
	command := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	command.Dir, command.Env = r.dir, append(os.Environ(), "PATH="+r.path)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", script, err, output)
	}
	printed := strings.ReplaceAll(string(output), "\r", "")
	return strings.ReplaceAll(printed, r.addr, documented)
}

// serve starts the twin on a free port in place of the documented one, and of the twin
// that ran before. It returns what the twin prints when it is ready.
func (r *reader) serve(t *testing.T, command string) string {
	t.Helper()
	r.server()
	arguments := slices.Concat(strings.Fields(command)[1:], []string{"--addr", "127.0.0.1:0"})
	twin := exec.Command(filepath.Join(strings.SplitN(r.path, string(os.PathListSeparator), 2)[0], "twinbill"), arguments...)
	twin.Dir = r.dir
	var complaints bytes.Buffer
	twin.Stderr = &complaints
	stdout, err := twin.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := twin.Start(); err != nil {
		t.Fatal(err)
	}
	r.server = func() {
		_ = twin.Process.Signal(syscall.SIGTERM)
		_ = twin.Wait()
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on http://")
	if !ok {
		r.server()
		t.Fatalf("%s does not start: %s", command, complaints.String())
	}
	r.addr = addr
	return strings.ReplaceAll(line, addr, documented)
}

var (
	seconds = regexp.MustCompile(`\d+\\\.\d+ s`)
	digits  = regexp.MustCompile(`\d+`)
	spaces  = regexp.MustCompile(` {2,}`)
	took    = regexp.MustCompile(`\d+\.\d+ s`)
)

// pattern matches what a documented output stands for: a line of three dots is any
// number of lines, three dots within one any text, and seconds are any. A loose one
// takes any number for a number.
func pattern(output string, loose bool) *regexp.Regexp {
	var re strings.Builder
	re.WriteString(`\A\n*`)
	for line := range strings.Lines(strings.TrimSpace(output) + "\n") {
		switch line = strings.TrimSuffix(line, "\n"); line {
		case "":
		case "...":
			re.WriteString(`(?:[^\n]*\n)*?`)
		default:
			re.WriteString("(" + lineOf(line, loose) + `)(?:\n+|\z)`)
		}
	}
	re.WriteString(`\z`)
	return regexp.MustCompile(re.String())
}

func lineOf(line string, loose bool) string {
	quoted := seconds.ReplaceAllString(regexp.QuoteMeta(line), `\d+\.\d+ s`)
	if loose {
		quoted = digits.ReplaceAllString(quoted, `\d+`)
	}
	quoted = spaces.ReplaceAllString(quoted, " +")
	return strings.ReplaceAll(quoted, `\.\.\.`, `[^\n]*`)
}

// renumbered is a documented output with the numbers that were printed, save the seconds.
func renumbered(output, printed string) string {
	found := pattern(output, true).FindStringSubmatch(printed)[1:]
	lines := strings.Split(output, "\n")
	for i, line := range lines {
		if line == "..." || line == "" {
			continue
		}
		if !strings.Contains(line, "...") {
			lines[i] = took.ReplaceAllLiteralString(found[0], took.FindString(line))
		}
		found = found[1:]
	}
	return strings.Join(lines, "\n")
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
