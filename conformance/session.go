package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/probe"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/openapi"
)

// session is one check's conversation with the target: it keeps what was said, holds
// each answer to the contract, and takes back what was created.
type session struct {
	target    *target.Target
	contract  *openapi.Contract
	supply    *supply
	may       permission
	footprint *footprint
	lag       *lag
	wrote     time.Time // when the last answer to a write came
	inputs    map[string]any
	known     func(any) (any, error) // puts inputs and outputs into a value
	hold      bool                   // hold each answer to the contract
	undoing   bool                   // the requests are clean-up, outside of any budget
	doubtful  bool                   // time has passed since the run, so that its ids may be somebody else's
	byValue   bool                   // what has the values of a create is taken for the run's
	exchanges []*target.Exchange
	bytes     int                         // about how many bytes they have
	prepared  int                         // how many of them prepared a request to probe
	answers   map[string]*target.Exchange // by step
	undo      []undoCall
	last      bool       // what is not found now was never created
	hasty     bool       // the target was not given the time to settle
	uncertain []undoCall // what was looked for and not found, though it may still come
	residue   []string
	pause     func() // runs every other check, before a step that is to come later; nil where none is
	unsettled []unsettled
}

// departure means that an answer is not as the contract has it.
type departure struct{ violations []openapi.Violation }

func (d departure) Error() string {
	texts := make([]string, len(d.violations))
	for i, v := range d.violations {
		texts[i] = v.String()
	}
	slices.Sort(texts)
	return strings.Join(texts, "; ")
}

// clauses lists the clauses that the departure breaks. A departure under no clause
// of its own, such as a refusal's, breaks what the check is about, and else the promise
// of the operation's answer.
func (d departure) clauses(op *openapi.Operation, about []string) []string {
	var out []string
	for _, v := range d.violations {
		broken := []string{v.Clause}
		switch {
		case v.Clause != "":
		case len(about) > 0:
			broken = about
		default:
			broken = []string{op.Slug + ".status"}
		}
		for _, clause := range broken {
			if !slices.Contains(out, clause) {
				out = append(out, clause)
			}
		}
	}
	return out
}

// send performs a call of an operation.
func (s *session) send(ctx context.Context, op *openapi.Operation, call scenarios.Call) (*target.Exchange, error) {
	request, err := build(op, call)
	if err != nil {
		return nil, err
	}
	return s.do(ctx, request)
}

// do sends a request, notes what undoes it, and holds the answer to the contract.
// The exchange is returned with an error too. A request under way is not broken
// off where the context ends, or nobody would know what it created.
func (s *session) do(ctx context.Context, request *target.Request) (*target.Exchange, error) {
	u, err := s.admit(ctx, request)
	if err != nil {
		return unsent(request, err)
	}
	s.awaitReads(ctx, request.Operation)
	e, err := s.ask(ctx, request)
	e, err = s.untilShown(ctx, request, e, err)
	s.settle(u, e)
	s.listed(request, e)
	if err != nil {
		return e, err
	}
	return e, s.judge(e)
}

// admit holds a request to what may be sent, and returns what will take it back, which
// is on disk by then.
func (s *session) admit(ctx context.Context, request *target.Request) (*undoCall, error) {
	if ctx.Err() != nil {
		return nil, lost{interrupted}
	}
	if err := s.may.send(request); err != nil {
		return nil, err
	}
	if err := s.surveyAll(ctx, request); err != nil {
		return nil, err
	}
	if err := s.sure(ctx, request); err != nil {
		return nil, err
	}
	if err := s.guard(request); err != nil {
		return nil, err
	}
	if err := s.refuseHarmfulRates(request); err != nil {
		return nil, err
	}
	if err := s.resolveIDs(ctx, request); err != nil {
		return nil, err
	}
	request.Undo = s.undoing
	if ids := deletes(request); ids != nil && !s.supply.madeUp {
		s.footprint.journal.Deleting(ids)
	}
	return s.logUndo(ctx, request)
}

// judge says why an answer is none, or is not as the contract has it.
func (s *session) judge(e *target.Exchange) error {
	op := e.Request.Operation
	if s.absent(e) {
		return unavailable{fmt.Sprintf("the target has no %s, which the pages do not document", op.ID)}
	}
	if err := unheard(e); err != nil {
		return err
	}
	if !s.hold {
		return nil
	}
	s.footprint.observe(op, e)
	if e.Status/100 == 4 && !readable(e.Request) {
		return nil // which body refuses it, no page prints
	}
	check := func(op *openapi.Operation) []openapi.Violation { return op.CheckResponse(e.Status, e.Header, e.Answer) }
	if violations := s.settled(op, check(op), check); len(violations) > 0 {
		return departure{violations}
	}
	return nil
}

// readable reports whether a request is of the operation's media type, so that a refusal
// is one of its content.
func readable(request *target.Request) bool {
	if request.Operation.MediaType() != "application/json" {
		return true
	}
	_, err := exact.Decode(request.Body)
	return err == nil && openapi.IsJSON(request.Header.Get("Content-Type"))
}

// absent reports whether an answer says that the target lacks a supporting operation: there
// is nothing at its path, which names no id.
func (s *session) absent(e *target.Exchange) bool {
	op := e.Request.Operation
	if !op.Supporting() || strings.Contains(op.Path, "{") {
		return false
	}
	switch e.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
		return true
	case http.StatusForbidden:
		return s.supply.ownKey(e.Request.Query.Get("api_key"))
	}
	return false
}

func unsent(request *target.Request, err error) (*target.Exchange, error) {
	return &target.Exchange{Operation: request.Operation.ID, Request: request, Err: err}, err
}

// ask sends a request with the credential as it is by now. Where the target no longer
// takes that, it is renewed once and the request sent again; the error says that no
// good credential can be had.
func (s *session) ask(ctx context.Context, request *target.Request) (*target.Exchange, error) {
	token := bearerOf(request)
	if next := s.supply.current(token); next != token {
		request = withBearer(request, next)
		token = next
	}
	if request.Operation.ID == issueToken {
		s.supply.askedAgain(request)
	}
	e := s.target.Send(ctx, request)
	if err := s.heard(e); err != nil {
		return e, err
	}
	switch {
	case !refuses(e):
	case s.supply.ownKey(request.Query.Get("api_key")):
		if s.supply.keyRefused(ctx, s.contract, request.Query.Get("api_key"), s.undoing) {
			return e, lost{fmt.Sprintf("the target refuses the CloudHealth key altogether (%d)", e.Status)}
		}
	case e.Status == http.StatusUnauthorized, e.Status == s.contract.Refusals()["authentication"].Status:
		next, issued, err := s.supply.renew(ctx, token, s.undoing)
		if err != nil {
			return e, err
		}
		if issued && next != token {
			e = s.target.Send(ctx, withBearer(request, next))
			if err := s.heard(e); err != nil {
				return e, err
			}
			if !refuses(e) {
				s.supply.refusedEarly(token)
			}
		}
	}
	return e, nil
}

// refuses reports whether an answer refuses the credential of its request.
func refuses(e *target.Exchange) bool {
	return e.Err == nil && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
}

func withBearer(request *target.Request, token string) *target.Request {
	request = request.Clone()
	request.Header.Set("Authorization", "Bearer "+token)
	return request
}

// build makes the request of a call.
func build(op *openapi.Operation, call scenarios.Call) (*target.Request, error) {
	r := &target.Request{Operation: op, Path: call.Path, Query: call.Query, Header: call.Header.Clone()}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if call.Body == nil {
		return r, nil
	}
	contentType := call.ContentType
	if contentType == "" {
		contentType = op.MediaType()
	}
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", contentType)
	}
	switch body := call.Body.(type) {
	case probe.Raw:
		r.Body = body
	default:
		switch contentType {
		case "application/x-www-form-urlencoded":
			r.Body = []byte(form(body).Encode())
			return r, nil
		case "multipart/form-data":
			r.Body, contentType = parts(form(body), false)
			r.Header.Set("Content-Type", contentType)
			return r, nil
		}
		data, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("request body: %w", err)
		}
		r.Body = data
	}
	return r, nil
}

// parts writes a form as multipart, each field as a file or as a plain part, and
// returns its media type.
func parts(fields url.Values, files bool) (body []byte, mediaType string) {
	var buffer bytes.Buffer
	w := multipart.NewWriter(&buffer)
	_ = w.SetBoundary("twinbill-form-data") // well-formed, and the same in every run
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if files {
			part, _ := w.CreateFormFile(name, name) // a buffer takes every write
			_, _ = part.Write([]byte(fields.Get(name)))
			continue
		}
		_ = w.WriteField(name, fields.Get(name))
	}
	_ = w.Close()
	return buffer.Bytes(), w.FormDataContentType()
}

func form(body any) url.Values {
	values := url.Values{}
	if fields, ok := body.(map[string]any); ok {
		for name, value := range fields {
			values.Set(name, fmt.Sprint(value))
		}
	}
	return values
}

// execute performs one step of a scenario, with its named checks.
func (s *session) execute(ctx context.Context, step *scenarios.Step, call scenarios.Call) (*scenarios.Answer, error) {
	s.known = call.Resolve
	op := s.contract.Operation(step.OperationID)
	if op == nil {
		return nil, fmt.Errorf("the contract has no operation %s", step.OperationID)
	}
	request, err := build(op, call)
	if err != nil {
		return nil, err
	}
	if step.Route != nil {
		request.Method = step.Route.Method
	}
	request.Raw = step.Raw
	if step.ContentType != "" {
		request.Header.Set("Content-Type", step.ContentType)
	}
	if step.Later && s.pause != nil {
		s.pause()
	}
	e := s.read(request, step)
	if e == nil {
		hold := s.hold
		s.hold = hold && leads(op, step.Route)
		e, err = s.perform(ctx, request, step)
		s.hold = hold
	}
	if err == nil {
		e, err = s.gather(ctx, e, step)
	}
	if s.answers == nil {
		s.answers = map[string]*target.Exchange{}
	}
	s.answers[step.ID] = e
	asked, asks := step.Status(s.inputs)
	if errors.As(err, new(departure)) && step.ExpectsRefusal() && e.Status/100 == 2 && (!asks || asked != e.Status) {
		err = nil // the criterion on the status fails, and says more than what the answer lacks
	}
	if err != nil {
		return nil, err
	}
	if e, err = s.first(e, step.First); err != nil {
		return nil, err
	}
	s.answers[step.ID] = e
	checks, status := step.Checks, e.Status
	if asks && asked != status {
		reason := step.Refusal()
		if reason != "" && status/100 == 4 && !s.contract.Stated(reason) {
			status = asked // no page states it: any refusal is as good
		} else {
			checks = nil // the criterion on the status fails, and says more
		}
	}
	for _, check := range checks {
		if err := s.among(ctx, e, check.Name, s.check(ctx, e, check)); err != nil {
			return nil, err
		}
	}
	return &scenarios.Answer{Status: status, Header: e.Header, Body: e.JSON(), URL: e.URL, Method: e.Method}, nil
}

// read is the answer to a request where the one before it was the same, and read only:
// steps that prove several clauses by one answer ask for it once. nil where there is none.
func (s *session) read(request *target.Request, step *scenarios.Step) *target.Exchange {
	if len(s.exchanges) == 0 || step.Later || step.Race != nil || changes(request.Operation, request.Method) {
		return nil
	}
	last := s.exchanges[len(s.exchanges)-1]
	was := last.Request
	same := last.Err == nil && was.Operation == request.Operation && was.Method == request.Method && was.URL == "" &&
		reflect.DeepEqual(was.Header, request.Header) && maps.Equal(was.Path, request.Path) && was.Query.Encode() == request.Query.Encode() && bytes.Equal(was.Body, request.Body)
	if !same {
		return nil
	}
	return last
}

// leads reports whether a route reaches an operation under the contract in force. The
// answer to any other is not the operation's.
func leads(op *openapi.Operation, route *scenarios.Route) bool {
	return route == nil || slices.ContainsFunc(op.Routes, func(r openapi.Route) bool { return r.Method == route.Method })
}

// first moves the one row that each pattern matches to the front of a list, in the
// order of the patterns (x-first), so that a pointer finds it among other people's
// rows. A refusal stays as it is.
func (s *session) first(e *target.Exchange, patterns []map[string]any) (*target.Exchange, error) {
	if len(patterns) == 0 || e.Status/100 != 2 {
		return e, nil
	}
	list, err := rows(e, nil)
	if err != nil {
		return e, err
	}
	var front []any
	for _, pattern := range patterns {
		where, err := s.resolve(pattern)
		if err != nil {
			return e, err
		}
		found := matching(list, where.(map[string]any))
		if len(found) != 1 {
			return e, unmet{"one element with " + show(where), fmt.Sprintf("%d of %d", len(found), len(list))}
		}
		front = append(front, found[0])
	}
	for _, row := range list {
		if !slices.ContainsFunc(front, func(f any) bool { return equal(f, row) }) {
			front = append(front, row)
		}
	}
	moved := *e
	moved.Answer, err = json.Marshal(front)
	return &moved, err
}
