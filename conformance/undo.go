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
	certain bool // an answer said that it was done
	unread  bool // what stood before could not be read
	late    bool // no answer came in time, so that it may yet be done
}

func (u *undoCall) same(other undoCall) bool {
	return u.Operation == other.Operation && u.As == other.As && maps.Equal(u.Path, other.Path) && maps.Equal(u.Match, other.Match)
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
	if u.entry, err = s.footprint.journal.Intend(u.Undo); err != nil {
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

// names tells whether a call says what it takes back.
func (u *undoCall) names() bool { return !u.Lacks && (u.Fill == "" || u.Path[u.Fill] != "") }

// complete tells whether a call names what it takes back, or how to find it.
func (u *undoCall) complete() bool {
	return u.names() || !u.Lacks && u.Lookup != nil && len(u.Match) == len(u.Lookup.Match)
}

// listable tells whether a list can be asked for what a request did.
func (u *undoCall) listable() bool {
	return u.Lookup != nil && len(u.Query) == len(u.Lookup.Query) && len(u.Match) == len(u.Lookup.Match)
}

// settle takes in what came of a request: what it took back itself, and what takes it
// back. An answer that is lost may have created something all the same.
func (s *session) settle(u *undoCall, e *target.Exchange) {
	op := e.Request.Operation
	done := e.Status/100 == 2
	if done {
		s.undo = slices.DeleteFunc(s.undo, func(other undoCall) bool {
			over := other.Settings == nil && other.Operation == op.ID && other.names() && maps.Equal(other.Path, e.Request.Path)
			if over {
				s.footprint.journal.End(other.entry, journal.Undone)
			}
			return over
		})
		if op.Undo != nil && op.Undo.None != "" && !s.supply.madeUp && changes(op, e.Request.Method) {
			s.footprint.keep(op)
		}
	}
	switch {
	case u == nil:
		return
	case u.unread:
		if done {
			s.footprint.keep(op)
		}
		return
	case e.Attempts == 0: // it was never sent
		s.footprint.journal.End(u.entry, journal.Refused)
		return
	case u.Settings != nil: // told from the list, whatever the answer
	case done:
		u.certain = true
		u.resolve(op, e)
		if s.supply.holdsSecret(u.id()) {
			u.Path = map[string]string{}
			s.leave(*u, errors.New("the target answered with a credential in the place of an id"))
			return
		}
		s.footprint.created(*u, u.id())
		s.footprint.journal.Answered(u.entry, e.Status, u.Undo)
	case e.Err == nil && e.Status/100 == 4:
		s.footprint.journal.End(u.entry, journal.Refused)
		return
	}
	switch {
	case u.complete(), u.Lacks && u.listable():
	case u.Lacks && !u.certain: // refused, as far as anybody can tell
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
	s.undo[i].certain = s.undo[i].certain || u.certain
	s.footprint.journal.End(u.entry, journal.Undone) // the other entry stands for it
}

// leave reports what could not be taken back.
func (s *session) leave(u undoCall, why error) {
	s.footprint.journal.End(u.entry, journal.Residue)
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
