package conformance_test

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
)

// padded is a deployment that adds blanks to each answer, of a body and of a header.
func padded(t *testing.T, body, header int) http.Handler {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		twin.ServeHTTP(recorder, r)
		maps.Copy(w.Header(), recorder.Header())
		if recorder.Body.Len() > 0 {
			recorder.Body.WriteString(strings.Repeat(" ", body))
		}
		w.Header().Set("Content-Length", strconv.Itoa(recorder.Body.Len()))
		w.Header().Set("X-Said", strings.Repeat("x", header))
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	})
}

// TestAnswersTogetherAreClipped verifies a deployment whose answers, clipped one by one, are
// more than a run keeps of all: the checks judged after that keep little of each.
func TestAnswersTogetherAreClipped(t *testing.T) {
	const (
		by    = 64
		ofOne = 64 << 10 / by
		ofAll = 32 << 20 / by
		over  = 4 << 10 / by
	)
	conformance.KeepLess(t, by)
	found, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(padded(t, 2*ofOne, 2*ofOne)), Known: true, Seed: 1, Parallel: 1,
		Selection: conformance.Selection{Run: []string{"ripple/*"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := found.Count(conformance.Fail) + found.Count(conformance.Inconclusive); n > 0 {
		t.Errorf("%d checks fail or are inconclusive", n)
	}
	kept, exchanges, ofOneCheck, short := 0, 0, 0, 0
	for _, r := range found.Results {
		size := len(r.Reason) + len(r.Expected) + len(r.Actual)
		for _, e := range r.Exchanges {
			exchanges++
			size += e.Size()
			if e.Left[1] > 0 && len(e.Answer) <= over && len(e.Header.Get("X-Said")) <= over {
				short++
			}
		}
		kept += size
		ofOneCheck = max(ofOneCheck, size)
	}
	if exchanges*2*ofOne < 2*ofAll {
		t.Fatalf("only %d exchanges, which do not come to the bound on all", exchanges)
	}
	if most := ofAll + ofOneCheck + short*5*over; kept > most { // a URL, and a header and a body of each side
		t.Errorf("%d exchanges keep %d bytes together, %d of them clipped to the least; want %d at most", exchanges, kept, short, most)
	}
}

// TestAnswersToOneCheckAreBounded: a check whose answers are more than is held of one is
// undecided, and what it created is removed all the same.
func TestAnswersToOneCheckAreBounded(t *testing.T) {
	const by = 64
	conformance.KeepLess(t, by)
	for _, test := range []struct {
		name    string
		body    int
		bounded bool
	}{
		{"two together", 64 << 20 / by * 2 / 3, true},
		{"none", 64 << 20 / by / 512, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, err := conformance.Run(t.Context(), conformance.Config{
				Target: target.InProcess(padded(t, test.body, 0)), Known: true, Seed: 1, Parallel: 1,
				Selection: conformance.Selection{Run: []string{"ripple/account/duplicate*"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			bounded := 0
			for _, r := range found.Results {
				switch {
				case strings.HasSuffix(r.Reason, "the answers to this check are more than 1 MiB together"):
					bounded++
					if r.Verdict != conformance.Inconclusive {
						t.Errorf("%s: the verdict is %s: %s", r.ID, r.Verdict, r.Reason)
					}
				case r.Verdict == conformance.Fail || r.Verdict == conformance.Inconclusive:
					t.Errorf("%s: the verdict is %s: %s", r.ID, r.Verdict, r.Reason)
				}
			}
			if (bounded > 0) != test.bounded || len(found.Residue) > 0 {
				t.Errorf("%d of %d checks have more answers than is held of one; left behind: %q", bounded, len(found.Results), found.Residue)
			}
		})
	}
}

// TestLargeAnswersAreClipped verifies a deployment that pads each answer, and says much in
// its headers: the checks are judged by the whole, and the results keep little of it.
func TestLargeAnswersAreClipped(t *testing.T) {
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	blanks, heard := bytes.Repeat([]byte(" "), 100<<10), 0
	padded := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		twin.ServeHTTP(recorder, r)
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		if recorder.Body.Len() > 0 {
			recorder.Body.Write(blanks)
			heard += recorder.Body.Len()
		}
		w.Header().Set("Content-Length", strconv.Itoa(recorder.Body.Len()))
		for i := range 10 {
			w.Header().Set("X-Said-"+strconv.Itoa(i), string(blanks[:20<<10]))
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	})
	found, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(padded), Known: true, Seed: 1, Parallel: 1,
		Selection: conformance.Selection{Run: []string{"ripple/account/*"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := found.Count(conformance.Fail) + found.Count(conformance.Inconclusive); n > 0 || found.Count(conformance.Pass) < 5 {
		t.Errorf("%d checks fail or are inconclusive, %d pass", n, found.Count(conformance.Pass))
	}
	kept, largest, clipped := 0, 0, 0
	for _, r := range found.Results {
		for _, e := range r.Exchanges {
			kept += e.Size()
			largest = max(largest, e.Size())
			if e.Left[1] > 0 {
				clipped++
			}
		}
	}
	if largest > 200<<10 || kept > 40<<20 || clipped == 0 {
		t.Errorf("of %d bytes heard, the results keep %d, %d of one exchange; %d are clipped", heard, kept, largest, clipped)
	}
}
