package report_test

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/report"
)

// validates tells what xmllint has against a document by testdata/junit.xsd; nothing
// means that it is valid.
func validates(t *testing.T, document []byte) string {
	t.Helper()
	program, err := exec.LookPath("xmllint")
	if err != nil {
		if os.Getenv("TWINBILL_NEED_XMLLINT") != "" {
			t.Fatal("no xmllint on the PATH (Debian: libxml2-utils)")
		}
		t.Skip("needs xmllint on the PATH; .ci/junit installs it and runs this")
	}
	command := exec.CommandContext(t.Context(), program, "--nonet", "--noout", "--huge", "--schema", "testdata/junit.xsd", "-")
	command.Stdin = bytes.NewReader(document)
	said, err := command.CombinedOutput()
	if err == nil {
		return ""
	}
	return string(said)
}

// TestJUnitSchema validates reports of all kinds of targets, and sees the schema
// refuse what is none.
func TestJUnitSchema(t *testing.T) {
	for name, d := range examples(t) {
		var b bytes.Buffer
		if err := report.JUnit(&b, d); err != nil {
			t.Fatal(err)
		}
		if said := validates(t, b.Bytes()); said != "" {
			t.Errorf("%s: %s", name, said)
		}
		for what, change := range map[string][2]string{
			"no name": {`<testcase name="`, `<testcase title="`}, "a count in words": {`failures="`, `failures="no`},
			"an unknown outcome": {"<properties>", "<passed></passed><properties>"},
		} {
			broken := strings.Replace(b.String(), change[0], change[1], 1)
			if broken != b.String() && validates(t, []byte(broken)) == "" {
				t.Errorf("%s: the schema takes %s", name, what)
			}
		}
	}
}

// suites is what a CI system makes of a report.
type suites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Name  string `xml:"name,attr"`
		Tests int    `xml:"tests,attr"`
		Cases []struct {
			Name       string `xml:"name,attr"`
			Properties []struct {
				Name  string `xml:"name,attr"`
				Value string `xml:"value,attr"`
			} `xml:"properties>property"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
			Out string `xml:"system-out"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// TestJUnitOutcomes reads a report as a CI system does.
func TestJUnitOutcomes(t *testing.T) {
	for strict, want := range map[bool][4]int{false: {10, 4, 1, 2}, true: {10, 5, 1, 2}} {
		var b bytes.Buffer
		if err := report.JUnit(&b, report.New(troubled(), report.Options{Strict: strict})); err != nil {
			t.Fatal(err)
		}
		var all suites
		if err := xml.Unmarshal(b.Bytes(), &all); err != nil {
			t.Fatal(err)
		}
		if got := [4]int{all.Tests, all.Failures, all.Errors, all.Skipped}; got != want {
			t.Errorf("strict %v: tests, failures, errors and skipped are %v, want %v", strict, got, want)
		}
		var names []string
		for _, s := range all.Suites {
			names = append(names, s.Name)
			if s.Tests != len(s.Cases) {
				t.Errorf("%s says %d tests and has %d", s.Name, s.Tests, len(s.Cases))
			}
			for _, c := range s.Cases {
				switch c.Name {
				case "cloudhealth/assignment/create":
					var properties []string
					for _, p := range c.Properties {
						properties = append(properties, p.Name+"="+p.Value)
					}
					for _, property := range []string{"clause=cloudhealth.assignment.create.status", "level=must", "source=assignments#create", "verdict=fail"} {
						if !strings.Contains(strings.Join(properties, "\n"), property) {
							t.Errorf("no property %s in %v", property, properties)
						}
					}
					if c.Failure == nil || !strings.Contains(c.Failure.Text, "Success answers 201.") || !strings.Contains(c.Out, "POST https://billing.example/v1") {
						t.Errorf("%s: failure %+v, output %q", c.Name, c.Failure, c.Out)
					}
				case "probe/listAwsAccountAssignments/query/page/type":
					if c.Skipped == nil || !strings.Contains(c.Skipped.Message, "known since May") {
						t.Errorf("an expected failure is %+v", c.Skipped)
					}
				}
			}
		}
		if got := strings.Join(names, ", "); got != "cloudhealth scenarios, cloudhealth probes, run" {
			t.Errorf("suites %s", got)
		}
	}
}
