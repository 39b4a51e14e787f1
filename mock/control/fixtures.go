package control

import (
	"bytes"
	"context"
	"encoding/json"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/fixtures"
	"github.com/twinbill/twinbill/mock/wire"
)

// LoadFixtures gives a sandbox fixtures of its own.
func (s *Server) LoadFixtures(ctx context.Context, _ gen.LoadFixturesRequestObject) (gen.LoadFixturesResponseObject, error) {
	var text bytes.Buffer
	// JSON is YAML, save for tabs before a line. The lines stay as programs lay them out.
	if err := json.Indent(&text, wire.Bytes(request(ctx)), "", ""); err != nil {
		return nil, err
	}
	loaded, err := fixtures.Parse("fixtures", text.Bytes())
	if err != nil {
		return nil, refused(wire.Validation, "%s", err)
	}
	sb := s.own(ctx)
	sb.Load(loaded)
	return stateOf(sb.Name, loaded), nil
}

// ReloadFixtures reads the fixtures file of the process again.
func (s *Server) ReloadFixtures(context.Context, gen.ReloadFixturesRequestObject) (gen.ReloadFixturesResponseObject, error) {
	if s.Fixtures == nil {
		return nil, refused(conflict, "this process was started without a fixtures file; start it with --fixtures FILE, or PUT /__admin/fixtures")
	}
	loaded, file, err := s.Fixtures()
	if err != nil {
		return nil, refused(wire.Validation, "%s", err)
	}
	s.Sandboxes.Reload(loaded)
	return gen.ReloadFixtures200JSONResponse{File: file}, nil
}
