package control

import (
	"context"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/fault"
	"github.com/twinbill/twinbill/mock/wire"
)

// faults are the sets whose faults a sandbox has, in the order in which they are tried:
// its own, and that of every sandbox.
func (s *Server) faults(ctx context.Context) []*fault.Set {
	return []*fault.Set{s.look(ctx).Faults, s.Sandboxes.Everywhere}
}

// ListFaults lists the faults of a sandbox, those of every sandbox among them.
func (s *Server) ListFaults(ctx context.Context, _ gen.ListFaultsRequestObject) (gen.ListFaultsResponseObject, error) {
	list := []gen.Fault{}
	for _, set := range s.faults(ctx) {
		list = append(list, set.List()...)
	}
	return gen.ListFaults200JSONResponse{Faults: list}, nil
}

// AddFault makes a sandbox, or every one, do something wrong.
func (s *Server) AddFault(ctx context.Context, in gen.AddFaultRequestObject) (gen.AddFaultResponseObject, error) {
	set := s.Sandboxes.Everywhere
	if in.Body.Everywhere == nil || !*in.Body.Everywhere {
		set = s.own(ctx).Faults
	}
	added, err := set.Add(*in.Body)
	if err != nil {
		return nil, refused(wire.Validation, "%s", err)
	}
	return gen.AddFault201JSONResponse(added), nil
}

// ClearFaults takes a sandbox's own faults away. Those of every sandbox stay: one test
// is not to clear another's.
func (s *Server) ClearFaults(ctx context.Context, _ gen.ClearFaultsRequestObject) (gen.ClearFaultsResponseObject, error) {
	s.own(ctx).Faults.Clear()
	return gen.ClearFaults204Response{}, nil
}

// GetFault reads a fault and how often it was met.
func (s *Server) GetFault(ctx context.Context, in gen.GetFaultRequestObject) (gen.GetFaultResponseObject, error) {
	for _, set := range s.faults(ctx) {
		if found, ok := set.Get(in.Id); ok {
			return gen.GetFault200JSONResponse(found), nil
		}
	}
	return nil, unknownFault(ctx, in.Id)
}

// DeleteFault takes a fault away.
func (s *Server) DeleteFault(ctx context.Context, in gen.DeleteFaultRequestObject) (gen.DeleteFaultResponseObject, error) {
	for _, set := range s.faults(ctx) {
		if set.Remove(in.Id) {
			return gen.DeleteFault204Response{}, nil
		}
	}
	return nil, unknownFault(ctx, in.Id)
}

func unknownFault(ctx context.Context, id string) error {
	return refused(notFound, "the sandbox %q has no fault %q; GET /__admin/faults lists those it has", name(ctx), id)
}
