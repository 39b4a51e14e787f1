package yamlfile_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/internal/yamlfile"
)

// TestMistakes have the line on which they stand.
func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"a: [":                              "1: ",
		"a: 1\nb: \"":                       "2: ",
		"a\n\xffb":                          "2: this is not UTF-8; save the file as UTF-8 text",
		"\xff\xfea\x00":                     "1: this is not UTF-8; save the file as UTF-8 text",
		"a: 1\n---\nb: 2\n":                 "2: a second document begins here; keep to one, without directives",
		"a:\n  " + strings.Repeat("[", 40):  "2: this is nested more than 32 deep; make it flatter",
		"a:\n  " + strings.Repeat("- ", 40): "2: this is nested more than 32 deep; make it flatter",
		strings.Repeat("? ", 40):            "1: this is nested more than 32 deep; make it flatter",
		strings.Repeat("{a: ", 40):          "1: this is nested more than 32 deep; make it flatter",
		strings.Repeat("a: ", 40):           "1: this is nested more than 32 deep; make it flatter",
		"[" + strings.Repeat("a:\n", 40):    "33: this is nested more than 32 deep; make it flatter",
		"--- 1\n# so\n---\n":                "3: a second document begins here; keep to one, without directives",
		"a: 1\n...\nb: 2\n":                 "3: a second document begins here; keep to one, without directives",
		"%YAML 1.2\n---\na: 1\n":            "2: a second document begins here; keep to one, without directives",
		// The parser is not asked, which would find the first of these mistakes.
		"a: 'b' c\n---\nd: 2\n": "2: a second document begins here; keep to one, without directives",
	} {
		if _, err := yamlfile.Parse([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
	for _, empty := range []string{"", "# nothing\n", "null", "---\n", "\ufeff"} {
		if body, err := yamlfile.Parse([]byte(empty)); body != nil || err != nil {
			t.Errorf("%q: %v, error %v", empty, body, err)
		}
	}
}

// TestManyMarksInOrder are no nesting, on one line or on many.
func TestManyMarksInOrder(t *testing.T) {
	for _, text := range []string{
		"---\n# a comment\n" + strings.Repeat("- a: {b: 1}\n", 100) + "...\n# the end\n",
		"[" + strings.Repeat("{a: 1, b: 2}, ", 100) + "1]",
		"[" + strings.Repeat("{a: 1, b: 2},\n ", 100) + "1]",
		"[" + strings.Repeat("a: 1, ", 100) + "1]",
	} {
		if _, err := yamlfile.Parse([]byte(text)); err != nil {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

// TestByteOrderMark is not part of the first key.
func TestByteOrderMark(t *testing.T) {
	body, err := yamlfile.Parse([]byte("\ufeffa: 1\n"))
	if err != nil || body.String() != "a: 1" {
		t.Fatalf("%v, error %v", body, err)
	}
}

// TestNestingIsCheap holds the refusal of a large nested file to little more memory than
// the text takes.
func TestNestingIsCheap(t *testing.T) {
	for _, part := range []string{"[", "{a: ", "- ", "? ", "a: ", "---\na\n"} {
		text := []byte(strings.Repeat(part, 6<<20/len(part)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := yamlfile.Parse(text); err == nil || !strings.Contains(err.Error(), "nested") && !strings.Contains(err.Error(), "second document") {
			t.Errorf("%q: %v", part, err)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 256<<20 {
			t.Errorf("%q took %d MiB", part, took>>20)
		}
	}
}

// TestRead bounds what is read, and says what a name is where it is no file.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.yaml")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := yamlfile.Read(file, 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, error %v", data, err)
	}
	for name, want := range map[string]string{file: "larger than 4 bytes", dir: "is a directory; name a file", filepath.Join(dir, "none"): "name a file that can be read"} {
		if _, err := yamlfile.Read(name, 4); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
