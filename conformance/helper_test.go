package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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

// write writes a file, and the directories above it.
func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// relay passes a recorded answer on.
func relay(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}
