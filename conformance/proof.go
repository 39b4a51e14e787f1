package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// sure reads what a write names where only the answer to a create says that it is the
// run's, and where the id is a number that the run made up: somebody else may have created
// either meanwhile.
func (s *session) sure(ctx context.Context, request *target.Request) error {
	if s.supply.madeUp || s.undoing || !changes(request.Operation, request.Method) {
		return nil
	}
	ids := idsIn(request.Path)
	for i := range s.undo {
		if u := &s.undo[i]; u.names() && slices.Contains(ids, u.id()) {
			if err := s.prove(ctx, u); err != nil {
				return err
			}
		}
	}
	for name, id := range request.Path {
		if numeric(id) && !s.mine(request.Operation, id) {
			if err := s.vacantID(ctx, request, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// vacantID errs where something has an id that the run made up, as far as the target shows
// one thing by its id.
func (s *session) vacantID(ctx context.Context, request *target.Request, name string) (err error) {
	for _, u := range s.creations(request.Operation.API) {
		if u.Lookup.Show == "" || !request.Operation.SharesNoun(s.contract.Operation(u.Creator)) {
			continue
		}
		u.As, u.Fill, u.Path = s.supply.as(request), name, request.Path
		if u.header, u.query, err = s.supply.present(ctx, u.API, u.As); err != nil {
			return err
		}
		if found, err := s.shown(ctx, &u); err != nil || found != nil {
			return unavailable{fmt.Sprintf("%s would write to %s, which is not the run's", request.Operation.ID, u.id())}
		}
	}
	return nil
}

// mine reports whether an id, as an operation names it, is of something that the run created.
func (s *session) mine(op *openapi.Operation, id string) bool {
	return s.footprint.mine(id, func(l *listing) bool { return op.SharesNoun(s.contract.Operation(l.Lookup.OperationID)) })
}

// numeric reports whether an id is a number, of which anybody may have any.
func numeric(id string) bool {
	return id != "" && strings.Trim(id, "0123456789") == ""
}

// prove reads what an answer named, unless that was done. Where it is plainly not what the
// run created, the call is without an id again.
func (s *session) prove(ctx context.Context, u *undoCall) error {
	if u.proven || u.Fill == "" || u.Lookup == nil || !u.names() || s.supply.madeUp {
		return nil
	}
	found, err := s.shown(ctx, u)
	if err != nil {
		return unavailable{fmt.Sprintf("what the answer of %s named cannot be read to see whose it is: %v", u.Creator, err)}
	}
	s.recognise(u, found)
	return nil
}

// shown is what the target has under the id of a call; nil where it shows nothing.
func (s *session) shown(ctx context.Context, u *undoCall) (map[string]any, error) {
	hold := s.hold
	s.hold = false
	defer func() { s.hold = hold }()
	op := s.contract.Operation(u.Lookup.Show)
	if op == nil {
		rows, err := s.list(ctx, *u)
		return row(rows, u.Lookup, u.id()), err
	}
	e, err := s.send(ctx, op, scenarios.Call{Path: u.Path, Header: u.header, Query: u.query})
	if err != nil {
		return nil, err
	}
	found, _ := documented(e).(map[string]any)
	if is, ok := idOf(found, u.Lookup); e.Status/100 != 2 || !ok || is != u.id() {
		return nil, nil
	}
	return found, nil
}

// recognise holds what the target has under the id that an answer gave a call to what the
// call created.
func (s *session) recognise(u *undoCall, found map[string]any) {
	switch {
	case found == nil:
	case s.ours(u, found):
		u.proven = true
	case !u.resembles(found):
		s.footprint.disown(*u)
		u.Path = maps.Clone(u.Path)
		delete(u.Path, u.Fill)
	}
}
