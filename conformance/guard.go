package conformance

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// guard lets a write pass that names something in its path only where that is the run's:
// an answer or a look-up said that the run created it, or the lists that were read
// before the first write show that nobody has it, as with the ids that probes make up.
// What the deployment supplies and what was there before the run is referred to, and
// never written to.
func (s *session) guard(request *target.Request) error {
	op := request.Operation
	if !changes(op, request.Method) {
		return nil
	}
	for _, p := range op.Parameters() {
		value := request.Path[p.Name]
		if !openapi.Identifies(p) {
			continue
		}
		id, rest, _ := strings.Cut(value, "|")
		if id == "" || strings.Contains(value, "<nil>") || strings.Contains(value, "|") && rest == "" && s.undoing {
			return unavailable{fmt.Sprintf("nothing says which %s %s is about, so it is not sent", p.Name, op.ID)}
		}
		if s.supply.madeUp {
			continue
		}
		if s.supply.supplies(op.API, id) || s.footprint.others(op, s.contract, id) {
			return unavailable{fmt.Sprintf("%s would write to %s, which is not the run's", op.ID, id)}
		}
		if !s.mine(op, id) && !s.undoing && !s.listsKnown(op, s.supply.as(request)) {
			return unavailable{fmt.Sprintf("%s would write to %s, and no list could be read that shows whether somebody has it", op.ID, id)}
		}
	}
	return nil
}

// listsKnown reports whether every list of what an operation is about was read.
func (s *session) listsKnown(op *openapi.Operation, as string) bool {
	known := true
	for _, u := range s.creations(op.API) {
		if op.SharesNoun(s.contract.Operation(u.Creator)) {
			u.As = as
			_, read := s.footprint.existing(u.listOf(), as)
			known = known && read
		}
	}
	return known
}

// creations are the ways to create something that a list shows, once for each list.
func (s *session) creations(api openapi.API) []undoCall {
	var out []undoCall
	for _, op := range s.contract.Operations {
		if op.API != api || !creator(op) {
			continue
		}
		u := undoCall{creates: true}
		u.API, u.Creator, u.Operation, u.Lookup = op.API, op.ID, op.Undo.OperationID, op.Undo.Lookup
		queries := []map[string]string{{}}
		for _, p := range s.contract.Operation(u.Lookup.OperationID).Parameters() {
			if _, asked := u.Lookup.Query[p.Name]; !asked {
				continue
			}
			queries = nil
			for _, value := range p.Schema.Value.Enum {
				queries = append(queries, map[string]string{p.Name: fmt.Sprint(value)})
			}
		}
		for _, query := range queries {
			u.Query = query
			out = append(out, u)
		}
	}
	return out
}

// lists reports whether an operation shows what others create, by whichever method.
func (s *session) lists(op *openapi.Operation) bool {
	return slices.ContainsFunc(s.creations(op.API), func(u undoCall) bool { return u.Lookup.OperationID == op.ID })
}

// creator reports whether an operation creates something that a list shows.
func creator(op *openapi.Operation) bool {
	return op.Undo != nil && op.Undo.Lookup != nil && !strings.Contains(op.Path, "{")
}

// surveyAll reads every list of the documented operations once, before the first write
// to an API: what was there before the run is known by then, whatever writes to it. A
// list that cannot be read is tried again before the first create that needs it.
func (s *session) surveyAll(ctx context.Context, request *target.Request) error {
	if s.supply.madeUp || s.undoing || !changes(request.Operation, request.Method) || s.lists(request.Operation) {
		return nil
	}
	as := s.supply.as(request)
	key := string(request.Operation.API) + " " + as
	s.footprint.survey.Lock()
	done := s.footprint.surveyed[key]
	s.footprint.surveyed[key] = true
	s.footprint.survey.Unlock()
	if done {
		return nil
	}
	header, query, err := s.supply.present(ctx, request.Operation.API, as)
	if err != nil {
		return err
	}
	for _, u := range s.creations(request.Operation.API) {
		if s.contract.Operation(u.Creator).Supporting() {
			continue
		}
		u.As, u.header, u.query = as, header, query
		if err := s.surveyBefore(ctx, &u); isUnavailable(err) {
			return err
		}
	}
	return nil
}

// listed takes in what a list shows in passing: the id of what the run created where one
// row can be it, rows of others that appeared, and what has become of those that were
// there.
func (s *session) listed(request *target.Request, e *target.Exchange) {
	op := request.Operation
	if s.supply.madeUp || e.Err != nil || e.Status/100 != 2 {
		return
	}
	for l := range s.listings(request) {
		value, _ := at(documented(e), l.Lookup.Rows)
		if rows, ok := value.([]any); ok {
			s.name(l, rows)
			for i := range s.undo {
				if u := &s.undo[i]; !u.proven && u.Fill != "" && u.Lookup != nil && u.names() && u.As == l.As && u.listOf() == l.listOf() {
					s.recognise(u, row(rows, u.Lookup, u.id()))
				}
			}
			s.footprint.look(l, rows, s.supply.mark(), op, e.Started, !paged(op))
		}
	}
}

// listings are the lists, as far as the run knows them, that a request asks for.
func (s *session) listings(request *target.Request) iter.Seq[*listing] {
	return func(yield func(*listing) bool) {
		op, as := request.Operation, s.supply.as(request)
		for _, l := range s.footprint.listings(op.API) {
			if l.Lookup.OperationID == op.ID && l.As == as && selects(request.Query, l.Query) && !yield(l) {
				return
			}
		}
	}
}

// selects reports whether a query asks for a list.
func selects(query url.Values, list map[string]string) bool {
	for name, value := range list {
		if query.Get(name) != value {
			return false
		}
	}
	return true
}

func paged(op *openapi.Operation) bool {
	return slices.ContainsFunc(op.Parameters(), func(p *openapi3.Parameter) bool { return p.Name == "per_page" })
}

// name puts the id into the calls that wait for it, where a list shows one row that can
// be what they created.
func (s *session) name(l *listing, rows []any) {
	before, known := s.footprint.existing(l.listOf(), l.As)
	if !known {
		return
	}
	for i := range s.undo {
		u := &s.undo[i]
		if u.names() || u.Lacks || u.Settings != nil || u.Lookup == nil || u.As != l.As || u.listOf() != l.listOf() {
			continue
		}
		if ids := u.among(rows, before, s.supply.mark()); len(ids) == 1 {
			s.footprint.identify(u, ids[0])
		}
	}
}
