package control

import (
	"context"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/sandbox"
)

// ListSnapshots lists the snapshots of a sandbox, oldest first.
func (s *Server) ListSnapshots(ctx context.Context, _ gen.ListSnapshotsRequestObject) (gen.ListSnapshotsResponseObject, error) {
	list := []gen.Snapshot{}
	for _, snapshot := range s.look(ctx).Snapshots() {
		list = append(list, taken(snapshot))
	}
	return gen.ListSnapshots200JSONResponse{Snapshots: list}, nil
}

// TakeSnapshot keeps the state of a sandbox under a name.
func (s *Server) TakeSnapshot(ctx context.Context, in gen.TakeSnapshotRequestObject) (gen.TakeSnapshotResponseObject, error) {
	snapshot, err := s.own(ctx).TakeSnapshot(in.Body.Name)
	if err != nil {
		return nil, refused(conflict, "%s", err)
	}
	return gen.TakeSnapshot201JSONResponse(taken(snapshot)), nil
}

// GetSnapshot reads the state that a snapshot keeps.
func (s *Server) GetSnapshot(ctx context.Context, in gen.GetSnapshotRequestObject) (gen.GetSnapshotResponseObject, error) {
	sb := s.look(ctx)
	snapshot, ok := sb.Snapshot(in.Name)
	if !ok {
		return nil, unknownSnapshot(sb, in.Name)
	}
	return stateOf(sb.Name, snapshot.State()), nil
}

// DeleteSnapshot forgets a snapshot.
func (s *Server) DeleteSnapshot(ctx context.Context, in gen.DeleteSnapshotRequestObject) (gen.DeleteSnapshotResponseObject, error) {
	if sb := s.look(ctx); !sb.DeleteSnapshot(in.Name) {
		return nil, unknownSnapshot(sb, in.Name)
	}
	return gen.DeleteSnapshot204Response{}, nil
}

// RestoreSnapshot takes a sandbox back to a snapshot.
func (s *Server) RestoreSnapshot(ctx context.Context, in gen.RestoreSnapshotRequestObject) (gen.RestoreSnapshotResponseObject, error) {
	sb := s.look(ctx)
	snapshot, ok := sb.Snapshot(in.Name)
	if !ok {
		return nil, unknownSnapshot(sb, in.Name)
	}
	sb.Replace(snapshot.State())
	return gen.RestoreSnapshot200JSONResponse(taken(snapshot)), nil
}

// taken is a snapshot as answers show it.
func taken(s sandbox.Snapshot) gen.Snapshot { return gen.Snapshot{Name: s.Name, Taken: s.Taken} }

func unknownSnapshot(sb *sandbox.Sandbox, name string) error {
	return refused(notFound, "the sandbox %q has no snapshot %q; GET /__admin/snapshots lists those it has", sb.Name, name)
}
