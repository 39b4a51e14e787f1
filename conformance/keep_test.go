package conformance_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
)

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
