package journal

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/internal/exact"
)

// BenchmarkUndeclaredFields finds the departures of a body of 1 MiB whose fields are none
// that the pages name.
func BenchmarkUndeclaredFields(b *testing.B) {
	fields := make([]string, 90_000)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	body, err := exact.Decode([]byte("{" + strings.Join(fields, ",") + "}"))
	if err != nil {
		b.Fatal(err)
	}
	op, r := operation("createAccount"), httptest.NewRequest(http.MethodPost, "/m/ripple/accts", nil)
	for b.Loop() {
		if got := Departures(r, op, nil, body, nil); len(got) != mostDepartures {
			b.Fatal(len(got))
		}
	}
}
