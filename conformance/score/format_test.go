package score_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/score"
	"github.com/twinbill/twinbill/openapi"
)

// matrix has a row of each outcome.
func matrix() *score.Matrix {
	row := func(id string, o score.Outcome) score.Row {
		return score.Row{
			Breach:  score.Breach{ID: id, Kind: "dropped", API: openapi.Ripple, Operations: []string{"listAccounts"}, Clauses: []string{"a.clause"}, Says: "<b>Left out</b>."},
			Outcome: o,
		}
	}
	m := &score.Matrix{
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Duration: 1500 * time.Millisecond, Seed: 7,
		Unbroken: map[string]string{"another.clause": "not observable: nobody sees it"}, Mistakes: []string{"a mistake"},
	}
	for _, o := range score.Outcomes() {
		m.Rows = append(m.Rows, row("wire/"+string(o), o))
	}
	m.Rows[0].Check, m.Rows[0].Verdict, m.Rows[0].Broken = "ripple/account/list", conformance.Fail, []string{"a.clause"}
	return m
}

func TestFormats(t *testing.T) {
	want := map[string][]string{
		"md":   {"| dropped | 1 | 1 | 1 | 1 | 1 |", "`wire/survived` (survived)", "`another.clause`: not observable", "- a mistake", "33.33 %"},
		"html": {"wire/survived", "33.33 %", "prefers-color-scheme: dark", "&lt;b&gt;Left out&lt;/b&gt;", "another.clause", "a mistake"},
		"json": {`"outcome": "survived"`, `"perfect": false`},
	}
	for _, format := range score.Formats() {
		var out bytes.Buffer
		if err := format.Write(&out, matrix()); err != nil {
			t.Fatal(err)
		}
		for _, text := range want[format.Name] {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s lacks %q", format.Name, text)
			}
		}
		if format.Name == "html" && (strings.Contains(out.String(), "http") || strings.Contains(out.String(), "<script")) {
			t.Error("the page asks something of somebody")
		}
	}
}

func TestJSONHoldsTheMatrix(t *testing.T) {
	var out bytes.Buffer
	if err := score.JSON(&out, matrix()); err != nil {
		t.Fatal(err)
	}
	var document struct {
		Seed     uint64
		Started  string
		Percent  float64
		Counts   map[string]int
		Unbroken map[string]string
		Breaches []struct{ ID, Outcome, Check, Verdict string }
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if document.Seed != 7 || document.Started != "2026-01-02T03:04:05Z" || len(document.Breaches) != 5 || document.Counts["killed"] != 1 || len(document.Unbroken) != 1 {
		t.Errorf("%+v", document)
	}
	if b := document.Breaches[0]; b.ID != "wire/killed" || b.Check != "ripple/account/list" || b.Verdict != "fail" {
		t.Errorf("%+v", b)
	}
}

func TestTerminal(t *testing.T) {
	var live, plain bytes.Buffer
	bar, lines := score.NewTerminal(&live, true), score.NewTerminal(&plain, false)
	for i := 1; i <= 250; i++ {
		bar.Progress(i, 500, matrix().Rows[0])
		lines.Progress(i, 500, matrix().Rows[0])
	}
	lines.Finish(matrix())
	if !strings.Contains(live.String(), "] 1/500 wire/killed") || strings.Contains(live.String(), "\n") {
		t.Errorf("bar: %q", live.String())
	}
	for _, text := range []string{
		"250 of 500 breaches done\n", "WRONG wire/wrong\n", "SURVIVED wire/survived\n", "MISTAKE a mistake\n",
		"1 clauses are broken by none", "5 breaches: 1 killed, 1 reading, 1 equivalent, 1 wrong, 1 survived; 33.33 % killed for the right reason in 1.5 s\n",
	} {
		if !strings.Contains(plain.String(), text) {
			t.Errorf("lacks %q:\n%s", text, plain.String())
		}
	}
}

func TestSelection(t *testing.T) {
	all := breaches(t)
	some, err := score.Selection{Run: []string{"createAccount", "wire/listAccounts/*"}, Sample: 10}.Of(all)
	if err != nil || len(some) != 10 {
		t.Fatalf("%d breaches, error %v", len(some), err)
	}
	again, _ := score.Selection{Run: []string{"createAccount", "wire/listAccounts/*"}, Sample: 10}.Of(all)
	for i, b := range some {
		if b.ID != again[i].ID || !strings.Contains(b.ID+strings.Join(b.Operations, ""), "Account") {
			t.Errorf("selected %s, then %s", b.ID, again[i].ID)
		}
	}
	for _, globs := range [][]string{{"nothing"}, {"["}} {
		if _, err := (score.Selection{Run: globs}).Of(all); err == nil {
			t.Errorf("%q selects something", globs)
		}
	}
}
