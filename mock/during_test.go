package mock_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
)

const list = "/v1/aws_account_assignments?api_key=k"

// waits sends a request that a latency holds back, and returns when that has begun.
func waits(t *testing.T, twin *mock.Running) (answered chan error) {
	t.Helper()
	answered = make(chan error, 1)
	go func() {
		answer, err := http.Get(twin.URL + list)
		if err == nil {
			err = answer.Body.Close()
		}
		answered <- err
	}()
	until(t, "the request has begun", func() bool { return twin.Sandbox.Faults.List()[0].Met > 0 })
	return answered
}

// until waits for something to come about.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// A request that waits while another one writes has in its history the state that it
// was answered from, and none that is older.
func TestHistoryOfSlowRead(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	seconds := 0.3
	twin.Fault(gen.NewFault{Kind: gen.Latency, Seconds: &seconds, Operations: &[]string{"list*"}})
	answered := waits(t, twin)
	answer, err := http.Post(twin.URL+list, "application/json", strings.NewReader(`{"owner_id":"000000000001","customer_id":1,"payer_account_owner_id":"000000000001"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	until(t, "the read is in the journal", func() bool { return len(twin.Requests()) == 2 })
	for _, entry := range twin.Requests() {
		if n := entry.After.Read().AssignmentCount(); n != 1 {
			t.Errorf("%s: %d assignments after it", *entry.Operation, n)
		}
	}
}

// A request that is under way while its sandbox begins anew stands in no journal.
func TestResetDuringRequest(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	seconds := 0.3
	twin.Fault(gen.NewFault{Kind: gen.Latency, Seconds: &seconds})
	answered := waits(t, twin)
	answer, err := http.Post(twin.URL+"/__admin/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if entries := twin.Requests(); len(entries) != 0 {
		t.Errorf("the new journal holds %d requests of the old one", len(entries))
	}
}
