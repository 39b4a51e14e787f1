package mock_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
)

// BenchmarkRequest sends one read and one refused write through the whole handler, so
// that the state stays as it is.
func BenchmarkRequest(b *testing.B) {
	twin, err := mock.New()
	if err != nil {
		b.Fatal(err)
	}
	send := func(method, path, body string) int {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer key")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		twin.ServeHTTP(w, r)
		return w.Code
	}
	const assignment = `{"owner_id":"000000000001","customer_id":1,"payer_account_owner_id":"000000000001"}`
	send(http.MethodPost, "/v1/aws_account_assignments", assignment)
	unknown := make([]string, 80_000) // near the bound of a body
	for i := range unknown {
		unknown[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	for _, request := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"unknown-fields", http.MethodPost, "/v1/aws_account_assignments", "{" + strings.Join(unknown, ",") + "}", http.StatusUnprocessableEntity},
		{"GET", http.MethodGet, "/v1/aws_account_assignments/1", "", http.StatusOK},
		{"POST", http.MethodPost, "/v1/aws_account_assignments", assignment, http.StatusUnprocessableEntity},
		{"PUT", http.MethodPut, "/v1/aws_account_assignments/1", `{"customer_id":1}`, http.StatusOK},
	} {
		b.Run(request.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if status := send(request.method, request.path, request.body); status != request.status {
					b.Fatalf("status %d", status)
				}
			}
		})
	}
}
