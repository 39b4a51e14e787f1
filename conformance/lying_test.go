package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// liar is a deployment with somebody's own assignments, that answers as change says.
func liar(t *testing.T, change func(twin http.Handler, w http.ResponseWriter, r *http.Request, body []byte)) (deployment, twin http.Handler, before string) {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, owner := range []string{"000000000001", "000000000002"} {
		if answer := post(t, twin, owner, 2); answer.Code != http.StatusOK {
			t.Fatal(answer.Body)
		}
	}
	before = state(t, twin)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			http.NotFound(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		change(twin, w, r, body)
	}), twin, before
}

// post assigns an account to itself.
func post(t *testing.T, twin http.Handler, owner string, customer int) *httptest.ResponseRecorder {
	t.Helper()
	body, err := json.Marshal(map[string]any{"owner_id": owner, "customer_id": customer, "payer_account_owner_id": owner})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/aws_account_assignments?api_key=shared", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	twin.ServeHTTP(recorder, request)
	return recorder
}

func lied(t *testing.T, deployment *target.Target, globs ...string) *conformance.Report {
	t.Helper()
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: deployment, Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials,
		Writes: conformance.Writes{Allowed: true}, Selection: conformance.Selection{Run: globs},
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestUpsert: a target that answers a create with what was there already does not have
// that removed.
func TestUpsert(t *testing.T) {
	deployment, twin, before := liar(t, func(twin http.Handler, w http.ResponseWriter, r *http.Request, body []byte) {
		recorder := httptest.NewRecorder()
		twin.ServeHTTP(recorder, r)
		var sent struct {
			Owner string `json:"owner_id"`
		}
		_ = json.Unmarshal(body, &sent)
		ids := map[string]string{"000000000001": "1", "000000000002": "2"}
		if id := ids[sent.Owner]; r.Method == http.MethodPost && id != "" && recorder.Code == http.StatusUnprocessableEntity {
			r = httptest.NewRequestWithContext(r.Context(), http.MethodGet, r.URL.Path+"/"+id+"?"+r.URL.RawQuery, nil)
			twin.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", recorder.Header().Get("Content-Type"))
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	})
	report := lied(t, target.InProcess(deployment), "cloudhealth/assignment/*")
	if after := state(t, twin); after != before {
		t.Errorf("the state has changed\nbefore %s\nafter  %s", before, after)
	}
	if report.ExitCode(false) == 0 {
		t.Error("the run is conformant")
	}
}

// TestAnotherID: a target that answers with the id of a supplied group does not have
// that written to, and what it really created is found and removed.
func TestAnotherID(t *testing.T) {
	conformance.Whole(t)
	deployment, twin, before := liar(t, func(twin http.Handler, w http.ResponseWriter, r *http.Request, _ []byte) {
		recorder := httptest.NewRecorder()
		twin.ServeHTTP(recorder, r)
		answer := recorder.Body.String()
		var created struct {
			ID string `json:"company_id"`
		}
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/billinggroup") && json.Unmarshal(recorder.Body.Bytes(), &created) == nil && created.ID != "" {
			answer = strings.ReplaceAll(answer, created.ID, "AJfdivbDjhvbpE")
		}
		w.Header().Set("Content-Type", recorder.Header().Get("Content-Type"))
		w.WriteHeader(recorder.Code)
		_, _ = io.WriteString(w, answer)
	})
	report := lied(t, target.InProcess(deployment), "ripple/billing-group/*")
	if after := state(t, twin); after != before || len(report.Residue) > 0 {
		t.Errorf("residue %v\nbefore %s\nafter  %s", report.Residue, before, after)
	}
	if report.ExitCode(false) != 1 {
		t.Errorf("exit code %d", report.ExitCode(false))
	}
}

// TestAnotherNewID: an answer that names the row which somebody else has created meanwhile
// does not make that the run's: it is neither written to nor removed.
func TestAnotherNewID(t *testing.T) {
	conformance.Whole(t)
	for name, every := range map[string]int{"each create": 1, "now and then": 7} {
		t.Run(name, func(t *testing.T) {
			creates := 0
			others := map[string]bool{}
			deployment, twin, _ := liar(t, func(twin http.Handler, w http.ResponseWriter, r *http.Request, _ []byte) {
				id := regexp.MustCompile(`"company_id":"[^"]*"`)
				if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/billinggroup") {
					twin.ServeHTTP(w, r)
					return
				}
				recorder := httptest.NewRecorder()
				twin.ServeHTTP(recorder, r)
				answer := recorder.Body.String()
				if creates++; recorder.Code == http.StatusOK && creates%every == 0 {
					other := tell(t, twin, http.MethodPost, "/billinggroup", map[string]any{"billinggroup_id": fmt.Sprint("somebody-", creates), "billinggroup_name": "Somebody", "company_name": "Somebody", "inv_aggregate": false})
					named := id.FindString(other.Body.String())
					others[named] = true
					answer = id.ReplaceAllString(answer, named)
				}
				w.Header().Set("Content-Type", recorder.Header().Get("Content-Type"))
				w.WriteHeader(recorder.Code)
				_, _ = io.WriteString(w, answer)
			})
			report := lied(t, target.InProcess(deployment), "ripple/billing-group/*")
			after := state(t, twin)
			for named := range others {
				if !strings.Contains(after, named+`,"billinggroup_id":"somebody-`) {
					t.Errorf("somebody's group %s is gone or changed", named)
				}
			}
			if len(others) < 3 {
				t.Errorf("%d creates by somebody", len(others))
			}
			for _, left := range regexp.MustCompile(`"billinggroup_id":"(Twinbill-[^"]*)"`).FindAllStringSubmatch(after, -1) {
				t.Errorf("%s is left; residue %v", left[1], report.Residue)
			}
		})
	}
}

// TestFalseDeletes: what a target says is gone, and still shows, is residue.
func TestFalseDeletes(t *testing.T) {
	conformance.Whole(t)
	for name, answer := range map[string]func(w http.ResponseWriter){
		"success": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"status":"success"}`)
		},
		"a proxy's 404": func(w http.ResponseWriter) { http.Error(w, "<html>not here</html>", http.StatusNotFound) },
	} {
		t.Run(name, func(t *testing.T) {
			deployment, twin, before := liar(t, func(twin http.Handler, w http.ResponseWriter, r *http.Request, _ []byte) {
				if r.Method == http.MethodDelete {
					answer(w)
					return
				}
				twin.ServeHTTP(w, r)
			})
			report := lied(t, target.InProcess(deployment), "ripple/account/duplicate", "ripple/reseller/*", "ripple/billing-group/*", "cloudhealth/assignment/read")
			if state(t, twin) == before {
				t.Fatal("nothing was left")
			}
			for _, list := range []string{"listAccounts?vendor=aws", "listResellers", "listBillingGroups"} {
				if !strings.Contains(strings.Join(report.Residue, "\n"), list+" still shows ") {
					t.Errorf("%s: no residue in %v", list, report.Residue)
				}
			}
			if report.ExitCode(false) != 1 {
				t.Errorf("exit code %d", report.ExitCode(false))
			}
		})
	}
}

// TestLateCreate: what may still be created after the run is residue, and is told so.
func TestLateCreate(t *testing.T) {
	var n atomic.Int32
	deployment, _, _ := liar(t, func(twin http.Handler, w http.ResponseWriter, r *http.Request, _ []byte) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/accts") && n.Add(1) == 1 {
			time.Sleep(1200 * time.Millisecond)
		}
		twin.ServeHTTP(w, r)
	})
	server := httptest.NewServer(deployment)
	t.Cleanup(server.Close)
	reached, err := target.New(server.URL, 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range openapi.APIs() {
		reached.Pace(api, 1e6)
	}
	report := lied(t, reached, "ripple/account/duplicate")
	if !strings.Contains(strings.Join(report.Residue, "\n"), "it may yet arrive") {
		t.Errorf("residue %v", report.Residue)
	}
}

// TestLinkElsewhere: a Link header leads nowhere but to the target itself.
func TestLinkElsewhere(t *testing.T) {
	conformance.Whole(t)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host is asked %s %s", r.Method, r.URL)
	}))
	t.Cleanup(other.Close)
	elsewhere := strings.TrimPrefix(other.URL, "http://")
	for _, link := range []string{"http://" + elsewhere + "/v1/x?page=2", "//" + elsewhere + "/v1/x", "@" + elsewhere + "/v1/x?page=2", "0/v1/x?page=2", ".example.com/v1/x"} {
		deployment, _, _ := liar(t, func(twin http.Handler, w http.ResponseWriter, r *http.Request, _ []byte) {
			recorder := httptest.NewRecorder()
			twin.ServeHTTP(recorder, r)
			for name, values := range recorder.Header() {
				w.Header()[name] = values
			}
			if recorder.Header().Get("Link") != "" {
				w.Header().Set("Link", "<"+link+`>; rel="next"`)
			}
			w.WriteHeader(recorder.Code)
			_, _ = w.Write(recorder.Body.Bytes())
		})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host != r.Context().Value(http.LocalAddrContextKey).(interface{ String() string }).String() {
				t.Errorf("asked as %s", r.Host)
			}
			deployment.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		lied(t, reach(t, server), "cloudhealth/paging/three*")
	}
}
