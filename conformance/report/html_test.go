package report_test

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
)

// element is part of a page: its name, and a class that it has.
type element struct{ name, class string }

// within lists the elements of a kind in a part of a page, in order.
func within(n *html.Node, of element) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == of.name && (of.class == "" || slices.Contains(strings.Fields(attribute(d, "class")), of.class)) {
			out = append(out, d)
		}
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words is the text in a part of a page.
func words(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return out.String()
}

// section is the part of a page with an id.
func section(t *testing.T, page *html.Node, id string) *html.Node {
	t.Helper()
	for _, s := range within(page, element{name: "section"}) {
		if attribute(s, "id") == id {
			return s
		}
	}
	t.Fatalf("the page has no section %s", id)
	return nil
}

// pageOf is the page of a document.
func pageOf(t *testing.T, d *report.Document) *html.Node {
	t.Helper()
	var out bytes.Buffer
	if err := report.HTML(&out, d); err != nil {
		t.Fatal(err)
	}
	page, err := html.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// TestHTMLGroupsWhatIsWrong: each broken clause stands once, with what it promises, a link to
// its row of the ledger, and its checks, each with its own summary.
func TestHTMLGroupsWhatIsWrong(t *testing.T) {
	d := wrong(t)
	ledger, err := os.ReadFile("../../docs/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := slices.DeleteFunc(within(section(t, pageOf(t, d), "findings"), element{"details", "check"}), func(n *html.Node) bool {
		return !slices.ContainsFunc([]string{"fail", "warn", "inconclusive"}, func(v string) bool {
			return slices.Contains(strings.Fields(attribute(n, "class")), v)
		})
	})
	findings := d.Findings()
	if len(blocks) != len(findings) || len(findings) >= len(d.Unsettled()) {
		t.Fatalf("%d blocks for %d findings of %d checks", len(blocks), len(findings), len(d.Unsettled()))
	}
	for i, f := range findings {
		said := words(blocks[i])
		if !strings.Contains(said, f.Clause.Says) {
			t.Errorf("%s: what it promises is missing", f.Clause.ID)
		}
		for _, c := range f.Checks {
			if !strings.Contains(said, c.ID) || !strings.Contains(said, c.Summary) {
				t.Errorf("%s: %s and its summary, %q, are missing", f.Clause.ID, c.ID, c.Summary)
			}
		}
		linked := false
		for _, a := range within(blocks[i], element{name: "a"}) {
			if words(a) != f.Clause.ID {
				continue
			}
			page, anchor, _ := strings.Cut(attribute(a, "href"), "#")
			linked = anchor == f.Clause.ID && strings.HasSuffix(page, "/docs/ledger.md") && bytes.Contains(ledger, []byte(`<a id="`+anchor+`">`))
		}
		if !linked {
			t.Errorf("%s is no link to its row of the ledger", f.Clause.ID)
		}
	}
}

// TestHTMLSaysWhyChecksAreSkipped, by the reason, with the checks.
func TestHTMLSaysWhyChecksAreSkipped(t *testing.T) {
	found := troubled()
	d := report.New(found, report.Options{})
	said := words(section(t, pageOf(t, d), "skipped"))
	skipped := 0
	for _, r := range found.Results {
		if r.Verdict != conformance.Skipped {
			continue
		}
		skipped++
		if !strings.Contains(said, r.Reason) || !strings.Contains(said, r.ID) {
			t.Errorf("%s, skipped for %q, is missing from %q", r.ID, r.Reason, said)
		}
	}
	if skipped == 0 {
		t.Error("no check is skipped")
	}
}

// TestHTMLBarsHaveAnAxis, whose ticks are milliseconds.
func TestHTMLBarsHaveAnAxis(t *testing.T) {
	latency := section(t, pageOf(t, report.New(troubled(), report.Options{})), "latency")
	axes := within(latency, element{"div", "ticks"})
	if len(axes) != 1 {
		t.Fatalf("%d axes", len(axes))
	}
	before := -1.0
	ticks := within(axes[0], element{name: "span"})
	for _, tick := range ticks {
		number, err := strconv.ParseFloat(strings.TrimSuffix(words(tick), " ms"), 64)
		if err != nil || number <= before {
			t.Errorf("the tick %q, after %v: %v", words(tick), before, err)
		}
		before = number
	}
	if len(ticks) < 2 {
		t.Errorf("%d ticks", len(ticks))
	}
}
