package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// stateOf is the state of a sandbox as JSON, without some tables.
func stateOf(t *testing.T, twin http.Handler, sandbox string, without ...string) string {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/__admin/state", nil)
	request.Header.Set("Twinbill-Sandbox", sandbox)
	request.RemoteAddr, request.Host = "127.0.0.1:1", "127.0.0.1"
	recorder := httptest.NewRecorder()
	twin.ServeHTTP(recorder, request)
	var body struct {
		State map[string]json.RawMessage `json:"state"`
	}
	if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	for _, table := range without {
		delete(body.State, table)
	}
	data, err := json.Marshal(body.State)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
