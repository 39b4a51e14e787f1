package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
)

// TestLinksOfEveryLawfulFormAreFollowed changes the form of the Link field alone.
func TestLinksOfEveryLawfulFormAreFollowed(t *testing.T) {
	conformance.Whole(t)
	host := regexp.MustCompile(`<https?://[^/>]*`)
	for name, change := range map[string]func(string) []string{
		"two lines, next first": func(s string) []string {
			parts := strings.Split(s, ", ")
			slices.Reverse(parts)
			return parts
		},
		"without quotes":     func(s string) []string { return []string{strings.ReplaceAll(s, `"`, "")} },
		"relative":           func(s string) []string { return []string{host.ReplaceAllString(s, "<")} },
		"further parameters": func(s string) []string { return []string{strings.ReplaceAll(s, `; rel`, `; title="a, b; c"; rel`)} },
	} {
		report := verified(t, answering(t, func(_ *http.Request, a *httptest.ResponseRecorder) {
			if link := a.Header().Get("Link"); link != "" {
				a.Header()["Link"] = change(link)
			}
		}), "cloudhealth/paging/*")
		if report.ExitCode(true) != 0 {
			t.Errorf("%s: %s", name, summary(report))
		}
	}
}

// TestPagesThatNeverEndAreLeft: a list whose next page is itself, or another URL of it,
// costs a few requests.
func TestPagesThatNeverEndAreLeft(t *testing.T) {
	conformance.Whole(t)
	for name, again := range map[string]string{"the same URL": "", "another URL each time": "&n="} {
		var n atomic.Int32
		twin := neighboured(t)
		before := state(t, twin)
		deployment := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/__admin") {
				http.NotFound(w, r)
				return
			}
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/aws_account_assignments") {
				twin.ServeHTTP(w, r)
				return
			}
			place := r.URL.Path + "?page=1"
			if count := n.Add(1); again != "" {
				place += again + strings.Repeat("1", int(count))
			}
			a := httptest.NewRecorder()
			twin.ServeHTTP(a, r)
			for field, values := range a.Header() {
				w.Header()[field] = values
			}
			w.Header().Set("Link", "<"+place+`>; rel="next"`)
			w.Header().Del("X-Total")
			w.WriteHeader(a.Code)
			_, _ = w.Write(a.Body.Bytes())
		})
		report := lied(t, target.InProcess(deployment), "cloudhealth/assignment/create", "cloudhealth/assignment/read")
		if n.Load() > 20 || len(report.Residue) > 0 || state(t, twin) != before {
			t.Errorf("%s: %d requests of lists, residue %v", name, n.Load(), report.Residue)
		}
	}
}
