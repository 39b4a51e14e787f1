package ledger_test

import (
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/ledger"
	"github.com/twinbill/twinbill/openapi"
)

// broken is one clause, broken in every way that there is an outcome for.
const broken = "ripple.account.customer-id.unique"

func scored(t *testing.T) *ledger.Ledger {
	t.Helper()
	other := "ripple.account.customer-id.unique.body"
	l, err := ledger.New(openapi.APIs(), []ledger.Breach{
		{ID: broken, Clauses: []string{broken}, Outcome: ledger.Killed, Check: "ripple/account/duplicate"},
		{ID: "m1", Clauses: []string{broken, other}, Outcome: ledger.Survived},
		{ID: "m2", Clauses: []string{broken}, Outcome: ledger.Wrong},
		{ID: "m3", Clauses: []string{broken}, Outcome: ledger.Equivalent},
		{ID: "m4", Clauses: []string{"no.such.clause"}, Outcome: ledger.Killed},
		{ID: "m5", Clauses: []string{broken}, Outcome: ledger.Reading},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func written(t *testing.T, write func(io.Writer, *ledger.Ledger) error, l *ledger.Ledger) string {
	t.Helper()
	var out strings.Builder
	if err := write(&out, l); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestParts: each clause is in the part where it belongs.
func TestParts(t *testing.T) {
	counts := map[ledger.Part]int{}
	for _, e := range scored(t).Clauses {
		counts[e.Part]++
		switch e.Part {
		case ledger.Proven:
			if len(e.Checks) == 0 || e.Unobservable != "" || e.Level == openapi.Silent {
				t.Errorf("%s is not proven: %+v", e.ID, e)
			}
		case ledger.NotProven:
			if e.Unobservable == "" || e.Level == openapi.Silent {
				t.Errorf("%s says not why it is not proven", e.ID)
			}
		case ledger.Ruled:
			if _, ok := openapi.FindPoint(e.Point); !ok {
				t.Errorf("%s is ruled by %q, which is no point", e.ID, e.Point)
			}
		}
	}
	if len(counts) != 3 {
		t.Errorf("the parts are %v", counts)
	}
}

// TestMarkdown: it has a row for each clause, and the ids in it can be read again.
func TestMarkdown(t *testing.T) {
	l := scored(t)
	text := written(t, ledger.Markdown, l)
	rows := map[string][]string{}
	for line := range strings.Lines(text) {
		if id, ok := strings.CutPrefix(line, "| `"); ok && strings.Contains(line, "`<br>") {
			id, _, _ = strings.Cut(id, "`")
			cells := regexp.MustCompile(` *(?:^|[^\\])\| *`).Split(strings.TrimSpace(line)[1:], -1)
			rows[id] = cells
		}
	}
	for _, e := range l.Clauses {
		cells := rows[e.ID]
		if len(cells) < 5 {
			t.Errorf("%s has the row %q", e.ID, cells)
			continue
		}
		if len(e.Checks) == 0 {
			continue
		}
		count, ids, _ := strings.Cut(cells[3], ": ")
		want := slices.Sorted(slices.Values(e.Checks))
		if got := expand(strings.ReplaceAll(ids, `\`, "")); count != strconv.Itoa(len(want)) || !slices.Equal(got, want) {
			t.Errorf("%s: the checks\n%v\nare written\n%s", e.ID, want, cells[3])
		}
	}
	if want := "| --defect, m1 (survived), m2 (wrong), m3 (equivalent), m5 (reading) |"; !strings.Contains(text, want) {
		t.Errorf("the Markdown does not say %q", want)
	}
}

// expand does what a shell does with braces.
func expand(text string) []string {
	var out []string
	depth, from := 0, 0
	for i, r := range text + "," {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth--
		case r == ',' && depth == 0:
			out = append(out, expandOne(text[from:i])...)
			from = i + 1
		}
	}
	slices.Sort(out)
	return out
}

func expandOne(text string) []string {
	head, rest, ok := strings.Cut(text, "{")
	if !ok {
		return []string{text}
	}
	var out []string
	for _, inner := range expand(strings.TrimSuffix(rest, "}")) {
		out = append(out, head+inner)
	}
	return out
}

// TestText counts the kills, equivalent mutants aside.
func TestText(t *testing.T) {
	text := written(t, ledger.Text, scored(t))
	if !regexp.MustCompile(`(?m)^ripple\.account\.customer-id\.unique +must +account#create +\d+ +1/3 `).MatchString(text) {
		t.Errorf("the kills are not 1 of 3:\n%s", regexp.MustCompile(`(?m)^ripple\.account\.customer-id\.unique .*`).FindString(text))
	}
}

// TestJSON: the ledger reads as it was written.
func TestJSON(t *testing.T) {
	l := scored(t)
	var read struct {
		Scored  bool
		Clauses []struct {
			ID, API, Level, Says, Source, Part string
			Checks                             []string
			Breaches                           []ledger.Breach
		}
	}
	if err := json.Unmarshal([]byte(written(t, ledger.JSON, l)), &read); err != nil {
		t.Fatal(err)
	}
	if !read.Scored || len(read.Clauses) != len(l.Clauses) {
		t.Fatalf("%d clauses, scored: %v", len(read.Clauses), read.Scored)
	}
	for i, c := range read.Clauses {
		e := l.Clauses[i]
		if c.ID != e.ID || c.API != string(e.API) || c.Level != string(e.Level) || c.Says == "" || c.Source == "" || c.Part != string(e.Part) || c.Checks == nil || c.Breaches == nil {
			t.Errorf("%s: %+v", e.ID, c)
		}
		if c.ID == broken && (len(c.Breaches) != 5 || c.Breaches[0].Check != "ripple/account/duplicate") {
			t.Errorf("breaches %+v", c.Breaches)
		}
	}
}

// TestSummary: the rows add up to the last one, and the parts to all clauses.
func TestSummary(t *testing.T) {
	l := scored(t)
	text := written(t, ledger.Summary, l)
	total := 0
	for _, found := range regexp.MustCompile(`(?m)^\*\*[^:]+: (\d+) clauses\*\*`).FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(found[1])
		total += n
	}
	if total != len(l.Clauses) {
		t.Errorf("the parts have %d clauses of %d", total, len(l.Clauses))
	}
	var sums []int
	for _, found := range regexp.MustCompile(`(?m)^\| (\w+) \| (\d+) \| (\d+) \| \d+ \| (\d+) \| (\d+) \| (\d+) \|$`).FindAllStringSubmatch(text, -1) {
		for i, cell := range found[2:] {
			n, _ := strconv.Atoi(cell)
			switch {
			case len(sums) <= i:
				sums = append(sums, n)
			case found[1] == "all" && sums[i] != n:
				t.Errorf("column %d adds up to %d, not to %d", i, sums[i], n)
			case found[1] != "all":
				sums[i] += n
			}
		}
	}
	if len(sums) != 5 || !slices.Equal(sums[2:], []int{5, 1, 2}) {
		t.Errorf("the columns add up to %v\n%s", sums, text)
	}
}

// TestReadScore takes what a score writes, and refuses what lacks the outcomes.
func TestReadScore(t *testing.T) {
	breaches, err := ledger.ReadScore(strings.NewReader(`{"percent": 50, "breaches": [
		{"id": "a.b", "kind": "rule", "clauses": ["a.b"], "outcome": "killed", "check": "x/y", "seconds": 0.1},
		{"id": "wire/op/lost", "kind": "lost", "clauses": ["a.b", "a.c"], "outcome": "survived"}]}`))
	if err != nil || len(breaches) != 2 {
		t.Fatalf("%v, %v", breaches, err)
	}
	if b := breaches[0]; b.ID != "a.b" || b.Outcome != ledger.Killed || b.Check != "x/y" || len(b.Clauses) != 1 {
		t.Errorf("%+v", b)
	}
	for _, text := range []string{"", "[]", "{}", `{"breaches": []}`, `{"breaches": [{"id": "a", "clauses": ["b"]}]}`, `{"breaches": [{"id": "a", "outcome": "killed"}]}`} {
		if _, err := ledger.ReadScore(strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken for a score", text)
		}
	}
}

// TestNoMustIsLeftOpen: every question that applies to a must is asked by some check, and
// every clause that checks prove has a kind.
func TestNoMustIsLeftOpen(t *testing.T) {
	l := scored(t)
	for _, open := range l.Unanswered(openapi.Must) {
		t.Errorf("nobody asks: %s", open)
	}
	for _, e := range l.Clauses {
		if len(e.Questions) != 8 {
			t.Errorf("%s is asked %d questions", e.ID, len(e.Questions))
		}
		for q, cell := range e.Questions {
			if cell.State == ledger.Asked && len(cell.Checks) == 0 || cell.State == ledger.NotApplicable && cell.Why == "" {
				t.Errorf("%s: %s is %+v", e.ID, q, cell)
			}
		}
	}
	text := written(t, ledger.Markdown, l)
	if !strings.Contains(text, "## The eight questions") || !strings.Contains(text, "| scarce |") {
		t.Error("the Markdown does not show the questions")
	}
}
