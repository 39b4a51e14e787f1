package conformance

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
)

// perform sends the request of a step, or the race that it begins.
func (s *session) perform(ctx context.Context, request *target.Request, step *scenarios.Step) (*target.Exchange, error) {
	if step.Race == nil {
		return s.do(ctx, request)
	}
	requests, err := s.competing(request, step.Race)
	if err != nil {
		return unsent(request, err)
	}
	refused, err := s.resolve(step.Race.Refused)
	if err != nil {
		return unsent(request, err)
	}
	return s.race(ctx, requests, refused, step.Race.Wins)
}

// competing is a request as often as a race has it, and its rival.
func (s *session) competing(request *target.Request, race *scenarios.Race) ([]*target.Request, error) {
	var out []*target.Request
	for range max(race.Times, 1) {
		out = append(out, request.Clone())
	}
	if race.Rival == nil {
		return out, nil
	}
	op := s.contract.Operation(race.Rival.OperationID)
	if op == nil {
		return nil, fmt.Errorf("the contract has no operation %s", race.Rival.OperationID)
	}
	path, err := s.resolve(race.Rival.Path)
	if err != nil {
		return nil, err
	}
	call := scenarios.Call{Path: map[string]string{}, Query: url.Values{}, Header: http.Header{}}
	for name, value := range path.(map[string]any) {
		call.Path[name] = exact.Text(value)
	}
	if race.Rival.Body != nil {
		if call.Body, err = s.resolve(race.Rival.Body); err != nil {
			return nil, err
		}
	}
	rival, err := build(op, call)
	if err != nil {
		return nil, err
	}
	maps.Copy(rival.Query, request.Query)
	if authorization := request.Header.Get("Authorization"); authorization != "" {
		rival.Header.Set("Authorization", authorization)
	}
	if race.Wins == "own" {
		return append([]*target.Request{rival}, out...), nil
	}
	return append(out, rival), nil
}

// stagger is how much later one of the writes that do not compete goes out, so that it
// comes while the one before it is under way.
const stagger = 3 * time.Millisecond

// race sends requests at the same moment. Of them one has to succeed and the others are to
// be refused, with a status where one is given; or they do not compete, and all succeed or
// the step's own does. It returns the one that succeeded, or the step's own. What takes each
// back is on disk before the first is sent.
func (s *session) race(ctx context.Context, requests []*target.Request, refused any, wins string) (*target.Exchange, error) {
	undo := make([]*undoCall, len(requests))
	for i, request := range requests {
		if next := s.supply.current(bearerOf(request)); next != bearerOf(request) {
			requests[i] = withBearer(request, next)
		}
		var err error
		if undo[i], err = s.admit(ctx, requests[i]); err != nil {
			for j, u := range undo[:i] {
				s.settle(u, &target.Exchange{Request: requests[j]})
			}
			return unsent(request, err)
		}
	}
	gap := time.Duration(0)
	if wins != "" {
		gap = stagger
	}
	exchanges := s.target.Together(context.WithoutCancel(ctx), requests, gap)
	var much error
	for i, e := range exchanges {
		much = cmp.Or(much, s.heard(e))
		s.settle(undo[i], e)
	}
	if much != nil {
		return exchanges[0], much
	}
	if wins != "" {
		return s.apart(exchanges, wins)
	}
	var won []*target.Exchange
	for _, e := range exchanges {
		switch err := s.judge(e); {
		case err != nil:
			return e, err
		case refuses(e):
			return e, lost{fmt.Sprintf("the credential was refused (%d) while requests went out together", e.Status)}
		case e.Status/100 == 2:
			won = append(won, e)
		case e.Status/100 != 4, refused != nil && fmt.Sprint(refused) != fmt.Sprint(e.Status):
			return e, unmet{fmt.Sprintf("one of %d requests at the same moment to succeed and the others to be refused with %v", len(exchanges), cmp.Or[any](refused, "4xx")), answered(e)}
		}
	}
	if len(won) != 1 {
		return exchanges[0], unmet{fmt.Sprintf("exactly one of %d requests at the same moment to succeed", len(exchanges)), fmt.Sprintf("%d that did", len(won))}
	}
	return won[0], nil
}

// apart is the decisive one of requests that do not compete. A deployment may ask for one
// to be repeated that came at the same moment as another, of which no page says anything.
func (s *session) apart(exchanges []*target.Exchange, wins string) (*target.Exchange, error) {
	due := exchanges
	if wins == "own" {
		due = exchanges[1:]
	}
	for _, e := range exchanges {
		if err := unheard(e); err != nil {
			return e, err
		}
	}
	for _, e := range due {
		if e.Status/100 != 2 {
			return e, unavailable{fmt.Sprintf("the target answered %d to one of %d writes at the same moment", e.Status, len(exchanges))}
		}
		if err := s.judge(e); err != nil {
			return e, err
		}
	}
	return due[0], nil
}
