package mock_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

var newAccount = row{"vendor": "aws", "customer_id": "000000000001", "account_id": payer, "company_id": "company1", "name": "an account", "note": nil}

// clientOf is a client of a twin that runs, logged in to Ripple.
func clientOf(t *testing.T, twin *mock.Running) *caller {
	t.Helper()
	c := &caller{url: twin.URL, http: newHTTP(t, 1), key: "client"}
	if err := c.login(); err != nil {
		t.Fatal(err)
	}
	return c
}

// answers sends a request to Ripple and expects a status.
func (c *caller) answers(t *testing.T, status int, method, path string, body any) {
	t.Helper()
	if got, err := c.ripple(method, path, body, nil); err != nil || got != status {
		t.Errorf("%s %s: status %d, %v; want %d", method, path, got, err, status)
	}
}

// TestStart uses a twin as a test of a client does: what one test writes, faults or sets
// its clock to, no other one that runs beside it sees.
func TestStart(t *testing.T) {
	for n := range 4 {
		t.Run(fmt.Sprintf("test %d", n), func(t *testing.T) {
			t.Parallel()
			twin := mock.Start(t)
			if twin.Sandbox.Name != t.Name() {
				t.Errorf("the sandbox is named %q", twin.Sandbox.Name)
			}
			c := clientOf(t, twin)
			twin.Seed(func(tx *store.Tx) error {
				tx.InsertAccount(store.Account{CustomerID: fmt.Sprintf("%012d", n), AccountID: payer, CompanyID: "company1", Vendor: "aws", Name: "seeded"})
				return nil
			})
			c.answers(t, http.StatusBadRequest, http.MethodDelete, fmt.Sprintf("/accts/aws/%012d%%7C%s", n+1, payer), nil) // another test's
			c.answers(t, http.StatusOK, http.MethodDelete, fmt.Sprintf("/accts/aws/%012d%%7C%s", n, payer), nil)
			c.answers(t, http.StatusOK, http.MethodPost, "/accts", newAccount)
			if found := twin.State().AccountsByCustomerID("000000000001"); len(found) != 1 || found[0].Name != "an account" {
				t.Errorf("the state holds %v", found)
			}
			twin.AssertNoDepartures("ripple.account.delete.unknown")
			twin.AssertCalled(gen.Expectation{Operation: new("createAccount"), Body: map[string]any{"name": "an account"}, Times: new(1)})

			twin.Fault(gen.NewFault{Kind: gen.Status, Status: new(503), Count: new(n + 1)})
			for range n + 1 {
				c.answers(t, http.StatusServiceUnavailable, http.MethodGet, "/accts?vendor=aws", nil)
			}
			c.answers(t, http.StatusOK, http.MethodGet, "/accts?vendor=aws", nil)
			twin.AssertCalled(gen.Expectation{Operation: new("listAccounts"), Status: new(503), Times: new(n + 1)})

			twin.Sandbox.Clock.Advance(25 * time.Hour)
			c.answers(t, http.StatusUnauthorized, http.MethodGet, "/accts?vendor=aws", nil)
			if requests := twin.Requests(); len(requests) != n+7 {
				t.Errorf("the journal holds %d requests", len(requests))
			}
		})
	}
}

// TestStartJoins: whatever the credential, a request is about the sandbox of the test,
// unless it names another one itself.
func TestStartJoins(t *testing.T) {
	twin := mock.Start(t)
	twin.Load(`cloudhealth: {customers: [{id: 7, name: c, partner_billing: true}], families: [{head: "000000000009", linked: ["000000000008"]}]}`)
	for _, key := range []string{"one", "two"} {
		c := &caller{url: twin.URL, http: newHTTP(t, 1), key: key}
		status, err := c.cloudhealth(http.MethodPost, "", row{"customer_id": 7, "owner_id": "000000000008", "payer_account_owner_id": "000000000008"}, nil)
		want := map[string]int{"one": http.StatusOK, "two": http.StatusUnprocessableEntity}[key]
		if err != nil || status != want {
			t.Errorf("%s: status %d, %v; want %d", key, status, err, want)
		}
	}
	r, err := http.NewRequest(http.MethodGet, twin.CloudHealthURL()+assignments+"/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer one")
	r.Header.Set(sandbox.Header, "elsewhere")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound || len(twin.Requests()) != 2 {
		t.Errorf("status %d, %d requests", answer.StatusCode, len(twin.Requests()))
	}
}

// fakeTB is a test that fails without failing the one around it.
type fakeTB struct {
	name string

	mu       sync.Mutex
	failed   bool
	said     []string
	cleanups []func()
}

func (f *fakeTB) Helper()           {}
func (f *fakeTB) Name() string      { return f.name }
func (f *fakeTB) Cleanup(fn func()) { f.cleanups = append(f.cleanups, fn) }
func (f *fakeTB) Failed() bool      { f.mu.Lock(); defer f.mu.Unlock(); return f.failed }

func (f *fakeTB) Logf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *fakeTB) Errorf(format string, args ...any) {
	f.Logf(format, args...)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = true
}

// fatal is what ends a fake test.
type fatal struct{}

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(fatal{})
}

// run runs a test to its end, and returns what it said.
func (f *fakeTB) run(test func()) string {
	func() {
		defer func() {
			if v := recover(); v != nil && v != (fatal{}) {
				panic(v)
			}
		}()
		test()
	}()
	for i := range f.cleanups {
		f.cleanups[len(f.cleanups)-1-i]()
	}
	return strings.Join(f.said, "\n")
}

// TestStartSays fails tests in several ways, and holds what they say to what their
// reader needs.
func TestStartSays(t *testing.T) {
	for _, test := range []struct {
		name string
		test func(mock.TB)
		says []string
	}{
		{"a call that never came", func(tb mock.TB) {
			twin := mock.Start(tb)
			clientOf(t, twin).answers(t, http.StatusOK, http.MethodPost, "/accts", newAccount)
			twin.AssertCalled(gen.Expectation{Operation: new("createAccount"), Body: map[string]any{"name": "another account"}})
		}, []string{"createAccount", "POST http://127.0.0.1:", `"name":"an account"`, "another account"}},
		{"a departure", func(tb mock.TB) {
			twin := mock.Start(tb)
			clientOf(t, twin).answers(t, http.StatusBadRequest, http.MethodPost, "/accts", row{"vendor": "aws"})
			twin.AssertNoDepartures()
		}, []string{`/m/ripple/accts {"vendor":"aws"}: `, "customer_id"}},
		{"what a documented rule refuses", func(tb mock.TB) {
			twin := mock.Start(tb)
			clientOf(t, twin).answers(t, http.StatusBadRequest, http.MethodDelete, "/accts/aws/000000000009%7C"+payer, nil)
			twin.AssertNoDepartures("*.authentication")
		}, []string{"deleteAccount was refused (400): Customer id is not exists."}},
		{"a failure of its own", func(tb mock.TB) {
			twin := mock.Start(tb)
			clientOf(t, twin).answers(t, http.StatusBadRequest, http.MethodDelete, "/accts/aws/1%7C2", nil)
			tb.Errorf("the client is wrong")
		}, []string{"the client is wrong", "/accts/aws/1%7C2: 400 ripple.account.delete.unknown {"}},
		{"an option that cannot be met", func(tb mock.TB) { mock.Start(tb, mock.WithDefects("none.such")) }, []string{"mock.Start: ", "none.such"}},
		{"fixtures with a mistake", func(tb mock.TB) { mock.Start(tb).Load("ripple: {groups: []}") }, []string{"fixtures:1: ", "groups"}},
		{"rows that cannot be", func(tb mock.TB) {
			mock.Start(tb).Seed(func(*store.Tx) error { return errors.New("no") })
		}, []string{"cannot seed: no"}},
		{"a fault that cannot be", func(tb mock.TB) { mock.Start(tb).Fault(gen.NewFault{Kind: gen.Status}) }, []string{"status: "}},
		{"an expectation that cannot be", func(tb mock.TB) {
			mock.Start(tb).AssertCalled(gen.Expectation{Times: new(1), AtLeast: new(1)})
		}, []string{"at_least"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tb := &fakeTB{name: strings.Repeat("long name ", 50)}
			said := tb.run(func() { test.test(tb) })
			for _, want := range test.says {
				if !strings.Contains(said, want) {
					t.Errorf("%q does not say %q", said, want)
				}
			}
			if !tb.Failed() {
				t.Error("the test has not failed")
			}
		})
	}
	quiet := &fakeTB{name: "quiet"}
	if said := quiet.run(func() { clientOf(t, mock.Start(quiet)) }); said != "" {
		t.Errorf("a test that passes says %q", said)
	}
}
