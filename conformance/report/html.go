package report

import (
	"cmp"
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/openapi"
)

var (
	//go:embed page.gohtml
	pageText string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

var pageTemplate = NewPage(pageText)

// NewPage is the template of a page that has the look of a report: its functions, its
// template "slug", its {{style}}, and the {{policy}} under which it asks nobody for anything.
func NewPage(text string) *template.Template {
	const slug = `{{define "slug"}}{{range parts .}}{{.}}<wbr>{{end}}{{end}}`
	return template.Must(template.New("page").Funcs(pageFunctions).Parse(slug + text))
}

var pageFunctions = template.FuncMap{
	"style": func() template.CSS { return template.CSS(pageStyle) },
	"policy": func() string {
		return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'", hash(pageStyle), hash(pageScript))
	},
	"show":       func(s any) string { return shorten(visible(fmt.Sprint(s)), mostOnPage) },
	"transcript": func(e any) string { return shorten(transcriptOf(e), mostOnPage) },
	"difference": changes,
	"ms":         func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) },
	"parts":      func(name string) []string { return joints.FindAllString(name, -1) },
	"ledger":     func(slug string) string { return ledgerPage + "#" + slug },
	"words":      func(name string) []string { return humps.FindAllString(visible(name), -1) },
}

// humps are the parts of a name between which a line may end.
var humps = regexp.MustCompile(`[^A-Z]+|[A-Z][^A-Z]*`)

// joints are the parts of a slug between which a line may end.
var joints = regexp.MustCompile(`[^./=_-]*[./=_-]*`)

// ledgerPage is where every clause has a row, with what checks it and what breaks it.
const ledgerPage = "https://github.com/twinbill/twinbill/blob/main/docs/ledger.md"

// Bounds of a page: of each text in characters, of the findings that it opens, and of the
// checks of one.
const (
	mostOnPage = 6000
	mostOpened = 150
	mostChecks = 20
	mostSlow   = 10
)

// page is what the template shows.
type page struct {
	*Document
	Script        template.JS
	Tone          conformance.Verdict
	Headline      string
	Causes        string
	Took          string
	Tiles         []tile
	Bars          []bar
	Short         []Point // the readings that depart, the first few
	Opened, More  []*Finding
	MostChecks    int
	ExcusedChecks []*Check
	Heat          []heatGroup
	Slowest       []slow
	Ticks         []string
	Plot          *plot
	Sorted        []Clause
	Left          []skippedFor
	why           map[string]string // clause → why a check of it was skipped
}

type tile struct {
	Verdict conformance.Verdict
	Count   int
	Heat    int // 0 for none, up to 5
}

type bar struct {
	Verdict     conformance.Verdict
	From, Width float64
}

type heatGroup struct {
	API  openapi.API
	Rows []heatRow
}

type heatRow struct {
	Operation string
	Cells     []tile
}

type skippedFor struct {
	Reason string
	Count  int
	Checks []*Check
}

// HTML writes a report as one page that needs nothing else.
func HTML(w io.Writer, d *Document) error {
	headline, causes, _ := strings.Cut(d.Verdict(), ": ")
	if d.Reason != "" {
		causes = shorten(visible(d.Reason), mostOnPage)
	}
	p := page{
		Document: d, Script: template.JS(pageScript),
		Tone: tones[d.Outcome], Headline: headline, Causes: causes, Took: decimal(float64(d.DurationMS)/1000) + " s",
		Opened: d.Findings(), MostChecks: mostChecks, ExcusedChecks: d.Excused(), Heat: d.heat(), Plot: d.plot(), Sorted: d.worstFirst(), Left: d.skipped(), why: map[string]string{},
	}
	if len(p.Opened) > mostOpened {
		p.Opened, p.More = p.Opened[:mostOpened], p.Opened[mostOpened:]
	}
	from := 0.0
	for _, v := range verdicts {
		p.Tiles = append(p.Tiles, tile{Verdict: v, Count: d.Summary.Checks[v]})
		if share := 100 * float64(d.Summary.Clauses[v]) / float64(max(1, len(d.Clauses))); share > 0 && v != conformance.Skipped {
			p.Bars = append(p.Bars, bar{v, from, share})
			from += share
		}
	}
	p.Slowest, p.Ticks = d.slow()
	for _, point := range d.Departures() {
		if (point.Departs() || point.Other != "") && len(p.Short) < mostLines {
			p.Short = append(p.Short, point)
		}
	}
	for _, s := range p.Left {
		for _, c := range s.Checks {
			for _, id := range c.Clauses {
				if p.why[id] == "" {
					p.why[id] = s.Reason
				}
			}
		}
	}
	return pageTemplate.Execute(w, p)
}

var tones = map[Outcome]conformance.Verdict{
	Conformant: conformance.Pass, NotConformant: conformance.Fail, Undecided: conformance.Inconclusive, Unverified: conformance.Inconclusive,
	Empty: conformance.Skipped,
}

// hash is what a content security policy knows a text by.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Why is the reason for which nothing is known of a clause.
func (p page) Why(c Clause) string {
	switch {
	case c.Verdict != conformance.Skipped:
		return ""
	case p.why[c.ID] != "":
		return p.why[c.ID]
	case len(c.Checks) == 0:
		return "no check of this run is about it"
	}
	return "its checks did not come to it"
}

// Came is the answer that a failure is about, in short.
func (c *Check) Came() string {
	switch e := c.Exchange(); {
	case e == nil:
		return ""
	case e.Error != "":
		return "no answer: " + e.Error
	default:
		return strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, shorten(strings.TrimSpace(e.Response.Body), mostShown)))
	}
}

// Beyond are the checks of a finding after the first few.
func (f *Finding) Beyond(n int) []*Check { return f.Checks[min(n, len(f.Checks)):] }

func transcriptOf(e any) string {
	x, ok := e.(*Exchange)
	if !ok {
		one := e.(Exchange)
		x = &one
	}
	shown := *x
	for _, m := range []*Message{&shown.Request, &shown.Response} {
		if text, ok := indented(m.Body); ok {
			m.Body = string(text)
		}
	}
	return shown.String()
}

type change struct{ Class, Text string }

func changes(expected, actual string) []change {
	var out []change
	for _, line := range difference(expected, actual) {
		out = append(out, change{map[string]string{"-": "minus", "+": "plus"}[line[:1]], line})
	}
	return out
}

// heat counts the verdicts of each operation's checks.
func (d *Document) heat() []heatGroup {
	counts := map[openapi.API]map[string]map[conformance.Verdict]int{}
	most := map[conformance.Verdict]int{}
	for i := range d.Checks {
		c := &d.Checks[i]
		for _, op := range c.Operations {
			if counts[c.API] == nil {
				counts[c.API] = map[string]map[conformance.Verdict]int{}
			}
			if counts[c.API][op] == nil {
				counts[c.API][op] = map[conformance.Verdict]int{}
			}
			counts[c.API][op][c.Verdict]++
			most[c.Verdict] = max(most[c.Verdict], counts[c.API][op][c.Verdict])
		}
	}
	var out []heatGroup
	for _, api := range openapi.APIs() {
		group := heatGroup{API: api}
		for op, of := range counts[api] {
			r := heatRow{Operation: op}
			for _, v := range verdicts {
				heat := int(math.Ceil(5 * math.Log1p(float64(of[v])) / math.Log1p(float64(max(1, most[v])))))
				r.Cells = append(r.Cells, tile{v, of[v], heat})
			}
			group.Rows = append(group.Rows, r)
		}
		slices.SortFunc(group.Rows, func(a, b heatRow) int { return cmp.Compare(a.Operation, b.Operation) })
		if len(group.Rows) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// worstFirst lists the clauses, those that are broken or undecided first.
func (d *Document) worstFirst() []Clause {
	rank := func(v conformance.Verdict) int {
		return -slices.Index([]conformance.Verdict{conformance.Pass, conformance.Observed, conformance.Skipped, conformance.Inconclusive, conformance.Warn, conformance.Fail}, v)
	}
	return slices.SortedStableFunc(slices.Values(d.Clauses), func(a, b Clause) int { return cmp.Compare(rank(a.Verdict), rank(b.Verdict)) })
}

// skipped counts the skipped checks by reason, the most frequent first.
func (d *Document) skipped() []skippedFor {
	var out []skippedFor
	for i := range d.Checks {
		c := &d.Checks[i]
		if c.Verdict != conformance.Skipped {
			continue
		}
		at := slices.IndexFunc(out, func(s skippedFor) bool { return s.Reason == c.Reason })
		if at < 0 {
			at, out = len(out), append(out, skippedFor{Reason: c.Reason})
		}
		out[at].Count++
		out[at].Checks = append(out[at].Checks, c)
	}
	slices.SortStableFunc(out, func(a, b skippedFor) int { return cmp.Compare(b.Count, a.Count) })
	return out
}
