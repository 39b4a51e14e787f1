package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
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
