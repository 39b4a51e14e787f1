package conformance

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance/scenarios"
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestParseExpected(t *testing.T) {
	list, err := ParseExpected("known.yaml", []byte(`# what we know of
- check: ripple/account/duplicate
  reason: >
    ticket 12:
    fixed in May
  expires: 2026-12-31
- {check: 'probe/createAccount/*', reason: being rewritten}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []ExpectedFailure{
		{"ripple/account/duplicate", "ticket 12: fixed in May", day("2026-12-31"), "known.yaml:2"},
		{"probe/createAccount/*", "being rewritten", time.Time{}, "known.yaml:7"},
	}
	if !slices.Equal(list, want) {
		t.Errorf("got %v", list)
	}
	for _, empty := range []string{"", "[]\n", "# nothing\n"} {
		if list, err := ParseExpected("f", []byte(empty)); err != nil || len(list) > 0 {
			t.Errorf("%q: %v, %v", empty, list, err)
		}
	}
}

func TestExpectedMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"check: a\n":                             "f:1: want a list",
		"- a\n":                                  "f:1: want a list",
		"- check: a\n  reason: b\n- reason: c\n": "f:3: the entry has no check",
		"- reason: c\n":                          "f:1: the entry has no check",
		"\n- check: a\n":                         "f:2: a has no reason",
		"- check: '[a'\n  reason: b\n":           "f:1: \"[a\" is no glob",
		"- check: a\n  reason: b\n  expires: soon\n":       "f:1: expires: \"soon\" is no day",
		"- check: a\n  reason: b\n  expire: 2026-01-01\n":  "f:3: unknown field \"expire\"",
		"- check: [a]\n  reason: b\n":                      "f:1: ",
		"- {check: a, reason: b}\n- {check: a, reason: c}": "f:2: a stands on line 1 already",
		"- {check: a, reason: b}\n---\n- 1\n":              "f:2: a second document",
		"- {check: a\n":                                    "f:1: ",
		"- check: a\n reason: b\n":                         "f:2: ",
	} {
		list, err := ParseExpected("f", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, %q, want %s", text, list, err, want)
		}
	}
}

func FuzzParseExpected(f *testing.F) {
	f.Add([]byte("- check: a\n  reason: b\n  expires: 2026-12-31\n"))
	f.Add([]byte("- {check: &a 'x', reason: *a}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ParseExpected("f", data)
		if err != nil && (!strings.HasPrefix(err.Error(), "f:") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("not one line that names the file: %q", err)
		}
		for _, e := range list {
			if e.Check == "" || e.Reason == "" || e.Where == "" {
				t.Errorf("not whole: %+v", e)
			}
		}
	})
}

func TestExcuse(t *testing.T) {
	expected := []ExpectedFailure{{Check: "a/*", Reason: "known"}, {Check: "b", Reason: "old", Expires: day("2026-01-01")}}
	results := []Result{
		{Check: Check{ID: "a/1"}, Verdict: Fail}, {Check: Check{ID: "a/2"}, Verdict: Warn}, {Check: Check{ID: "a/3"}, Verdict: Pass},
		{Check: Check{ID: "a/4"}, Verdict: Inconclusive}, {Check: Check{ID: "b"}, Verdict: Fail}, {Check: Check{ID: "c"}, Verdict: Fail},
	}
	excuse(expected, results, day("2026-01-02"))
	for i, want := range []string{"known", "known", "", "", "", ""} {
		if results[i].Excused != want {
			t.Errorf("%s is excused by %q, want %q", results[i].ID, results[i].Excused, want)
		}
	}
	report := &Report{Results: results}
	if report.Unexpected(Fail) != 2 || report.Unexpected(Warn) != 0 || report.Count(Fail) != 3 {
		t.Errorf("unexpected: %d and %d", report.Unexpected(Fail), report.Unexpected(Warn))
	}
	excuse(expected, results, day("2026-01-01").Add(23*time.Hour))
	if results[4].Excused != "old" {
		t.Error("the last day does not count")
	}
}

func TestStale(t *testing.T) {
	known := []string{"a/1", "a/2", "b", "c", "elsewhere"}
	holds := []string{"a/1", "a/2", "b", "c"}
	of := func(verdicts ...Verdict) (out []Result) {
		for i, v := range verdicts {
			if v != "" {
				out = append(out, Result{Check: Check{ID: holds[i]}, Verdict: v})
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		entry   ExpectedFailure
		results []Result
		want    string
	}{
		"fails":              {ExpectedFailure{Check: "b"}, of(Pass, Pass, Fail), ""},
		"warns":              {ExpectedFailure{Check: "b"}, of(Pass, Pass, Warn), ""},
		"passes":             {ExpectedFailure{Check: "b"}, of("", "", Pass), "passes"},
		"shows a reading":    {ExpectedFailure{Check: "b"}, of("", "", Observed), "passes"},
		"not selected":       {ExpectedFailure{Check: "b"}, of(Pass, Pass), ""},
		"skipped":            {ExpectedFailure{Check: "b"}, of(Pass, Pass, Skipped), ""},
		"inconclusive":       {ExpectedFailure{Check: "b"}, of(Pass, Pass, Inconclusive), ""},
		"one of two passes":  {ExpectedFailure{Check: "a/*"}, of(Pass, Fail), ""},
		"other not selected": {ExpectedFailure{Check: "a/*"}, of(Pass), ""},
		"all pass":           {ExpectedFailure{Check: "a/*"}, of(Pass, Pass), "passes"},
		"matches nothing":    {ExpectedFailure{Check: "d"}, of(Pass), "matches no check of the suite"},
		"another reading":    {ExpectedFailure{Check: "elsewhere"}, of(Pass), ""},
		"expired and failed": {ExpectedFailure{Check: "b", Expires: day("2026-05-01")}, of("", "", Fail), "expired on 2026-05-01"},
		"last day":           {ExpectedFailure{Check: "b", Expires: day("2026-05-02")}, of("", "", Fail), ""},
	} {
		c.entry.Reason, c.entry.Where = "known", "f:3"
		got := stale([]ExpectedFailure{c.entry}, c.results, known, holds, day("2026-05-02").Add(time.Hour))
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Equal(got, []string{"f:3: " + c.entry.Check + ": " + c.want + " (known)"}) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestParseShard(t *testing.T) {
	for text, want := range map[string]Shard{"1/1": {1, 1}, "2/5": {2, 5}, "5/5": {5, 5}} {
		if got, err := ParseShard(text); err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1", "0/2", "3/2", "-1/2", "1/0", "a/b", "1/2/3", "1/", " 1/2"} {
		if got, err := ParseShard(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestVocabulary: the suite's own steps keep to the vocabulary that users' steps are held
// to, every check is asked for by some step, and the guide has them all.
func TestVocabulary(t *testing.T) {
	suite, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, s := range suite {
		for _, step := range s.Steps {
			for _, check := range step.Checks {
				asked[check.Name] = true
				if err := Checks().Check(check); err != nil {
					t.Errorf("%s, step %s: %v", s.ID, step.ID, err)
				}
			}
		}
	}
	for name := range Checks() {
		if !asked[name] {
			t.Errorf("no step asks for %s", name)
		}
	}
	guide, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := Checks().Markdown(); !strings.Contains(string(guide), want) {
		t.Errorf("docs/scenarios.md lacks this table:\n%s", want)
	}
}

func TestExactly(t *testing.T) {
	for _, id := range []string{"ripple/account/duplicate", "probe/x/body/items.*.name/min", "probe/x/enum=[a]", `a\b`, "a?"} {
		if !matches(Exactly(id), id) {
			t.Errorf("%s does not match %s", Exactly(id), id)
		}
		if other := strings.ReplaceAll(strings.ReplaceAll(id, "*", "x"), "?", "x"); other != id && matches(Exactly(id), other) {
			t.Errorf("%s matches %s", Exactly(id), other)
		}
	}
}
