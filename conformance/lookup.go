package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
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
	ids := u.among(rows, before, s.supply.mark())
	for _, id := range ids {
		if !s.proves(u, row(rows, u.Lookup, id)) {
			return nil, fmt.Errorf("%s shows %s=%s with its values: %w", u.listOf(), u.Lookup.Take, id, errUnproven)
		}
	}
	for _, id := range ids {
		s.footprint.created(u, id)
	}
	return ids, nil
}

// errUnproven means that a row may as well be somebody else's.
var errUnproven = errors.New("nothing proves that the run created it, so it is not removed; where nobody else did, remove it, or let cleanup --by-value do so")

// proves reports whether a row that has the values of a create is the run's: it bears the
// run's mark, has a value that nobody else would think of, or is what an answer that the
// run lost would have named. Values that the deployment supplied prove nothing: anybody
// can have assigned a supplied account to a supplied customer.
func (s *session) proves(u undoCall, row map[string]any) bool {
	if s.byValue || u.lost || marked(row, s.supply.mark()) {
		return true
	}
	for _, value := range u.Match {
		if !s.supply.gives(value) {
			return true
		}
	}
	return false
}

// row is the one with an id.
func row(rows []any, lookup *openapi.Lookup, id string) map[string]any {
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		if is, ok := idOf(fields, lookup); ok && is == id {
			return fields
		}
	}
	return nil
}

// among are the ids of the rows that can be what a request created. What was there
// before is never among them, nor a row without an id.
func (u *undoCall) among(rows []any, before []string, mark string) []string {
	var ids []string
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		if id, ok := idOf(fields, u.Lookup); ok && u.matches(fields, mark) && !slices.Contains(before, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// idOf is what a list calls a row; ok is false where the row does not say.
func idOf(row map[string]any, lookup *openapi.Lookup) (id string, ok bool) {
	id, ok = scalar(row, "/"+lookup.Take)
	return id, ok && id != ""
}

// resolveIDs looks up what creates of this check made whose answers named no id, before a
// request changes the fields by which a list would show it.
func (s *session) resolveIDs(ctx context.Context, request *target.Request) error {
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
			s.footprint.identify(u, ids[0])
		}
	}
	return nil
}

// changedBy reports whether a request brings a field by which a list is searched.
func (u *undoCall) changedBy(request *target.Request) bool {
	for field := range u.Match {
		if _, sent := evaluate("$request.body#/"+field, &target.Exchange{Request: request, Body: request.Body}); sent {
			return true
		}
	}
	return false
}

// matches reports whether a row is what a request created: it has the request's values,
// or, where the request had none to go by, the mark of the run.
func (u *undoCall) matches(row map[string]any, mark string) bool {
	if !u.complete() && !u.listable() {
		return marked(row, mark)
	}
	for field, value := range u.Match {
		if exact.Text(row[field]) != value {
			return false
		}
	}
	return true
}

// resembles reports whether a row has one of the values of a request, if not to the letter.
func (u *undoCall) resembles(row map[string]any) bool {
	plain := func(text string) string {
		return strings.TrimLeft(strings.ToLower(strings.TrimSpace(text)), "0")
	}
	for field, value := range u.Match {
		if plain(exact.Text(row[field])) == plain(value) {
			return true
		}
	}
	return false
}

// marked reports whether a row bears the mark of the run.
func marked(row map[string]any, mark string) bool {
	for _, value := range row {
		if text, ok := value.(string); ok && strings.Contains(strings.ToLower(text), "twinbill") && strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

// ofAnotherRun reports whether a row is the suite's by its name, and not this run's: of one
// that goes on at the same time, or that was killed.
func ofAnotherRun(row map[string]any, mark string) bool {
	return !marked(row, mark) && ofARun(row)
}

// ofARun reports whether a row is the suite's by its name.
func ofARun(row map[string]any) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(row)), func(value any) bool {
		text, _ := value.(string)
		return strings.HasPrefix(strings.ToLower(text), "twinbill")
	})
}

// list reads the whole list that a look-up is about, page by page. It is asked by each
// of its routes, since the one that leads there may not be known yet.
func (s *session) list(ctx context.Context, u undoCall) ([]any, error) {
	op := s.contract.Operation(u.Lookup.OperationID)
	var all []any
	var failure error
	for _, route := range op.Routes {
		all, failure = s.whole(ctx, u, op, route.Method)
		if failure == nil {
			return all, nil
		}
		if _, ok := isLost(failure); ok {
			return nil, failure
		}
	}
	return nil, failure
}

// mostReadings bounds how often a list is read whose pages do not show all that X-Total
// counts, such as one in another order for each page.
const mostReadings = 4

// whole reads a list, and again for the rows that its pages did not show.
func (s *session) whole(ctx context.Context, u undoCall, op *openapi.Operation, method string) ([]any, error) {
	var all []any
	known := map[string]bool{}
	for range mostReadings {
		rows, err := s.pages(ctx, u, op, method)
		if err != nil {
			return nil, err
		}
		first := all == nil
		for _, row := range rows {
			fields, _ := row.(map[string]any)
			id := exact.Text(fields[u.Lookup.Take])
			if first || !known[id] {
				all = append(all, row)
			}
			known[id] = true
		}
		total, _ := strconv.Atoi(s.exchanges[len(s.exchanges)-1].Header.Get("X-Total")) // 0 where it is not sent
		if len(known) >= total || len(rows) == 0 {
			break
		}
	}
	return all, nil
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
	seen, ids := map[string]bool{}, map[string]bool{}
	for range mostPages {
		e, err := s.do(ctx, request)
		if err != nil {
			return nil, err
		}
		value, _ := at(documented(e), u.Lookup.Rows)
		rows, listed := value.([]any)
		if e.Status/100 != 2 || !listed {
			return nil, fmt.Errorf("%s: %s", op.ID, answered(e))
		}
		before := len(ids)
		for _, row := range rows {
			fields, _ := row.(map[string]any)
			ids[exact.Text(fields[u.Lookup.Take])] = true
		}
		if len(rows) > 0 && len(ids) == before {
			return all, nil // a page that was seen, under whatever URL
		}
		all = append(all, rows...)
		next := links(e)["next"]
		total, err := strconv.Atoi(e.Header.Get("X-Total"))
		if next == nil || len(rows) == 0 || seen[next.RequestURI()] || err == nil && total > 0 && len(ids) >= total {
			return all, nil
		}
		seen[next.RequestURI()] = true
		query := next.Query()
		for name, values := range u.query {
			query[name] = values
		}
		request = &target.Request{Operation: op, Method: method, Header: u.header, Query: query}
	}
	return nil, fmt.Errorf("%s: more than %d pages", op.ID, mostPages)
}

// surveyBefore writes down what a list holds before the run creates something that may
// have to be found there, without what the run put there already. Where the list cannot
// be read, nothing in it is ever removed; what only the list names is not even created.
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
	if _, done := f.existing(u.listOf(), u.As); done {
		return nil
	}
	hold := s.hold
	s.hold = false
	rows, err := s.list(ctx, *u)
	s.hold = hold
	if creator := s.contract.Operation(u.Creator); err != nil && creator.Supporting() && ctx.Err() == nil {
		return unavailable{fmt.Sprintf("%s cannot be read, so that %s is not tried; the pages document neither", u.Lookup.OperationID, u.Creator)}
	}
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
	ids, whole := []string{}, map[string]any{}
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		if id, ok := idOf(fields, u.Lookup); ok && !f.own(*u, fields, s.supply.mark()) {
			ids = append(ids, id)
			whole[id] = row
		}
	}
	f.found(*u, ids, whole)
	if err := f.journal.Found(u.listOf(), u.As, ids); err != nil {
		return unavailable{err.Error()}
	}
	return nil
}
