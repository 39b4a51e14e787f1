package conformance

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Plan is what a run would send to its target, had that the declared readings.
type Plan struct {
	Operations []PlannedOperation // those with requests, in the contract's order
	Results    []Result           // what the twin said in the target's place; Skipped is what would not run
}

// PlannedOperation is the requests of one operation, clean-up among them.
type PlannedOperation struct {
	*openapi.Operation
	Requests int
	Writes   bool
}

// Requests counts all requests.
func (p *Plan) Requests() int {
	n := 0
	for _, o := range p.Operations {
		n += o.Requests
	}
	return n
}

// Duration is how long the requests take at the paces of a target, in which a Twinbill
// has none.
func (p *Plan) Duration(t *target.Target) time.Duration {
	requests := map[openapi.API]int{}
	for _, o := range p.Operations {
		requests[o.API] += o.Requests
	}
	var longest time.Duration
	for api, n := range requests {
		longest = max(longest, t.Duration(api, n))
	}
	return longest
}

// Rehearse performs the run on a twin in place of its target, which is sent nothing,
// with the permissions, credentials and inputs that the target would see. The twin says
// that it is one only where the target is known to be.
func Rehearse(ctx context.Context, config Config) (*Plan, error) {
	if len(config.APIs) == 0 {
		config.APIs = openapi.APIs()
	}
	twin, err := config.Twin(config.Declared)
	if err != nil {
		return nil, err
	}
	contracts, err := load(config.APIs, config.Declared)
	if err != nil {
		return nil, err
	}
	counter := &counter{next: twin, contracts: contracts, requests: map[string]int{}}
	config.Target, config.Journal, config.Progress, config.Parallel = target.InProcess(counter), nil, nil, 1
	r := newRun(ctx, config, config.Known)
	defer r.stop(nil)
	r.supply.rehearsal = true
	dialect, observations, err := r.observe()
	if err != nil {
		return nil, err
	}
	if err := r.verify(dialect, observations); err != nil {
		return nil, err
	}
	plan := &Plan{Results: r.results}
	slices.SortFunc(plan.Results, func(a, b Result) int { return cmp.Compare(a.ID, b.ID) })
	for _, api := range openapi.APIs() {
		if contracts[api] == nil {
			continue
		}
		for _, op := range contracts[api].Operations {
			if n := counter.requests[op.ID]; n > 0 {
				plan.Operations = append(plan.Operations, PlannedOperation{op, n, op.Writes()})
			}
		}
	}
	return plan, nil
}

// counter counts the requests of each operation on their way to a twin.
type counter struct {
	next      http.Handler
	contracts map[openapi.API]*openapi.Contract
	mu        sync.Mutex
	requests  map[string]int
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if op := c.operation(r); op != nil {
		c.mu.Lock()
		c.requests[op.ID]++
		c.mu.Unlock()
	}
	c.next.ServeHTTP(w, r)
}

// operation is that of a request; a request of none is counted as that of its path.
func (c *counter) operation(r *http.Request) *openapi.Operation {
	var near *openapi.Operation
	for _, contract := range c.contracts {
		for _, op := range contract.Operations {
			for _, route := range op.Routes {
				if !route.Fits(op.Base, r.URL) {
					continue
				}
				if route.Method == r.Method && (!route.Bodyless || r.ContentLength == 0) {
					return op
				}
				near = op
			}
		}
	}
	return near
}
