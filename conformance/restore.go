package conformance

import (
	"context"
	"fmt"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// logRestore reads what a request is about to replace. What was not set before
// cannot be unset, so that replacing it is irreversible.
func (s *session) logRestore(ctx context.Context, request *target.Request, u *undoCall) (*undoCall, error) {
	if s.supply.madeUp {
		return nil, nil
	}
	u.Operation, u.Path = request.Operation.ID, request.Path
	s.footprint.names(u, settingsOf(request))
	for _, noted := range s.undo {
		if noted.same(*u) {
			return nil, nil // what stood before this session is known
		}
	}
	standing, err := s.standing(ctx, request.Operation, *u)
	if err != nil && (isUnavailable(err) || s.may.keep && ctx.Err() != nil) {
		return nil, err
	}
	if _, open := isLost(err); open {
		return nil, err
	}
	if !s.may.keep && unset(request, standing) {
		return nil, unavailable{fmt.Sprintf("nothing takes back %s where no value was set before; --allow-irreversible lets it", request.Operation.ID)}
	}
	if err != nil {
		u.unread = true // what cannot be read cannot be set back
		return u, nil   //nolint:nilerr // settle says what is kept
	}
	u.Settings = standing
	if u.entry, err = s.footprint.journal.Log(u.Undo); err != nil {
		return nil, unavailable{err.Error()}
	}
	return u, nil
}

// standing reads the values in force, as settings that would set them again.
func (s *session) standing(ctx context.Context, op *openapi.Operation, u undoCall) ([]map[string]any, error) {
	r := op.Undo.Restore
	hold := s.hold
	s.hold = false
	defer func() { s.hold = hold }()
	e, err := s.send(ctx, s.contract.Operation(r.OperationID), scenarios.Call{Path: u.Path, Header: u.header, Query: u.query})
	if err != nil {
		return nil, err
	}
	rows, listed := e.JSON().([]any)
	if e.Status/100 != 2 || !listed {
		return nil, fmt.Errorf("%s: %s", r.OperationID, answered(e))
	}
	settings := []map[string]any{}
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		setting := map[string]any{r.Value: fields[r.Value]}
		for name, field := range r.Match {
			setting[name] = fields[field]
		}
		settings = append(settings, setting)
	}
	return settings, nil
}

// settingsOf are the settings that a request brings.
func settingsOf(request *target.Request) []map[string]any {
	body, _ := decodeBody(request.Body).(map[string]any)
	list, _ := body[request.Operation.Undo.Restore.List].([]any)
	var out []map[string]any
	for _, element := range list {
		if setting, ok := element.(map[string]any); ok {
			out = append(out, setting)
		}
	}
	return out
}

// unset reports whether a request would set what has no value yet.
func unset(request *target.Request, standing []map[string]any) bool {
	r := request.Operation.Undo.Restore
	for _, setting := range settingsOf(request) {
		if before := matchingSetting(r, standing, setting); before == nil || before[r.Value] == nil {
			return true
		}
	}
	return false
}

// matchingSetting is the setting about the same thing; nil where there is none.
func matchingSetting(r *openapi.Restore, settings []map[string]any, setting map[string]any) map[string]any {
	for _, s := range settings {
		same := true
		for name := range r.Match {
			same = same && equal(s[name], setting[name])
		}
		if same {
			return s
		}
	}
	return nil
}

// restore sets again what has changed since, and looks whether that took. What had no
// value before keeps the new one.
func (s *session) restore(ctx context.Context, u undoCall) error {
	op := s.contract.Operation(u.Creator)
	back, kept, err := s.changed(ctx, op, u)
	if err != nil {
		return err
	}
	s.spilt(op, u, back, kept)
	for _, setting := range kept {
		what := u.where() + " " + show(keyOf(op.Undo.Restore, setting))
		s.footprint.keep(map[string]string{what: fmt.Sprintf("%s %s=%s, which nothing takes back", what, op.Undo.Restore.Value, show(setting[op.Undo.Restore.Value]))})
	}
	if len(back) == 0 {
		return nil
	}
	request, err := build(op, scenarios.Call{Path: u.Path, Header: u.header, Query: u.query, Body: map[string]any{op.Undo.Restore.List: back}})
	if err != nil {
		return err
	}
	request.Undo = true
	e, err := s.ask(ctx, request)
	s.wroteNow(op)
	switch {
	case err != nil:
		return err
	case e.Err != nil || e.Status/100 != 2:
		return fmt.Errorf("%s answered %s", op.ID, answered(e))
	}
	if back, _, err = s.changed(ctx, op, u); err == nil && len(back) > 0 {
		err = fmt.Errorf("%s does not set back %s", op.ID, show(back))
	}
	return err
}

// keyOf is what a setting is about, without its value.
func keyOf(r *openapi.Restore, setting map[string]any) map[string]any {
	key := map[string]any{}
	for name := range r.Match {
		key[name] = setting[name]
	}
	return key
}

// changed lists the settings that are not as they were, as they were, and those that had
// no value and have one now.
func (s *session) changed(ctx context.Context, op *openapi.Operation, u undoCall) (back, kept []map[string]any, err error) {
	r := op.Undo.Restore
	now, err := s.standing(ctx, op, u)
	if err != nil {
		return nil, nil, err
	}
	for _, before := range u.Settings {
		setting := matchingSetting(r, now, before)
		if before[r.Value] != nil && (setting == nil || !equal(before[r.Value], setting[r.Value])) {
			back = append(back, before)
		}
	}
	for _, setting := range now {
		before := matchingSetting(r, u.Settings, setting)
		if setting[r.Value] != nil && (before == nil || before[r.Value] == nil) {
			kept = append(kept, setting)
		}
	}
	return back, kept, nil
}
