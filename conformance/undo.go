package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// undoCall takes back what one request did.
type undoCall struct {
	journal.Undo
	entry   int         // in the journal
	header  http.Header // the credential of the request
	query   url.Values
	certain bool      // an answer said that it was done
	creates bool      // the request creates something that a list shows
	report  string    // how it was reported as residue
	unread  bool      // what stood before could not be read
	late    bool      // no answer came in time, so that it may yet be done
	done    time.Time // when an answer confirmed it
	shown   bool      // a list has shown it
	proven  bool      // what its id leads to is what the request created
	lost    bool      // it was not refused, and no answer of the run says its id
}

func (u *undoCall) same(other undoCall) bool {
	return u.Operation == other.Operation && u.As == other.As && maps.Equal(u.Path, other.Path) && maps.Equal(u.Match, other.Match)
}

// irreversible reports whether nothing takes back what a request writes, on a deployment
// where that matters.
func (s *session) irreversible(request *target.Request) bool {
	op := request.Operation
	return op.Undo != nil && op.Undo.None != "" && !s.supply.madeUp && changes(op, request.Method)
}

// logUndo works out what will take a request back, and has it in the undo log before the
// request is sent. The call is nil where there is nothing to take back.
func (s *session) logUndo(ctx context.Context, request *target.Request) (*undoCall, error) {
	op := request.Operation
	if s.irreversible(request) {
		if err := s.footprint.journal.Pending(s.written(request)); err != nil {
			return nil, unavailable{err.Error()}
		}
		return nil, nil
	}
	if op.Undo == nil || op.Undo.None != "" || !changes(op, request.Method) {
		return nil, nil
	}
	u := &undoCall{
		Undo:    journal.Undo{API: op.API, Creator: op.ID, Operation: op.Undo.OperationID, As: s.supply.as(request)},
		creates: creator(op),
	}
	if err := s.credential(ctx, request, u); err != nil {
		return nil, err
	}
	if op.Undo.Restore != nil {
		return s.logRestore(ctx, request, u)
	}
	u.resolve(op, &target.Exchange{Request: request, Body: request.Body})
	if err := s.surveyBefore(ctx, u); err != nil {
		return nil, err
	}
	if u.Lookup != nil && !s.supply.madeUp {
		s.footprint.asks(*u)
	}
	var err error
	if u.entry, err = s.footprint.journal.Log(u.Undo); err != nil {
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
	if sandbox := request.Header["Twinbill-Sandbox"]; len(sandbox) > 0 {
		u.header["Twinbill-Sandbox"] = sandbox
	}
	if key := request.Query.Get("api_key"); key != "" {
		u.query.Set("api_key", key)
	}
	return nil
}

// resolve works out the parameters of a call, as far as an exchange gives them.
func (u *undoCall) resolve(op *openapi.Operation, e *target.Exchange) {
	u.Path, u.Lacks, u.Fill, u.Lookup = map[string]string{}, false, "", op.Undo.Lookup
	for name, source := range op.Undo.Parameters {
		value, ok := evaluate(source, e)
		if ok {
			u.Path[name] = value
		}
		switch given := strings.Contains(source, "$request."); {
		case !given:
			u.Fill = name
		case !ok:
			u.Lacks = true
		}
	}
	if u.Lookup == nil {
		return
	}
	u.Query, u.Match = evaluated(u.Lookup.Query, e), evaluated(u.Lookup.Match, e)
}

// evaluated are the values of sources, as far as an exchange gives them.
func evaluated(sources map[string]string, e *target.Exchange) map[string]string {
	out := map[string]string{}
	for name, source := range sources {
		if value, ok := evaluate(source, e); ok {
			out[name] = value
		}
	}
	return out
}

// id is what a list calls the thing; empty where that is not known.
func (u *undoCall) id() string {
	if u.Lookup == nil {
		return ""
	}
	if u.Fill != "" {
		return u.Path[u.Fill]
	}
	return u.Match[u.Lookup.Take]
}

// names reports whether a call says what it takes back.
func (u *undoCall) names() bool { return !u.Lacks && (u.Fill == "" || u.Path[u.Fill] != "") }

// complete reports whether a call names what it takes back, or how to find it.
func (u *undoCall) complete() bool {
	return u.names() || !u.Lacks && u.Lookup != nil && len(u.Match) == len(u.Lookup.Match)
}

// listable reports whether a list can be asked for what a request did.
func (u *undoCall) listable() bool {
	return u.Lookup != nil && len(u.Query) == len(u.Lookup.Query) && len(u.Match) == len(u.Lookup.Match)
}

// settle takes in what came of a request: what it took back itself, and what takes it
// back. An answer that is lost may have created something all the same.
func (s *session) settle(u *undoCall, e *target.Exchange) {
	op := e.Request.Operation
	done := e.Status/100 == 2
	if op.Writes() && e.Status != 0 {
		s.footprint.wrote(e)
	}
	if e.Attempts > 0 && changes(op, e.Request.Method) && !s.lists(op) {
		s.wroteNow(op)
	}
	if u != nil && u.Lookup != nil && e.Attempts > 0 && !s.supply.madeUp {
		refused := e.Err == nil && e.Status/100 == 4
		told := *u
		told.resolve(op, e)
		u.lost = !refused && (!done || told.id() == "")
		s.footprint.tried(*u, refused)
	}
	if e.Attempts > 0 && (e.Err != nil || e.Status >= 500) {
		s.footprint.doubt(deletes(e.Request))
	}
	if done {
		s.footprint.took(deletes(e.Request))
		s.undo = slices.DeleteFunc(s.undo, func(other undoCall) bool {
			over := other.Settings == nil && other.Operation == op.ID && other.As == s.supply.as(e.Request) && other.names() && maps.Equal(other.Path, e.Request.Path)
			if over {
				s.footprint.journal.End(other.entry, journal.Undone)
			}
			return over
		})
	}
	if s.irreversible(e.Request) {
		words := s.written(e.Request)
		if done {
			s.footprint.keep(words)
		}
		if e.Attempts == 0 || e.Err == nil && e.Status < 500 {
			s.footprint.journal.Settled(words)
		}
	}
	switch {
	case u == nil:
		return
	case u.unread:
		if done {
			s.footprint.keep(s.written(e.Request))
		}
		return
	case e.Attempts == 0: // it was never sent
		s.footprint.journal.End(u.entry, journal.Refused)
		return
	case u.Settings != nil: // told from the list, whatever the answer
	case done:
		u.certain, u.done = true, time.Now()
		u.resolve(op, e)
		if s.supply.holdsSecret(u.id()) {
			u.Path = map[string]string{}
			s.leave(*u, errors.New("the target answered with a credential in the place of an id"))
			return
		}
		s.footprint.created(*u, u.id())
		u.Within = s.footprint.within(e.Request)
		s.footprint.journal.Answered(u.entry, e.Status, u.Undo)
	case e.Err == nil && (e.Status/100 == 3 || e.Status/100 == 4): // a redirect is not followed
		s.footprint.journal.End(u.entry, journal.Refused)
		return
	}
	switch {
	case !u.certain && u.Lookup == nil && u.Settings == nil && !s.supply.madeUp && !s.namesOwn(u): // nothing was there to write to
		s.footprint.journal.End(u.entry, journal.Refused)
		return
	case u.complete(), u.Lacks && u.listable():
	case !u.certain && (u.Lacks || s.supply.madeUp): // refused, as far as anybody can tell; a sandbox of the run's own goes as a whole
		s.footprint.journal.End(u.entry, journal.Refused)
		return
	case u.Lookup != nil && !u.Lacks && !s.supply.madeUp:
		s.uncertain = append(s.uncertain, *u) // to be found by the run's mark
		return
	default:
		s.leave(*u, fmt.Errorf("nothing says what %s would have to remove", u.Operation))
		return
	}
	_, u.late = errors.AsType[target.Late](e.Err)
	i := slices.IndexFunc(s.undo, u.same)
	if i < 0 {
		s.undo = append(s.undo, *u)
		return
	}
	s.undo[i].certain, s.undo[i].lost = s.undo[i].certain || u.certain, s.undo[i].lost || u.lost
	s.footprint.journal.End(u.entry, journal.Undone) // the other entry stands for it
}

// namesOwn reports whether a call names something that the run created.
func (s *session) namesOwn(u *undoCall) bool {
	return slices.ContainsFunc(idsIn(u.Path), func(id string) bool { return s.footprint.mine(id, listsOf(u.API)) })
}

// written says what a request wrote, for people, by what it wrote to: the operation and
// the values that are no numbers, of the documented fields. What names several things by a
// list wrote to each.
func (s *session) written(request *target.Request) map[string]string {
	op := request.Operation
	u := undoCall{Undo: journal.Undo{Creator: op.ID, Path: request.Path, As: s.supply.as(request)}}
	sent, _ := decodeBody(request.Body).(map[string]any)
	bodies := []map[string]any{{}}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if schema := op.BodySchema(); schema == nil || schema.Properties[name] == nil {
			continue
		}
		values, list := sent[name].([]any)
		if !list {
			values = []any{sent[name]}
		}
		var longer []map[string]any
		for _, body := range bodies {
			for _, value := range values {
				body := maps.Clone(body)
				body[name] = value
				longer = append(longer, body)
			}
		}
		bodies = longer
	}
	out := map[string]string{}
	for _, body := range bodies {
		out[u.where()+" "+show(numberless(body))] = u.where() + " " + show(body) + ", which nothing takes back"
	}
	return out
}

// numberless is a value without its numbers.
func numberless(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, inner := range v {
			out[name] = numberless(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = numberless(inner)
		}
		return out
	case string:
		return v
	}
	return nil
}

// leave reports what could not be taken back.
func (s *session) leave(u undoCall, why error) {
	s.footprint.journal.End(u.entry, journal.Residue)
	u.report = u.String() + ": " + why.Error()
	s.residue = append(s.residue, u.report)
	s.footprint.mu.Lock()
	defer s.footprint.mu.Unlock()
	s.footprint.left = append(s.footprint.left, u)
	if _, open := isLost(why); open {
		s.footprint.stuck[u.API] = u.report
	}
}

// where names the operation of a call and what is in its path.
func (u *undoCall) where() string {
	text := u.Creator
	for _, name := range slices.Sorted(maps.Keys(u.Path)) {
		text += fmt.Sprintf(" %s=%s", name, u.Path[name])
	}
	if u.As == asOther || u.As == asOtherKey {
		text += " of another partner"
	}
	return text
}

// String names what a call takes back.
func (u *undoCall) String() string {
	match := undoCall{Undo: journal.Undo{Creator: u.where(), Path: u.Match}}
	return match.where()
}
