package clientgate

import (
	_ "embed" // the page
	"io"
	"strings"

	"github.com/twinbill/twinbill/conformance/report"
)

//go:embed page.gohtml
var pageText string

var pageTemplate = report.NewPage(pageText)

// page is what the template shows.
type page struct {
	*Result
	Headline, Causes string
	Tone             string
	Tiles            []tile
	Sections         []section
}

type tile struct {
	Name, Tone string
	Count      int
}

type section struct {
	Name     string
	Findings []shownFinding
}

type shownFinding struct {
	Finding
	Name, Tone string
	Lines      []string
}

var tones = map[Verdict]string{Pass: "pass", Fail: "fail", Allowed: "skipped"}

// HTML writes a result as one page that needs nothing else, with the look of verify's.
func HTML(w io.Writer, r *Result) error {
	headline, causes, _ := strings.Cut(r.outcome(), ": ")
	p := page{Result: r, Headline: strings.ToUpper(headline[:1]) + headline[1:], Causes: report.Printable(causes), Tone: "fail"}
	switch {
	case r.Met:
		p.Tone = "pass"
	case r.Nothing != "":
		p.Tone = "inconclusive"
	}
	for _, v := range []Verdict{Pass, Fail, Allowed} {
		n := 0
		for _, f := range r.Findings {
			if f.Verdict == v {
				n++
			}
		}
		p.Tiles = append(p.Tiles, tile{string(v), tones[v], n})
	}
	for _, group := range groups {
		s := section{Name: group}
		for _, f := range r.of(group) {
			shown := shownFinding{Finding: f, Name: report.Printable(f.Name), Tone: tones[f.Verdict]}
			f.Clause = "" // a link of its own
			shown.Lines = f.account()
			s.Findings = append(s.Findings, shown)
		}
		if len(s.Findings) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	return pageTemplate.Execute(w, p)
}
