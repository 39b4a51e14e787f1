package control

import (
	"context"
	"errors"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// ListRequests searches the journal of a sandbox.
func (s *Server) ListRequests(ctx context.Context, in gen.ListRequestsRequestObject) (gen.ListRequestsResponseObject, error) {
	p := in.Params
	q := query(p.Operation, p.Method, p.Clause, p.Fault, p.Status, p.Departing)
	q.After, q.Limit = of(p.After), 1000
	if p.Limit != nil {
		q.Limit = *p.Limit
	}
	sb := s.look(ctx)
	entries, matching, forgotten, err := sb.Journal.List(q)
	switch {
	case errors.Is(err, journal.ErrNotHeld):
		return nil, unknownRequest(sb.Name, q.After)
	case err != nil:
		return nil, err
	}
	list := make([]gen.Request, len(entries))
	for i, e := range entries {
		list[i] = e.Request
	}
	return gen.ListRequests200JSONResponse{Requests: list, Matching: matching, Forgotten: forgotten}, nil
}

// GetRequest reads one request and its answer.
func (s *Server) GetRequest(ctx context.Context, in gen.GetRequestRequestObject) (gen.GetRequestResponseObject, error) {
	sb := s.look(ctx)
	entry, ok := sb.Journal.Get(in.Id)
	if !ok {
		return nil, unknownRequest(sb.Name, in.Id)
	}
	return gen.GetRequest200JSONResponse(entry.Request), nil
}

// ClearRequests empties the journal of a sandbox.
func (s *Server) ClearRequests(ctx context.Context, _ gen.ClearRequestsRequestObject) (gen.ClearRequestsResponseObject, error) {
	s.look(ctx).Journal.Clear()
	return gen.ClearRequests204Response{}, nil
}

// ExportRequests exports the journal of a sandbox as HAR 1.2.
func (s *Server) ExportRequests(ctx context.Context, in gen.ExportRequestsRequestObject) (gen.ExportRequestsResponseObject, error) {
	p := in.Params
	entries, _, _, err := s.look(ctx).Journal.List(query(p.Operation, p.Method, p.Clause, p.Fault, p.Status, p.Departing))
	if err != nil {
		return nil, err
	}
	return gen.ExportRequests200JSONResponse(journal.HAR(entries, s.Version)), nil
}

// VerifyRequests reports whether a sandbox was called as expected.
func (s *Server) VerifyRequests(ctx context.Context, in gen.VerifyRequestsRequestObject) (gen.VerifyRequestsResponseObject, error) {
	expected := *in.Body
	if sent, ok := wire.Decoded(request(ctx)).(map[string]any); ok {
		expected.Body = sent["body"] // the bound one has floats for numbers
	}
	found, err := s.look(ctx).Journal.Verify(expected)
	if err != nil {
		return nil, refused(wire.Validation, "%s", err)
	}
	return gen.VerifyRequests200JSONResponse(found), nil
}

// GetCoverage tells what of the contracts the clients of a sandbox have used.
func (s *Server) GetCoverage(ctx context.Context, _ gen.GetCoverageRequestObject) (gen.GetCoverageResponseObject, error) {
	contracts := make([]*openapi.Contract, len(s.Twins))
	for i, twin := range s.Twins {
		contracts[i] = twin.Contract()
	}
	return gen.GetCoverage200JSONResponse(s.look(ctx).Journal.Coverage(contracts)), nil
}

// query is the search that parameters describe.
func query(operation, method, clause, fault *string, status *int, departing *bool) journal.Query {
	return journal.Query{
		Operation: of(operation), Method: of(method), Clause: of(clause), Fault: of(fault), Status: status, Departing: departing,
	}
}

// of is what a parameter says, or zero where it is absent.
func of[T any](parameter *T) (value T) {
	if parameter != nil {
		value = *parameter
	}
	return value
}

func unknownRequest(sandbox, id string) error {
	return refused(notFound, "the journal of the sandbox %q holds no request %q; GET /__admin/requests lists those it holds", sandbox, id)
}
