package docs_test

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/ledger"
	"github.com/twinbill/twinbill/openapi"
)

var score = flag.String("score", "", "with -update: the JSON of the score that the ledger publishes")

const ledgerFile = "ledger.md"

// TestLedger: ledger.md, and the counts in README.md, are what the clauses, checks and
// breaches there are give. What became of the breaches stands in ledger.md since the
// last score; where the breaches are no longer the same, another has to be run.
func TestLedger(t *testing.T) {
	there := breaches(t)
	published := optional(ledgerFile)
	if *score != "" {
		there = scored(t, there)
	} else {
		there = outcomes(t, there, published)
	}
	l, err := ledger.New(openapi.APIs(), there)
	if err != nil {
		t.Fatal(err)
	}
	var full, counts strings.Builder
	if err := ledger.Markdown(&full, l); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Summary(&counts, l); err != nil {
		t.Fatal(err)
	}
	if l.Scored {
		full.WriteString("\n" + stamp(there) + "\n")
	}
	current(t, ledgerFile, published, full.String())

	const begins, ends = "<!-- ledger: written by `make ledger` -->\n", "<!-- ledger ends -->\n"
	document := read(t, readme)
	before, rest, found := strings.Cut(document, begins)
	_, after, closed := strings.Cut(rest, ends)
	if !found || !closed {
		t.Fatalf("README.md has no place between %s and %s", begins, ends)
	}
	current(t, readme, document, before+begins+"\n"+counts.String()+"\n"+ends+after)
}

// breaches lists those that there are, as the binary prints them.
func breaches(t *testing.T) []ledger.Breach {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(binary(t), "twinbill"), "clauses", "--format", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Clauses []struct {
			ID       string
			Breaches []ledger.Breach
		}
	}
	if err := json.Unmarshal(out, &document); err != nil {
		t.Fatal(err)
	}
	all, clauses := map[string]ledger.Breach{}, map[string][]string{}
	for _, c := range document.Clauses {
		for _, b := range c.Breaches {
			clauses[b.ID] = append(clauses[b.ID], c.ID)
			b.Clauses = clauses[b.ID]
			all[b.ID] = b
		}
	}
	if len(all) == 0 {
		t.Fatal("there are no breaches")
	}
	return slices.SortedFunc(maps.Values(all), order)
}

// order is that of the ledger, whichever order the score's runs ended in.
func order(a, b ledger.Breach) int { return strings.Compare(a.ID, b.ID) }

// stamp says which breaches were scored, and of which clauses.
func stamp(all []ledger.Breach) string {
	hash := sha256.New()
	of := byID(all)
	for _, id := range slices.Sorted(maps.Keys(of)) {
		fmt.Fprintln(hash, id, slices.Compact(slices.Sorted(slices.Values(of[id].Clauses))))
	}
	return fmt.Sprintf("<!-- %d breaches were scored: %x -->", len(all), hash.Sum(nil)[:8])
}

func byID(all []ledger.Breach) map[string]ledger.Breach {
	out := map[string]ledger.Breach{}
	for _, b := range all {
		out[b.ID] = b
	}
	return out
}

// scored are the breaches of the score that the flag names, which has to be of all.
func scored(t *testing.T, there []ledger.Breach) []ledger.Breach {
	t.Helper()
	file, err := os.Open(*score)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	all, err := ledger.ReadScore(file)
	if err != nil {
		t.Fatal(err)
	}
	if stamp(all) != stamp(there) {
		t.Fatalf("%s is about %d breaches, and there are %d", *score, len(all), len(there))
	}
	slices.SortFunc(all, order)
	return all
}

// outcomes adds what the published ledger says became of the breaches.
func outcomes(t *testing.T, there []ledger.Breach, published string) []ledger.Breach {
	t.Helper()
	switch {
	case !strings.Contains(published, "breaches were scored"):
		t.Fatal("the breaches were never scored: make ledger")
	case !strings.Contains(published, stamp(there)):
		t.Fatal("the breaches are not those that were scored: make ledger")
	}
	lived := map[string]ledger.Outcome{}
	plain := strings.NewReplacer(`\`, "", "&lt;", "<").Replace(published)
	for _, found := range regexp.MustCompile(`[|,] ([^ |]+) \(([a-z]+)\)`).FindAllStringSubmatch(plain, -1) {
		lived[found[1]] = ledger.Outcome(found[2])
	}
	for i, b := range there {
		there[i].Outcome = ledger.Killed
		if o, ok := lived[b.ID]; ok {
			there[i].Outcome = o
		}
	}
	return there
}

// current holds a file to what it has to be, or makes it so under -update.
func current(t *testing.T, name, has, want string) {
	t.Helper()
	switch {
	case has == want:
	case *update:
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not up to date: go test ./docs -update, or make ledger to score the suite anew", name)
	}
}
