package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// undoCall takes back what one request did.
type undoCall struct {
	journal.Undo
	entry   int         // in the journal
	header  http.Header // the credential of the request
	query   url.Values
	certain bool // an answer said that it was done
}

func (u *undoCall) same(other undoCall) bool {
	return u.Operation == other.Operation && maps.Equal(u.Path, other.Path) && maps.Equal(u.Match, other.Match)
}

// undoLedger is what the sessions of a run share about undoing: the journal, and what
// the target held before.
type undoLedger struct {
	journal *journal.Journal
	mu      sync.Mutex
	before  map[string]map[string][]string // list → whose → ids that were there before
	kept    map[string]int                 // operation → requests that nothing takes back
}

func newUndoLedger(j *journal.Journal) *undoLedger {
	return &undoLedger{journal: j, before: map[string]map[string][]string{}, kept: map[string]int{}}
}

// keep notes a write that nothing takes back.
func (l *undoLedger) keep(op *openapi.Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept[op.ID]++
}

// lines says what was kept, an operation a line.
func (l *undoLedger) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, id := range slices.Sorted(maps.Keys(l.kept)) {
		out = append(out, fmt.Sprintf("%s: %d written, which nothing takes back", id, l.kept[id]))
	}
	return out
}

// intend works out what will take a request back, and has it on disk before the request
// is sent. The call is nil where there is nothing to take back.
func (s *session) intend(ctx context.Context, request *target.Request) (*undoCall, error) {
	op := request.Operation
	if op.Undo == nil || op.Undo.None != "" || !changes(op, request.Method) {
		return nil, nil
	}
	u := &undoCall{Undo: journal.Undo{API: op.API, Creator: op.ID, Operation: op.Undo.OperationID, As: s.supply.as(request)}}
	if err := s.credential(ctx, request, u); err != nil {
		return nil, err
	}
	if op.Undo.Restore != nil {
		return s.intendRestore(ctx, request, u)
	}
	u.resolve(op, &target.Exchange{Request: request, Body: request.Body})
	if err := s.surveyBefore(ctx, u); err != nil {
		return nil, err
	}
	var err error
	if u.entry, err = s.ledger.journal.Intend(u.Undo); err != nil {
		return nil, unavailable{err.Error()}
	}
	return u, nil
}

// credential gives a call the credential that takes a request back: on a deployment a
// good one in place of one that a probe made up, in a sandbox the request's own.
func (s *session) credential(ctx context.Context, request *target.Request, u *undoCall) (err error) {
	if !s.supply.madeUp {
		u.header, u.query, err = s.supply.present(ctx, u.API, u.As)
		return err
	}
	u.header, u.query = http.Header{}, url.Values{}
	if authorization := request.Header["Authorization"]; len(authorization) > 0 {
		u.header["Authorization"] = authorization
	}
	if key := request.Query.Get("api_key"); key != "" {
		u.query.Set("api_key", key)
	}
	return nil
}

// resolve works out the parameters of a call, as far as an exchange gives them.
func (u *undoCall) resolve(op *openapi.Operation, e *target.Exchange) {
	u.Path, u.Fill, u.Lookup, u.Match = map[string]string{}, "", op.Undo.Lookup, nil
	for name, source := range op.Undo.Parameters {
		value, ok := evaluate(source, e)
		if ok {
			u.Path[name] = value
		}
		if !ok || !strings.Contains(source, "$request.") {
			u.Fill = name
		}
	}
	if u.Lookup == nil {
		return
	}
	u.Match = map[string]string{}
	for field, source := range u.Lookup.Match {
		if value, ok := evaluate(source, e); ok {
			u.Match[field] = value
		}
	}
}

// names tells whether a call says what it takes back.
func (u *undoCall) names() bool { return u.Fill == "" || u.Path[u.Fill] != "" }

// complete tells whether a call names what it takes back, or how to find it.
func (u *undoCall) complete() bool {
	return u.names() || u.Lookup != nil && len(u.Match) == len(u.Lookup.Match)
}

// settle takes in what came of a request: what it took back itself, and what takes it
// back. An answer that is lost may have created something all the same.
func (s *session) settle(u *undoCall, e *target.Exchange) {
	op := e.Request.Operation
	done := e.Status/100 == 2
	if done {
		s.undo = slices.DeleteFunc(s.undo, func(other undoCall) bool {
			over := other.Operation == op.ID && other.names() && maps.Equal(other.Path, e.Request.Path)
			if over {
				s.ledger.journal.End(other.entry, journal.Undone)
			}
			return over
		})
		if op.Undo != nil && op.Undo.None != "" && !s.supply.madeUp && changes(op, e.Request.Method) {
			s.ledger.keep(op)
		}
	}
	switch {
	case u == nil:
		return
	case u.Settings != nil: // told from the list, whatever the answer
	case done:
		u.certain = true
		u.resolve(op, e)
		s.ledger.journal.Answered(u.entry, e.Status, u.Undo)
	case e.Err == nil && e.Status < 500:
		s.ledger.journal.End(u.entry, journal.Refused)
		return
	}
	switch {
	case u.complete():
	case u.Lookup != nil && !s.supply.madeUp:
		s.uncertain = append(s.uncertain, *u) // to be found by the run's mark
		return
	default:
		s.leave(*u, fmt.Errorf("nothing says what %s would have to remove", u.Operation))
		return
	}
	if !slices.ContainsFunc(s.undo, u.same) {
		s.undo = append(s.undo, *u)
		return
	}
	s.ledger.journal.End(u.entry, journal.Undone) // another entry stands for it
}

// leave reports what could not be taken back.
func (s *session) leave(u undoCall, why error) {
	s.ledger.journal.End(u.entry, journal.Residue)
	s.residue = append(s.residue, u.String()+": "+why.Error())
}

// String names what a call takes back.
func (u *undoCall) String() string {
	text := u.Creator
	for _, values := range []map[string]string{u.Path, u.Match} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			text += fmt.Sprintf(" %s=%s", name, values[name])
		}
	}
	return text
}

// undoTo takes back what was done since the stack had a height, the last first. What
// could not be taken back is tried once more, since what stood in its way may be gone
// by then; what is left after that is residue.
func (s *session) undoTo(ctx context.Context, height int) {
	if len(s.undo) <= height {
		return
	}
	calls := slices.Clone(s.undo[height:])
	slices.Reverse(calls)
	s.undo = s.undo[:height]
	s.takeAllBack(ctx, calls)
}

func (s *session) takeAllBack(ctx context.Context, calls []undoCall) {
	ctx = context.WithoutCancel(ctx)
	hold, may := s.hold, s.may
	s.hold, s.may, s.undoing = false, permission{write: true, keep: true}, true
	defer func() { s.hold, s.may, s.undoing = hold, may, false }()
	var again []undoCall
	for _, u := range calls {
		if err := s.takeBack(ctx, u); err != nil {
			again = append(again, u)
		}
	}
	for _, u := range again {
		if err := s.takeBack(ctx, u); err != nil {
			s.leave(u, err)
		}
	}
}

// takeBack takes one thing back; nil where it is gone. What an answer never confirmed
// and no list shows is looked for once more at the end of the run.
func (s *session) takeBack(ctx context.Context, u undoCall) error {
	if u.Settings != nil {
		if err := s.restore(ctx, u); err != nil {
			return err
		}
		s.ledger.journal.End(u.entry, journal.Undone)
		return nil
	}
	paths := []map[string]string{u.Path}
	if !u.names() {
		ids, err := s.lookUp(ctx, u)
		if err != nil {
			return err
		}
		paths = nil
		for _, id := range ids {
			path := maps.Clone(u.Path)
			path[u.Fill] = id
			paths = append(paths, path)
		}
	}
	found := false
	for _, path := range paths {
		removed, err := s.remove(ctx, u, path)
		if err != nil && s.listed(ctx, u, path) {
			return err
		}
		found = found || removed
	}
	if !u.certain && !found {
		s.uncertain = append(s.uncertain, u)
		return nil
	}
	s.ledger.journal.End(u.entry, journal.Undone)
	return nil
}

// listed tells whether something may still be there: no list can be asked, or one shows it.
func (s *session) listed(ctx context.Context, u undoCall, path map[string]string) bool {
	if u.Lookup == nil || path[u.Fill] == "" {
		return true
	}
	rows, err := s.list(ctx, u)
	return err != nil || slices.ContainsFunc(rows, func(row any) bool {
		fields, _ := row.(map[string]any)
		return text(fields[u.Lookup.Take]) == path[u.Fill]
	})
}

// remove sends the call that removes one thing. It tells whether there was one.
func (s *session) remove(ctx context.Context, u undoCall, path map[string]string) (removed bool, err error) {
	op := s.contract.Operation(u.Operation)
	e, err := s.send(ctx, op, scenarios.Call{Path: path, Header: u.header, Query: u.query})
	switch {
	case err != nil:
		return false, err
	case e.Status/100 == 2:
		return true, nil
	case gone(op, e):
		return false, nil
	}
	return false, fmt.Errorf("%s answered %d", u.Operation, e.Status)
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

// finally looks once more for what lost answers may have created: a request that was
// slow on its way may have arrived since.
func (s *session) finally(ctx context.Context) {
	calls := s.uncertain
	s.uncertain = nil
	for i := range calls {
		calls[i].certain = true
	}
	s.takeAllBack(ctx, calls)
}

// decode reads a JSON body; nil where it is none.
func decodeBody(body []byte) any {
	var v any
	_ = json.Unmarshal(body, &v)
	return v
}
