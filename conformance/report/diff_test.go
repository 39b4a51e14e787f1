package report_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
)

// TestDiff compares a run with one in which one of everything has changed.
func TestDiff(t *testing.T) {
	before := report.New(troubled(), report.Options{})
	if d := report.Diff(before, report.New(troubled(), report.Options{})); !d.None() {
		t.Errorf("a run differs from itself: %+v", d)
	}
	found := troubled()
	found.Results[0].Verdict = conformance.Pass
	found.Results[5].Verdict = conformance.Fail
	found.Results[1].ID = "cloudhealth/assignment/new"
	found.Clauses[0].Verdict = conformance.Pass
	found.Assumed, found.Residue = nil, nil
	var written bytes.Buffer
	d := report.Diff(before, report.New(found, report.Options{}))
	if err := d.Text(&written); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"~ check    cloudhealth/assignment/create: pass, was fail",
		"- check    cloudhealth/assignment/hostile: fail",
		"+ check    cloudhealth/assignment/new: fail",
		"! check    probe/listAwsAccountAssignments/valid: fail, was pass",
		"~ clause   cloudhealth.assignment.create.status: pass, was fail",
		"~ dialect  cloudhealth.per-page: clamped, was clamped (not observed)",
		"changed: 4 checks, 1 clauses, 1 readings, 0 latencies, 1 residues",
	} {
		if !slices.Contains(strings.Split(written.String(), "\n"), line) {
			t.Errorf("no line %q in\n%s", line, written.String())
		}
	}
	if strings.ContainsAny(written.String(), "\x1b\x00") {
		t.Error("the target writes to the terminal")
	}
}

// TestDiffLatency: what counts as beyond noise.
func TestDiffLatency(t *testing.T) {
	base := report.Latency{Operation: "list", Requests: 20, LowerQuartileMS: 8, MedianMS: 10, UpperQuartileMS: 12, P95MS: 15, MaxMS: 20}
	for name, c := range map[string]struct {
		change  func(*report.Latency)
		changed bool
	}{
		"twice as slow":     {func(l *report.Latency) { l.LowerQuartileMS, l.MedianMS, l.UpperQuartileMS = 16, 20, 24 }, true},
		"twice as fast":     {func(l *report.Latency) { l.LowerQuartileMS, l.MedianMS, l.UpperQuartileMS = 4, 5, 6 }, true},
		"too few answers":   {func(l *report.Latency) { l.Requests, l.LowerQuartileMS, l.MedianMS, l.UpperQuartileMS = 9, 16, 20, 24 }, false},
		"halves that meet":  {func(l *report.Latency) { l.LowerQuartileMS, l.MedianMS, l.UpperQuartileMS = 11, 20, 24 }, false},
		"a fifth":           {func(l *report.Latency) { l.LowerQuartileMS, l.MedianMS, l.UpperQuartileMS = 12.1, 12.2, 12.3 }, false},
		"the slowest alone": {func(l *report.Latency) { l.MaxMS = 900 }, false},
		"another operation": {func(l *report.Latency) {
			l.Operation, l.LowerQuartileMS, l.MedianMS, l.UpperQuartileMS = "get", 16, 20, 24
		}, false},
	} {
		after := base
		c.change(&after)
		d := report.Diff(&report.Document{Latency: []report.Latency{base}}, &report.Document{Latency: []report.Latency{after}})
		if changed := len(d.Latency) == 1; changed != c.changed {
			t.Errorf("%s: %+v", name, d.Latency)
		}
	}
	tiny := report.Latency{Operation: "list", Requests: 20, LowerQuartileMS: 0.1, MedianMS: 0.1, UpperQuartileMS: 0.1}
	slower := report.Latency{Operation: "list", Requests: 20, LowerQuartileMS: 0.9, MedianMS: 0.9, UpperQuartileMS: 0.9}
	if d := report.Diff(&report.Document{Latency: []report.Latency{tiny}}, &report.Document{Latency: []report.Latency{slower}}); !d.None() {
		t.Errorf("less than a millisecond counts: %+v", d.Latency)
	}
}
