package report_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// wrong is what a small verification finds on a twin that is wrong in several clauses.
func wrong(t testing.TB) *report.Document {
	t.Helper()
	return wrongIn(t, []string{"ripple.account.customer-id.unique", "ripple.account.create.name.length", "cloudhealth.assignment.get.status"},
		"ripple/account/duplicate*", "cloudhealth/assignment/create", "cloudhealth/assignment/key-as-bearer", "probe/getAwsAccountAssignment/valid", "probe/createAccount/body/name/min-1")
}

// wrongIn is what some checks find on a twin with some defects.
func wrongIn(t testing.TB, defects []string, checks ...string) *report.Document {
	t.Helper()
	server := httptest.NewServer(twin(t, mock.WithDefects(defects...)))
	t.Cleanup(server.Close)
	at, err := target.New(server.URL, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	found, err := conformance.Run(t.Context(), conformance.Config{
		Target: at, Seed: 7, Replay: "twinbill verify --url " + server.URL + " --seed 7", APIs: openapi.APIs(),
		Selection: conformance.Selection{Run: checks},
	})
	if err != nil {
		t.Fatal(err)
	}
	return report.New(found, report.Options{Version: "test"})
}

// TestChainRepeatsFromNothing pastes the chain of every failure into a shell: its last
// command is answered as the suite was.
func TestChainRepeatsFromNothing(t *testing.T) {
	for _, program := range []string{"bash", "curl", "grep", "sed"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("there is no %s", program)
		}
	}
	failed := slices.Concat(wrong(t).Unsettled(),
		wrongIn(t, []string{"ripple.token.request.query-and-files"}, "ripple/token/*").Unsettled(),                    // a body with line ends
		wrongIn(t, []string{"ripple.billinggroup.get.response.account"}, "dialect/ripple.billinggroup.*").Unsettled()) // ids in bodies
	given := false
	for _, c := range failed {
		if len(c.Chain) == 0 {
			t.Errorf("%s has no chain", c.ID)
			continue
		}
		script := strings.Join(c.Chain, "\n")
		if strings.ContainsFunc(strings.Join(c.Chain, ""), unicode.IsControl) {
			t.Errorf("%s: what is printed is not what is pasted: %q", c.ID, script)
		}
		given = given || strings.Contains(script, "$ID_1")
		out, err := exec.CommandContext(t.Context(), "bash", "-c", script).Output()
		if err != nil {
			t.Errorf("%s: %v\n%s", c.ID, err, script)
			continue
		}
		answers := strings.Split(string(out), "HTTP/1.1 ")
		if last := answers[len(answers)-1]; !strings.HasPrefix(last, strconv.Itoa(c.Exchange().Status)+" ") {
			t.Errorf("%s: %d was answered; the commands\n%s\ncome to\n%s", c.ID, c.Exchange().Status, script, last)
		}
	}
	if !given {
		t.Error("no chain hands an id of the target on")
	}
}

// rows counts the lines that a text takes on a terminal of 80 columns.
func rows(text string) (out []string) {
	for line := range strings.Lines(text) {
		runes := []rune(strings.TrimRight(line, "\n"))
		for len(runes) > 80 {
			out, runes = append(out, string(runes[:80])), runes[80:]
		}
		out = append(out, string(runes))
	}
	return out
}

// TestFirstScreenSaysWhatIsWrong: 24 lines of 80 columns name the reading that departs and
// the clause that is broken, once, however many checks saw it; Markdown has 4 KB for it.
func TestFirstScreenSaysWhatIsWrong(t *testing.T) {
	dialect, err := openapi.Dialect{}.With("ripple.error.validation", "422")
	if err != nil {
		t.Fatal(err)
	}
	d := report.New(verified(t, twin(t, mock.WithDialect(dialect), mock.WithDefects("ripple.account.customer-id.unique"))), report.Options{})
	if n := len(d.Unsettled()); n < 3 {
		t.Fatalf("only %d checks fail", n)
	}
	var out bytes.Buffer
	report.NewTerminal(&out, false).Finish(d)
	all := rows(out.String())
	first := strings.Join(all[:min(24, len(all))], "\n")
	for _, said := range []string{"NOT CONFORMANT: ", "* ripple.error.validation ", "FAIL ripple.account.customer-id.unique (must", "status: 400 expected, 200 found", " is refused with status 400."} {
		if strings.Count(first, said) != 1 {
			t.Errorf("%q is to be said once by\n%s", said, first)
		}
	}
	if strings.Contains(out.String(), "ripple.account.charset") || strings.Contains(out.String(), "curl ") {
		t.Errorf("more than what departs is shown:\n%s", &out)
	}
	var md bytes.Buffer
	if err := report.Markdown(&md, d); err != nil {
		t.Fatal(err)
	}
	if md.Len() > 4096 || strings.Count(md.String(), "<details>") != 1 {
		t.Errorf("%d bytes:\n%s", md.Len(), &md)
	}
	out.Reset()
	terminal := report.NewTerminal(&out, false)
	terminal.Verbose = true
	terminal.Finish(d)
	for _, c := range d.Unsettled() {
		if !strings.Contains(out.String(), "\nFAIL "+c.ID+"\n") || !strings.Contains(out.String(), c.Chain[len(c.Chain)-1]) {
			t.Errorf("%s is not explained", c.ID)
		}
	}
	if !strings.Contains(out.String(), "\n  ripple.account.charset ") {
		t.Errorf("a default reading is not shown:\n%.2000s", &out)
	}
}

// TestWhatFollowsIsFolded: an operation that always fails in the same way where it is to
// succeed is one thing that is wrong, whatever else breaks for it.
func TestWhatFollowsIsFolded(t *testing.T) {
	d := &report.Document{Outcome: report.NotConformant}
	add := func(clause, operation, differs string, chain int) {
		decisive := 0
		d.Clauses = append(d.Clauses, report.Clause{ID: clause, Level: openapi.Must, Verdict: conformance.Fail})
		d.Checks = append(d.Checks, report.Check{
			ID: "check-of-" + clause, Verdict: conformance.Fail, Broken: []string{clause}, Differs: []string{differs}, Decisive: &decisive,
			Exchanges: []report.Exchange{{Operation: operation}}, Chain: make([]string, chain),
		})
	}
	add("a.create.name.length", "create", "status: 200 expected, 500 found", 2)
	add("a.create.status", "create", "status: 200 expected, 500 found", 3)
	add("a.create.name.required", "create", "status: 400 expected, 500 found", 2)
	add("a.list.status", "list", "status: 200 expected, 500 found", 1)
	d.Checks = append(d.Checks, report.Check{
		ID: "left", Verdict: conformance.Skipped, Operations: []string{"create"}, Reason: "starts from a valid request, which is not answered as documented: 500",
	})
	var said []string
	for _, f := range d.Findings() {
		said = append(said, fmt.Sprintf("%s with %d below, %d left out", f.Clause.ID, len(f.Follows), f.Left))
	}
	want := []string{"a.create.status with 1 below, 1 left out", "a.create.name.required with 0 below, 0 left out", "a.list.status with 0 below, 0 left out"}
	if !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
}

// TestDirectionOfTextIsShown: no report holds a character that changes the order of a text;
// it is seen as what it is.
func TestDirectionOfTextIsShown(t *testing.T) {
	d := report.New(troubled(), report.Options{})
	writers := map[string]func(io.Writer) error{
		"annotations":  func(w io.Writer) error { return report.Annotations(w, d) },
		"terminal":     func(w io.Writer) error { report.NewTerminal(w, false).Finish(d); return nil },
		"diff":         report.Diff(&report.Document{}, d).Text,
		"diff as JSON": report.Diff(&report.Document{}, d).JSON,
	}
	for _, f := range report.Formats() {
		writers[f.Name] = func(w io.Writer) error { return f.Write(w, d) }
	}
	for name, write := range writers {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c") {
			t.Errorf("%s turns a text around", name)
		}
		if !strings.Contains(out.String(), "u202e") {
			t.Errorf("%s does not show what turns a text around", name)
		}
	}
}

// TestNoLineIsACommand: no line that the terminal parts begins as a command of a CI job.
func TestNoLineIsACommand(t *testing.T) {
	d := report.New(troubled(), report.Options{})
	for i := range d.Checks {
		d.Checks[i].Blame, d.Checks[i].Summary = strings.Repeat("::error::x ", 60), strings.Repeat("a ::stop-commands::x ", 30)
	}
	for _, verbose := range []bool{false, true} {
		var out bytes.Buffer
		terminal := report.NewTerminal(&out, false)
		terminal.Verbose = verbose
		terminal.Finish(d)
		for line := range strings.Lines(out.String()) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("a command: %.60q", line)
			}
		}
	}
}

// TestProgressIsNotOfTheReport: a slow run says how far it is, and the report that a file
// or a pipe gets begins with the verdict all the same.
func TestProgressIsNotOfTheReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, log bytes.Buffer
		terminal := report.NewTerminal(&out, false)
		terminal.Log = &log
		terminal.Progress(1, 3, conformance.Result{})
		time.Sleep(time.Minute)
		terminal.Progress(2, 3, conformance.Result{})
		if out.Len() > 0 || log.String() != "2 of 3 checks done\n" {
			t.Errorf("report %q, log %q", out.String(), log.String())
		}
	})
}
