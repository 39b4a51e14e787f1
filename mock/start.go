package mock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/fixtures"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

// TB is what Start needs of a testing.TB.
type TB interface {
	Helper()
	Name() string
	Cleanup(func())
	Failed() bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Running is a twin that runs for one test, in a sandbox named after it. Every request
// to its URL is about that sandbox, whatever its credential.
type Running struct {
	URL     string           // http://127.0.0.1:PORT and the base path, of both APIs and the control API
	Sandbox *sandbox.Sandbox // state, clock, faults and journal of the test

	t    TB
	twin *Twin
}

// Start runs a twin on a free port of 127.0.0.1 until the test ends. Tests may run in
// parallel: each call has a twin of its own. Where the test fails, what the client sent
// last is logged. A twin that cannot be started ends the test.
func Start(t TB, options ...Option) *Running {
	t.Helper()
	twin, err := New(options...)
	if err != nil {
		t.Fatalf("mock.Start: %v", err)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("mock.Start: %v", err)
	}
	server := &http.Server{
		Handler:           twin,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context {
			return sandbox.Joining(context.Background(), named(t.Name()))
		},
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	r := &Running{URL: "http://" + listener.Addr().String() + twin.base, Sandbox: twin.sandboxes.Get(named(t.Name())), t: t, twin: twin}
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("mock.Start: %v", err)
		}
		if t.Failed() {
			r.logLast()
		}
	})
	return r
}

// named is a test's name, as far as a sandbox may bear it.
func named(test string) string {
	return test[max(0, len(test)-sandbox.LongestName):]
}

// RippleURL is the base of the Ripple operations.
func (r *Running) RippleURL() string { return r.URL + "/m/ripple" }

// TokenURL is where Ripple's access tokens are issued.
func (r *Running) TokenURL() string { return r.URL + "/ripple/access_token" }

// CloudHealthURL is the base of the CloudHealth operations.
func (r *Running) CloudHealthURL() string { return r.URL }

// Load puts the state that a fixtures file describes, in YAML, in the place of the
// test's. A mistake in it ends the test.
func (r *Running) Load(yaml string) {
	r.t.Helper()
	state, err := fixtures.Parse("fixtures", []byte(yaml))
	if err != nil {
		r.t.Fatalf("%v", err)
	}
	r.Sandbox.Load(state)
}

// Seed writes rows in one transaction, past the rules of the APIs. An error ends the
// test and leaves the state as it was.
func (r *Running) Seed(fn func(*store.Tx) error) {
	r.t.Helper()
	if err := sandbox.Write(sandbox.With(context.Background(), r.Sandbox), fn); err != nil {
		r.t.Fatalf("cannot seed: %v", err)
	}
}

// State reads the rows as they are now.
func (r *Running) State() *store.Tx { return r.Sandbox.Store().Read() }

// Fault makes the twin do something wrong. A fault that cannot be ends the test.
func (r *Running) Fault(f gen.NewFault) gen.Fault {
	r.t.Helper()
	added, err := r.Sandbox.Faults.Add(f)
	if err != nil {
		r.t.Fatalf("%v", err)
	}
	return added
}

// Requests lists what the test's clients sent and were answered, oldest first.
func (r *Running) Requests() []journal.Entry {
	entries, _, _, err := r.Sandbox.Journal.List(journal.Query{})
	if err != nil {
		r.t.Fatalf("%v", err)
	}
	return entries
}

// AssertCalled fails the test unless the twin was called as expected; it says then which
// requests came near, and what keeps them from matching.
func (r *Running) AssertCalled(expected gen.Expectation) {
	r.t.Helper()
	found, err := r.Sandbox.Journal.Verify(expected)
	if err != nil {
		r.t.Fatalf("%v", err)
	}
	if found.Met {
		return
	}
	var near strings.Builder
	for _, miss := range found.NearMisses {
		if entry, held := r.Sandbox.Journal.Get(miss.Request); held {
			near.WriteString("\n\t" + asked(entry) + ": " + strings.Join(miss.Differences, "; "))
		}
	}
	r.t.Errorf("%s%s", found.Says, near.String())
}

// AssertNoDepartures fails the test where a client sent what departs from the contract,
// save for the kinds and clauses that one of the globs fits: "refused" for every request
// that a documented rule refuses, "*.authentication" for those without a valid token.
func (r *Running) AssertNoDepartures(allowed ...string) {
	r.t.Helper()
	for _, entry := range r.Requests() {
		for _, departure := range entry.Departures {
			if departs := departure.Clause; slices.ContainsFunc(allowed, func(glob string) bool {
				return fits(glob, string(departure.Kind)) || departs != nil && fits(glob, *departs)
			}) {
				continue
			}
			r.t.Errorf("%s: %s", asked(entry), departure.Says)
		}
	}
}

func fits(glob, text string) bool {
	ok, _ := path.Match(glob, text)
	return ok
}

// logLast logs the last requests of the test.
func (r *Running) logLast() {
	const last = 10
	entries := r.Requests()
	for _, entry := range entries[max(0, len(entries)-last):] {
		r.t.Logf("%s: %d %s %s", asked(entry), entry.Status, strings.Join(entry.Clauses, " "), text(entry.ResponseBody))
	}
}

// asked is a request as a test's log shows it.
func asked(e journal.Entry) string {
	return strings.TrimSpace(e.Method + " " + e.Url + " " + text(e.RequestBody))
}

// text is a body as a test's log shows it.
func text(b gen.Body) string {
	if b.Text == nil {
		return fmt.Sprintf("(%d bytes)", b.Bytes)
	}
	return strings.TrimSpace(*b.Text)
}
