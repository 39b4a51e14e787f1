package control_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
)

func TestCaller(t *testing.T) {
	w := newWorld(t)
	if status := w.in("mine").assigns("", "000000000001"); status != 200 {
		t.Fatalf("create: %d", status)
	}
	holds := func(change func(*http.Request)) bool {
		t.Helper()
		r := w.local(http.MethodGet, "/__admin/state", "")
		change(r)
		a := w.serve(r)
		if a.Code != 200 {
			t.Fatalf("state: %d %s", a.Code, a.Body)
		}
		return strings.Contains(a.Body.String(), `"payer_account_owner_id":"000000000001"`)
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		mine   bool
	}{
		"a key in the query":    {func(r *http.Request) { r.URL.RawQuery = "api_key=mine" }, true},
		"a key as a token":      {func(r *http.Request) { r.Header.Set("Authorization", "Bearer mine") }, true},
		"the header":            {func(r *http.Request) { r.Header.Set("Twinbill-Sandbox", "mine") }, true},
		"the header before all": {func(r *http.Request) { r.URL.RawQuery = "api_key=other"; r.Header.Set("Twinbill-Sandbox", "mine") }, true},
		"another key":           {func(r *http.Request) { r.URL.RawQuery = "api_key=other" }, false},
		"nobody":                {func(*http.Request) {}, false},
		"an empty header":       {func(r *http.Request) { r.Header.Set("Twinbill-Sandbox", "") }, false},
	} {
		if got := holds(c.change); got != c.mine {
			t.Errorf("%s: the state is mine: %v", name, got)
		}
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"a refused credential": {func(r *http.Request) { r.URL.RawQuery = "api_key=invalid" }, 401},
		"a forged token":       {func(r *http.Request) { r.Header.Set("Authorization", "Bearer a.b.c") }, 401},
		"two names":            {func(r *http.Request) { r.Header["Twinbill-Sandbox"] = []string{"a", "b"} }, 400},
		"a long name":          {func(r *http.Request) { r.Header.Set("Twinbill-Sandbox", strings.Repeat("x", 257)) }, 400},
		"a long name in bytes": {func(r *http.Request) { r.Header.Set("Twinbill-Sandbox", strings.Repeat("é", 200)) }, 400},
		"a bad query":          {func(r *http.Request) { r.URL.RawQuery = "at=%zz" }, 400},
		"another machine":      {func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" }, 403},
		"a foreign Host":       {func(r *http.Request) { r.Host = "rebound.example.com" }, 403},
		"a foreign origin":     {func(r *http.Request) { r.Header.Set("Origin", "https://example.com") }, 403},
	} {
		for _, op := range [][2]string{{http.MethodGet, "/__admin/state"}, {http.MethodPost, "/__admin/reset"}} {
			r := w.local(op[0], op[1], "")
			c.change(r)
			if a := w.serve(r); a.Code != c.status || !strings.Contains(a.Body.String(), `{"error":"`) {
				t.Errorf("%s, %s: status %d, want %d: %s", name, op[1], a.Code, c.status, a.Body)
			}
		}
	}
	w.in("mine").ask(200, http.MethodPost, "/reset", "")
	if holds(func(r *http.Request) { r.URL.RawQuery = "api_key=mine" }) {
		t.Error("reset has kept it")
	}
}

// A read makes no sandbox, and neither does a refused request; a write does.
func TestReadsMakeNoSandbox(t *testing.T) {
	w := newWorld(t).in("team")
	for _, path := range []string{"/state", "/clock", "/faults", "/requests", "/snapshots", "/coverage", "/har"} {
		w.ask(200, http.MethodGet, path, "")
	}
	w.ask(404, http.MethodGet, "/sandboxes/team", "")
	w.ask(404, http.MethodDelete, "/snapshots/none", "")
	w.ask(404, http.MethodPost, "/undo", `{"to": "none"}`)
	w.ask(400, http.MethodPut, "/state", `{"state": {"shoes": []}}`)
	w.ask(400, http.MethodPut, "/clock", `{"time": "1960-01-01T00:00:00Z"}`)
	if list := reads[gen.SandboxList](w, http.MethodGet, "/sandboxes", "").Sandboxes; len(list) > 0 {
		t.Errorf("there is %v", list)
	}
	w.ask(200, http.MethodPost, "/clock/advance", `{"seconds": 1}`)
	if sb := reads[gen.Sandbox](w, http.MethodGet, "/sandboxes/team", ""); sb.Name != "team" || !sb.Created.Equal(noon) {
		t.Errorf("there is %v", sb)
	}
}

func TestHealthIsOpenToAll(t *testing.T) {
	w := newWorld(t)
	r := w.local(http.MethodGet, "/__admin/health?api_key=invalid", "")
	r.RemoteAddr, r.Host = "192.0.2.1:1", "twin.example.com"
	a := w.serve(r)
	if want := `{"auth":"open","instance":"one","product":"twinbill","status":"ok","version":"1.2.3"}`; a.Code != 200 || strings.TrimSpace(a.Body.String()) != want {
		t.Errorf("got %d %s, want %s", a.Code, a.Body, want)
	}
	other, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	first := world{t: t, twin: other}.ask(200, http.MethodGet, "/health", "")
	if second := newWorld(t, mock.WithInstance("")).ask(200, http.MethodGet, "/health", ""); first == second {
		t.Errorf("two processes are told apart by nothing: %s", first)
	}
}

func TestAdminToken(t *testing.T) {
	w := newWorld(t, mock.WithAdminToken("secret"))
	w.in("mine").assigns("", "000000000001")
	for _, path := range []string{"/__admin/state", "/__admin/sandboxes", "/__admin/metrics", "/__admin/nothing"} {
		r := w.local(http.MethodGet, path, "")
		r.Header.Set("Authorization", "Bearer secret")
		if a := w.serve(r); a.Code != 401 {
			t.Errorf("%s without the header: status %d", path, a.Code)
		}
	}
	r := w.local(http.MethodGet, "/__admin/state", "")
	r.RemoteAddr, r.Host = "192.0.2.1:1", "twin.example.com"
	r.Header.Set(mock.AdminTokenHeader, "secret")
	r.Header.Set("Authorization", "Bearer mine")
	if a := w.serve(r); a.Code != 200 || !strings.Contains(a.Body.String(), `"sandbox":"mine"`) {
		t.Errorf("with the token, and a credential that names the sandbox: %d %s", a.Code, a.Body)
	}
}

func TestStrayRequests(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path string
		status       int
		words        string
	}{
		{http.MethodGet, "/__admin", 404, "no such path"},
		{http.MethodGet, "/__admin/", 404, "no such path"},
		{http.MethodGet, "/__admin/nothing", 404, "no such path"},
		{http.MethodGet, "/__admin/state/", 404, "no such path"},
		{http.MethodPost, "/__admin/state", 405, "POST is not taken here, but GET, PUT, HEAD, OPTIONS"},
		{http.MethodPatch, "/__admin/health", 405, "PATCH is not taken here"},
		{http.MethodHead, "/__admin/reset", 405, "HEAD is not taken here"},
	} {
		a := w.serve(w.local(c.method, c.path, ""))
		if a.Code != c.status || !strings.Contains(a.Body.String(), c.words) || !strings.HasPrefix(a.Header().Get("Content-Type"), "application/json") {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.Code, a.Body)
		}
	}
	for _, path := range []string{"/health", "/state", "/sandboxes", "/metrics"} {
		get, head := w.serve(w.local(http.MethodGet, "/__admin"+path, "")), w.serve(w.local(http.MethodHead, "/__admin"+path, ""))
		if head.Code != get.Code || head.Header().Get("Content-Type") != get.Header().Get("Content-Type") {
			t.Errorf("HEAD %s: %d %v, and GET %d %v", path, head.Code, head.Header(), get.Code, get.Header())
		}
	}
	r := w.local(http.MethodHead, "/__admin/stream", "")
	done := make(chan int)
	go func() { done <- w.serve(r).Code }()
	select {
	case status := <-done:
		if status != 200 {
			t.Errorf("HEAD of a stream: %d", status)
		}
	case <-time.After(10 * time.Second):
		t.Error("HEAD of a stream does not end")
	}
}

// TestOptions asks what a path takes, and nothing else; whoever may not use the control
// API is not told.
func TestOptions(t *testing.T) {
	w := newWorld(t)
	for path, allow := range map[string]string{
		"/__admin/state": "GET, PUT, HEAD, OPTIONS", "/__admin/reset": "POST, OPTIONS", "/__admin/sandboxes/a%2Fb": "DELETE, GET, HEAD, OPTIONS", "/__admin/none": "",
	} {
		status := http.StatusNoContent
		if allow == "" {
			status = http.StatusNotFound
		}
		if a := w.serve(w.local(http.MethodOptions, path, "")); a.Code != status || a.Header().Get("Allow") != allow {
			t.Errorf("OPTIONS %s: status %d, Allow %q: %s", path, a.Code, a.Header().Get("Allow"), a.Body)
		}
		if allow == "" {
			continue
		}
		if a := w.serve(w.local("BREW", path, "")); a.Code != http.StatusMethodNotAllowed || a.Header().Get("Allow") != allow {
			t.Errorf("BREW %s: status %d, Allow %q: %s", path, a.Code, a.Header().Get("Allow"), a.Body)
		}
	}
	r := w.local(http.MethodOptions, "/__admin/state", "")
	r.RemoteAddr = "192.0.2.1:1"
	if a := w.serve(r); a.Code != http.StatusForbidden || a.Header().Get("Allow") != "" {
		t.Errorf("from elsewhere: status %d, Allow %q", a.Code, a.Header().Get("Allow"))
	}
}
