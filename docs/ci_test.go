package docs_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/twinbill/twinbill/mock"
)

// action is what GitHub reads of a composite action; another key is a mistake.
type action struct {
	Name, Description, Author string
	Branding                  struct{ Icon, Color string }
	Inputs                    map[string]struct {
		Description, Default string
		Required             bool
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

type step struct {
	ID, Name, Shell, Run, Uses, If string
	Env, With                      map[string]string
}

// always reports whether a step runs after another has failed.
func (s step) always() bool { return strings.Contains(s.If, "always()") }

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	if err := yaml.UnmarshalWithOptions([]byte(read(t, "../action.yml")), &a, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAction: the scripts take nothing but environment variables, and what is used of
// others is pinned to a commit.
func TestAction(t *testing.T) {
	a := readAction(t)
	if a.Runs.Using != "composite" || a.Name == "" || a.Description == "" {
		t.Errorf("no composite action: %+v", a)
	}
	used := map[string]bool{}
	expression := regexp.MustCompile(`\$\{\{ *inputs\.([a-z-]+) *\}\}`)
	for _, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %q: an expression stands in its script", s.Name)
		}
		if s.Run != "" && s.Shell != "bash" {
			t.Errorf("step %q: shell %q", s.Name, s.Shell)
		}
		if s.Uses != "" && !regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`).MatchString(s.Uses) {
			t.Errorf("step %q: %s is not pinned to a commit", s.Name, s.Uses)
		}
		for _, values := range []map[string]string{s.Env, s.With} {
			for _, value := range values {
				for _, found := range expression.FindAllStringSubmatch(value, -1) {
					used[found[1]] = true
					if _, ok := a.Inputs[found[1]]; !ok {
						t.Errorf("step %q: there is no input %s", s.Name, found[1])
					}
				}
			}
		}
	}
	for name, input := range a.Inputs {
		if !used[name] || input.Description == "" {
			t.Errorf("input %s is used by no step, or not described", name)
		}
	}
	document := read(t, "ci.md")
	for name := range a.Inputs {
		if !strings.Contains(document, "| `"+name+"` |") {
			t.Errorf("ci.md does not list the input %s", name)
		}
	}
}

// ran is what a job made of the action.
type ran struct {
	failed   string            // the step that failed, if any
	outputs  map[string]string // of all steps
	uploaded []string          // files of the artifact
	summary  string
	log      string
	home     string // the job's directory
}

// job runs the action as a runner would, on Linux. Variables come on top of the
// machine's.
func job(t *testing.T, inputs map[string]string, variables ...string) ran {
	t.Helper()
	a := readAction(t)
	home, temporary := t.TempDir(), t.TempDir()
	out := ran{outputs: map[string]string{}, home: home}
	path := os.Getenv("PATH")
	for _, v := range variables {
		if p, ok := strings.CutPrefix(v, "PATH="); ok {
			path = p
		}
	}
	value := func(text string) string {
		return regexp.MustCompile(`\$\{\{ *(\S+) *\}\}`).ReplaceAllStringFunc(text, func(e string) string {
			name := strings.TrimSpace(strings.Trim(e, "${}"))
			if input, ok := strings.CutPrefix(name, "inputs."); ok {
				if given, ok := inputs[input]; ok {
					return given
				}
				return a.Inputs[input].Default
			}
			parts := strings.Split(name, ".") // steps.ID.outputs.NAME
			if len(parts) != 4 || parts[0] != "steps" {
				t.Fatalf("%s is nothing that this runner knows", e)
			}
			return out.outputs[parts[3]]
		})
	}
	for i, s := range a.Runs.Steps {
		if out.failed != "" && !s.always() {
			continue
		}
		if s.Uses != "" {
			for pattern := range strings.Lines(value(s.With["path"])) {
				out.uploaded = append(out.uploaded, kept(t, filepath.Join(home, strings.TrimSpace(pattern)))...)
			}
			continue
		}
		file := func(name string) string { return filepath.Join(temporary, fmt.Sprintf("%s-%d", name, i)) }
		script := file("script.sh")
		if err := os.WriteFile(script, []byte(s.Run), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
		command.Dir = home
		command.Env = slices.Concat(os.Environ(), variables, []string{
			"PATH=" + path, "GITHUB_ACTIONS=true", "RUNNER_OS=Linux", "RUNNER_ARCH=" + map[string]string{"amd64": "X64", "arm64": "ARM64"}[runtime.GOARCH],
			"RUNNER_TEMP=" + temporary, "GITHUB_OUTPUT=" + file("output"), "GITHUB_PATH=" + file("path"), "GITHUB_STEP_SUMMARY=" + file("summary"),
		})
		for name, text := range s.Env {
			command.Env = append(command.Env, name+"="+value(text))
		}
		log, err := command.CombinedOutput()
		out.log += string(log)
		if err != nil {
			out.failed = s.Name
		}
		for line := range strings.Lines(optional(file("output"))) {
			name, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			out.outputs[name] = text
		}
		for line := range strings.Lines(optional(file("path"))) {
			path = strings.TrimSpace(line) + string(os.PathListSeparator) + path
		}
		out.summary += optional(file("summary"))
	}
	return out
}

// kept are the names of the files that a path of an artifact stands for.
func kept(t *testing.T, pattern string) []string {
	t.Helper()
	places, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, place := range places {
		err := filepath.WalkDir(place, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				files = append(files, filepath.Base(path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// optional is what a file holds, if it is there.
func optional(name string) string {
	data, _ := os.ReadFile(name)
	return string(data)
}

// releases serves a release of the tree as v1.0.0, whose checksums a test may change.
func releases(t *testing.T, checksums func(string) string) *httptest.Server {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the job is one of a Linux runner")
	}
	for _, needed := range []string{"bash", "curl", "sha256sum"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("%s is not installed", needed)
		}
	}
	name := "twinbill_linux_" + runtime.GOARCH
	data, err := os.ReadFile(filepath.Join(binary(t), "twinbill"))
	if err != nil {
		t.Fatal(err)
	}
	sums := fmt.Sprintf("%x  twinbill_windows_amd64.exe\n%x  %s\n", sha256.Sum256(nil), sha256.Sum256(data), name)
	files := map[string][]byte{name: data, "SHA256SUMS": []byte(checksums(sums))}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file := strings.TrimPrefix(r.URL.Path, "/download/v1.0.0/")
		if file == r.URL.Path {
			file = strings.TrimPrefix(r.URL.Path, "/latest/download/")
		}
		body, ok := files[file]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server
}

func sound(sums string) string { return sums }

// deployment serves a twin.
func deployment(t *testing.T, options ...mock.Option) string {
	t.Helper()
	twin, err := mock.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(twin)
	t.Cleanup(server.Close)
	return server.URL
}

var reportFiles = []string{"twinbill.html", "twinbill.json", "twinbill.md", "twinbill.xml"}

// TestActionPasses: a deployment that conforms passes, and its reports are kept.
func TestActionPasses(t *testing.T) {
	from := releases(t, sound)
	for _, version := range []string{"latest", "v1.0.0"} {
		got := job(t, map[string]string{
			"version": version, "releases": from.URL, "url": deployment(t), "reports": "my reports", "fail-on-warnings": "true",
			"args": "--run=ripple/account/*\n\n--seed=1\n",
		})
		if got.failed != "" || got.outputs["exit-code"] != "0" || got.outputs["reports"] != "my reports" {
			t.Errorf("failed: %q, outputs %v\n%s", got.failed, got.outputs, got.log)
		}
		if !slices.Equal(got.uploaded, reportFiles) {
			t.Errorf("kept %v", got.uploaded)
		}
		if got.summary == "" {
			t.Error("the job has no summary")
		}
	}
}

// TestActionFails: a broken must fails the job, and the reports are kept all the same.
func TestActionFails(t *testing.T) {
	from := releases(t, sound)
	got := job(t, map[string]string{
		"releases": from.URL, "args": "--run=ripple/account/*", "url": deployment(t, mock.WithDefects("ripple.account.customer-id.unique")),
	})
	if got.failed != "Verify" || got.outputs["exit-code"] != "1" {
		t.Errorf("failed: %q, outputs %v\n%s", got.failed, got.outputs, got.log)
	}
	if !slices.Equal(got.uploaded, reportFiles) {
		t.Errorf("kept %v", got.uploaded)
	}
	if !strings.Contains(got.log, "::error") {
		t.Errorf("nothing is annotated\n%s", got.log)
	}
}

// TestActionStrict: a broken should fails the job where warnings are to, and there
// alone.
func TestActionStrict(t *testing.T) {
	from := releases(t, sound)
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	deployment := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/aws_account_assignment" { // an unknown path, which is answered by 404: a should
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		twin.ServeHTTP(w, r)
	}))
	t.Cleanup(deployment.Close)
	for warnings, code := range map[string]string{"false": "0", "true": "1"} {
		got := job(t, map[string]string{
			"releases": from.URL, "url": deployment.URL, "args": "--run=cloudhealth.error.route", "fail-on-warnings": warnings,
		})
		if got.outputs["exit-code"] != code || (got.failed != "") != (code != "0") {
			t.Errorf("fail-on-warnings=%s: failed: %q, outputs %v\n%s", warnings, got.failed, got.outputs, got.log)
		}
	}
}

// TestActionRefuses: what an input cannot be is said, and nothing of it is run.
func TestActionRefuses(t *testing.T) {
	from := releases(t, sound)
	harm := `"; touch harmed; $(touch harmed) ` + "`touch harmed`"
	for name, c := range map[string]struct {
		inputs map[string]string
		step   string
	}{
		"nothing to verify":  {map[string]string{}, "Verify"},
		"two to verify":      {map[string]string{"url": "http://127.0.0.1:1", "target": "t.yaml"}, "Verify"},
		"fail-on-warnings":   {map[string]string{"url": "http://127.0.0.1:1", "fail-on-warnings": harm}, "Verify"},
		"a harmful url":      {map[string]string{"url": harm}, "Verify"},
		"a harmful target":   {map[string]string{"target": harm}, "Verify"},
		"a harmful argument": {map[string]string{"url": "http://127.0.0.1:1", "args": harm}, "Verify"},
		"harmful reports":    {map[string]string{"url": "http://127.0.0.1:1", "reports": harm}, "Verify"},
		"a harmful version":  {map[string]string{"url": "http://127.0.0.1:1", "version": harm}, "Install twinbill"},
		"harmful releases":   {map[string]string{"url": "http://127.0.0.1:1", "releases": harm}, "Install twinbill"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, given := c.inputs["releases"]; !given {
				c.inputs["releases"] = from.URL
			}
			got := job(t, c.inputs)
			if got.failed != c.step {
				t.Errorf("failed: %q\n%s", got.failed, got.log)
			}
			if _, err := os.Stat(filepath.Join(got.home, "harmed")); err == nil {
				t.Error("an input was run as a command")
			}
		})
	}
}

// TestActionChecksums: a binary that is not what its checksum says is not run, nor
// replaced by another.
func TestActionChecksums(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"another checksum": func(sums string) string {
			return regexp.MustCompile(`(?m)^[0-9a-f]{8}`).ReplaceAllString(sums, "00000000")
		},
		"not listed": func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			from := releases(t, change)
			got := job(t, map[string]string{"releases": from.URL, "url": "http://127.0.0.1:1"})
			if got.failed != "Install twinbill" || strings.Contains(got.log, "twinbill v") || strings.Contains(got.log, "go install") {
				t.Errorf("failed: %q\n%s", got.failed, got.log)
			}
		})
	}
}

// TestActionBuilds: where there is no release, go install brings the same version, and
// where there is no Go either, the job says so.
func TestActionBuilds(t *testing.T) {
	from := releases(t, sound)
	tools := t.TempDir()
	fake := "#!/bin/sh\necho \"asked: $*\"\ncp " + filepath.Join(binary(t), "twinbill") + " \"$GOBIN/\"\n"
	if err := os.WriteFile(filepath.Join(tools, "go"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	inputs := map[string]string{"releases": from.URL, "version": "v9.9.9", "url": deployment(t), "args": "--run=ripple/account/duplicate"}
	got := job(t, inputs, "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))
	if got.failed != "" || !strings.Contains(got.log, "asked: install github.com/twinbill/twinbill/cmd/twinbill@v9.9.9") {
		t.Errorf("failed: %q\n%s", got.failed, got.log)
	}
	for _, name := range []string{"bash", "curl", "mkdir", "grep"} {
		found, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(found, filepath.Join(tools, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(tools, "go")); err != nil {
		t.Fatal(err)
	}
	if got := job(t, inputs, "PATH="+tools); got.failed != "Install twinbill" || !strings.Contains(got.log, "no Go to build it with") {
		t.Errorf("failed: %q\n%s", got.failed, got.log)
	}
}

// TestGitLab runs the script of the example as GitLab does, line by line.
func TestGitLab(t *testing.T) {
	var pipeline map[string]struct {
		Image     string
		Variables map[string]string
		Script    []string
		Artifacts struct {
			When    string
			Paths   []string
			Reports struct{ JUnit string }
		}
	}
	if err := yaml.UnmarshalWithOptions([]byte(read(t, "../examples/gitlab-ci.yml")), &pipeline, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	described, ok := pipeline["verify-billing"]
	if !ok || len(described.Script) == 0 || described.Artifacts.When != "always" {
		t.Fatalf("the example has no job that keeps its artifacts always: %+v", pipeline)
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("the example is for amd64")
	}
	from := releases(t, sound)
	for name, c := range map[string]struct {
		url    string
		passes bool
	}{
		"conformant": {deployment(t), true},
		"broken":     {deployment(t, mock.WithDefects("ripple.account.list.status")), false},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			command := exec.CommandContext(t.Context(), "sh", "-ec", strings.Join(described.Script, "\n"))
			command.Dir = home
			command.Env = os.Environ()
			for name, value := range described.Variables {
				command.Env = append(command.Env, name+"="+value)
			}
			command.Env = append(command.Env, "DEPLOYMENT="+c.url, "RELEASES="+from.URL)
			log, err := command.CombinedOutput()
			if passed := err == nil; passed != c.passes {
				t.Errorf("%v\n%s", err, log)
			}
			junit := optional(filepath.Join(home, described.Artifacts.Reports.JUnit))
			if !strings.Contains(junit, "<testsuite") || strings.Contains(junit, "<failure") == c.passes {
				t.Errorf("the JUnit report is\n%.300s", junit)
			}
			for _, f := range reportFiles {
				if optional(filepath.Join(home, described.Artifacts.Paths[0], f)) == "" {
					t.Errorf("no artifact %s", f)
				}
			}
		})
	}
}
