package conformance_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// strict is a deployment that refuses a request of which refuses says so, in Ripple's
// words, and is otherwise a twin that does not say it is one.
func strict(t *testing.T, refuses func(r *http.Request, body map[string]any) bool) (deployment, twin http.Handler) {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			http.NotFound(w, r)
			return
		}
		data, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(data))
		var body map[string]any
		_ = json.Unmarshal(data, &body)
		if refuses(r, body) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"code": "5005", "message": "function exception", "description": "Refused."}`)
			return
		}
		twin.ServeHTTP(w, r)
	}), twin
}

// supplied runs the selected checks with everything supplied, and with leave for what
// nothing takes back.
func supplied(t *testing.T, deployment http.Handler, inputs map[string]any, globs ...string) *conformance.Report {
	t.Helper()
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(deployment), Seed: 1, Parallel: 4, Inputs: inputs, Credentials: sharedCredentials,
		Writes: conformance.Writes{Allowed: true, Irreversible: true}, Selection: conformance.Selection{Run: globs},
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// with are the inputs of the fixtures and others; null takes one away.
func with(others map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range scenarios.LoadInputs().Supplied {
		out[name] = value
	}
	for name, value := range others {
		if out[name] = value; value == nil {
			delete(out, name)
		}
	}
	return out
}

// TestADeploymentThatKnowsItsPayers passes: accounts are registered under payers that
// the deployment supplies, or pay for themselves.
func TestADeploymentThatKnowsItsPayers(t *testing.T) {
	conformance.Whole(t)
	known := []any{"128347567789", "111345678911", "7654321", "7654322"}
	deployment, _ := strict(t, func(r *http.Request, body map[string]any) bool {
		payer, given := body["account_id"].(string)
		own := payer == body["customer_id"] || strings.Contains(r.URL.Path, payer)
		return given && strings.Contains(r.URL.Path, "/accts") && !own && !slices.Contains(known, any(payer))
	})
	clean(t, supplied(t, deployment, with(nil), "account"))
}

// TestADeploymentThatKnowsItsTemplates passes, and without a template its checks are
// skipped.
func TestADeploymentThatKnowsItsTemplates(t *testing.T) {
	conformance.Whole(t)
	deployment, _ := strict(t, func(r *http.Request, body map[string]any) bool {
		template, given := body["invoice_template_id"].(string)
		return given && template != "abcdefg" && template != "hijklmn"
	})
	clean(t, supplied(t, deployment, with(nil), "ripple/invoice-template/*", "updateInvoiceTemplate"))
	report := supplied(t, deployment, with(map[string]any{"template_id": nil}), "ripple/invoice-template/*", "probe/updateInvoiceTemplate/*")
	clean(t, report)
	skipped := 0
	for _, result := range report.Results {
		if result.Verdict == conformance.Skipped && strings.Contains(result.Reason, "the input template_id") {
			skipped++
		}
	}
	if skipped < 5 {
		t.Errorf("%d checks are skipped for want of a template", skipped)
	}
}

// monthOf finds the month that a request names.
var monthOf = regexp.MustCompile(`[0-9]{4}-[0-9]{2}$`)

// TestMonthsNearThePresent: no month that a check means to be taken is far from now, nor
// any but those that the deployment names.
func TestMonthsNearThePresent(t *testing.T) {
	conformance.Whole(t)
	now := time.Now().UTC()
	near := []string{}
	for n := -2; n <= 2; n++ {
		near = append(near, time.Date(now.Year(), now.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
	}
	for name, c := range map[string]struct {
		inputs   map[string]any
		accepted []string
	}{
		"around now":     {with(nil), near},
		"the past alone": {with(nil), near[:3]},
		"as named":       {with(map[string]any{"months": []string{"2024-02", "2024-03", "2024-04"}}), []string{"2024-02", "2024-03", "2024-04"}},
	} {
		t.Run(name, func(t *testing.T) {
			deployment, _ := strict(t, func(r *http.Request, body map[string]any) bool {
				within, _ := body["exchange_rate"].(map[string]any)
				month, _ := within["month"].(string)
				if strings.Contains(r.URL.Path, "exchange") && month == "" {
					month = monthOf.FindString(r.URL.Path)
				}
				return month != "" && !slices.Contains(c.accepted, month)
			})
			clean(t, supplied(t, deployment, c.inputs, "exchange rate", "ripple/exchange-rate/*"))
		})
	}
}

// TestMonthsThatAreClosed: where the target file names no months, one of the past whose
// rates can be read and not set is needed by no promise.
func TestMonthsThatAreClosed(t *testing.T) {
	present := time.Now().UTC().Format("2006-01")
	closed := func(r *http.Request, _ map[string]any) bool {
		month := monthOf.FindString(r.URL.Path)
		return r.Method != http.MethodGet && strings.Contains(r.URL.Path, "exchange") && month != "" && month < present
	}
	deployment, _ := strict(t, closed)
	clean(t, supplied(t, deployment, with(nil), "ripple/exchange-rate/*"))
	deployment, _ = strict(t, closed)
	named := with(map[string]any{"months": []string{present, monthBefore(present)}})
	if report := supplied(t, deployment, named, "ripple/exchange-rate/*"); report.ExitCode(false) != 1 {
		t.Error("a month that the target file names cannot be set, and nothing fails")
	}
}

// monthBefore is the month before one.
func monthBefore(month string) string {
	at, _ := time.Parse("2006-01", month)
	return at.AddDate(0, -1, 0).Format("2006-01")
}

// TestAMonthWithRatesIsNotUnset: what needs a month without rates looks for one, and is
// skipped where there is none.
func TestAMonthWithRatesIsNotUnset(t *testing.T) {
	conformance.Whole(t)
	deployment, _ := strict(t, func(*http.Request, map[string]any) bool { return false })
	inputs := with(map[string]any{"months": []string{"2024-02"}})
	clean(t, supplied(t, deployment, inputs, "ripple/exchange-rate/payer-rate"))
	report := supplied(t, deployment, inputs, "ripple/exchange-rate/payer-unset")
	if got := report.Results[0]; got.Verdict != conformance.Skipped || !strings.Contains(got.Reason, "in each of 2024-02 there is one") {
		t.Errorf("%s: %s", got.Verdict, got.Reason)
	}
}

// TestACustomerThatIsInUse: assignments that were there before keep the checks that they
// would get in the way of from being run, and the others are run.
func TestACustomerThatIsInUse(t *testing.T) {
	conformance.Whole(t)
	deployment, twin := strict(t, func(*http.Request, map[string]any) bool { return false })
	for owner, customer := range map[string]int{"000000000202": 1, "000000000201": 2} {
		if answer := post(t, twin, owner, customer); answer.Code != http.StatusOK {
			t.Fatal(answer.Body)
		}
	}
	for reason, inputs := range map[string]map[string]any{
		"needs customer to be a customer without assignments, and 1 has 1":                with(nil),
		"needs owner_x to be an account that no assignment names, and 000000000201 has 1": with(map[string]any{"customer": uint64(4), "other_customer": nil}),
		"needs other_customer to be a customer without assignments, and 2 has 1":          with(map[string]any{"customer": uint64(4)}),
		"needs unknown_customer to be no customer of the partner's, and 2 has 1":          with(map[string]any{"unknown_customer": uint64(2)}),
	} {
		report := supplied(t, deployment, inputs, "cloudhealth/assignment/*", "cloudhealth/payer-rule/*", "cloudhealth.not-found", "probe/createAwsAccountAssignment/*")
		said := false
		for _, result := range report.Results {
			said = said || result.Reason == reason && result.Verdict == conformance.Skipped
			if inputs["customer"] == uint64(1) && result.API == openapi.CloudHealth && result.Verdict == conformance.Fail {
				t.Errorf("%s: %s", result.ID, result.Reason)
			}
		}
		if !said {
			t.Errorf("no check is skipped because it %s", reason)
		}
	}
}

// TestWhatIsSuppliedIsExamined: months that a deployment refuses, customers and accounts
// in use are named, with the checks that they cost, and only reads are sent.
func TestWhatIsSuppliedIsExamined(t *testing.T) {
	written := false
	deployment, twin := strict(t, func(r *http.Request, _ map[string]any) bool {
		written = written || r.Method != http.MethodGet && r.URL.Path != "/ripple/access_token"
		return strings.HasSuffix(r.URL.Path, "/2025-03")
	})
	if answer := post(t, twin, "000000000201", 2); answer.Code != http.StatusOK {
		t.Fatal(answer.Body)
	}
	reach := target.InProcess(deployment)
	for _, api := range openapi.APIs() {
		reach.Pace(api, 10000)
	}
	findings, sent, err := conformance.Examine(t.Context(), conformance.Config{
		Target: reach, APIs: openapi.APIs(), Credentials: sharedCredentials, Inputs: with(map[string]any{"months": []string{"2025-02", "2025-03"}, "invoice_payer_id": "111345678911", "foreign_payer_id": "128347567789"}),
	})
	if err != nil || written || sent > 15 {
		t.Errorf("%d requests, a write among them: %v, error %v", sent, written, err)
	}
	wanted := map[string]bool{
		"fit month 2025-02 is accepted": false,
		"unknown month 2025-03 is not accepted, and not used: listPayerExchangeRates answered":  false,
		"unfit months: 1 of 2 are accepted, and two are needed":                                 false,
		"unfit invoice_payer_id: invoice_id 123656789 belongs to 987655467321, not to 1113":     false,
		"unfit foreign_payer_id: 128347567789 is a payer of this partner's":                     false,
		"unfit needs other_customer to be a customer without assignments, and 2 has 1":          false,
		"unfit needs owner_x to be an account that no assignment names, and 000000000201 has 1": false,
	}
	for _, f := range findings {
		text := string(f.Fitness) + " " + f.Says
		for want := range wanted {
			wanted[want] = wanted[want] || strings.HasPrefix(text, want)
		}
		if f.Fitness == conformance.Unfit && (len(f.Costs) == 0 || slices.Contains(f.Costs, "probe/createReseller/valid")) {
			t.Errorf("%s costs %v", text, f.Costs)
		}
	}
	for want, said := range wanted {
		if !said {
			t.Errorf("not said: %s", want)
		}
	}
}

// TestAWrongSecretGetsNoToken: a token for a wrong secret, a wrong password, an unknown
// user or a refresh token that was not issued is a failure, no warning.
func TestAWrongSecretGetsNoToken(t *testing.T) {
	for clause, check := range map[string]string{
		"ripple.token.client.refused":         "ripple/token/wrong-secret",
		"ripple.token.grant.password.refused": "ripple/token/wrong-password",
		"ripple.token.grant.refresh.refused":  "ripple/token/wrong-refresh",
	} {
		report := verify(t, []openapi.API{openapi.Ripple}, openapi.Dialect{}, conformance.Selection{Run: []string{check}}, mock.WithDefects(clause))
		if got := report.Results[0]; got.Verdict != conformance.Fail || !slices.Contains(got.Broken, clause) {
			t.Errorf("%s: %s, breaks %v", check, got.Verdict, got.Broken)
		}
	}
}

// TestAnotherRoleDoesNotDo: an operation that takes one role too many is seen, whichever
// role that is.
func TestAnotherRoleDoesNotDo(t *testing.T) {
	for _, role := range []string{"ModifyAccount", "ReadReseller", "ModifyBillingGroup", "ModifyInvoice", "ModifySettings", "ReadSettings"} {
		twin, err := mock.New()
		if err != nil {
			t.Fatal(err)
		}
		lax := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			parts := strings.Split(r.Header.Get("Authorization"), ".")
			if r.Method == http.MethodPost && r.URL.Path == "/m/ripple/reseller" && len(parts) == 3 {
				claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
				if !strings.Contains(string(claims), `"ModifyReseller"`) && strings.Contains(string(claims), `"`+role+`"`) {
					r.Header.Set("Authorization", "Bearer "+tokenOf(t, twin, "somebody"))
				}
			}
			twin.ServeHTTP(w, r)
		})
		report, err := conformance.Run(t.Context(), conformance.Config{
			Target: target.InProcess(lax), APIs: []openapi.API{openapi.Ripple}, Known: true, Seed: 1,
			Selection: conformance.Selection{Run: []string{"probe/createReseller/insufficient-role"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Results[0]; got.Verdict != conformance.Fail || !slices.Contains(got.Broken, "ripple.reseller.create.role") {
			t.Errorf("%s: %s, breaks %v", role, got.Verdict, got.Broken)
		}
	}
}

// tokenOf is a token that a twin issues to a client.
func tokenOf(t *testing.T, twin http.Handler, client string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {"secret"}}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ripple/access_token", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	recorder := httptest.NewRecorder()
	twin.ServeHTTP(recorder, request)
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Token
}
