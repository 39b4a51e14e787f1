package front

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCORS(t *testing.T) {
	twin := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the twin's") })
	listed, err := CORS(twin, "https://app.example.com", "http://*.test")
	if err != nil {
		t.Fatal(err)
	}
	all, err := CORS(twin, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name            string
		handler         http.Handler
		method, path    string
		origin, asks    string // Access-Control-Request-Method
		allowed, answer string
	}{
		{"preflight", listed, "OPTIONS", "/v1/x", "https://app.example.com", "PUT", "https://app.example.com", ""},
		{"preflight of a pattern", listed, "OPTIONS", "/v1/x", "http://one.test", "DELETE", "http://one.test", ""},
		{"preflight of another", listed, "OPTIONS", "/v1/x", "https://example.com", "PUT", "", ""},
		{"preflight of any", all, "OPTIONS", "/v1/x", "https://example.com", "PUT", "*", ""},
		{"OPTIONS alone", listed, "OPTIONS", "/v1/x", "https://app.example.com", "", "https://app.example.com", "the twin's"},
		{"request", listed, "GET", "/v1/x", "https://app.example.com", "", "https://app.example.com", "the twin's"},
		{"request of another", listed, "GET", "/v1/x", "https://example.com", "", "", "the twin's"},
		{"no page", listed, "GET", "/v1/x", "", "", "", "the twin's"},
		{"control", all, "GET", "/__admin/state", "https://app.example.com", "", "", "the twin's"},
		{"preflight of control", all, "OPTIONS", "/__admin/reset", "https://app.example.com", "POST", "", "the twin's"},
		{"preflight of control, escaped", all, "OPTIONS", "/%5F_admin/reset", "https://app.example.com", "POST", "", "the twin's"},
		{"root of control", all, "OPTIONS", "/__admin", "https://app.example.com", "POST", "", "the twin's"},
		{"control below a base path", all, "GET", "/billing/__admin/state", "https://app.example.com", "", "", "the twin's"},
		{"preflight of control below a base path", listed, "OPTIONS", "/billing/__admin", "https://app.example.com", "POST", "", "the twin's"},
		{"beside control", all, "GET", "/__administer", "https://app.example.com", "", "*", "the twin's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.path, nil)
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			if c.asks != "" {
				r.Header.Set("Access-Control-Request-Method", c.asks)
				r.Header.Set("Access-Control-Request-Headers", "authorization,content-type,twinbill-sandbox")
			}
			w := httptest.NewRecorder()
			c.handler.ServeHTTP(w, r)
			header := w.Header()
			if got := header.Get("Access-Control-Allow-Origin"); got != c.allowed {
				t.Errorf("origin %q, want %q", got, c.allowed)
			}
			if w.Body.String() != c.answer || c.answer == "" && w.Code != http.StatusNoContent {
				t.Errorf("status %d, %q, want %q", w.Code, w.Body, c.answer)
			}
			if c.answer == "" && c.allowed != "" && (header.Get("Access-Control-Allow-Methods") != c.asks || header.Get("Access-Control-Allow-Headers") == "") {
				t.Errorf("allows %v", header)
			}
			named := c.allowed != "" && c.allowed != "*"
			if got := header.Get("Access-Control-Allow-Credentials"); got == "true" != named {
				t.Errorf("credentials of an origin that is allowed as %q: %q", c.allowed, got)
			}
			// A browser takes no * where credentials go along.
			for _, name := range []string{"Access-Control-Expose-Headers", "Access-Control-Allow-Headers"} {
				if named && header.Get(name) == "*" {
					t.Errorf("%s: *", name)
				}
			}
			if got := header.Get("Access-Control-Expose-Headers"); c.allowed != "" && c.answer != "" && !strings.Contains(got, "Link, Location") {
				t.Errorf("exposes %q", got)
			}
		})
	}
}

func TestCORSRefuses(t *testing.T) {
	for _, origin := range []string{"", "example.com", "https://", "https://example.com/", "https://example.com/path", "ftp://example.com", "https://a.*.*.com", "null", "https://u@example.com", "https://example.com?x"} {
		if _, err := CORS(http.NotFoundHandler(), "https://fine.example.com", origin); err == nil {
			t.Errorf("%q is taken", origin)
		}
	}
	for _, origin := range []string{"http://localhost:3000", "https://*.example.com", "http://[::1]:3000", "HTTPS://Example.com"} {
		if _, err := CORS(http.NotFoundHandler(), origin); err != nil {
			t.Error(err)
		}
	}
}
