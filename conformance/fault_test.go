package conformance_test

import (
	"cmp"
	"io"
	"log"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fault"
)

// faulty is a twin that goes wrong, and the row of docs/verdicts.md that it is one of.
type faulty struct {
	fault string // as `twinbill serve --fault` takes it
	row   string
	hostile
}

// faulties are the faults by what they are. None meets the request for a token.
func faulties() []faulty {
	const short = 300 * time.Millisecond
	ripple, key := hostile{ripple: true}, hostile{key: true} // ripple alone is quicker, too
	return []faulty{
		{fault: "kind=status,status=500", row: "500"},
		{fault: "kind=status,status=502", row: "502"},
		{fault: "kind=status,status=503", row: "503 without Retry-After"},
		{fault: "kind=status,status=503,retry_after_seconds=0", row: "503 with Retry-After"},
		{fault: "kind=status,status=429", row: "429 without Retry-After"},
		{fault: "kind=status,status=429,retry_after_seconds=0", row: "429 with Retry-After in seconds"},
		{fault: "kind=status,status=429,retry_after_seconds=3600", row: "429 with Retry-After beyond a minute"},
		{fault: "kind=status,status=418", row: "status that is documented nowhere, below 500", hostile: ripple},
		{fault: "kind=quota,limit=1,window_seconds=86400", row: "429 without Retry-After", hostile: ripple},
		{fault: "kind=quota,limit=1,window_seconds=86400,retry_after_seconds=0", row: "429 with Retry-After in seconds", hostile: ripple},
		{fault: "kind=latency,seconds=600", row: "nothing within the timeout", hostile: hostile{ripple: true, timeout: short}},
		{fault: "kind=slow,bytes_per_second=1", row: "one byte a second", hostile: hostile{ripple: true, timeout: short}},
		{fault: "kind=cut,where=before", row: "connection closed before the answer"},
		{fault: "kind=cut,where=in", row: "connection cut in the body"},
		{fault: "kind=cut,where=after", row: "connection cut in the body"},
		{fault: "kind=malformed", row: "HTML with a documented status", hostile: ripple},
		{fault: "kind=expired-token,skip=1,count=1", row: "token expired midway", hostile: ripple},
		{fault: "kind=expired-token", row: "401 with a token just issued", hostile: ripple},
		{fault: "kind=expired-token", row: "401 or 403 with the CloudHealth key, on the list of assignments too", hostile: key},
	}
}

// TestFaults holds the verdicts on a twin that goes wrong to those of docs/verdicts.md.
func TestFaults(t *testing.T) {
	rows := map[string]row{}
	for _, r := range verdictTable(t) {
		rows[r.answer] = r
	}
	for _, f := range faulties() {
		t.Run(f.fault, func(t *testing.T) {
			t.Parallel()
			r, ok := rows[f.row]
			if !ok {
				t.Fatalf("docs/verdicts.md has no row %q", f.row)
			}
			r.judges(t, f.hostile, f.start(t))
		})
	}
}

// TestFaultThatConforms: slowness within the timeout breaks nothing.
func TestFaultThatConforms(t *testing.T) {
	conformance.Whole(t)
	slow := faulty{fault: "kind=latency,seconds=0.01,spread_seconds=0.02"}
	row{verdict: "pass"}.judges(t, slow.hostile, slow.start(t))
}

// start serves the twin and returns how to reach it.
func (f faulty) start(t *testing.T) *target.Target {
	t.Helper()
	wrong, err := fault.Parse(f.fault + ",operations=create*,operations=list*,operations=get*,operations=update*,operations=delete*")
	if err != nil {
		t.Fatal(err)
	}
	twin, err := mock.New(mock.WithFaults(wrong))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(twin)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	reached, err := target.New(server.URL, cmp.Or(f.timeout, hostileTimeout))
	if err != nil {
		t.Fatal(err)
	}
	reached.Backoff = time.Millisecond
	return reached
}
