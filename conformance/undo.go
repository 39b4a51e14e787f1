package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// undoCall takes back one thing that a request created.
type undoCall struct {
	operation string
	path      map[string]string
	header    http.Header // the credential of the request that created it
	query     map[string][]string
	lookup    *openapi.Lookup
	match     map[string]string
	take      string // the path parameter that the look-up fills
}

func (u undoCall) same(other undoCall) bool {
	return u.operation == other.operation && maps.Equal(u.path, other.path) && maps.Equal(u.match, other.match)
}

// noteUndo remembers how to take back what a successful exchange created, and
// forgets what it took back itself.
func (s *session) noteUndo(e *target.Exchange) {
	op := e.Request.Operation
	s.undo = slices.DeleteFunc(s.undo, func(u undoCall) bool {
		return u.operation == op.ID && u.lookup == nil && maps.Equal(u.path, e.Request.Path)
	})
	if op.Undo == nil || op.Undo.OperationID == "" {
		return
	}
	u := undoCall{operation: op.Undo.OperationID, path: map[string]string{}, lookup: op.Undo.Lookup, match: map[string]string{}}
	u.header = http.Header{"Authorization": e.Request.Header["Authorization"]}
	if key := e.Request.Query.Get("api_key"); key != "" {
		u.query = map[string][]string{"api_key": {key}}
	}
	for name, source := range op.Undo.Parameters {
		if source == "$lookup" {
			u.take = name
			continue
		}
		value, ok := evaluate(source, e)
		if !ok {
			s.residue = append(s.residue, fmt.Sprintf("%s: nothing in the exchange gives %s for %s", op.ID, source, u.operation))
			return
		}
		u.path[name] = value
	}
	if u.lookup != nil {
		for field, source := range u.lookup.Match {
			value, ok := evaluate(source, e)
			if !ok {
				s.residue = append(s.residue, fmt.Sprintf("%s: nothing in the exchange gives %s for %s", op.ID, source, u.lookup.OperationID))
				return
			}
			u.match[field] = value
		}
	}
	if !slices.ContainsFunc(s.undo, u.same) {
		s.undo = append(s.undo, u)
	}
}

// undoTo takes back what was created since the stack had a height, the last first.
// What could not be taken back is tried once more, since what stood in its way may
// be gone by then; what is left after that is residue.
func (s *session) undoTo(ctx context.Context, height int) {
	if len(s.undo) <= height {
		return
	}
	ctx = context.WithoutCancel(ctx)
	hold := s.hold
	s.hold = false
	defer func() { s.hold = hold }()
	calls := slices.Clone(s.undo[height:])
	slices.Reverse(calls)
	s.undo = s.undo[:height]
	var again []undoCall
	for _, u := range calls {
		if err := s.takeBack(ctx, u); err != nil {
			again = append(again, u)
		}
	}
	for _, u := range again {
		if err := s.takeBack(ctx, u); err != nil {
			s.residue = append(s.residue, fmt.Sprintf("%s %v: %v", u.operation, slices.Sorted(maps.Values(u.path)), err))
		}
	}
}

func (s *session) takeBack(ctx context.Context, u undoCall) error {
	path := maps.Clone(u.path)
	if u.lookup != nil {
		found, err := s.lookUp(ctx, u)
		if err != nil || found == "" {
			return err
		}
		path[u.take] = found
	}
	op := s.contract.Operation(u.operation)
	e, err := s.send(ctx, op, scenarios.Call{Path: path, Header: u.header, Query: u.query})
	switch {
	case err != nil:
		return err
	case e.Status/100 == 2, gone(op, e):
		return nil
	}
	return fmt.Errorf("answered %d", e.Status)
}

// gone tells whether a refused delete says that there is nothing left to delete: by a
// status that means nothing else, or in the words that the contract prints for it. A
// 400 may as well mean that something is still in use.
func gone(op *openapi.Operation, e *target.Exchange) bool {
	if e.Status == http.StatusNotFound {
		return true
	}
	answer := op.Spec.Responses.Status(e.Status)
	if answer == nil || answer.Value.Content["application/json"] == nil {
		return false
	}
	unknown := answer.Value.Content["application/json"].Examples["unknown"]
	return unknown != nil && equal(e.JSON(), unknown.Value.Value)
}

// lookUp finds the id of what a request created by its place in a list. The list is
// asked by each of its routes, since the one that leads there may not be known yet.
func (s *session) lookUp(ctx context.Context, u undoCall) (string, error) {
	op := s.contract.Operation(u.lookup.OperationID)
	var e *target.Exchange
	var err error
	for _, route := range op.Routes {
		e, err = s.do(ctx, &target.Request{Operation: op, Method: route.Method, Header: u.header, Query: u.query})
		if err == nil && e.Status/100 == 2 {
			break
		}
	}
	if err != nil {
		return "", err
	}
	rows, listed := e.JSON().([]any)
	if e.Status/100 != 2 || !listed {
		return "", fmt.Errorf("%s: %s", u.lookup.OperationID, answered(e))
	}
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		matches := true
		for field, value := range u.match {
			matches = matches && fmt.Sprint(fields[field]) == value
		}
		if matches {
			return fmt.Sprint(fields[u.lookup.Take]), nil
		}
	}
	return "", nil
}

// evaluate reads a runtime expression, or a template of them, over an exchange.
func evaluate(source string, e *target.Exchange) (string, bool) {
	if strings.HasPrefix(source, "$") {
		return expression(source, e)
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(source, "{")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		inner, after, _ := strings.Cut(rest, "}")
		value, ok := expression(inner, e)
		if !ok {
			return "", false
		}
		out.WriteString(value)
		source = after
	}
}

func expression(source string, e *target.Exchange) (string, bool) {
	if pointer, ok := strings.CutPrefix(source, "$request.body#"); ok {
		var body any
		_ = json.Unmarshal(e.Body, &body)
		return scalar(body, pointer)
	}
	if pointer, ok := strings.CutPrefix(source, "$response.body#"); ok {
		return scalar(e.JSON(), pointer)
	}
	if name, ok := strings.CutPrefix(source, "$request.path."); ok {
		value, ok := e.Request.Path[name]
		return value, ok
	}
	return "", false
}

func scalar(body any, pointer string) (string, bool) {
	value, ok := at(body, pointer)
	switch v := value.(type) {
	case string:
		return v, ok
	case float64:
		return fmt.Sprintf("%.0f", v), ok
	}
	return "", false
}
