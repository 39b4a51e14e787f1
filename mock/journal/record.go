package journal

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// Owner is the sandbox that a request belongs to, as far as its journal goes.
type Owner struct {
	Name    string
	Journal *Journal
	Now     func() time.Time
}

// Record gathers what becomes known of a request on its way. The methods of a nil
// Record do nothing. It is safe for concurrent use.
type Record struct {
	request  *http.Request
	fallback func(*http.Request) Owner
	started  time.Time

	// As they were sent: what the request meets on its way may change it.
	method, url string
	header      http.Header

	mu         sync.Mutex
	owner      Owner
	generation int // of the owner's journal
	id         string
	came       time.Time // by the clock of the owner
	op         *openapi.Operation
	departures []gen.Departure
	departing  bool // it is refused for its departures
	fault      string
	wrote      bool
	after      *store.Store
}

type key struct{}

// From returns the record of the request whose context it is; nil where there is none.
func From(ctx context.Context) *Record {
	r, _ := ctx.Value(key{}).(*Record)
	return r
}

func newRecord(r *http.Request, fallback func(*http.Request) Owner) *Record {
	return &Record{request: r, fallback: fallback, started: time.Now(), method: r.Method, url: asked(r), header: r.Header.Clone()}
}

// Belongs says whose the request is.
func (r *Record) Belongs(o Owner) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.belongs(o)
}

func (r *Record) belongs(o Owner) {
	r.owner, r.generation = o, o.Journal.began()
	if o.Now != nil {
		r.came = o.Now()
	}
}

// Operation says which operation the request is one of.
func (r *Record) Operation(op *openapi.Operation) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.op = op
}

// Depart adds departures from the contract.
func (r *Record) Depart(departures ...gen.Departure) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.departures = append(r.departures, departures...)
}

// Refused says that the request is refused for what keeps it from the contract, which its
// departures say.
func (r *Record) Refused() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.departing = true
}

// Fault says which fault the request met.
func (r *Record) Fault(id string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = id
}

// State says how the state is right after the request, and whether it changed it. What
// a write left is not overwritten by what a reader saw later.
func (r *Record) State(after *store.Store, wrote bool) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if wrote || !r.wrote {
		r.after, r.wrote = after, wrote
	}
}

// ID is the request's id: the client's own where it sent a valid X-Request-Id, else one
// of the journal it belongs to. It stays as it was first asked for.
func (r *Record) ID() string {
	if r == nil {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.id == "" {
		if r.id = wire.RequestID(r.header); r.id == "" {
			r.id = r.journal().NextID()
		}
	}
	return r.id
}

// journal is that of the owner, who is now settled.
func (r *Record) journal() *Journal {
	if r.owner.Journal == nil {
		r.belongs(r.fallback(r.request))
	}
	return r.owner.Journal
}

// append journals the request with its answer.
func (r *Record) append(request *requestBody, answer *responseWriter) {
	took := time.Since(r.started)
	id := r.ID()
	r.mu.Lock()
	defer r.mu.Unlock()
	limit := r.journal().pool.limits.Body
	e := Entry{Of: r.op, Wrote: r.wrote, After: r.after, sent: request.capture.data}
	e.Request = gen.Request{
		Id: id, Time: r.came, DurationMs: float64(took.Microseconds()) / 1000,
		Method: r.method, Url: r.url, Sandbox: r.owner.Name,
		RequestHeaders: gen.Headers(r.header), RequestBody: request.kept(limit),
		Status: answer.status, ResponseHeaders: gen.Headers(answer.sent), ResponseBody: answer.body.body(limit),
		Clauses: clauses(answer.sent), Departures: r.departures,
	}
	switch {
	case r.op == nil:
		e.Departures = astray(r.request, e.Status, e.Clauses)
	case r.fault == "" && !r.departing: // a fault's refusal is none of the client's
		e.Departures = append(e.Departures, refusals(r.op, &e)...)
	}
	if e.Departures == nil {
		e.Departures = []gen.Departure{}
	}
	if e.RequestHeaders == nil {
		e.RequestHeaders = gen.Headers{}
	}
	if e.ResponseHeaders == nil {
		e.ResponseHeaders = gen.Headers{}
	}
	if r.op != nil {
		api := string(r.op.API)
		e.Api, e.Operation = &api, &r.op.ID
	}
	if r.fault != "" {
		e.Fault = &r.fault
	}
	// A request that was under way when the journal began anew is none of the new one's.
	r.owner.Journal.append(e, func() bool { return r.owner.Journal.generation == r.generation })
}

// asked is the URL of a request as it was sent, with the host.
func asked(r *http.Request) string {
	target := r.RequestURI
	if target == "" { // not from a server
		target = r.URL.RequestURI()
	}
	if !strings.HasPrefix(target, "/") && target != "*" { // absolute, as proxies are asked
		return target
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + strings.TrimPrefix(target, "*")
}

// clauses are those that an answer names as what decided it.
func clauses(h http.Header) []string {
	out := []string{}
	for _, value := range h["Twinbill-Clause"] {
		slug, _ := decided(value)
		out = append(out, slug)
	}
	return out
}

// decided reads a value of Twinbill-Clause, `SLUG; level=LEVEL`.
func decided(value string) (slug string, level gen.DepartureLevel) {
	slug, of, _ := strings.Cut(value, "; level=")
	return slug, gen.DepartureLevel(of)
}
