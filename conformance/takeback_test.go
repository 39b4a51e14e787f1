package conformance_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
)

// TestALostCreateBehindAListThatLags is found when the list shows it, and removed.
func TestALostCreateBehindAListThatLags(t *testing.T) {
	conformance.Whole(t)
	deployment, twin := lagging(t, 1500*time.Millisecond) // longer than the rest of the run
	var created atomic.Int64
	server := losing(t, deployment, func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/accts") && created.Add(1) == 1
	})
	before := state(t, twin)
	reached := reach(t, server)
	reached.Settle = 3 * time.Second
	report := lied(t, reached, "ripple/account/note-kept")
	if created.Load() == 0 {
		t.Fatal("no account was created")
	}
	if after := state(t, twin); after != before {
		t.Errorf("residue %v\nbefore %s\nafter  %s", report.Residue, before, after)
	}
}

// TestADeletionRefusedOnceIsSentAgain with a new token.
func TestADeletionRefusedOnceIsSentAgain(t *testing.T) {
	var deleted atomic.Int64
	deployment, twin, before := liar(t, func(twin http.Handler, w http.ResponseWriter, r *http.Request, _ []byte) {
		if r.Method == http.MethodDelete && deleted.Add(1)%2 == 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		twin.ServeHTTP(w, r)
	})
	report := lied(t, target.InProcess(deployment), "ripple/account/duplicate", "ripple/reseller/plus", "ripple/account/note-kept")
	if deleted.Load() < 4 {
		t.Fatalf("%d deletions", deleted.Load())
	}
	if after := state(t, twin); after != before || len(report.Residue) > 0 {
		t.Errorf("residue %v\nbefore %s\nafter  %s", report.Residue, before, after)
	}
}

// TestARowWithoutItsID leads to no request that names none.
func TestARowWithoutItsID(t *testing.T) {
	id := regexp.MustCompile(`"id":\d+,?`)
	twin, _ := anonymous(t, nil)
	deployment := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodPost && !regexp.MustCompile(`/\d+$`).MatchString(r.URL.Path) {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		answer := httptest.NewRecorder()
		twin.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			if name != "Location" && name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(bytes.ReplaceAll(id.ReplaceAll(answer.Body.Bytes(), nil), []byte(",}"), []byte("}")))
	})
	report := lied(t, target.InProcess(deployment), "cloudhealth/assignment/*")
	if report.ExitCode(false) != 1 {
		t.Errorf("exit code %d", report.ExitCode(false))
	}
}
