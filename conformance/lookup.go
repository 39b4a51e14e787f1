package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/peterhellberg/link"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// mostPages bounds how far a list is followed, should it never end.
const mostPages = 1000

// lookUp finds the ids of what a request created by its fields in a list. What was
// there before the run is never among them.
func (s *session) lookUp(ctx context.Context, u undoCall) ([]string, error) {
	before, known := s.footprint.existing(u.listOf(), u.As)
	if !known && !s.supply.madeUp && !strings.HasPrefix(u.As, asMadeUp) {
		return nil, fmt.Errorf("%s could not be read before, so nobody knows which of its rows are the run's", u.Lookup.OperationID)
	}
	rows, err := s.list(ctx, u)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		matches := u.matches(fields, s.supply.mark())
		if id := text(fields[u.Lookup.Take]); matches && !slices.Contains(before, id) {
			ids = append(ids, id)
			s.footprint.created(u, id)
		}
	}
	return ids, nil
}

// pin looks up what creates of this check made whose answers named no id, before a
// request changes the fields by which a list would show it.
func (s *session) pin(ctx context.Context, request *target.Request) error {
	if s.undoing || s.supply.madeUp || !changes(request.Operation, request.Method) {
		return nil
	}
	for i := range s.undo {
		u := &s.undo[i]
		if u.names() || u.Lacks || u.Settings != nil || request.Path[u.Fill] == "" || !u.changedBy(request) {
			continue
		}
		ids, err := s.lookUp(ctx, *u)
		if err != nil {
			return err
		}
		if len(ids) == 1 {
			u.Path[u.Fill] = ids[0]
			s.footprint.journal.Answered(u.entry, http.StatusOK, u.Undo)
		}
	}
	return nil
}

// changedBy tells whether a request brings a field by which a list is searched.
func (u *undoCall) changedBy(request *target.Request) bool {
	for field := range u.Match {
		if _, sent := evaluate("$request.body#/"+field, &target.Exchange{Request: request, Body: request.Body}); sent {
			return true
		}
	}
	return false
}

// matches tells whether a row is what a request created: it has the request's values,
// or, where the request had none to go by, the mark of the run.
func (u *undoCall) matches(row map[string]any, mark string) bool {
	if !u.complete() && !u.listable() {
		return marked(row, mark)
	}
	for field, value := range u.Match {
		if text(row[field]) != value {
			return false
		}
	}
	return true
}

// marked tells whether a row bears the mark of the run.
func marked(row map[string]any, mark string) bool {
	for _, value := range row {
		if text, ok := value.(string); ok && strings.HasPrefix(text, "twinbill") && strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

// list reads the whole list that a look-up is about, page by page. It is asked by each
// of its routes, since the one that leads there may not be known yet.
func (s *session) list(ctx context.Context, u undoCall) ([]any, error) {
	op := s.contract.Operation(u.Lookup.OperationID)
	var all []any
	var failure error
	for _, route := range op.Routes {
		all, failure = s.pages(ctx, u, op, route.Method)
		if failure == nil {
			return all, nil
		}
		if _, ok := isLost(failure); ok {
			return nil, failure
		}
	}
	return nil, failure
}

func (s *session) pages(ctx context.Context, u undoCall, op *openapi.Operation, method string) ([]any, error) {
	request := &target.Request{Operation: op, Method: method, Header: u.header, Query: url.Values{}}
	for name, value := range u.Query {
		request.Query.Set(name, value)
	}
	for name, values := range u.query {
		request.Query[name] = values
	}
	for _, p := range op.Parameters() {
		if p.Name == "per_page" && p.Schema.Value.Max != nil {
			request.Query.Set(p.Name, fmt.Sprint(*p.Schema.Value.Max))
		}
	}
	var all []any
	for range mostPages {
		e, err := s.do(ctx, request)
		if err != nil {
			return nil, err
		}
		value, _ := at(e.JSON(), u.Lookup.Rows)
		rows, listed := value.([]any)
		if e.Status/100 != 2 || !listed {
			return nil, fmt.Errorf("%s: %s", op.ID, answered(e))
		}
		all = append(all, rows...)
		next := link.ParseHeader(e.Header)["next"]
		if next == nil || len(rows) == 0 {
			return all, nil
		}
		place, err := url.Parse(next.URI)
		if err != nil {
			return nil, fmt.Errorf("%s: the next page is at %q, which is no URL", op.ID, next.URI)
		}
		query := place.Query()
		for name, values := range u.query {
			query[name] = values
		}
		request = &target.Request{Operation: op, Method: method, Header: u.header, Query: query}
	}
	return nil, fmt.Errorf("%s: more than %d pages", op.ID, mostPages)
}

// surveyBefore writes down what a list holds before the run creates something that may
// have to be found there. Where the list cannot be read, nothing in it is ever removed;
// what only the list names is not even created.
func (s *session) surveyBefore(ctx context.Context, u *undoCall) error {
	if u.Lookup == nil || s.supply.madeUp {
		return nil
	}
	f := s.footprint
	f.survey.Lock()
	defer f.survey.Unlock()
	if len(u.Query) < len(u.Lookup.Query) {
		return nil // nothing says which list
	}
	id := u.listOf()
	if _, done := f.existing(id, u.As); done {
		return nil
	}
	hold := s.hold
	s.hold = false
	rows, err := s.list(ctx, *u)
	s.hold = hold
	if err != nil {
		needed := !u.names() && !s.contract.Operation(u.Creator).Undo.NamedByAnswer()
		if !needed && ctx.Err() == nil && !isUnavailable(err) {
			return nil
		}
		if isUnavailable(err) {
			return err
		}
		return lost{"what is there already cannot be listed, so nothing is created: " + err.Error()}
	}
	ids := []string{}
	for _, row := range rows {
		if fields, ok := row.(map[string]any); ok {
			ids = append(ids, text(fields[u.Lookup.Take]))
		}
	}
	f.found(id, u.As, ids)
	if err := f.journal.Found(id, u.As, ids); err != nil {
		return unavailable{err.Error()}
	}
	return nil
}
