package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/probe"
	"github.com/twinbill/twinbill/conformance/scenarios"
	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fixtures"
	"github.com/twinbill/twinbill/openapi"
)

// TestProbes holds the control API to its contract by the probes by which the twins are
// held to theirs: each changes one thing about a request that succeeds.
func TestProbes(t *testing.T) {
	contract := sandboxContract(t)
	probes := probe.Derive(contract)
	fresh := newWorld(t, mock.WithReload(fixtures.File("../fixtures/default.yaml")))
	tried := map[string]bool{}
	for _, p := range probes {
		t.Run(p.ID, func(t *testing.T) {
			valid := baseline(t, p)
			if !p.Has(valid) {
				t.Fatalf("the request to start from has no %s", p.Field.Name())
			}
			body, err := json.Marshal(valid.Body)
			if err != nil {
				t.Fatal(err)
			}
			if start := p.Operation.ID + string(body); !tried[start] {
				tried[start], tried[p.Operation.ID] = true, true
				fresh.populated(t, p).held(p.Operation, valid, probe.Expect{Accepted: true})
			}
			fresh.populated(t, p).held(p.Operation, p.Change(valid, probe.Credentials{}), due(p))
		})
	}
	for _, op := range contract.Operations {
		if !tried[op.ID] {
			t.Errorf("no probe of %s", op.ID)
		}
	}
}

// ruled are the probes whose answer is decided by what no schema can say.
var ruled = map[string]int{
	"probe/addFault/body/bytes_per_second/missing": 400, // a kind needs it
	"probe/addFault/body/status/missing":           400,
	"probe/addFault/body/where/missing":            400,
	"probe/addFault/body/limit/missing":            400, // window_seconds needs it
	"probe/verifyRequests/body/operation/min":      400, // no operation is called x
	"probe/verifyRequests/body/path/min":           400, // no path is x
	"probe/verifyRequests/body/body/type":          200, // it has no type
}

// due is what a probe is due of this API, where the suite takes more than one answer.
func due(p probe.Probe) probe.Expect {
	if status := ruled[p.ID]; status != 0 {
		return probe.Expect{Statuses: []int{status}}
	}
	switch {
	case p.Kind == probe.WrongMediaType:
		return probe.Expect{Statuses: []int{http.StatusUnsupportedMediaType}}
	case p.Kind == probe.UnknownID:
		return probe.Expect{Statuses: []int{http.StatusNotFound}}
	case p.Expect.Any4xx && p.Field != nil && p.Field.Place == openapi.InPath && p.Value == "":
		return probe.Expect{Statuses: []int{http.StatusNotFound, http.StatusBadRequest}} // it may be another path
	case p.Expect.Any4xx:
		return probe.Expect{Statuses: []int{http.StatusBadRequest}}
	}
	return p.Expect
}

// populated empties a twin, and gives it what every operation needs to succeed.
func (w world) populated(t *testing.T, p probe.Probe) world {
	t.Helper()
	w.t = t
	for _, sb := range reads[gen.SandboxList](w, http.MethodGet, "/sandboxes", "").Sandboxes {
		w.ask(204, http.MethodDelete, "/sandboxes/"+url.PathEscape(sb.Name), "")
	}
	w.ask(204, http.MethodDelete, "/faults", "")
	w = w.in("team")
	for i, id := range []string{"req-1", "req-2", "x"} {
		if status := w.assigns(id, fmt.Sprintf("00000000000%d", i+1)); status != http.StatusOK {
			t.Fatalf("%s: status %d", id, status)
		}
	}
	w.ask(201, http.MethodPost, "/snapshots", `{"name": "kept"}`)
	w.ask(201, http.MethodPost, "/faults", `{"kind": "malformed", "operations": ["deleteReseller"]}`)
	// A boundary of a name is one that something has.
	if name, ok := p.Value.(string); ok && name != "" && p.Expect.Accepted && p.Field.Place == openapi.InPath {
		body, err := json.Marshal(map[string]string{"name": name})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(p.Operation.Path, "sandboxes") {
			w.ask(201, http.MethodPost, "/sandboxes", string(body))
		} else {
			w.ask(201, http.MethodPost, "/snapshots", string(body))
		}
	}
	return w
}

// known are the values of parameters that lead to something in a populated twin.
func known(op *openapi.Operation, parameter string) string {
	switch {
	case parameter == "name" && strings.Contains(op.Path, "sandboxes"):
		return "team"
	case parameter == "name":
		return "kept"
	case parameter == "id" && strings.Contains(op.Path, "faults"):
		return "fault-1"
	}
	return map[string]string{
		"id": "req-1", "table": "customers", "key": "1", "at": "req-1", "from": "req-1", "to": "req-2", "after": "req-1",
		"operation": "createAwsAccountAssignment", "method": "POST", "status": "200", "clause": "a.clause", "fault": "fault-1",
		"departing": "false", "limit": "10",
	}[parameter]
}

// bodies are requests with the fields that the example of the contract does not have:
// some exclude one another.
var bodies = map[string][]string{
	"addFault": {
		`{"kind": "status", "status": 503, "retry_after_seconds": 1, "api": "ripple", "operations": ["create*"], "skip": 1, "count": 2, "probability": 0.5, "everywhere": false}`,
		`{"kind": "latency", "seconds": 1, "spread_seconds": 1}`, `{"kind": "quota", "limit": 1, "window_seconds": 1}`,
		`{"kind": "cut", "where": "in"}`, `{"kind": "slow", "bytes_per_second": 1}`, `{"kind": "malformed"}`, `{"kind": "expired-token"}`,
	},
	"verifyRequests": {
		`{"operation": "createAccount", "method": "POST", "path": "/m/*", "query": {}, "headers": {}, "body": {}, "status": 200, "clause": "c", "at_least": 0, "at_most": 1}`,
		`{"times": 0}`,
	},
}

// baseline is a request that succeeds and has the field of a probe, as the contract's
// examples have it.
func baseline(t testing.TB, p probe.Probe) scenarios.Call {
	t.Helper()
	op := p.Operation
	call := scenarios.Call{Path: map[string]string{}, Query: url.Values{}, Header: http.Header{}}
	for _, parameter := range op.Parameters() {
		value := known(op, parameter.Name)
		switch parameter.In {
		case "path":
			call.Path[parameter.Name] = value
		case "query":
			call.Query.Set(parameter.Name, value)
		}
	}
	if op.MediaType() == "" {
		return call
	}
	call.Header.Set("Content-Type", "application/json")
	example := op.Spec.RequestBody.Value.Content["application/json"].Example
	if example == nil {
		t.Fatalf("%s has no example", op.ID)
	}
	text, err := json.Marshal(example)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range append([]string{string(text)}, bodies[op.ID]...) {
		if err := json.Unmarshal([]byte(body), &call.Body); err != nil {
			t.Fatal(err)
		}
		if p.Has(call) && (p.Kind != openapi.KindEnum || p.Holds(call) || p.Field.Path[0] != "kind") {
			return call
		}
		call.Body = nil
	}
	return call
}

// held sends a call, and holds the answer to what is due and to the contract.
func (w world) held(op *openapi.Operation, call scenarios.Call, expect probe.Expect) {
	w.t.Helper()
	path := op.Path
	for name, value := range call.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if len(call.Query) > 0 {
		path += "?" + call.Query.Encode()
	}
	body, raw := call.Body.(probe.Raw)
	if call.Body != nil && !raw {
		var err error
		if body, err = json.Marshal(call.Body); err != nil {
			w.t.Fatal(err)
		}
	}
	r := w.local(op.Method, path, string(body))
	r.Header.Set("Content-Type", call.Header.Get("Content-Type"))
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	a := httptest.NewRecorder()
	answer := http.ResponseWriter(a)
	if op.ID == "streamRequests" {
		answer = untilFlushed{a, cancel}
	}
	w.twin.ServeHTTP(answer, r.WithContext(ctx))
	if !expect.Met(op, a.Code) {
		w.t.Errorf("%s %s %s: status %d, want %s: %s", op.Method, path, body, a.Code, expect, a.Body)
	}
	if a.Code == http.StatusNotFound && !slices.Contains(op.Statuses(), a.Code) {
		return // another path
	}
	for _, v := range op.CheckResponse(a.Code, a.Header(), a.Body.Bytes()) {
		w.t.Errorf("%s %s %s: %d %s: %s", op.Method, path, body, a.Code, a.Body, v)
	}
}

// untilFlushed is a client of a stream that goes once it has begun.
type untilFlushed struct {
	*httptest.ResponseRecorder
	cancel func()
}

func (u untilFlushed) Flush() { u.cancel() }

// TestBodyTooLarge sends more than is read.
func TestBodyTooLarge(t *testing.T) {
	w := newWorld(t)
	r := w.local(http.MethodPut, "/__admin/state", `{"state": {}}`)
	r.ContentLength = 64<<20 + 1
	a := w.serve(r)
	if a.Code != http.StatusRequestEntityTooLarge || !strings.Contains(a.Body.String(), "larger than 64 MiB") {
		t.Errorf("status %d %s", a.Code, a.Body)
	}
	for _, v := range sandboxContract(t).Operation("replaceState").CheckResponse(a.Code, a.Header(), a.Body.Bytes()) {
		t.Error(v)
	}
}
