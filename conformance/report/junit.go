package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/openapi"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     seconds      `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       seconds         `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitCase struct {
	Name       shownText       `xml:"name,attr"`
	Class      string          `xml:"classname,attr"`
	Time       seconds         `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Failure    *junitOutcome   `xml:"failure"`
	Error      *junitOutcome   `xml:"error"`
	Skipped    *junitOutcome   `xml:"skipped"`
	Out        shownText       `xml:"system-out,omitempty"`
}

type junitProperty struct {
	Name  string    `xml:"name,attr"`
	Value shownText `xml:"value,attr"`
}

type junitOutcome struct {
	Message shownText `xml:"message,attr"`
	Type    string    `xml:"type,attr,omitempty"`
	Text    shownText `xml:",chardata"`
}

// shownText is a text from anywhere, in which everything is seen.
type shownText string

func (t shownText) MarshalText() ([]byte, error) { return []byte(visible(string(t))), nil }

// seconds is a time as JUnit has it.
type seconds float64

func (s seconds) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%.3f", float64(s)), nil }

// JUnit writes a report as JUnit XML: one suite for each API and kind of check, and
// one for what the run as a whole failed at. A broken must is a failure, as is a
// broken should where warnings fail; inconclusive is an error, as is that
// nothing is verified; an expected failure counts as skipped.
func JUnit(w io.Writer, d *Document) error {
	all := junitSuites{Name: "twinbill", Time: seconds(float64(d.DurationMS) / 1000)}
	for _, api := range openapi.APIs() {
		for _, kind := range []conformance.Kind{conformance.KindScenario, conformance.KindProbe} {
			s := d.junitSuite(fmt.Sprintf("%s %ss", api, kind))
			for i := range d.Checks {
				if c := &d.Checks[i]; c.API == api && c.Kind == kind {
					s.add(d.junitCase(c))
				}
			}
			all.add(s)
		}
	}
	run := d.junitSuite("run")
	switch d.Outcome {
	case Unverified:
		run.add(junitCase{Name: "verification", Class: "run", Error: &junitOutcome{Message: shownText(d.Reason), Type: string(Unverified), Text: shownText(d.Reason)}})
	case Empty:
		run.add(junitCase{Name: "verification", Class: "run", Skipped: &junitOutcome{Message: shownText(d.Reason)}})
	}
	for _, left := range d.Residue {
		run.add(junitCase{Name: shownText("residue: " + left), Class: "run", Failure: &junitOutcome{Message: "left on the target", Type: "residue", Text: shownText(left)}})
	}
	for _, stale := range d.Stale {
		run.add(junitCase{Name: shownText("expected failure: " + stale), Class: "run", Failure: &junitOutcome{Message: shownText(stale), Type: "stale"}})
	}
	all.add(run)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuites) add(suite junitSuite) {
	if suite.Tests == 0 {
		return
	}
	s.Suites = append(s.Suites, suite)
	s.Tests += suite.Tests
	s.Failures += suite.Failures
	s.Errors += suite.Errors
	s.Skipped += suite.Skipped
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	s.Time += c.Time
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func (d *Document) junitSuite(name string) junitSuite {
	return junitSuite{Name: name, Timestamp: d.Started.Format("2006-01-02T15:04:05"), Properties: []junitProperty{
		{"target", shownText(d.Target.URL)}, {"suite", shownText(d.Suite.Name + " " + d.Suite.Version)}, {"seed", shownText(d.Seed)},
	}}
}

func (d *Document) junitCase(c *Check) junitCase {
	out := junitCase{
		Name: shownText(c.ID), Class: fmt.Sprintf("%s.%s", c.API, c.Kind), Time: seconds(c.DurationMS / 1000),
		Properties: []junitProperty{{"verdict", shownText(c.Verdict)}, {"level", shownText(c.Level)}},
	}
	for _, op := range c.Operations {
		out.Properties = append(out.Properties, junitProperty{"operation", shownText(op)})
	}
	for _, clause := range d.about(c) {
		out.Properties = append(out.Properties, junitProperty{"clause", shownText(clause.ID)})
		if clause.Source != "" {
			out.Properties = append(out.Properties, junitProperty{"source", shownText(clause.Source)})
		}
	}
	account := &junitOutcome{Message: shownText(c.Reason), Type: string(c.Level), Text: shownText(d.account(c))}
	switch {
	case c.Excused != "":
		out.Skipped = &junitOutcome{Message: shownText("expected to fail: " + c.Excused)}
	case c.Verdict == conformance.Skipped:
		out.Skipped = &junitOutcome{Message: shownText(c.Reason)}
	case c.Verdict == conformance.Fail, c.Verdict == conformance.Warn && d.Strict:
		out.Failure = account
	case c.Verdict == conformance.Inconclusive:
		account.Type = string(c.Verdict)
		out.Error = account
	}
	if c.Unsettled() {
		text := transcript(c)
		if out.Failure == nil && out.Error == nil {
			text = d.account(c) + "\n" + text
		}
		out.Out = shownText(text)
	}
	return out
}

// account says why a check did not pass: what its clauses promise, what was expected
// and what came, and how to see it again.
func (d *Document) account(c *Check) string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-9s %s\n", name, visible(text))
		}
	}
	line("check", c.Summary)
	for _, clause := range d.about(c) {
		line("clause", fmt.Sprintf("%s (%s): %s", clause.ID, clause.Level, clause.Says))
		line("source", clause.Source)
	}
	line("reason", c.Reason)
	line("expected", c.Expected)
	line("actual", c.Actual)
	for _, change := range difference(c.Expected, c.Actual) {
		line("", change)
	}
	line("lawful", c.Lawful)
	line("blame", c.Blame)
	for _, command := range c.Chain {
		line("repeat", command)
	}
	line("replay", c.Replay)
	return b.String()
}

// transcript is what was said in a check, for people to read.
func transcript(c *Check) string {
	var b strings.Builder
	for i := range c.Exchanges {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(c.Exchanges[i].String())
	}
	return b.String()
}

// String is the exchange as HTTP shows it.
func (e *Exchange) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", e.Method, Printable(e.URL))
	message(&b, e.Request)
	if e.Error != "" {
		fmt.Fprintf(&b, "\nno answer: %s\n", Printable(e.Error))
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, "\n%d after %.1f ms\n", e.Status, e.DurationMS)
		message(&b, e.Response)
	}
	return b.String()
}

func message(b *strings.Builder, m Message) {
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		fmt.Fprintf(b, "%s: %s\n", Printable(name), Printable(m.Headers[name]))
	}
	if m.Body != "" {
		fmt.Fprintf(b, "\n%s\n", strings.TrimRight(visible(m.Body), "\n"))
	}
}
