package openapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestLongAnswersAreHeldInParts holds lists of many rows to the contract: of those that all
// depart a bounded number is told, and one row that departs is found wherever it is.
func TestLongAnswersAreHeldInParts(t *testing.T) {
	for _, c := range loadAll(t) {
		for _, op := range c.Operations {
			if op.ID != "listAccounts" && op.ID != "listAssignments" {
				continue
			}
			body := func(rows []string) []byte {
				list := "[" + strings.Join(rows, ",") + "]"
				if c.API == CloudHealth {
					list = `{"aws_account_assignments":` + list + `}`
				}
				return []byte(list)
			}
			header := http.Header{"Content-Type": {"application/json"}}
			bad := body(slices.Repeat([]string{"1"}, 30*enough))
			if n := len(op.CheckResponse(op.Success, header, bad)); n < enough || n > 3*enough {
				t.Errorf("%s: %d violations are told", op.ID, n)
			}
			const at = 2500
			rows := slices.Repeat([]string{sampleRow(t, c.API)}, 3*enough)
			if found := op.CheckResponse(op.Success, header, body(rows)); len(found) > 0 && !strings.Contains(fmt.Sprint(found), "X-Total") {
				t.Fatalf("%s: %v", op.ID, found[0])
			}
			rows[at] = "1"
			found := slices.DeleteFunc(op.CheckResponse(op.Success, header, body(rows)), func(v Violation) bool { return v.Place == InHeader })
			if len(found) != 1 || !slices.Contains(found[0].Path, fmt.Sprint(at)) {
				t.Errorf("%s: the row that departs is found as %v", op.ID, found)
			}
		}
	}
}

func sampleRow(t *testing.T, api API) string {
	t.Helper()
	if api == CloudHealth {
		return `{"id":1,"owner_id":"123456789012","customer_id":2,"payer_account_owner_id":"123456789012"}`
	}
	return `{"billinggroup_id":"B","billinggroup_name":"B","company_id":"c","customer_id":"012345678912","customer_name":"n","account_id":"919999618919","vendor":"aws","note":null,"payer":false,"service_discount":null,"project_id":null,"azure_customer_id":null}`
}
