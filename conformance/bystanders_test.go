package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
)

// tell sends a request to the twin's shared sandbox, as somebody else of the deployment.
func tell(t *testing.T, twin http.Handler, method, path string, body any) *httptest.ResponseRecorder {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path, contentType, token string, body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		recorder := httptest.NewRecorder()
		twin.ServeHTTP(recorder, r)
		return recorder
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	was := method
	method = http.MethodPost
	answer := ask("/ripple/access_token", "application/x-www-form-urlencoded", "", []byte("grant_type=client_credentials&client_id=shared&client_secret=secret"))
	if err := json.Unmarshal(answer.Body.Bytes(), &token); err != nil {
		t.Fatal(err)
	}
	method = was
	return ask("/m/ripple"+path, "application/json", token.AccessToken, data)
}

// settled is a deployment in which somebody has an account, and that does more than it
// is asked to.
func settled(t *testing.T, after func(twin http.Handler, r *http.Request, body []byte, status int)) (deployment, twin http.Handler) {
	t.Helper()
	deployment, twin, _ = liar(t, func(twin http.Handler, w http.ResponseWriter, r *http.Request, body []byte) {
		recorder := httptest.NewRecorder()
		twin.ServeHTTP(recorder, r)
		after(twin, r, body, recorder.Code)
		relay(w, recorder)
	})
	if answer := tell(t, twin, http.MethodPost, "/accts", neighbourAs("somebody")); answer.Code != http.StatusOK {
		t.Fatal(answer.Body)
	}
	return deployment, twin
}

func neighbourAs(name string) map[string]any {
	return map[string]any{"vendor": "aws", "customer_id": "111122223333", "account_id": "128347567789", "company_id": "AJfdivbDjhvbpE", "name": name, "note": nil}
}

func resultOf(t *testing.T, report *conformance.Report, id string) conformance.Result {
	t.Helper()
	i := slices.IndexFunc(report.Results, func(r conformance.Result) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("no result of %s", id)
	}
	return report.Results[i]
}

// TestUpdateThatChangesANeighbour: an update that changes a row that was there before the
// run is a failure, which names the row, the change and the write.
func TestUpdateThatChangesANeighbour(t *testing.T) {
	conformance.Whole(t)
	deployment, _ := settled(t, func(twin http.Handler, r *http.Request, _ []byte, status int) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/edit") && status == http.StatusOK {
			tell(t, twin, http.MethodPut, "/accts/111122223333/edit", neighbourAs("changed too"))
		}
	})
	report := lied(t, target.InProcess(deployment), "ripple/account/*", "bystanders/*")
	result := resultOf(t, report, "bystanders/ripple/accounts")
	if result.Verdict != conformance.Fail || report.ExitCode(false) != 1 {
		t.Errorf("%s, exit code %d", result.Verdict, report.ExitCode(false))
	}
	for _, words := range []string{`customer_id=111122223333: customer_name was`, "PUT", "/edit"} {
		if !strings.Contains(result.Actual, words) {
			t.Errorf("%q is not in %s", words, result.Actual)
		}
	}
	if !slices.Contains(result.Broken, "ripple.account.update.others") {
		t.Errorf("broken: %v", result.Broken)
	}
}

// TestDeleteThatTakesSiblings: so is a delete that takes the rows under the same group.
func TestDeleteThatTakesSiblings(t *testing.T) {
	conformance.Whole(t)
	deployment, _ := settled(t, func(twin http.Handler, r *http.Request, _ []byte, status int) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/accts/") && status == http.StatusOK {
			tell(t, twin, http.MethodDelete, "/accts/aws/111122223333|128347567789", nil)
		}
	})
	report := lied(t, target.InProcess(deployment), "ripple/account/*")
	result := resultOf(t, report, "bystanders/ripple/accounts")
	if result.Verdict != conformance.Fail || !strings.Contains(result.Actual, "customer_id=111122223333 is gone") || !strings.Contains(result.Actual, "DELETE") {
		t.Errorf("%s: %s", result.Verdict, result.Actual)
	}
	if !slices.Contains(result.Broken, "ripple.account.delete.others") || report.ExitCode(false) != 1 {
		t.Errorf("broken: %v, exit code %d", result.Broken, report.ExitCode(false))
	}
}

// TestOthersWriteToo: where others plainly write to a deployment nobody knows whose
// change one is.
func TestOthersWriteToo(t *testing.T) {
	var n int
	var mu sync.Mutex
	deployment, twin := settled(t, func(http.Handler, *http.Request, []byte, int) {})
	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			mu.Lock()
			n++
			tell(t, twin, http.MethodPut, "/accts/111122223333/edit", neighbourAs(fmt.Sprint("somebody ", n)))
			mu.Unlock()
		}
	})
	report := lied(t, target.InProcess(deployment), "ripple/account/*")
	close(stop)
	group.Wait()
	if result := resultOf(t, report, "bystanders/ripple/accounts"); result.Verdict != conformance.Inconclusive {
		t.Errorf("%s: %s", result.Verdict, result.Reason)
	}
	if report.Count(conformance.Fail) > 0 || report.ExitCode(false) != 3 {
		t.Errorf("exit code %d", report.ExitCode(false))
	}
}

// TestUntouchedBystanders: on a deployment that does what it is asked to alone, what was
// there is as it was, and says so.
func TestUntouchedBystanders(t *testing.T) {
	deployment, twin := settled(t, func(http.Handler, *http.Request, []byte, int) {})
	before := state(t, twin)
	report := lied(t, target.InProcess(deployment))
	for _, list := range []string{"accounts", "resellers", "billing-groups"} {
		if result := resultOf(t, report, "bystanders/ripple/"+list); result.Verdict != conformance.Pass {
			t.Errorf("%s: %s: %s", list, result.Verdict, result.Reason)
		}
	}
	if result := resultOf(t, report, "bystanders/cloudhealth/aws-account-assignments"); result.Verdict != conformance.Pass {
		t.Errorf("assignments: %s: %s", result.Verdict, result.Reason)
	}
	if after := state(t, twin); after != before || len(report.Residue) > 0 {
		t.Errorf("residue %v\nbefore %s\nafter  %s", report.Residue, before, after)
	}
}

// TestOthersAssignMeanwhile: another client that assigns or unassigns an account before
// each read makes pages and totals move, which is no failure of the target.
func TestOthersAssignMeanwhile(t *testing.T) {
	conformance.Whole(t)
	var assigned string
	var deployment, twin http.Handler
	deployment, twin = anonymous(t, func(r *http.Request) {
		const path = "/v1/aws_account_assignments"
		switch {
		case r.Method != http.MethodGet || r.URL.Path != path:
		case assigned != "":
			send(t, twin, http.MethodDelete, path+assigned, "")
			assigned = ""
		default:
			location := post(t, twin, neighbour, 2).Header().Get("Location")
			assigned = location[strings.LastIndex(location, "/"):]
		}
	})
	report := lied(t, target.InProcess(deployment), "cloudhealth/paging/*", "cloudhealth/assignment/*")
	if report.ExitCode(false) != 3 || report.Count(conformance.Inconclusive) == 0 {
		t.Error(summary(report))
	}
}

// TestRefusedButStored: what a refused create left is found in the list, and removed where it
// bears the mark of the run, and named where it does not. Either is a failure that names the
// operation.
func TestRefusedButStored(t *testing.T) {
	inner, twin := anonymous(t, nil)
	before := stateOf(t, twin, "shared", "assignments")
	deployment := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		inner.ServeHTTP(recorder, r)
		created := r.Method == http.MethodPost && recorder.Code == http.StatusOK
		switch {
		case created && strings.HasSuffix(r.URL.Path, "/aws_account_assignments"):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(w, `{"errors":["owner_id is not one of yours"]}`)
			return
		case created && strings.HasSuffix(r.URL.Path, "/billinggroup"):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"code":"5005","message":"m","description":"d"}`)
			return
		}
		relay(w, recorder)
	})
	report := lied(t, target.InProcess(deployment), "ripple/billing-group/*", "cloudhealth/assignment/*")
	for id, words := range map[string]string{
		"bystanders/ripple/billing-groups":               "createBillingGroup billinggroup_id=",
		"bystanders/cloudhealth/aws-account-assignments": "createAwsAccountAssignment customer_id=1 owner_id=",
	} {
		result := resultOf(t, report, id)
		if result.Verdict != conformance.Fail || !strings.Contains(result.Actual, words) {
			t.Errorf("%s: %s: %s", id, result.Verdict, result.Actual)
		}
	}
	if after := stateOf(t, twin, "shared", "assignments"); after != before {
		t.Errorf("before %s\nafter  %s", before, after)
	}
	stored, named := strings.Count(state(t, twin), `"payer_account_owner_id"`), strings.Join(report.Residue, "\n")
	if stored == 0 || len(report.Residue) != stored || strings.Count(named, "with the values of createAwsAccountAssignment") != stored {
		t.Errorf("of %d assignments that were stored, which bear no mark, residue is\n%s", stored, named)
	}
}
