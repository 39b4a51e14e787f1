package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/twinbill/twinbill/conformance"
)

// mostAnnotations is how many annotations of one level GitHub shows for a step.
const mostAnnotations = 10

// Annotations writes what has to be looked at as workflow commands of GitHub Actions:
// errors for what fails the run, warnings for the rest.
func Annotations(w io.Writer, d *Document) error {
	var errors, warnings []annotation
	for _, c := range d.Unsettled() {
		a := annotation{fmt.Sprintf("%s: %s", c.Verdict, c.ID), d.annotated(c)}
		if c.Verdict == conformance.Fail || c.Verdict == conformance.Warn && d.Strict {
			errors = append(errors, a)
		} else {
			warnings = append(warnings, a)
		}
	}
	if d.Outcome == Unverified {
		errors = append(errors, annotation{"twinbill", "nothing is verified: " + d.Reason})
	}
	for _, left := range d.Residue {
		errors = append(errors, annotation{"residue", left})
	}
	for _, stale := range d.Stale {
		errors = append(errors, annotation{"stale expected failure", stale})
	}
	if err := annotate(w, "error", errors); err != nil {
		return err
	}
	return annotate(w, "warning", warnings)
}

type annotation struct{ title, text string }

func (d *Document) annotated(c *Check) string {
	lines := []string{c.Reason, c.Summary}
	for _, clause := range d.about(c) {
		if c.Verdict != conformance.Inconclusive {
			lines = append(lines, fmt.Sprintf("%s (%s)", clause.Says, clause.ID))
		}
	}
	for _, line := range []struct{ name, text string }{{"expected", c.Expected}, {"actual", c.Actual}, {"lawful", c.Lawful}, {"blame", c.Blame}, {"replay", c.Replay}} {
		if line.text != "" {
			lines = append(lines, line.name+": "+shorten(line.text, 500))
		}
	}
	return strings.Join(lines, "\n")
}

var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func annotate(w io.Writer, level string, all []annotation) error {
	if more := len(all) - mostAnnotations; more > 0 {
		all = append(all[:mostAnnotations-1:mostAnnotations-1], annotation{fmt.Sprintf("%d more", more+1), "The report has them all."})
	}
	for _, a := range all {
		if _, err := fmt.Fprintf(w, "::%s title=%s::%s\n", level, commandProperty.Replace(Printable(a.title)), commandData.Replace(visible(a.text))); err != nil {
			return err
		}
	}
	return nil
}
