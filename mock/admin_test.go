package mock_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
)

func ask(t *testing.T, twin http.Handler, method, path string, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr, r.Host = "127.0.0.1:1", "localhost:4610"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	twin.ServeHTTP(w, r)
	return w
}

func TestControl(t *testing.T) {
	twin, err := mock.New(mock.WithVersion("1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	assign := func(key string) int {
		r := httptest.NewRequest(http.MethodPost, "/v1/aws_account_assignments?api_key="+key,
			strings.NewReader(`{"owner_id":"000000000001","customer_id":1,"payer_account_owner_id":"000000000001"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		twin.ServeHTTP(w, r)
		return w.Code
	}
	if w := ask(t, twin, http.MethodGet, "/__admin/health", nil); w.Code != 200 || !strings.Contains(w.Body.String(), `"version":"1.2.3"`) {
		t.Errorf("health: %d %s", w.Code, w.Body)
	}
	if status := assign("mine"); status != 200 {
		t.Fatalf("create: %d", status)
	}
	has := func(change func(*http.Request)) bool {
		w := ask(t, twin, http.MethodGet, "/__admin/state", change)
		if w.Code != 200 {
			t.Fatalf("state: %d %s", w.Code, w.Body)
		}
		return strings.Contains(w.Body.String(), `"payer_account_owner_id":"000000000001"`)
	}
	mine := func(r *http.Request) { r.URL.RawQuery = "api_key=mine" }
	if !has(mine) {
		t.Error("the caller's sandbox does not hold what the caller wrote")
	}
	if !has(func(r *http.Request) { r.Header.Set("Twinbill-Sandbox", "mine") }) {
		t.Error("the sandbox cannot be named")
	}
	if has(nil) || has(func(r *http.Request) { r.Header.Set("Authorization", "Bearer other") }) {
		t.Error("another sandbox holds it too")
	}
	if w := ask(t, twin, http.MethodPost, "/__admin/reset", mine); w.Code != 200 {
		t.Fatalf("reset: %d", w.Code)
	}
	if has(mine) {
		t.Error("reset has kept it")
	}
	if w := ask(t, twin, http.MethodPost, "/__admin/state", nil); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST state: %d", w.Code)
	}
}

func TestControlIsLocal(t *testing.T) {
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*http.Request){
		"another machine":   func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" },
		"a foreign Host":    func(r *http.Request) { r.Host = "rebound.example.com" },
		"no peer address":   func(r *http.Request) { r.RemoteAddr = "" },
		"a foreign address": func(r *http.Request) { r.Host = "192.0.2.1:4610" },
	} {
		t.Run(name, func(t *testing.T) {
			if w := ask(t, twin, http.MethodPost, "/__admin/reset", change); w.Code != http.StatusForbidden {
				t.Errorf("got %d", w.Code)
			}
		})
	}
	for _, host := range []string{"localhost", "127.0.0.1:80", "[::1]:4610", "[::1]"} {
		if w := ask(t, twin, http.MethodGet, "/__admin/state", func(r *http.Request) { r.Host = host }); w.Code != 200 {
			t.Errorf("%s: got %d", host, w.Code)
		}
	}
}
