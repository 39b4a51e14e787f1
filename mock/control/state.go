package control

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/mock/wire"
)

// state is an answer that shows the state of a sandbox. Rows are written as they are
// stored: the generated types would take them apart and lose long numbers.
type state struct {
	Sandbox   string            `json:"sandbox"`
	Sequences map[string]uint64 `json:"sequences"`
	State     map[string]any    `json:"state"`
}

func stateOf(sandbox string, s *store.Store) state {
	kept := s.Fork() // so that rows and sequences are of one moment
	return state{Sandbox: sandbox, Sequences: kept.Sequences(), State: kept.Dump()}
}

// VisitGetStateResponse writes the answer.
func (s state) VisitGetStateResponse(w http.ResponseWriter) error { return answer(w, s) }

// VisitReplaceStateResponse writes the answer.
func (s state) VisitReplaceStateResponse(w http.ResponseWriter) error { return answer(w, s) }

// VisitUndoToResponse writes the answer.
func (s state) VisitUndoToResponse(w http.ResponseWriter) error { return answer(w, s) }

// VisitLoadFixturesResponse writes the answer.
func (s state) VisitLoadFixturesResponse(w http.ResponseWriter) error { return answer(w, s) }

// VisitGetSnapshotResponse writes the answer.
func (s state) VisitGetSnapshotResponse(w http.ResponseWriter) error { return answer(w, s) }

// answer writes a value with the status 200.
func answer(w http.ResponseWriter, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(append(data, '\n'))
	return err
}

// GetState reads the state as it is, or as it was right after a request.
func (s *Server) GetState(ctx context.Context, in gen.GetStateRequestObject) (gen.GetStateResponseObject, error) {
	sb := s.look(ctx)
	if in.Params.At == nil {
		return stateOf(sb.Name, sb.Store()), nil
	}
	then, err := after(sb, *in.Params.At)
	if err != nil {
		return nil, err
	}
	return stateOf(sb.Name, then), nil
}

// ReplaceState puts another state in the place of a sandbox's.
func (s *Server) ReplaceState(ctx context.Context, _ gen.ReplaceStateRequestObject) (gen.ReplaceStateResponseObject, error) {
	var in struct {
		State     map[string]json.RawMessage `json:"state"`
		Sequences map[string]uint64          `json:"sequences"`
	}
	if err := json.Unmarshal(wire.Bytes(request(ctx)), &in); err != nil {
		return nil, refused(wire.Validation, "sequences: each is to be a whole number, at most %d", int64(store.LargestNumber))
	}
	next, err := store.Load(in.State, in.Sequences)
	if err != nil {
		return nil, refused(wire.Validation, "%s", err)
	}
	sb := s.own(ctx)
	sb.Replace(next)
	return stateOf(sb.Name, next), nil
}

// PatchRow changes fields of one row.
func (s *Server) PatchRow(ctx context.Context, in gen.PatchRowRequestObject) (gen.PatchRowResponseObject, error) {
	var row any
	err := sandbox.Write(sandbox.With(ctx, s.own(ctx)), func(tx *store.Tx) (err error) {
		row, err = tx.Patch(in.Table, in.Key, wire.Bytes(request(ctx)))
		return err
	})
	switch {
	case errors.Is(err, store.ErrNoTable), errors.Is(err, store.ErrNoRow):
		return nil, refused(notFound, "%s", err)
	case err != nil:
		return nil, refused(wire.Validation, "%s", err)
	}
	return patched{row}, nil
}

// patched is an answer that shows a row.
type patched struct{ row any }

// VisitPatchRowResponse writes the answer.
func (p patched) VisitPatchRowResponse(w http.ResponseWriter) error { return answer(w, p.row) }

// DiffState compares the state after one request with that after another, or with the
// state as it is.
func (s *Server) DiffState(ctx context.Context, in gen.DiffStateRequestObject) (gen.DiffStateResponseObject, error) {
	sb := s.look(ctx)
	from, err := after(sb, in.Params.From)
	if err != nil {
		return nil, err
	}
	to := sb.Store().Fork()
	if in.Params.To != nil {
		if to, err = after(sb, *in.Params.To); err != nil {
			return nil, err
		}
	}
	tables, err := from.Diff(to)
	if err != nil {
		return nil, err
	}
	return difference{From: in.Params.From, Tables: tables, To: in.Params.To}, nil
}

// difference is an answer that shows what differs.
type difference struct {
	From   string                     `json:"from"`
	Tables map[string]store.TableDiff `json:"tables"`
	To     *string                    `json:"to,omitempty"`
}

// VisitDiffStateResponse writes the answer.
func (d difference) VisitDiffStateResponse(w http.ResponseWriter) error { return answer(w, d) }

// UndoTo takes a sandbox back to its state after a request.
func (s *Server) UndoTo(ctx context.Context, in gen.UndoToRequestObject) (gen.UndoToResponseObject, error) {
	sb := s.look(ctx)
	then, err := after(sb, in.Body.To)
	if err != nil {
		return nil, err
	}
	sb.Replace(then)
	return stateOf(sb.Name, then), nil
}

// after is the state of a sandbox right after a request. One that was refused before it
// came to the state left that as it was.
func after(sb *sandbox.Sandbox, id string) (*store.Store, error) {
	entries, _, forgotten, err := sb.Journal.List(journal.Query{})
	if err != nil {
		return nil, err
	}
	found := false
	for i := len(entries) - 1; i >= 0; i-- {
		found = found || entries[i].Id == id
		if found && entries[i].After != nil {
			return entries[i].After, nil
		}
	}
	if found {
		return nil, refused(notFound, "no state is kept of the request %q or of one before it in the sandbox %q", id, sb.Name)
	}
	return nil, refused(notFound, "the journal of the sandbox %q holds no request %q; it has let %d older ones go", sb.Name, id, forgotten)
}
