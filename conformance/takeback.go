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
	switch {
	case u.certain || found:
	case !s.last:
		s.uncertain = append(s.uncertain, u)
		return nil
	case u.late:
		return errors.New("its answer never came, and it may yet arrive; clean up later")
	}
	s.footprint.journal.End(u.entry, journal.Undone)
	return nil
}

// listed tells whether something may still be there: no list can be asked, or one shows it.
func (s *session) listed(ctx context.Context, u undoCall, path map[string]string) bool {
	u.Path = path
	if u.id() == "" || len(u.Query) < len(u.Lookup.Query) {
		return true
	}
	rows, err := s.list(ctx, u)
	return err != nil || slices.ContainsFunc(rows, func(row any) bool {
		fields, _ := row.(map[string]any)
		return text(fields[u.Lookup.Take]) == u.id()
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
	case gone(op, e), !u.certain && u.Lookup == nil && e.Status/100 == 4 && !refuses(e):
		return false, nil // what nobody confirmed and a delete does not find was not created
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
	s.uncertain, s.last = nil, true
	s.takeAllBack(ctx, calls)
}

// audit reads once more each list that the run created something in. What it still
// shows of that is residue, whatever the target said when it was removed.
func (s *session) audit(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	may := s.may
	s.may, s.undoing = permission{write: true, keep: true}, true
	defer func() { s.may, s.undoing = may, false }()
	for _, inventory := range s.footprint.inventories() {
		before, known := s.footprint.existing(inventory.listOf(), inventory.As)
		if inventory.API != s.contract.API || !known {
			continue
		}
		rows, err := s.list(ctx, inventory.undoCall)
		if err != nil {
			s.residue = append(s.residue, fmt.Sprintf("%s cannot be read, so nobody knows what is left: %v", inventory.listOf(), err))
			continue
		}
		for _, row := range rows {
			fields, _ := row.(map[string]any)
			id := text(fields[inventory.Lookup.Take])
			mine := slices.Contains(inventory.ids, id) || marked(fields, s.supply.mark())
			if mine && !slices.Contains(before, id) && !slices.ContainsFunc(s.residue, func(left string) bool { return strings.Contains(left, id) }) {
				s.residue = append(s.residue, fmt.Sprintf("%s still shows %s=%s, which the target said was gone", inventory.listOf(), inventory.Lookup.Take, id))
			}
		}
	}
}
