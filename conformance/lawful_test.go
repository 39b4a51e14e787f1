package conformance_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// answering is a twin, in sandboxes, whose answers a function changes.
func answering(t *testing.T, change func(r *http.Request, a *httptest.ResponseRecorder)) *target.Target {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	return target.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			twin.ServeHTTP(w, r)
			return
		}
		a := httptest.NewRecorder()
		twin.ServeHTTP(a, r)
		change(r, a)
		for name, values := range a.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(a.Code)
		_, _ = w.Write(a.Body.Bytes())
	}))
}

// verified verifies a target with every check, or those that match.
func verified(t *testing.T, of *target.Target, globs ...string) *conformance.Report {
	t.Helper()
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: of, Seed: 1, Writes: conformance.Writes{Allowed: true}, Selection: conformance.Selection{Run: globs},
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// extended is a JSON value with a field more in every object but those that a page
// closes, which changes at every reading.
func extended(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = extended(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = extended(v[name])
		}
		if v["aws_account_assignments"] == nil && v["errors"] == nil {
			v["x_added"] = fmt.Sprint(versions.Add(1))
		}
	}
	return v
}

var versions atomic.Int64

func rewritten(a *httptest.ResponseRecorder, change func(any) any) {
	value, err := exact.Decode(a.Body.Bytes())
	if err != nil {
		return
	}
	data, _ := json.Marshal(change(value))
	a.Body = bytes.NewBuffer(data)
}

func TestAnswersAreOpenWhereNoPageClosesThem(t *testing.T) {
	conformance.Whole(t)
	report := verified(t, answering(t, func(_ *http.Request, a *httptest.ResponseRecorder) { rewritten(a, extended) }))
	if report.ExitCode(true) != 0 {
		t.Error(summary(report))
	}
	for operation, field := range map[string]string{
		"issueAccessToken": "x_added", "listAccounts": "x_added", "listResellers": "meta.x_added",
		"listAwsAccountAssignments": "aws_account_assignments[].x_added", "createAccount": "400 x_added",
		"getAwsAccountAssignment": "404 x_added",
	} {
		if !slices.Contains(report.Extras[operation], field) {
			t.Errorf("%s: no %s among %q", operation, field, report.Extras[operation])
		}
	}
}

func TestAClosedAnswerHasNoOtherField(t *testing.T) {
	conformance.Whole(t)
	for name, c := range map[string]struct{ field, clause string }{
		"the list":   {"aws_account_assignments", "cloudhealth.assignment.list.response"},
		"the errors": {"errors", "cloudhealth.assignment.errors"},
	} {
		report := verified(t, answering(t, func(_ *http.Request, a *httptest.ResponseRecorder) {
			rewritten(a, func(v any) any {
				if object, ok := v.(map[string]any); ok && object[c.field] != nil {
					object["request_id"] = "1"
				}
				return v
			})
		}), "cloudhealth/assignment/*")
		if broken := brokenBy(report); !slices.Equal(broken, []string{c.clause}) || report.ExitCode(false) != 1 {
			t.Errorf("%s: broken %q", name, broken)
		}
	}
}

func brokenBy(report *conformance.Report) []string {
	var out []string
	for _, r := range report.Results {
		out = append(out, r.Broken...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestAMediaTypeIsNeitherCaseNorParameters(t *testing.T) {
	conformance.Whole(t)
	for _, given := range []string{"Application/JSON", "application/json; charset=utf-8; charset=UTF-8", "application/json;", `application/json; x="`, "application/hal+json"} {
		report := verified(t, answering(t, func(_ *http.Request, a *httptest.ResponseRecorder) {
			if a.Body.Len() > 0 {
				a.Header()["Content-Type"] = []string{given}
			}
		}), "*/list*", "ripple/token/*", "cloudhealth/assignment/*")
		if report.ExitCode(true) != 0 {
			t.Errorf("%q: %s", given, summary(report))
		}
	}
}

func TestATokenTypeHasNoCase(t *testing.T) {
	report := verified(t, answering(t, func(_ *http.Request, a *httptest.ResponseRecorder) {
		a.Body = bytes.NewBufferString(strings.Replace(a.Body.String(), `"Bearer"`, `"bearer"`, 1))
	}), "ripple/token/*", "probe/issueAccessToken/*", "ripple/account/list*")
	if report.ExitCode(true) != 0 {
		t.Error(summary(report))
	}
}

func TestARefusalThatNoPagePrintsMayHaveAnyBody(t *testing.T) {
	conformance.Whole(t)
	for name, body := range map[string]string{"empty": "", "HTML": "<html>no</html>", "other JSON": `{"title":"no","status":400}`} {
		report := verified(t, answering(t, func(r *http.Request, a *httptest.ResponseRecorder) {
			text := a.Body.String()
			if a.Code/100 == 4 && !strings.Contains(text, "5005") && !strings.Contains(text, `"errors"`) && !strings.HasSuffix(r.URL.Path, "/access_token") {
				a.Body = bytes.NewBufferString(body)
				a.Header().Set("Content-Type", "text/html")
			}
		}), "ripple/*", "cloudhealth/*", "probe/*")
		if report.ExitCode(false) != 0 || !slices.Equal(brokenBy(report), []string{"cloudhealth.error.body"}) {
			t.Errorf("%s: %s", name, summary(report))
		}
	}
}

// TestAViolationBreaksItsOwnClause: what is wrong with one field is put down to no other
// promise.
func TestAViolationBreaksItsOwnClause(t *testing.T) {
	conformance.Whole(t)
	for name, c := range map[string]struct {
		change func(any) any
		clause string
	}{
		"a field left out": {func(v any) any { delete(v.([]any)[0].(map[string]any), "payer"); return v }, "ripple.account.list.response.payer"},
		"an ill-typed one": {func(v any) any { v.([]any)[0].(map[string]any)["payer"] = "no"; return v }, "ripple.account.list.response.payer"},
		"another shape":    {func(v any) any { return map[string]any{"items": v} }, "ripple.account.list.response"},
	} {
		report := verified(t, answering(t, func(r *http.Request, a *httptest.ResponseRecorder) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/accts") && a.Code == http.StatusOK {
				rewritten(a, func(v any) any {
					if list, ok := v.([]any); !ok || len(list) == 0 {
						return v
					}
					return c.change(v)
				})
			}
		}), "ripple/account/*")
		if broken := brokenBy(report); !slices.Equal(broken, []string{c.clause}) {
			t.Errorf("%s: broken %q", name, broken)
		}
	}
}

// TestATokenMayEndTheOneBefore: a client that has one token, which the next one ends, keeps
// every promise. One that dies by itself does not: token-dies-early of the stranger.
func TestATokenMayEndTheOneBefore(t *testing.T) {
	_, twin := strict(t, nil)
	var mu sync.Mutex
	latest := map[string]string{} // client → token
	deployment := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			http.NotFound(w, r)
			return
		}
		bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if of := subject(bearer); of != "" && latest[of] != bearer {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"code": "4010", "message": "authentication exception", "description": "ended"}`)
			return
		}
		answer := httptest.NewRecorder()
		twin.ServeHTTP(answer, r)
		var issued struct {
			Token string `json:"access_token"`
		}
		if json.Unmarshal(answer.Body.Bytes(), &issued) == nil && issued.Token != "" {
			latest[subject(issued.Token)] = issued.Token
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(deployment), APIs: []openapi.API{openapi.Ripple}, Seed: 1, Parallel: 1, Credentials: sharedCredentials, Inputs: with(nil),
		Writes: conformance.Writes{Allowed: true}, Selection: conformance.Selection{Run: []string{"ripple/token/*", "ripple/later/kept", "ripple/account/*"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Verdict == conformance.Fail {
			t.Error(r.ID, r.Broken, r.Reason, r.Actual)
		}
	}
}

// subject is the claim sub of a token; empty where it is none.
func subject(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	data, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct{ Sub string }
	_ = json.Unmarshal(data, &claims)
	return claims.Sub
}
