package mock_test

import (
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/twinbill/twinbill/mock/fixtures"

	"github.com/twinbill/twinbill/mock"
)

// history is what clients asked and were answered, and in which order: an operation that
// ended before another began has the lower numbers.
type history struct {
	moment     atomic.Int64
	mu         sync.Mutex
	operations []porcupine.Operation
}

// partitioned is an input that concerns one part of the state.
type partitioned interface{ part() any }

// observed is what one request tells of one part of the state.
type observed struct {
	input  partitioned
	output any
}

// record runs one request of a client, and notes what it tells.
func (h *history) record(client int, request func() ([]observed, error)) error {
	began := h.moment.Add(1)
	seen, err := request()
	ended := h.moment.Add(1)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range seen {
		h.operations = append(h.operations, porcupine.Operation{ClientId: client, Input: o.input, Output: o.output, Call: began, Return: ended})
	}
	return nil
}

// byPart divides a history into those of the parts of the state.
func byPart(operations []porcupine.Operation) [][]porcupine.Operation {
	parts := map[any][]porcupine.Operation{}
	for _, o := range operations {
		part := o.Input.(partitioned).part()
		parts[part] = append(parts[part], o)
	}
	all := [][]porcupine.Operation{}
	for _, part := range parts {
		all = append(all, part)
	}
	return all
}

// workload is what clients do to one sandbox, and what a twin that does one thing after
// the other would answer them.
type workload interface {
	model() porcupine.Model
	// certain is a short piece that a twin with a race surely gets wrong.
	certain(h *history, clients []*caller) error
	// random is one request, of a client among others that does the same.
	random(h *history, client int, c *caller, rng *rand.Rand) error
}

// recorded has clients do a workload on a twin.
func recorded(t *testing.T, w workload, url string, clients, each int) *history {
	t.Helper()
	h := &history{}
	httpClient := newHTTP(t, clients)
	callers := make([]*caller, clients)
	for i := range callers {
		callers[i] = &caller{url: url, http: httpClient, key: "crowd"}
		if i == 0 {
			if err := callers[0].login(); err != nil {
				t.Fatal(err)
			}
		}
		callers[i].token = callers[0].token
	}
	if err := w.certain(h, callers); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i, c := range callers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(i)))
			for range each {
				if err := w.random(h, i, c, rng); err != nil {
					t.Errorf("client %d does not know what its request did: %v", i, err)
					return
				}
			}
		})
	}
	wg.Wait()
	return h
}

// linearizable decides whether what the clients saw is what a twin can have answered
// that does one thing after the other.
func linearizable(t *testing.T, w workload, h *history) bool {
	t.Helper()
	model := w.model()
	result := porcupine.CheckOperationsTimeout(model, h.operations, time.Minute)
	if result == porcupine.Unknown {
		t.Fatalf("not decided over %d operations", len(h.operations))
	}
	return result == porcupine.Ok
}

var workloads = []struct {
	name string
	of   func() workload
}{
	{"accounts", func() workload { return accountWork{} }},
	{"assignments", func() workload { return &assignmentWork{known: map[int][]int64{}} }},
}

const (
	historyClients = 64
	historyEach    = 8
)

func startForHistory(t *testing.T) *mock.Running {
	t.Helper()
	state, err := fixtures.Parse("history.yaml", []byte(historyFixtures()))
	if err != nil {
		t.Fatal(err)
	}
	return mock.Start(t, mock.WithFixtures(state))
}

// TestLinearizable lets clients write to and read from one sandbox at once: each history
// can be put into one order.
func TestLinearizable(t *testing.T) {
	for _, test := range workloads {
		t.Run(test.name, func(t *testing.T) {
			w := test.of()
			h := recorded(t, w, startForHistory(t).URL, historyClients, historyEach)
			if t.Failed() {
				return
			}
			if !linearizable(t, w, h) {
				_, why := porcupine.CheckOperationsVerbose(w.model(), h.operations, time.Minute)
				page := filepath.Join(t.ArtifactDir(), "history.html")
				if err := porcupine.VisualizePath(w.model(), why, page); err != nil {
					t.Error(err)
				}
				t.Errorf("a history of %d operations has no order; it is drawn in %s", len(h.operations), page)
			}
			if kinds := outcomes(h); len(kinds) < 7 {
				t.Errorf("the clients met only %v", kinds)
			}
			if overlaps(h) == 0 {
				t.Error("no operation overlaps another")
			}
		})
	}
}

// TestRacesAreSeen plants races into a twin: the same check refuses what its clients saw.
func TestRacesAreSeen(t *testing.T) {
	for _, race := range []struct {
		name    string
		planted func(*mock.Running) http.Handler
	}{
		{"a check and its write in two transactions", checksFirst},
		{"reads of an older state", readsOlder},
	} {
		for _, test := range workloads {
			t.Run(race.name+"/"+test.name, func(t *testing.T) {
				w := test.of()
				h := recorded(t, w, serve(t, race.planted(startForHistory(t))), 8, 4)
				if !t.Failed() && linearizable(t, w, h) {
					t.Errorf("nothing is wrong with %d operations", len(h.operations))
				}
			})
		}
	}
}

// outcomes lists what kinds of operation were accepted or refused.
func outcomes(h *history) []string {
	kinds := []string{}
	for _, o := range h.operations {
		kinds = append(kinds, o.Input.(interface{ outcome(output any) string }).outcome(o.Output))
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// overlaps counts the operations that began before the one before them had ended.
func overlaps(h *history) int {
	slices.SortFunc(h.operations, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	count := 0
	for i, o := range h.operations[1:] {
		if before := h.operations[i]; o.Call != before.Call && o.Call < before.Return {
			count++
		}
	}
	return count
}
