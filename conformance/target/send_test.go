package target

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/twinbill/twinbill/openapi"
)

// serve returns a target that a handler answers for, in a hurry.
func serve(t *testing.T, handler http.HandlerFunc) *Target {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	deployment, err := New(server.URL, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	deployment.Backoff = time.Millisecond
	return deployment
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, "Sun, 22 Nov 2026 10:00:05 GMT": 5 * time.Second, "Sun, 22 Nov 2026 09:00:00 GMT": 0,
		"99999999999999999999": (1 << 30) * time.Second, "": -1, "-1": -1, "soon": -1, "1.5": -1,
	} {
		got, ok := retryAfter(value, now)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("Retry-After: %s is %v, want %v", value, got, want)
		}
	}
}

// TestRepeatsUntilAnswered: what is repeated is answered in the end, its latency is
// that of the last attempt, and why is kept.
func TestRepeatsUntilAnswered(t *testing.T) {
	var n atomic.Int32
	deployment := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch n.Add(1) {
		case 1:
			time.Sleep(100 * time.Millisecond)
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		default:
			_, _ = io.WriteString(w, "[]")
		}
	})
	started := time.Now()
	e := deployment.Send(t.Context(), &Request{Operation: operation(t, "listBillingGroups")})
	if e.Err != nil || e.Status != http.StatusOK || e.Attempts != 3 {
		t.Fatalf("%d after %d attempts: %v", e.Status, e.Attempts, e.Err)
	}
	if want := []string{"answered 429: retry after 1s", "answered 502"}; !slices.Equal(e.Repeated, want) {
		t.Errorf("repeated for %q", e.Repeated)
	}
	if took := time.Since(started); took < time.Second || e.Duration > took-time.Second {
		t.Errorf("%v in all, %v for the last attempt", took, e.Duration)
	}
}

// TestPatience: no request waits longer than the target has patience.
func TestPatience(t *testing.T) {
	deployment := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	deployment.Patience = time.Second
	if e := deployment.Send(t.Context(), &Request{Operation: operation(t, "listBillingGroups")}); e.Attempts != 1 || e.Status != http.StatusTooManyRequests {
		t.Errorf("%d attempts, %d", e.Attempts, e.Status)
	}
}

// TestWaitEndsWithTheContext: whoever waits to ask again can be stopped.
func TestWaitEndsWithTheContext(t *testing.T) {
	deployment := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	started := time.Now()
	deployment.Send(ctx, &Request{Operation: operation(t, "listBillingGroups")})
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestBudget(t *testing.T) {
	var n atomic.Int32
	deployment := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	deployment.MaxRequests = 2
	list := operation(t, "listBillingGroups")
	if e := deployment.Send(t.Context(), &Request{Operation: list}); e.Status != http.StatusBadGateway || e.Attempts != 2 {
		t.Errorf("%d after %d attempts: attempts count", e.Status, e.Attempts)
	}
	if e := deployment.Send(t.Context(), &Request{Operation: list}); !errors.Is(e.Err, ErrBudget) || e.Attempts != 0 {
		t.Errorf("sent over the budget: %v", e.Err)
	}
	if e := deployment.Send(t.Context(), &Request{Operation: list, Undo: true}); e.Status != http.StatusBadGateway || n.Load() != 5 {
		t.Errorf("clean-up is not sent: %v, %d requests", e.Err, n.Load())
	}
}

func TestPace(t *testing.T) {
	deployment := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "[]") })
	deployment.Pace(openapi.Ripple, 20)
	started := time.Now()
	for range 5 {
		deployment.Send(t.Context(), &Request{Operation: operation(t, "listBillingGroups")})
	}
	if took := time.Since(started); took < 190*time.Millisecond {
		t.Errorf("five requests at 20 a second took %v", took)
	}
	deployment.PaceByDefault()
	if got := deployment.sites[openapi.Ripple].limiter.Limit(); got != 20 {
		t.Errorf("the pace that was asked for became %v", got)
	}
	if got := deployment.sites[openapi.CloudHealth].limiter.Limit(); got != rate.Every(4*time.Second) {
		t.Errorf("the default pace of CloudHealth is %v", got)
	}
}

func TestParsePace(t *testing.T) {
	for text, want := range map[string]rate.Limit{
		"50": 50, "50/s": 50, "0.5": 0.5, "30/m": 0.5, "1/4s": 0.25, "10/100ms": 100,
		"": 0, "0": 0, "-1": 0, "NaN": 0, "Inf": 0, "fast": 0, "1/": 0, "1/0s": 0, "1/fortnight": 0, "1/-1s": 0,
	} {
		got, err := ParsePace(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
}

// TestAskedNoMore: an API that never answers is asked no more, though tokens come.
func TestAskedNoMore(t *testing.T) {
	var n atomic.Int32
	deployment := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/access_token") {
			return
		}
		n.Add(1)
		panic(http.ErrAbortHandler)
	})
	for range 10 {
		deployment.Send(t.Context(), &Request{Operation: operation(t, "createAccount")})
		if e := deployment.Send(t.Context(), &Request{Operation: operation(t, tokenOperation)}); e.Err != nil {
			t.Fatal(e.Err)
		}
	}
	if n.Load() != patience {
		t.Errorf("asked %d times, want %d", n.Load(), patience)
	}
}

// TestNoRedirectIsFollowed: no credential reaches another host, of an API, of its
// tokens, or when health is asked.
func TestNoRedirectIsFollowed(t *testing.T) {
	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", other.URL+r.URL.RequestURI())
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	defer elsewhere.Close()
	text := strings.ReplaceAll("ripple: {url: BASE/m/ripple, token_url: BASE/t, headers: {X-Gateway-Key: '${SECRET}'}}\ncloudhealth: {url: BASE, key: '${SECRET}'}\n", "BASE", elsewhere.URL)
	f, err := Parse("f.yaml", []byte(text), lookUp)
	if err != nil {
		t.Fatal(err)
	}
	deployment, err := f.Target(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := deployment.Health(t.Context()); err != nil || h != (Health{}) {
		t.Errorf("health: %v, %v", h, err)
	}
	for _, id := range []string{"listBillingGroups", "createAccount", tokenOperation, "listAwsAccountAssignments"} {
		e := deployment.Send(t.Context(), &Request{
			Operation: operation(t, id), Header: http.Header{"Authorization": {"Bearer " + variables["SECRET"]}}, Query: map[string][]string{"api_key": {variables["SECRET"]}},
		})
		if e.Status != http.StatusTemporaryRedirect || e.Attempts != 1 {
			t.Errorf("%s: %d after %d attempts, %v", id, e.Status, e.Attempts, e.Err)
		}
		if wants := operation(t, id).API == openapi.Ripple; wants != (e.Sent.Get("X-Gateway-Key") == variables["SECRET"]) {
			t.Errorf("%s: sent %v", id, e.Sent)
		}
	}
	if asked.Load() > 0 {
		t.Errorf("another host was asked %d times", asked.Load())
	}
}

// TestHealthIsEverybodys: a deployment is a Twinbill where all its APIs say so.
func TestHealthIsEverybodys(t *testing.T) {
	twin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"product": "twinbill", "version": "1"}`)
	}))
	defer twin.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for _, c := range []struct {
		ripple, cloudhealth string
		want                string
	}{{twin.URL, twin.URL, "twinbill"}, {twin.URL, other.URL, ""}, {other.URL, twin.URL, ""}} {
		f, err := Parse("f.yaml", []byte("ripple: {url: "+c.ripple+"/m/ripple, token_url: http://t}\ncloudhealth: {url: "+c.cloudhealth+"}\n"), lookUp)
		if err != nil {
			t.Fatal(err)
		}
		deployment, err := f.Target(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if h, err := deployment.Health(t.Context()); err != nil || h.Product != c.want {
			t.Errorf("%+v: %v, %v", c, h, err)
		}
	}
}
