package mock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

// serve runs a handler on a free port.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// checksFirst is a twin that checks a create in one transaction and writes the row in
// another. The two creates of a certain piece check before either writes.
func checksFirst(r *mock.Running) http.Handler {
	var number atomic.Int64
	var both sync.WaitGroup
	both.Add(2)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		name := r.Sandbox.Name
		ripple := strings.HasSuffix(req.URL.Path, "/accts")
		if req.Method != http.MethodPost || !ripple && !strings.HasPrefix(req.URL.Path, "/v1/") {
			req.Header.Set(sandbox.Header, name)
			r.Twin().ServeHTTP(w, req)
			return
		}
		checked := fmt.Sprint("checked ", number.Add(1))
		if _, err := r.Twin().Sandboxes().Fork(r.Sandbox, checked); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		req.Header.Set(sandbox.Header, checked)
		answer := httptest.NewRecorder()
		r.Twin().ServeHTTP(answer, req)
		if one := string(body); strings.Contains(one, wantedTwice) || contends(one) {
			both.Done()
			both.Wait()
		}
		shown := answer.Body.Bytes()
		if answer.Code == http.StatusOK {
			if shown, err = write(r.Sandbox.Store(), ripple, body); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(shown)
	})
}

// contends reports whether a body is one of the two assignments that only one may have.
func contends(body string) bool {
	return strings.Contains(body, fmt.Sprintf(`"owner_id":%q`, account(wantedByTwo, 1))) ||
		strings.Contains(body, fmt.Sprintf(`"owner_id":%q`, account(wantedByTwo, 2)))
}

// write puts in what a create sent, and returns what its answer shows.
func write(state *store.Store, ripple bool, body []byte) (shown []byte, err error) {
	err = state.Write(func(tx *store.Tx) error {
		if ripple {
			var a store.Account
			if err := json.Unmarshal(body, &a); err != nil {
				return err
			}
			tx.InsertAccount(a)
			shown = []byte(`{"status":"success"}`)
			return nil
		}
		var a store.Assignment
		if err := json.Unmarshal(body, &a); err != nil {
			return err
		}
		shown, err = json.Marshal(tx.InsertAssignment(a))
		return err
	})
	return shown, err
}

// readsOlder is a twin that answers reads from the state it began with.
func readsOlder(r *mock.Running) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.Header.Set(sandbox.Header, r.Sandbox.Name)
		if req.Method == http.MethodGet {
			req.Header.Set(sandbox.Header, "older")
		}
		r.Twin().ServeHTTP(w, req)
	})
}
