package conformance_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
)

var (
	assignmentPath = regexp.MustCompile(`(/aws_account_assignments/)(\d+)`)
	idField        = regexp.MustCompile(`("id":)(\d+)`)
)

// renumbered is a deployment whose assignments have ids of another range. It keeps the
// ids that it gave, those that it said nothing has, and those that a PUT or DELETE named.
type renumbered struct {
	twin          http.Handler
	shown, hidden func(int64) int64
	mu            sync.Mutex
	given, vacant map[string]bool
	touched       []string
}

func (d *renumbered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/__admin") {
		http.NotFound(w, r)
		return
	}
	asked := assignmentPath.FindStringSubmatch(r.URL.Path)
	if asked != nil && (r.Method == http.MethodPut || r.Method == http.MethodDelete) {
		d.mu.Lock()
		d.touched = append(d.touched, asked[2])
		d.mu.Unlock()
	}
	r.URL.Path = replaced(assignmentPath, r.URL.Path, d.hidden)
	recorder := httptest.NewRecorder()
	d.twin.ServeHTTP(recorder, r)
	body := recorder.Body.String()
	if strings.Contains(r.URL.Path, "/aws_account_assignments") {
		body = replaced(idField, body, d.shown)
	}
	for name, values := range recorder.Header() {
		w.Header()[name] = values
	}
	if location := recorder.Header().Get("Location"); location != "" {
		w.Header().Set("Location", replaced(assignmentPath, location, d.shown))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if recorder.Code == http.StatusNoContent {
		w.Header().Del("Content-Length")
	}
	if id := idField.FindStringSubmatch(body); id != nil && r.Method == http.MethodPost {
		d.mu.Lock()
		d.given[id[2]] = true
		d.mu.Unlock()
	}
	if asked != nil && r.Method == http.MethodGet && recorder.Code == http.StatusNotFound {
		d.mu.Lock()
		d.vacant[asked[2]] = true
		d.mu.Unlock()
	}
	w.WriteHeader(recorder.Code)
	_, _ = io.Copy(w, bytes.NewBufferString(body))
}

// neighboured is a twin on which somebody else has an assignment, of no account that
// the suite is given.
func neighboured(t *testing.T) http.Handler {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	answer := send(t, twin, http.MethodPost, "/v1/customers", `{"name":"Somebody else","address":{"street1":"1","city":"2","state":"3","zipcode":"4","country":"5"},"partner_billing_configuration":{"enabled":true}}`)
	customer := idField.FindStringSubmatch(answer.Body.String())
	if customer == nil {
		t.Fatal(answer.Code, answer.Body)
	}
	body := fmt.Sprintf(`{"owner_id":%q,"customer_id":%s,"payer_account_owner_id":%[1]q}`, neighbour, customer[2])
	if answer = send(t, twin, http.MethodPost, "/v1/aws_account_assignments", body); answer.Code != http.StatusOK {
		t.Fatal(answer.Code, answer.Body)
	}
	return twin
}

// neighbour is an account that no input names.
const neighbour = "000000000202"

// send sends a request with the key that the suite shares.
func send(t *testing.T, twin http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path+"?api_key=shared", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	twin.ServeHTTP(recorder, request)
	return recorder
}

func replaced(pattern *regexp.Regexp, text string, by func(int64) int64) string {
	return pattern.ReplaceAllStringFunc(text, func(found string) string {
		parts := pattern.FindStringSubmatch(found)
		id, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			return found
		}
		return parts[1] + strconv.FormatInt(by(id), 10)
	})
}

// TestLargeIDsAreExact verifies deployments whose ids no float holds: each neighbour of
// an id rounds to it.
func TestLargeIDsAreExact(t *testing.T) {
	conformance.Whole(t)
	for name, by := range map[string]struct{ shown, hidden func(int64) int64 }{
		"around 2^53": {
			func(id int64) int64 { return id + 1<<53 - 1 }, func(id int64) int64 { return id - 1<<53 + 1 },
		},
		"up to 2^63-1": {
			func(id int64) int64 { return math.MaxInt64 - id + 1 }, func(id int64) int64 { return math.MaxInt64 - id + 1 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			twin := neighboured(t)
			before := state(t, twin)
			d := &renumbered{twin: twin, given: map[string]bool{}, vacant: map[string]bool{}, shown: by.shown, hidden: by.hidden}
			report := lied(t, target.InProcess(d), "cloudhealth/assignment/*", "cloudhealth/payer-rule/*", "cloudhealth/paging/*", "probe/*AwsAccountAssignment*")
			for _, id := range d.touched {
				if _, err := strconv.ParseInt(id, 10, 64); err == nil && !d.given[id] && !d.vacant[id] {
					t.Errorf("a write goes to %s, which the run did not create, nor asked whether anything has it", id)
				}
			}
			if after := state(t, twin); after != before {
				t.Errorf("the state has changed\nbefore %s\nafter  %s", before, after)
			}
			if report.ExitCode(true) != 0 || report.Count(conformance.Pass) < 90 || len(d.given) < 50 {
				t.Error(summary(report), len(d.given))
			}
		})
	}
}

// summary says what did not pass.
func summary(report *conformance.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "exit code %d, %d pass, residue %v", report.ExitCode(true), report.Count(conformance.Pass), report.Residue)
	for _, r := range report.Results {
		if r.Verdict != conformance.Pass && r.Verdict != conformance.Observed {
			fmt.Fprintf(&b, "\n%s %s: %s %v; expected %s, actual %.300s", r.Verdict, r.ID, r.Reason, r.Broken, r.Expected, r.Actual)
		}
	}
	return b.String()
}
