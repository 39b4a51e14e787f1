package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/openapi"
)

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
	var again, parts []undoCall
	gone := map[string]bool{}
	for _, u := range calls {
		if u.partOf(calls) {
			parts = append(parts, u)
			continue
		}
		if err := s.takeBack(ctx, u); err != nil {
			again = append(again, u)
			continue
		}
		gone[u.id()] = true
	}
	for _, u := range parts {
		if slices.ContainsFunc(idsIn(u.Path), func(id string) bool { return gone[id] }) {
			s.footprint.journal.End(u.entry, journal.Undone) // it went with what it was a part of
		} else if err := s.takeBack(ctx, u); err != nil {
			again = append(again, u)
		}
	}
	for _, u := range again {
		if err := s.takeBack(ctx, u); err != nil {
			s.leave(u, err)
		}
	}
}

// partOf reports whether a call takes back a part of what one of others removes as a whole.
func (u *undoCall) partOf(others []undoCall) bool {
	return u.Lookup == nil && u.Settings == nil && slices.ContainsFunc(others, func(whole undoCall) bool {
		return whole.creates && whole.id() != "" && slices.Contains(idsIn(u.Path), whole.id())
	})
}

// takeBack takes one thing back; nil where it is gone. What an answer never confirmed
// and no list shows is looked for once more at the end of the run.
func (s *session) takeBack(ctx context.Context, u undoCall) error {
	if u.Settings != nil {
		if err := s.restore(ctx, u); err != nil {
			return err
		}
		s.footprint.journal.End(u.entry, journal.Undone)
		return nil
	}
	if u.Lacks {
		ids, err := s.lookUp(ctx, u)
		if err == nil && len(ids) > 0 {
			err = fmt.Errorf("nothing says what %s would have to remove of %v", u.Operation, ids)
		}
		if err == nil {
			s.footprint.journal.End(u.entry, journal.Undone)
		}
		return err
	}
	if err := s.prove(ctx, &u); err != nil {
		return err
	}
	paths := []map[string]string{u.Path}
	if !u.names() {
		ids, err := s.lookUp(ctx, u)
		if err != nil {
			return err
		}
		if len(ids) == 1 {
			s.footprint.identify(&u, ids[0])
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
		if !removed {
			if err := s.shownGone(ctx, u, path, err); err != nil {
				return err
			}
		}
		found = found || removed
	}
	switch {
	case found, u.certain && u.names() && (u.shown || u.proven || u.Lookup == nil):
	case !s.last && !s.supply.madeUp:
		s.uncertain = append(s.uncertain, u)
		return nil
	case u.certain && s.footprint.tookAlong(u): // the last look at the list does not show it
	case u.certain && !s.supply.madeUp:
		return fmt.Errorf("the target confirmed it, and no list shows it%s", s.appeared(ctx, u))
	case u.late:
		return errors.New("its answer never came, and it may yet arrive; clean up later")
	case s.hasty:
		return errors.New("its answer never came, and it was not looked for again after the time to settle; clean up later")
	}
	s.footprint.journal.End(u.entry, journal.Undone)
	return nil
}

// appeared names the rows of a list that came since the run began and that nothing proves to
// be anybody's: one of them may be what a create made whose values the list does not have.
func (s *session) appeared(ctx context.Context, u undoCall) string {
	before, known := s.footprint.existing(u.listOf(), u.As)
	rows, err := s.list(ctx, u)
	if !known || err != nil {
		return ""
	}
	var out []string
	for _, element := range rows {
		row, _ := element.(map[string]any)
		if id, ok := idOf(row, u.Lookup); ok && !slices.Contains(before, id) && !s.footprint.own(u, row, s.supply.mark()) && !ofARun(row) {
			out = append(out, u.Lookup.Take+"="+id)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return ", unless it is one of those that appeared meanwhile: " + strings.Join(out, ", ")
}

// shownGone is nil where a list shows that something is gone, which a refused delete
// alone does not prove: an outage or a wrong path answers 404 as well. What no list shows
// is gone with the thing that its path names, or was never there.
func (s *session) shownGone(ctx context.Context, u undoCall, path map[string]string, refusal error) error {
	if s.supply.madeUp && refusal == nil {
		return nil // nobody else has this sandbox
	}
	if refusal == nil {
		refusal = fmt.Errorf("%s says that nothing is there", u.Operation)
	}
	unknown := fmt.Errorf("%w, and no list shows whether it is gone", refusal)
	u.Path = path
	parent := u.Lookup == nil
	if parent {
		if u = s.parentOf(u); u.Lookup == nil {
			if madeUp := s.supply.mark(); !u.certain && slices.ContainsFunc(slices.Collect(maps.Values(u.Path)), func(id string) bool { return strings.Contains(id, madeUp) }) {
				return nil // an id that the run made up, and that no list ever showed
			}
			return unknown
		}
	}
	if u.id() == "" || len(u.Query) < len(u.Lookup.Query) {
		return unknown
	}
	for _, u.Query = range s.askable(u) {
		rows, err := s.list(ctx, u)
		if err != nil {
			return fmt.Errorf("%w, and %s cannot be read to see: %w", refusal, u.Lookup.OperationID, err)
		}
		if shows(rows, u) && (!parent || u.certain) {
			return fmt.Errorf("%w, and %s still shows %s=%s", refusal, u.listOf(), u.Lookup.Take, u.id())
		}
	}
	return nil
}

// askable are the queries of the lists that can show what a call takes back: its own, or,
// where a probe put a value outside of the enum there, one with each value of it.
func (s *session) askable(u undoCall) []map[string]string {
	for _, p := range s.contract.Operation(u.Lookup.OperationID).Parameters() {
		sent, asked := u.Query[p.Name]
		enum := p.Schema.Value.Enum
		if !asked || len(enum) == 0 || slices.ContainsFunc(enum, func(value any) bool { return value == sent }) {
			continue
		}
		var out []map[string]string
		for _, value := range enum {
			query := maps.Clone(u.Query)
			query[p.Name] = fmt.Sprint(value)
			out = append(out, query)
		}
		return out
	}
	return []map[string]string{u.Query}
}

// parentOf is a call about the thing of the run's that the path of another names; one
// without a look-up where no list shows such a thing.
func (s *session) parentOf(u undoCall) undoCall {
	for _, l := range s.footprint.listings(u.API) {
		for _, id := range u.Path {
			if slices.Contains(l.ids, id) {
				parent := undoCall{header: u.header, query: u.query, certain: u.certain}
				parent.API, parent.As, parent.Lookup, parent.Query = u.API, u.As, l.Lookup, l.Query
				parent.Fill, parent.Path = "id", map[string]string{"id": id}
				return parent
			}
		}
	}
	return u
}

// shows reports whether rows hold what a call names.
func shows(rows []any, u undoCall) bool {
	return row(rows, u.Lookup, u.id()) != nil
}

// remove sends the call that removes one thing, and sends it again where the credential
// was refused once or nobody knows what became of the call. Where the id may have passed
// to somebody else meanwhile, the list is read first. It reports whether the target said
// that it removed something; the error says what it answered where that does not mean that
// nothing is there.
func (s *session) remove(ctx context.Context, u undoCall, path map[string]string) (removed bool, err error) {
	op := s.contract.Operation(u.Operation)
	var e *target.Exchange
	for range removals {
		if s.doubtful && !u.proven || s.footprint.doubts(idsIn(path)) {
			if err := s.readBack(ctx, u, path); err != nil {
				return false, err
			}
		}
		e, err = s.send(ctx, op, scenarios.Call{Path: path, Header: u.header, Query: u.query})
		if isUnavailable(err) || err == nil && !refuses(e) {
			break
		}
	}
	switch {
	case err != nil:
		return false, err
	case e.Status/100 == 2:
		return true, nil
	case gone(op, e), !u.certain && u.Lookup == nil && e.Status/100 == 4 && !refuses(e):
		return false, nil // what nobody confirmed and a delete does not find was not created
	}
	return false, fmt.Errorf("%s answered %d", u.Operation, e.Status)
}

// readBack errs where a list shows, under an id that the API made, what is not the run's: a
// freed id may be given out again.
func (s *session) readBack(ctx context.Context, u undoCall, path map[string]string) error {
	if s.byValue || s.supply.madeUp || u.Fill == "" || u.Lookup == nil || len(u.Query) < len(u.Lookup.Query) {
		return nil
	}
	rows, err := s.list(ctx, u)
	if err != nil {
		return fmt.Errorf("%s cannot be read to see whose it is by now: %w", u.Lookup.OperationID, err)
	}
	if found := row(rows, u.Lookup, path[u.Fill]); found != nil && !s.ours(&u, found) {
		return fmt.Errorf("%s shows %s=%s as something else than the run created, so it is not removed", u.listOf(), u.Lookup.Take, path[u.Fill])
	}
	return nil
}

// ours reports whether a row under an id that an answer named can be the run's: it bears
// the mark, has the values of the create, or those that the deployment supplied, between
// which the run's updates move a row.
func (s *session) ours(u *undoCall, row map[string]any) bool {
	if marked(row, s.supply.mark()) || len(u.Match) > 0 && u.matches(row, "") {
		return true
	}
	for field := range u.Lookup.Match {
		if !s.supply.gives(exact.Text(row[field])) {
			return false
		}
	}
	return true
}

// removals is how often the removal of one thing is sent at most.
const removals = 3

// gone reports whether a refused delete says that there is nothing left to delete: by a
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
// slow on its way may have arrived since, and a list may show it by now.
func (s *session) finally(ctx context.Context) {
	calls := s.uncertain
	s.uncertain, s.last = nil, true
	s.takeAllBack(ctx, calls)
}
