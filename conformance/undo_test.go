package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// TestResidue: what could not be taken back for certain is reported.
func TestResidue(t *testing.T) {
	const created = `{"status":"success","company_id":"c1","billinggroup_id":"x"}`
	for name, c := range map[string]struct {
		operation      string
		create, others string
		status         int
	}{
		"refused as in use":       {"createBillingGroup", created, `{"code":"5006","message":"m","description":"in use"}`, http.StatusBadRequest},
		"the answer names no id":  {"createBillingGroup", `{"status":"success"}`, `{}`, http.StatusOK},
		"the list is not for all": {"createReseller", `{"status":"success"}`, `{}`, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			contract, err := openapi.Load(openapi.Ripple, openapi.Dialect{})
			if err != nil {
				t.Fatal(err)
			}
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if r.Method == http.MethodPost && r.ContentLength > 0 {
					_, _ = io.WriteString(w, c.create)
					return
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.others)
			})
			s := &session{
				target: target.InProcess(handler), contract: contract, supply: &supply{madeUp: true},
				may: permission{write: true, keep: true}, footprint: newFootprint(nil), lag: newLag(0),
			}
			call := scenarios.Call{Body: map[string]any{"billinggroup_id": "x", "email": "a@example.com"}}
			if _, err := s.send(t.Context(), contract.Operation(c.operation), call); err != nil {
				t.Fatal(err)
			}
			s.undoTo(t.Context(), 0)
			if len(s.residue) != 1 {
				t.Errorf("residue %v", s.residue)
			}
		})
	}
}

// TestAListFirstReadAfterACreate: what the run put there already is no bystander, and is
// removed, whether or not the answer to the create came.
func TestAListFirstReadAfterACreate(t *testing.T) {
	for name, status := range map[string]int{"answered": http.StatusOK, "lost": http.StatusBadGateway} {
		t.Run(name, func(t *testing.T) {
			twin, err := mock.New()
			if err != nil {
				t.Fatal(err)
			}
			creates := 0
			r := newRun(t.Context(), Config{
				APIs: []openapi.API{openapi.Ripple}, Writes: Writes{Allowed: true}, Seed: 1,
				Credentials: target.Credentials{Ripple: target.Ripple{Client: target.Client{ID: "shared", Secret: "secret"}}},
				Target: target.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					list := strings.HasSuffix(r.URL.Path, "/billinggroup")
					switch {
					case list && r.Method == http.MethodGet && creates == 0: // it cannot be read yet
						w.WriteHeader(http.StatusForbidden)
						return
					case list && r.Method == http.MethodPost:
						if creates++; creates == 1 && status != http.StatusOK {
							twin.ServeHTTP(httptest.NewRecorder(), r)
							w.WriteHeader(status)
							return
						}
					}
					twin.ServeHTTP(w, r)
				})),
			}, false)
			if err := r.under(openapi.Dialect{}); err != nil {
				t.Fatal(err)
			}
			s := r.session(r.contracts[openapi.Ripple], nil, true)
			groups := func() string { return string(send(t, r, s, "listBillingGroups", scenarios.Call{}).Answer) }
			token, err := r.supply.token(t.Context(), "", "ripple_token")
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"first", "second"} {
				_, err := s.send(t.Context(), s.contract.Operation("createBillingGroup"), scenarios.Call{
					Header: http.Header{"Authorization": {"Bearer " + token}},
					Body:   map[string]any{"billinggroup_id": "twinbill-" + r.supply.mark() + "-" + id, "billinggroup_name": id, "company_name": id, "inv_aggregate": false},
				})
				if err != nil && (id != "first" || status == http.StatusOK) {
					t.Fatal(err)
				}
			}
			if shown := groups(); !strings.Contains(shown, "-first") || !strings.Contains(shown, "-second") {
				t.Fatalf("created: %s", shown)
			}
			s.undoTo(t.Context(), 0)
			s.finally(t.Context())
			if shown := groups(); strings.Contains(shown, "-first") || strings.Contains(shown, "-second") || len(s.residue) > 0 {
				t.Errorf("residue %v, left %s", s.residue, shown)
			}
			for _, result := range s.close(t.Context(), 0, false) {
				if result.Verdict != Pass {
					t.Errorf("%s is %s: %s", result.ID, result.Verdict, result.Actual)
				}
			}
		})
	}
}

// TestIDsAreComparedByValue: a 12 that is left says nothing of a 1.
func TestIDsAreComparedByValue(t *testing.T) {
	contract, err := openapi.Load(openapi.CloudHealth, openapi.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	one := func(id string) undoCall {
		return undoCall{Undo: journal.Undo{Lookup: contract.Operation("createAwsAccountAssignment").Undo.Lookup, Fill: "id", Path: map[string]string{"id": id}}}
	}
	s := &session{footprint: newFootprint(nil)}
	s.footprint.left = []undoCall{one("12")}
	s.remains(leftover{undoCall: one("12")})
	s.remains(leftover{undoCall: one("1")})
	if len(s.residue) != 1 || !strings.Contains(s.residue[0], "=1,") {
		t.Errorf("residue %q", s.residue)
	}
	listed := []any{map[string]any{"id": json.Number("12"), "note": "1"}}
	if shows(listed, one("1")) || !shows(listed, one("12")) {
		t.Error("a list of 12 shows 1, or does not show 12")
	}
}
