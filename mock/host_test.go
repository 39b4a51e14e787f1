package mock_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
)

// TestHosts: a partner's host serves its own API and nothing else, in its own shape.
func TestHosts(t *testing.T) {
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	const ripple, cloudhealth = "message", "error" // a member of a refusal in the API's shape
	for _, c := range []struct {
		host, path string
		status     int
		shape      string
	}{
		{"api.alphaus.cloud", "/m/ripple/accts", 401, ripple},
		{"API.Alphaus.Cloud:443", "/m/ripple/accts", 401, ripple},
		{"api.alphaus.cloud.", "/m/ripple/nothing", 404, ripple},
		{"api.alphaus.cloud", "/v1/aws_account_assignments?api_key=k", 404, ripple},
		{"api.alphaus.cloud", "/ripple/access_token", 404, ripple},
		{"api.alphaus.cloud", "/__admin/health", 404, ripple},
		{"api.alphaus.cloud", "/__admin/state", 404, ripple},
		{"api.alphaus.cloud", "/nothing", 404, ripple},
		{"api.alphaus.cloud", "/", 404, ripple},
		{"login.alphaus.cloud", "/m/ripple/accts", 404, ripple},
		{"login.alphaus.cloud", "/__admin/health", 404, ripple},
		{"chapi.cloudhealthtech.com", "/v1/aws_account_assignments?api_key=k", 200, "aws_account_assignments"},
		{"chapi.cloudhealthtech.com:4610", "/v1/aws_account_assignments?api_key=k", 200, "aws_account_assignments"},
		{"chapi.cloudhealthtech.com", "/m/ripple/accts", 404, cloudhealth},
		{"chapi.cloudhealthtech.com", "/__admin/health", 404, cloudhealth},
		{"chapi.cloudhealthtech.com", "/v1/../__admin/health", 404, cloudhealth},
		{"localhost:4610", "/v1/aws_account_assignments?api_key=k", 200, "aws_account_assignments"},
		{"localhost:4610", "/m/ripple/accts", 401, ripple},
		{"localhost:4610", "/__admin/health", 200, "product"},
		{"example.com", "/__admin/health", 200, "product"}, // open to anybody
		{"cloudhealthtech.com", "/m/ripple/accts", 401, ripple},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		twin.ServeHTTP(w, r)
		var body map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Errorf("%s%s: %v: %s", c.host, c.path, err, w.Body)
			continue
		}
		if _, ok := body[c.shape]; !ok || w.Code != c.status {
			t.Errorf("%s%s: %d %s, want %d with %s", c.host, c.path, w.Code, w.Body, c.status, c.shape)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/ripple/access_token", strings.NewReader("grant_type=client_credentials&client_id=a&client_secret=b&scope=openid"))
	r.Host = "login.alphaus.cloud"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	twin.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("a token: %d %s", w.Code, w.Body)
	}
}
