package control

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
)

// ListSandboxes lists the sandboxes by name.
func (s *Server) ListSandboxes(context.Context, gen.ListSandboxesRequestObject) (gen.ListSandboxesResponseObject, error) {
	list := []gen.Sandbox{}
	for _, sb := range s.Sandboxes.List() {
		list = append(list, shown(sb))
	}
	return gen.ListSandboxes200JSONResponse{Sandboxes: list}, nil
}

// CreateSandbox makes a sandbox.
func (s *Server) CreateSandbox(_ context.Context, in gen.CreateSandboxRequestObject) (gen.CreateSandboxResponseObject, error) {
	if err := nameable(in.Body.Name); err != nil {
		return nil, err
	}
	var clock *sandbox.Setting
	if in.Body.Clock != nil {
		set, err := setting(*in.Body.Clock)
		if err != nil {
			return nil, err
		}
		clock = &set
	}
	sb, err := s.Sandboxes.Create(in.Body.Name, in.Body.Seed, clock)
	if err != nil {
		return nil, refused(conflict, "%s", err)
	}
	return gen.CreateSandbox201JSONResponse(shown(sb)), nil
}

// GetSandbox reads what a sandbox is.
func (s *Server) GetSandbox(_ context.Context, in gen.GetSandboxRequestObject) (gen.GetSandboxResponseObject, error) {
	sb, ok := s.Sandboxes.Find(in.Name)
	if !ok {
		return nil, unknownSandbox(in.Name)
	}
	return gen.GetSandbox200JSONResponse(shown(sb)), nil
}

// DeleteSandbox deletes a sandbox with all it holds.
func (s *Server) DeleteSandbox(_ context.Context, in gen.DeleteSandboxRequestObject) (gen.DeleteSandboxResponseObject, error) {
	if !s.Sandboxes.Delete(in.Name) {
		return nil, unknownSandbox(in.Name)
	}
	return gen.DeleteSandbox204Response{}, nil
}

// ForkSandbox begins a sandbox as another one is now.
func (s *Server) ForkSandbox(_ context.Context, in gen.ForkSandboxRequestObject) (gen.ForkSandboxResponseObject, error) {
	of, ok := s.Sandboxes.Find(in.Name)
	if !ok {
		return nil, unknownSandbox(in.Name)
	}
	if err := nameable(in.Body.Name); err != nil {
		return nil, err
	}
	sb, err := s.Sandboxes.Fork(of, in.Body.Name)
	if err != nil {
		return nil, refused(conflict, "%s", err)
	}
	return gen.ForkSandbox201JSONResponse(shown(sb)), nil
}

// ResetSandbox takes a sandbox back to its beginning.
func (s *Server) ResetSandbox(ctx context.Context, _ gen.ResetSandboxRequestObject) (gen.ResetSandboxResponseObject, error) {
	return gen.ResetSandbox200JSONResponse(shown(s.Sandboxes.Reset(name(ctx)))), nil
}

// shown is a sandbox as answers show it.
func shown(sb *sandbox.Sandbox) gen.Sandbox {
	return gen.Sandbox{Name: sb.Name, Created: sb.Created, Used: sb.Used(), Seed: sb.Seed, Requests: sb.Journal.Len()}
}

// nameable refuses a name that the header could not carry.
func nameable(name string) error {
	switch {
	case len(name) > sandbox.LongestName:
		return refused(wire.Validation, "name: it has %d bytes; the header %s carries at most %d", len(name), sandbox.Header, sandbox.LongestName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || strings.Trim(name, " \t") != name:
		return refused(wire.Validation, "name: it holds a control character, or begins or ends with a space; the header %s could not carry it", sandbox.Header)
	}
	return nil
}

func unknownSandbox(name string) error {
	return refused(notFound, "there is no sandbox %q; GET /__admin/sandboxes lists those there are", name)
}
