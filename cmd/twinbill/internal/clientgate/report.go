package clientgate

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/report"
)

// Format is one way to write a result to a file.
type Format struct {
	Name  string
	Write func(io.Writer, *Result) error
}

// Formats lists the formats of a report file.
func Formats() []Format {
	return []Format{{"junit", JUnit}, {"json", JSON}, {"html", HTML}, {"md", Markdown}}
}

// FormatNames lists the names of the formats, for people to read.
func FormatNames() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// FormatNamed returns the format of a name.
func FormatNamed(name string) (Format, bool) {
	all := Formats()
	i := slices.IndexFunc(all, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return all[i], true
}

// groups are those of findings, in the order of reports.
var groups = []string{"journal", "departures", "expectations", "coverage"}

func (r *Result) of(group string) []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.Group != group })
}

// outcome is the result in a sentence.
func (r *Result) outcome() string {
	switch n := r.Failures(); {
	case r.Nothing != "":
		return "nothing is judged: " + r.Nothing
	case n == 1:
		return "not met: 1 finding"
	case n > 1:
		return fmt.Sprintf("not met: %d findings", n)
	}
	return "met"
}

// account is all that a finding says beside its name, a line each.
func (f Finding) account() []string {
	lines := []string{f.Says}
	lines = append(lines, f.Details...)
	switch {
	case f.Clause == "":
	case f.Level != "":
		lines = append(lines, fmt.Sprintf("clause %s (%s)", f.Clause, f.Level))
	default:
		lines = append(lines, "clause "+f.Clause)
	}
	if f.Group == "departures" && len(f.Requests) > 0 {
		text := strings.Join(f.Requests, ", ")
		if more := f.Count - len(f.Requests); more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		lines = append(lines, "request "+text)
	}
	if f.Mend != "" {
		lines = append(lines, "to mend: "+f.Mend)
	}
	for i := range lines {
		lines[i] = report.Printable(lines[i])
	}
	return lines
}

// Terminal writes a result for people.
func Terminal(w io.Writer, r *Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nsandbox %s at %s, requests: %d\n", r.outcome(), report.Printable(r.Sandbox), r.URL, r.Requests)
	for _, group := range groups {
		for i, f := range r.of(group) {
			if i == 0 {
				fmt.Fprintf(&b, "%s\n", group)
			}
			fmt.Fprintf(&b, "  %-7s %s\n", f.Verdict, report.Printable(f.Name))
			for _, line := range f.account() {
				fmt.Fprintf(&b, "          %s\n", line)
			}
		}
	}
	for _, glob := range r.Unmatched {
		fmt.Fprintf(&b, "no departure fits --allow-departure %s\n", report.Printable(glob))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// JSON writes a result as JSON.
func JSON(w io.Writer, r *Result) error { return report.EncodeJSON(w, r) }

// Markdown writes a result for the summary of a job.
func Markdown(w io.Writer, r *Result) error {
	plain := strings.NewReplacer("|", "\\|", "<", "&lt;", "`", "'", "*", "\\*", "_", "\\_", "[", "\\[")
	var b strings.Builder
	fmt.Fprintf(&b, "# Client of sandbox %s\n\nRequests: %d. Verdict: %s.\n", plain.Replace(report.Printable(r.Sandbox)), r.Requests, plain.Replace(r.outcome()))
	if len(r.Findings) > 0 {
		b.WriteString("\n| | finding | |\n| --- | --- | --- |\n")
	}
	for _, group := range groups {
		for _, f := range r.of(group) {
			lines := f.account()
			for i := range lines {
				lines[i] = plain.Replace(lines[i])
			}
			fmt.Fprintf(&b, "| %s | %s: %s | %s |\n", f.Verdict, group, plain.Replace(report.Printable(f.Name)), strings.Join(lines, "<br>"))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitOutcome `xml:"failure"`
	Error   *junitOutcome `xml:"error"`
	Skipped *junitOutcome `xml:"skipped"`
}

type junitOutcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes a result as JUnit XML: one suite for each group of findings. What is
// allowed counts as skipped, and that nothing is judged as an error.
func JUnit(w io.Writer, r *Result) error {
	all := junitSuites{Name: "twinbill gate"}
	for _, group := range groups {
		suite := junitSuite{Name: group}
		for _, f := range r.of(group) {
			c := junitCase{Name: report.Printable(f.Name), Class: "client." + group}
			account := &junitOutcome{Message: report.Printable(f.Says), Type: group, Text: strings.Join(f.account(), "\n")}
			switch f.Verdict {
			case Fail:
				c.Failure = account
			case Allowed:
				c.Skipped = &junitOutcome{Message: "allowed: " + report.Printable(f.Says)}
			}
			suite.add(c)
		}
		all.add(suite)
	}
	if r.Nothing != "" {
		suite := junitSuite{Name: "journal"}
		suite.add(junitCase{Name: "requests", Class: "client.journal", Error: &junitOutcome{Message: r.Nothing, Type: "nothing", Text: r.Nothing}})
		all.add(suite)
	}
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

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
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
