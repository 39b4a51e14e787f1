package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
)

// lagging is a deployment whose list of AWS accounts shows what it held a while ago.
func lagging(t *testing.T, behind time.Duration) (deployment, twin http.Handler) {
	type reading struct {
		at   time.Time
		list *httptest.ResponseRecorder
	}
	var mu sync.Mutex
	var readings []reading
	deployment, twin, _ = liar(t, func(twin http.Handler, w http.ResponseWriter, r *http.Request, _ []byte) {
		if !strings.HasPrefix(r.URL.Path, "/m/ripple/accts") {
			twin.ServeHTTP(w, r)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		read := func() {
			request := httptest.NewRequestWithContext(r.Context(), http.MethodGet, "/m/ripple/accts?vendor=aws", nil)
			request.Header.Set("Authorization", r.Header.Get("Authorization"))
			list := httptest.NewRecorder()
			if twin.ServeHTTP(list, request); list.Code == http.StatusOK {
				readings = append(readings, reading{time.Now(), list})
			}
		}
		if len(readings) == 0 {
			read()
		}
		if r.Method != http.MethodGet || r.URL.Query().Get("vendor") != "aws" {
			twin.ServeHTTP(w, r)
			read()
			return
		}
		shown := readings[0].list
		for _, later := range readings[1:] {
			if time.Since(later.at) >= behind {
				shown = later.list
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(shown.Body.Bytes())
	})
	return deployment, twin
}

// TestListsThatLag: a list that shows a write late is waited for, and what it never shows
// fails.
func TestListsThatLag(t *testing.T) {
	checks := []string{"ripple/account/note-kept", "ripple/account/duplicate", "ripple/account/delete-create", "ripple/account/group"}
	for name, c := range map[string]struct {
		behind time.Duration
		want   conformance.Verdict
	}{
		"a little": {150 * time.Millisecond, conformance.Pass},
		"for ever": {time.Hour, conformance.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			behind, _ := lagging(t, c.behind)
			deployment := target.InProcess(behind)
			deployment.Settle = time.Second
			report := lied(t, deployment, checks...)
			for _, r := range report.Results {
				if strings.HasPrefix(r.ID, "ripple/account/") && r.Verdict != c.want {
					t.Errorf("%s is %s: %s", r.ID, r.Verdict, r.Reason)
				}
			}
			if c.want == conformance.Pass && report.ExitCode(false) != 0 {
				t.Errorf("exit %d, left %v", report.ExitCode(false), report.Residue)
			}
		})
	}
}
