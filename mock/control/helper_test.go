package control_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// noon is where the process's clock stands in these tests.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// world is a twin, asked from its own machine.
type world struct {
	t       testing.TB
	twin    *mock.Twin
	sandbox string // which requests join; empty where they do not say
}

func newWorld(t testing.TB, options ...mock.Option) world {
	t.Helper()
	twin, err := mock.New(append([]mock.Option{mock.WithClock(func() time.Time { return noon }), mock.WithVersion("1.2.3"), mock.WithInstance("one")}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return world{t: t, twin: twin}
}

// in is the world as a client of a sandbox sees it.
func (w world) in(sandbox string) world {
	w.sandbox = sandbox
	return w
}

// local is a request from this machine.
func (w world) local(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, "http://127.0.0.1"+target, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if w.sandbox != "" {
		r.Header.Set("Twinbill-Sandbox", w.sandbox)
	}
	return r
}

func (w world) serve(r *http.Request) *httptest.ResponseRecorder {
	a := httptest.NewRecorder()
	w.twin.ServeHTTP(a, r)
	return a
}

// ask sends a request to the control API, and expects a status.
func (w world) ask(status int, method, path, body string) string {
	w.t.Helper()
	a := w.serve(w.local(method, "/__admin"+path, body))
	if a.Code != status {
		w.t.Errorf("%s %s %s: status %d, want %d: %s", method, path, body, a.Code, status, a.Body)
	}
	return a.Body.String()
}

// reads asks for JSON, and decodes it.
func reads[T any](w world, method, path, body string) (v T) {
	w.t.Helper()
	status := http.StatusOK
	if method == http.MethodPost && (strings.HasPrefix(path, "/sandboxes") || path == "/snapshots" || path == "/faults") {
		status = http.StatusCreated
	}
	answer := w.ask(status, method, path, body)
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		w.t.Fatalf("%s %s: %v: %s", method, path, err, answer)
	}
	return v
}

// refuses expects a refusal whose error has these words, and that no sandbox changes.
func (w world) refuses(status int, method, path, body string, words ...string) {
	w.t.Helper()
	before := w.ask(200, http.MethodGet, "/state", "")
	answer := w.ask(status, method, path, body)
	var e struct{ Error string }
	if err := json.Unmarshal([]byte(answer), &e); err != nil || e.Error == "" || strings.Contains(e.Error, "\n") {
		w.t.Errorf("%s %s: no error in one line: %s", method, path, answer)
	}
	for _, word := range words {
		if !strings.Contains(e.Error, word) {
			w.t.Errorf("%s %s %s: %q does not say %q", method, path, body, e.Error, word)
		}
	}
	if after := w.ask(200, http.MethodGet, "/state", ""); after != before {
		w.t.Errorf("%s %s %s is refused, and has changed the state\nfrom %s\nto   %s", method, path, body, before, after)
	}
}

// assigns sends a request of the CloudHealth API that assigns an AWS account, under an
// id, and tells its status.
func (w world) assigns(id, owner string) int {
	w.t.Helper()
	body := fmt.Sprintf(`{"owner_id": %q, "customer_id": 1, "payer_account_owner_id": %q}`, owner, owner)
	r := w.local(http.MethodPost, "/v1/aws_account_assignments?api_key="+url.QueryEscape(w.sandbox), body)
	r.Header.Set("X-Request-Id", id)
	return w.serve(r).Code
}

// owners are the AWS accounts that are assigned, in the state at a request; that as it
// is where none is named.
func (w world) owners(at string) string {
	w.t.Helper()
	path := "/state"
	if at != "" {
		path += "?at=" + url.QueryEscape(at)
	}
	state := reads[struct {
		State struct {
			Assignments []struct {
				OwnerID string `json:"owner_id"`
			}
		}
	}](w, http.MethodGet, path, "")
	var owners []string
	for _, a := range state.State.Assignments {
		owners = append(owners, strings.TrimLeft(a.OwnerID, "0"))
	}
	return strings.Join(owners, " ")
}

func sandboxContract(t testing.TB) *openapi.Contract {
	t.Helper()
	contract, err := openapi.Load(openapi.Sandbox, openapi.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	return contract
}
