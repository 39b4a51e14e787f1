package mock_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fixtures"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/sandbox"
)

// markedFixtures hold an AWS account for each of so many clients, by which its
// assignment can be told.
func markedFixtures(clients int) string {
	var b strings.Builder
	b.WriteString("ripple:\n  billing_groups: [{company_id: company, billinggroup_id: group, billinggroup_name: g, company_name: c, inv_aggregate: false}]\n")
	b.WriteString("cloudhealth:\n  customers: [{id: 1, name: c, partner_billing: true}]\n  families:\n    - head: \"999999999999\"\n      linked:\n")
	for i := range clients {
		fmt.Fprintf(&b, "        - \"%012d\"\n", i)
	}
	return b.String()
}

// startMarked starts a twin for so many clients.
func startMarked(t *testing.T, clients int, options ...mock.Option) *mock.Twin {
	t.Helper()
	state, err := fixtures.Parse("marked.yaml", []byte(markedFixtures(clients)))
	if err != nil {
		t.Fatal(err)
	}
	twin, err := mock.New(append(options, mock.WithFixtures(state))...)
	if err != nil {
		t.Fatal(err)
	}
	return twin
}

// marked has clients, each with a credential of its own, write rows to both APIs that
// bear their mark, all under the same ids, and then read all there is. It returns what
// is not as it would be if each were alone.
func marked(t *testing.T, url string, clients int) []string {
	t.Helper()
	httpClient := newHTTP(t, crowd)
	httpClient.Transport.(*http.Transport).MaxConnsPerHost = crowd
	all := make([]*caller, clients)
	for i := range all {
		all[i] = &caller{url: url, http: httpClient, key: fmt.Sprintf("client-%d", i)}
	}
	var mu sync.Mutex
	var wrong []string
	each := func(act func(number int, c *caller) error) {
		var wg sync.WaitGroup
		for i, c := range all {
			wg.Go(func() {
				if err := act(i, c); err != nil {
					mu.Lock()
					wrong = append(wrong, fmt.Sprintf("client-%d: %v", i, err))
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	}
	each(writesMark)
	each(readsMark)
	slices.Sort(wrong)
	return wrong
}

func writesMark(number int, c *caller) error {
	if err := c.login(); err != nil {
		return err
	}
	status, err := c.ripple(http.MethodPost, "/accts", row{
		"vendor": "aws", "customer_id": "000000000001", "account_id": "000000000001", "company_id": "company", "name": c.key, "note": nil,
	}, nil)
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("create an account: status %d, %w", status, err)
	}
	owner := fmt.Sprintf("%012d", number)
	status, err = c.cloudhealth(http.MethodPost, "", row{"customer_id": 1, "owner_id": owner, "payer_account_owner_id": owner}, nil)
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("create an assignment: status %d, %w", status, err)
	}
	return nil
}

func readsMark(number int, c *caller) error {
	var accounts []row
	if _, err := c.ripple(http.MethodGet, "/accts?vendor=aws", nil, &accounts); err != nil {
		return err
	}
	var list struct {
		Rows []row `json:"aws_account_assignments"`
	}
	if _, err := c.cloudhealth(http.MethodGet, "", nil, &list); err != nil {
		return err
	}
	names, owners := []any{}, []any{}
	for _, a := range accounts {
		names = append(names, a["customer_name"])
	}
	for _, a := range list.Rows {
		owners = append(owners, a["owner_id"])
	}
	if fmt.Sprint(names, owners) != fmt.Sprintf("[%s] [%012d]", c.key, number) {
		return fmt.Errorf("reads %v and %v", names, owners)
	}
	return nil
}

// TestThousandSandboxes has a thousand clients at once on one twin: each reads its own
// rows and nobody else's.
func TestThousandSandboxes(t *testing.T) {
	const clients = 1000
	twin := startMarked(t, clients)
	for _, wrong := range marked(t, serve(t, twin), clients) {
		t.Error(wrong)
	}
	if kept := len(twin.Sandboxes().List()); kept != clients {
		t.Errorf("there are %d sandboxes", kept)
	}
}

// TestCrossingIsSeen puts two of the clients into one sandbox: the same check sees it, at
// both and at nobody else.
func TestCrossingIsSeen(t *testing.T) {
	const clients = 20
	twin := startMarked(t, clients)
	crossing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer client-7" {
			r.Header.Set(sandbox.Header, "client-3")
		}
		twin.ServeHTTP(w, r)
	})
	wrong := marked(t, serve(t, crossing), clients)
	if len(wrong) != 2 || !strings.HasPrefix(wrong[0], "client-3: reads") || !strings.HasPrefix(wrong[1], "client-7: reads") {
		t.Errorf("seen: %q", wrong)
	}
}

// evictions counts the sandboxes that the log says were evicted.
func evictions(t *testing.T) func() int {
	t.Helper()
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return func() int {
		return bytes.Count(out.Bytes(), []byte(`"msg":"evicted `))
	}
}

// heap is the memory in use, once what is no longer needed is collected.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one finalized
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemoryIsBounded has two hundred clients write rows and send 13 MB, of which the twin
// may keep twenty sandboxes, and journals of 1 MiB: the rest is gone, and all of it once
// the sandboxes are idle. The log says which are evicted.
func TestMemoryIsBounded(t *testing.T) {
	const (
		clients, kept = 200, 20
		each, size    = 2, 32 << 10
		journals      = 1 << 20
		ofSandbox     = 16 << 10
	)
	evicted := evictions(t)
	now, mu := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), sync.Mutex{}
	twin := startMarked(t, 1,
		mock.WithSandboxes(kept, time.Hour), mock.WithJournal(journal.Limits{Bytes: journals}),
		mock.WithClock(func() time.Time { mu.Lock(); defer mu.Unlock(); return now }))
	write := func(client int) {
		m := &member{t: t, handler: twin, number: client, authorization: fmt.Sprintf("Bearer client-%d", client)}
		if _, status := m.assign("000000000000", 1, "000000000000"); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		for range each {
			if _, status := m.assign(strings.Repeat("x", size), 1, ""); status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d", status)
			}
		}
	}
	write(clients) // so that what is made once is there
	empty := heap()
	for client := range clients {
		write(client)
	}
	if grown, most := heap()-empty, int64(2*journals+kept*ofSandbox); grown > most {
		t.Errorf("%d bytes more, bounded at %d", grown, most)
	}
	if n := evicted(); n != clients+1-kept {
		t.Errorf("the log tells of %d evictions", n)
	}
	mu.Lock()
	now = now.Add(2 * time.Hour)
	mu.Unlock()
	if left := twin.Sandboxes().List(); len(left) != 0 {
		t.Errorf("%d idle sandboxes are kept", len(left))
	}
	if n := evicted(); n != clients+1 {
		t.Errorf("the log tells of %d evictions", n)
	}
	if grown := heap() - empty; grown > 1<<20 {
		t.Errorf("%d bytes more with no sandbox left", grown)
	}
}

// TestHistoryIsBounded changes rows over and over, in a sandbox whose journal keeps the
// state after each request: its bound holds for what only those states hold.
func TestHistoryIsBounded(t *testing.T) {
	const journals, rowCount, times = 2 << 20, 500, 1000
	twin := startMarked(t, rowCount, mock.WithJournal(journal.Limits{Bytes: journals}))
	m := &member{t: t, handler: twin, authorization: "Bearer client"}
	for n := range rowCount {
		owner := fmt.Sprintf("%012d", n)
		if _, status := m.assign(owner, 1, owner); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
	}
	sb := twin.Sandboxes().Get("client")
	sb.Journal.Clear()
	empty := heap()
	for n := range times {
		owner := fmt.Sprintf("%012d", n%rowCount)
		m.gets(http.StatusOK, http.MethodPut, fmt.Sprintf("%s/%d", assignments, n%rowCount+1), row{"payer_account_owner_id": owner}, nil)
	}
	grown := heap() - empty
	if most := int64(2 * journals); grown > most {
		t.Errorf("%d bytes more, bounded at %d", grown, most)
	}
	if held := sb.Journal.Len(); held < 100 || held >= times {
		t.Errorf("the journal holds %d", held)
	} else {
		t.Logf("%d bytes for each of %d entries", grown/int64(held), held)
	}
}
