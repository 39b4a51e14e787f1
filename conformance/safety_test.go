package conformance_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// sharedCredentials make every check share the one sandbox that they name.
var sharedCredentials = target.Credentials{
	Ripple:      target.Ripple{Client: target.Client{ID: "shared", Secret: "secret"}},
	CloudHealth: target.CloudHealth{Key: "shared"},
}

// anonymous is a twin that does not say that it is one, and tells watch of each request,
// one at a time: races send several at once.
func anonymous(t *testing.T, watch func(*http.Request), options ...mock.Option) (deployment, twin http.Handler) {
	t.Helper()
	twin, err := mock.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	var one sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			http.NotFound(w, r)
			return
		}
		if watch != nil {
			one.Lock()
			watch(r)
			one.Unlock()
		}
		twin.ServeHTTP(w, r)
	}), twin
}

// TestSuppliedThingsAreNotWrittenTo: what a deployment supplies is referred to, and no
// request changes or removes it.
func TestSuppliedThingsAreNotWrittenTo(t *testing.T) {
	conformance.Whole(t)
	var ids []string
	for name, value := range scenarios.LoadInputs().Supplied {
		if id, ok := value.(string); ok && !strings.HasPrefix(name, "owner") {
			ids = append(ids, id)
		}
	}
	deployment, _ := anonymous(t, func(r *http.Request) {
		if r.Method == http.MethodGet {
			return
		}
		for segment := range strings.SplitSeq(r.URL.Path, "/") {
			if slices.Contains(ids, segment) {
				t.Errorf("%s %s", r.Method, r.URL.Path)
			}
		}
	})
	_, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(deployment), Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied,
		Writes: conformance.Writes{Allowed: true, Irreversible: true}, Credentials: sharedCredentials,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNothingIsWritten without leave: no request of a method that writes arrives, but
// for tokens, and but for what removes a sandbox of the run's own.
func TestNothingIsWritten(t *testing.T) {
	for name, c := range map[string]struct {
		writes   conformance.Writes
		twinbill bool
	}{
		"no leave":              {conformance.Writes{}, false},
		"read only":             {conformance.Writes{ReadOnly: true}, false},
		"read only, a Twinbill": {conformance.Writes{ReadOnly: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			watch := func(r *http.Request) {
				asked++
				own := strings.HasPrefix(r.URL.Path, "/__admin/sandboxes/") && strings.Contains(r.URL.Path, "verify-1-")
				if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/access_token") && !own {
					t.Errorf("%s %s", r.Method, r.URL.Path)
				}
			}
			deployment, twin := anonymous(t, watch)
			if c.twinbill {
				deployment = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { watch(r); twin.ServeHTTP(w, r) })
			}
			report, err := conformance.Run(t.Context(), conformance.Config{
				Target: target.InProcess(deployment), Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied, Writes: c.writes, Credentials: sharedCredentials,
			})
			if err != nil {
				t.Fatal(err)
			}
			clean(t, report)
			if asked < 50 || report.Count(conformance.Pass) < 30 {
				t.Errorf("%d requests, %d checks pass: hardly anything was verified", asked, report.Count(conformance.Pass))
			}
		})
	}
}

// TestIrreversible: what nothing takes back is written with leave alone, and named.
func TestIrreversible(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		written := 0
		deployment, _ := anonymous(t, func(r *http.Request) {
			if r.Method != http.MethodGet && strings.Contains(r.URL.Path, "exchange") {
				written++
			}
		})
		report, err := conformance.Run(t.Context(), conformance.Config{
			Target: target.InProcess(deployment), Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials,
			Writes: conformance.Writes{Allowed: true, Irreversible: allowed}, APIs: []openapi.API{openapi.Ripple},
		})
		if err != nil {
			t.Fatal(err)
		}
		clean(t, report)
		if got := len(report.Kept) > 0; got != allowed {
			t.Errorf("allowed %v: kept %v", allowed, report.Kept)
		}
		if allowed != (written > 100) {
			t.Errorf("allowed %v: %d rates written", allowed, written)
		}
	}
}

// TestNobodyIsWritten an e-mail: no request asks for a notification, and every address
// is under example.com.
func TestNobodyIsWritten(t *testing.T) {
	addresses := 0
	deployment, _ := anonymous(t, func(r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(data))
		var body map[string]any
		if json.Unmarshal(data, &body) != nil {
			return
		}
		if body["notification"] == true {
			t.Errorf("%s %s asks for a notification: %s", r.Method, r.URL.Path, data)
		}
		email, _ := body["email"].(string)
		if _, host, ok := strings.Cut(email, "@"); ok {
			addresses++
			if host != "example.com" {
				t.Errorf("%s %s: %s", r.Method, r.URL.Path, email)
			}
		}
	})
	_, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(deployment), Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied,
		Writes: conformance.Writes{Allowed: true, Irreversible: true}, Credentials: sharedCredentials, APIs: []openapi.API{openapi.Ripple},
	})
	if err != nil {
		t.Fatal(err)
	}
	if addresses < 100 {
		t.Errorf("only %d addresses", addresses)
	}
}
