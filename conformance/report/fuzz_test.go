package report_test

import (
	"bytes"
	"encoding/xml"
	"html"
	"regexp"
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
)

// saying is a report in which a target says one text everywhere.
func saying(text string) *report.Document {
	found := troubled()
	found.Residue, found.Kept, found.Stale = []string{text}, []string{text}, []string{text}
	for i := range found.Results {
		r := &found.Results[i]
		if r.Verdict == conformance.Fail {
			r.Reason, r.Expected, r.Actual, r.Blame = "because "+text, "a "+text, "b "+text, "c "+text
		}
		for _, e := range r.Exchanges {
			e.Answer, e.URL = []byte(text), "http://x/"+text
			e.Header = map[string][]string{"X-Said": {text}}
		}
	}
	return report.New(found, report.Options{Version: "test"})
}

func seeds(f *testing.F) {
	for _, text := range []string{"plain", hostile, "]]>", "|\n| --- |", "</pre>", "`", "\x00\xff", "&amp;", "[a](b)", "<!--", "www.evil.example", "@all #1", "\u2028\u202e", "{\"a\":1}", "::error::x"} {
		f.Add(text)
	}
}

// FuzzJUnit: whatever a target says, the report is XML, with the same cases.
func FuzzJUnit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		if err := report.JUnit(&b, saying(text)); err != nil {
			t.Fatal(err)
		}
		var all suites
		if err := xml.Unmarshal(b.Bytes(), &all); err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if all.Tests != 10 || all.Failures != 4 {
			t.Errorf("%d tests, %d failures", all.Tests, all.Failures)
		}
		if strings.ContainsAny(b.String(), "\x00\x1b\x08\ufffe") {
			t.Error("a character that XML does not have")
		}
	})
}

// quotations are where Markdown shows what a target says.
var quotations = regexp.MustCompile(`(?s)<(code|pre)>([^<]*)</(?:code|pre)>`)

// meaning is what would be emphasis, a link, an emoji or a reference on GitHub.
var meaning = regexp.MustCompile(`(?i)www\.|:[^ ]|#[^a-z]|(^|[^a-z0-9])_|_([^a-z0-9]|$)|(^|[^a-z])#[0-9]`)

// FuzzMarkdown: whatever a target says stays within the quotations, where nothing is
// left that could end them or be a link, a mention or a table.
func FuzzMarkdown(f *testing.F) {
	skeleton := func(text string) (string, []string) {
		var b bytes.Buffer
		if err := report.Markdown(&b, saying(text)); err != nil {
			f.Fatal(err)
		}
		var inside []string
		for _, m := range quotations.FindAllStringSubmatch(b.String(), -1) {
			inside = append(inside, m[2])
		}
		return quotations.ReplaceAllString(b.String(), "<$1>"), inside
	}
	want, _ := skeleton("plain")
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		got, inside := skeleton(text)
		if got != want {
			t.Fatalf("the text changes the document:\n%s", got)
		}
		for _, quoted := range inside {
			bare := regexp.MustCompile(`&#[0-9]+;`).ReplaceAllString(quoted, "")
			if strings.ContainsAny(bare, "<>&|`*[]@!~$^\\\r\x00") || meaning.MatchString(bare) {
				t.Fatalf("left in a quotation: %q", quoted)
			}
			if strings.ContainsAny(html.UnescapeString(quoted), "\x00\x1b") {
				t.Fatalf("a control character: %q", quoted)
			}
		}
	})
}

// FuzzHTML: whatever a target says, the page has the same elements.
func FuzzHTML(f *testing.F) {
	elements := func(text string) string {
		var b bytes.Buffer
		if err := report.HTML(&b, saying(text)); err != nil {
			f.Fatal(err)
		}
		var out strings.Builder
		for z := xhtml.NewTokenizer(&b); z.Next() != xhtml.ErrorToken; {
			token := z.Token()
			if token.Type != xhtml.StartTagToken && token.Type != xhtml.EndTagToken {
				continue
			}
			out.WriteString(token.Type.String() + token.Data)
			for _, a := range token.Attr {
				out.WriteString(" " + a.Key)
			}
			out.WriteString("\n")
		}
		return out.String()
	}
	want := elements("plain")
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		if got := elements(text); got != want {
			t.Errorf("%q changes the page", text)
		}
	})
}
