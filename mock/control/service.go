package control

import (
	"context"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

// GetHealth tells that the twin answers, and which one it is.
func (s *Server) GetHealth(context.Context, gen.GetHealthRequestObject) (gen.GetHealthResponseObject, error) {
	auth := gen.Open
	if s.Closed {
		auth = gen.Strict
	}
	return gen.GetHealth200JSONResponse{Product: gen.Twinbill, Version: s.Version, Status: gen.Ok, Instance: s.Instance, Auth: auth}, nil
}

// GetMetrics counts what the twin did.
func (s *Server) GetMetrics(context.Context, gen.GetMetricsRequestObject) (gen.GetMetricsResponseObject, error) {
	return s.metrics.gather(), nil
}
