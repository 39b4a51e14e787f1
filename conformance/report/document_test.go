package report_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/conformance/target"
)

// answered is a report of one check that failed on one exchange.
func answered(e *target.Exchange, secrets ...string) *conformance.Report {
	return &conformance.Report{Secrets: secrets, Results: []conformance.Result{{
		Check: conformance.Check{ID: "a/check"}, Verdict: conformance.Fail, Exchanges: []*target.Exchange{e},
	}}}
}

// TestClippedMessagesSayWhatIsLeftOut: a message that was not kept whole ends with the number
// of bytes that the report does not show. The last bytes kept, which may be the begin of a
// secret, are not shown either.
func TestClippedMessagesSayWhatIsLeftOut(t *testing.T) {
	const secret = "correct-horse-battery-staple"
	const size, most = 100_000, 4_000
	text := []byte(strings.Repeat("a", most-len(secret)/2) + secret + strings.Repeat("b", size))[:size]
	whole := &target.Exchange{Method: http.MethodPost, URL: "http://h/", Body: text, Status: http.StatusOK, Answer: text}
	for name, test := range map[string]struct {
		exchange *target.Exchange
		clipped  bool
	}{
		"whole":   {whole, false},
		"clipped": {whole.Clipped(most), true},
	} {
		d := report.New(answered(test.exchange, secret), report.Options{})
		for side, body := range map[string]string{"request": d.Checks[0].Exchanges[0].Request.Body, "answer": d.Checks[0].Exchanges[0].Response.Body} {
			said := regexp.MustCompile(`^(a+)\.\.\. \(of this message, (\d+) bytes are not shown\)$`).FindStringSubmatch(body)
			if (said != nil) != test.clipped || strings.Contains(body, secret[:4]) {
				t.Errorf("%s, the %s: %d bytes, %.20s...%s", name, side, len(body), body, body[max(0, len(body)-80):])
				continue
			}
			if !test.clipped {
				continue
			}
			if left, err := strconv.Atoi(said[2]); err != nil || len(said[1])+left != size || len(said[1]) < most/3 {
				t.Errorf("%s, the %s: shows %d bytes and says that %s of %d are not shown", name, side, len(said[1]), said[2], size)
			}
		}
		for _, f := range report.Formats() {
			var out bytes.Buffer
			if err := f.Write(&out, d); err != nil {
				t.Fatal(err)
			}
			if (f.Name == "json" || f.Name == "html") && strings.Contains(out.String(), " bytes are not shown)") != test.clipped {
				t.Errorf("%s, as %s: does not say whether bytes are left out", name, f.Name)
			}
		}
	}
}

// TestInterruptedReportShowsNoBody: once the run is interrupted, a report does not search
// what was sent and answered for secrets, and shows none of it. A message without a body is
// shown as before.
func TestInterruptedReportShowsNoBody(t *testing.T) {
	const sent, said = "what was sent", "what was answered"
	for _, interrupted := range []bool{false, true} {
		hurry := make(chan struct{})
		if interrupted {
			close(hurry)
		}
		found := answered(&target.Exchange{Method: http.MethodPost, URL: "http://h/", Body: []byte(sent), Status: http.StatusOK, Answer: []byte(said)})
		found.Results = append(found.Results, answered(&target.Exchange{Method: http.MethodGet, URL: "http://h/", Status: http.StatusNoContent}).Results...)
		d := report.New(found, report.Options{Hurry: hurry})
		want := []report.Message{{Body: sent}, {Body: said}, {}, {}}
		if interrupted {
			const left = "(not shown: the report was interrupted)"
			want[0].Body, want[1].Body = left, left
		}
		var got []report.Message
		for _, c := range d.Checks {
			got = append(got, report.Message{Body: c.Exchanges[0].Request.Body}, report.Message{Body: c.Exchanges[0].Response.Body})
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("interrupted: %v: the bodies are %q, want %q", interrupted, got, want)
		}
	}
}
