package journal_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/openapi"
)

var undo = journal.Undo{
	API: openapi.Ripple, Creator: "createReseller", Operation: "deleteReseller", Path: map[string]string{}, Fill: "user_id",
	Match: map[string]string{"email": "a@example.com"}, As: "ripple_token",
}

func TestJournal(t *testing.T) {
	name := filepath.Join(t.TempDir(), "run.journal")
	j, err := journal.New(name, journal.Header{Target: "http://127.0.0.1:1", Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("the file is there before anything is in it")
	}
	var entries []int
	for range 4 {
		entry, err := j.Log(undo)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry)
	}
	if _, err := journal.New(name, journal.Header{}); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("a second journal in the same file: %v", err)
	}
	answered := undo
	answered.Path = map[string]string{"user_id": "u1"}
	j.Answered(entries[0], 200, answered)
	j.End(entries[1], journal.Refused)
	j.End(entries[2], journal.Residue)
	if err := j.Found("listResellers", "ripple_token", []string{"u0"}); err != nil {
		t.Fatal(err)
	}

	c, err := journal.Read(name) // as after a kill
	if err != nil {
		t.Fatal(err)
	}
	if c.Header.Target != "http://127.0.0.1:1" || c.Header.Seed != 7 {
		t.Errorf("header %+v", c.Header)
	}
	want := []journal.Entry{{entries[0], answered, true}, {entries[2], undo, false}, {entries[3], undo, false}}
	if !reflect.DeepEqual(c.Open, want) {
		t.Errorf("open %+v\nwant %+v", c.Open, want)
	}
	if got := c.Existing["listResellers"]["ripple_token"]; !reflect.DeepEqual(got, []string{"u0"}) {
		t.Errorf("existing %v", got)
	}
	if _, _, err := journal.Reopen(name, nil); err == nil || !strings.Contains(err.Error(), "wait for its end") {
		t.Errorf("a second process writes it too: %v", err)
	}
	if remains, err := j.Close(); !remains || err != nil {
		t.Errorf("remains %v: %v", remains, err)
	}

	j, c, err = journal.Reopen(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Open {
		j.End(e.Number, journal.Undone)
	}
	if remains, err := j.Close(); remains || err != nil {
		t.Errorf("remains %v: %v", remains, err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("nothing is open, and the file is still there")
	}
}

// logged is a journal with two entries, and its text.
func logged(t *testing.T, name string, h journal.Header) (j *journal.Journal, text []byte) {
	t.Helper()
	j, err := journal.New(name, h)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := j.Log(undo); err != nil {
			t.Fatal(err)
		}
	}
	if text, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	return j, text
}

// TestKilledWhileWriting: the last line may be broken; what stands before it counts, and
// the journal can be gone on with.
func TestKilledWhileWriting(t *testing.T) {
	name := filepath.Join(t.TempDir(), "run.journal")
	j, whole := logged(t, name, journal.Header{Target: "http://127.0.0.1:1"})
	first := strings.Index(string(whole), "\n") + 1
	second := first + strings.Index(string(whole[first:]), "\n") + 1
	third := second + strings.Index(string(whole[second:]), "\n") + 1
	for cut := range whole {
		c, err := journal.Parse(name, whole[:cut])
		switch open := 0; {
		case cut < first:
			if err == nil {
				t.Errorf("cut at %d: a journal without a header is read", cut)
			}
		case err != nil:
			t.Errorf("cut at %d: %v", cut, err)
		default:
			if cut >= second {
				open = 1
			}
			if cut >= third {
				open = 2
			}
			if c.Ends || c.Sealed {
				t.Errorf("cut at %d: it passes for whole", cut)
			}
			if len(c.Open) != open {
				t.Errorf("cut at %d: %d open, want %d", cut, len(c.Open), open)
			}
		}
	}
	if err := os.WriteFile(name, whole[:len(whole)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, _, err := journal.Reopen(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	j.End(99, journal.Undone) // some other line
	if _, err := journal.Read(name); err != nil {
		t.Errorf("after going on: %v", err)
	}
}

// TestChangedJournal: a journal that was changed, sealed anew by somebody without the key,
// or read under another key, is none that proves anything.
func TestChangedJournal(t *testing.T) {
	name := filepath.Join(t.TempDir(), "run.journal")
	key := []byte("of the run")
	j, whole := logged(t, name, journal.Header{Target: "http://127.0.0.1:1", Key: key})
	if _, err := j.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	for what, c := range map[string]struct {
		text         string
		key          []byte
		ends, sealed bool
	}{
		"as it was written": {string(whole), key, true, true},
		"another key":       {string(whole), []byte("of somebody"), true, false},
		"another id":        {strings.ReplaceAll(string(whole), "a@example.com", "b@example.com"), key, true, false},
		"a line less":       {lines[0] + lines[1] + lines[3], key, false, false},
		"without its seal":  {lines[0] + lines[1] + lines[2], key, false, false},
		"a seal in between": {lines[0] + lines[1] + lines[3] + lines[2], key, false, false},
	} {
		if err := os.WriteFile(name, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		j, contents, err := journal.Reopen(name, c.key)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if contents.Ends != c.ends || contents.Sealed != c.sealed {
			t.Errorf("%s: ends %v, sealed %v", what, contents.Ends, contents.Sealed)
		}
		for _, e := range contents.Open {
			j.End(e.Number, journal.Undone)
		}
		if remains, err := j.Close(); remains == c.sealed || err != nil {
			t.Errorf("%s: remains %v: %v", what, remains, err)
		}
		if c.sealed {
			continue
		}
		j, contents, err = journal.Reopen(name, c.key)
		if err != nil || contents.Sealed {
			t.Errorf("%s: sealed once more, %v", what, err)
			continue
		}
		if _, err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestUnwritable: nothing may be created that is not written down.
func TestUnwritable(t *testing.T) {
	if _, err := journal.New(filepath.Join(t.TempDir(), "missing", "run.journal"), journal.Header{}); err == nil {
		t.Error("a journal in no directory")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "run.journal")
	j, err := journal.New(name, journal.Header{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Log(undo); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("Log: %v", err)
	}
}

func TestNobody(t *testing.T) {
	var j *journal.Journal
	if _, err := j.Log(undo); err != nil {
		t.Error(err)
	}
	j.Answered(1, 200, undo)
	j.End(1, journal.Undone)
	if remains, err := j.Close(); remains || err != nil || j.Name() != "" {
		t.Errorf("remains %v: %v", remains, err)
	}
}

func TestMistakes(t *testing.T) {
	const header = `{"twinbill_journal":1}` + "\n"
	for text, want := range map[string]string{
		"":                              "f: not a journal of twinbill",
		"a file\n":                      "f:1: not a journal of twinbill",
		`{"twinbill_journal":2}` + "\n": "f:1: a journal of form 2",
		header + "nothing\n":            "f:2: not a line of a journal",
		header + "{}\n":                 "f:2: neither an entry",
	} {
		_, err := journal.Parse("f", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// FuzzParse: no text makes the reader panic, or take a broken line for an entry.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"twinbill_journal":1}` + "\n" + `{"entry":1,"undo":{"api":"ripple","settings":[{"a":null}]}}` + "\n" + `{"entry":1,"over":"undone"}` + "\n"))
	f.Add([]byte(`{"twinbill_journal":1}` + "\n" + `{"list":"l","as":"a","existing":["1"]}` + "\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := journal.Parse("f", data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("%q is no one line", err)
			}
			return
		}
		for _, e := range c.Open {
			if e.Number == 0 {
				t.Error("an entry without a number")
			}
		}
	})
}
