package control

import (
	"context"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
)

// Where a clock can stand: the years between which times and durations are exact.
var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// GetClock reads the clock of a sandbox.
func (s *Server) GetClock(ctx context.Context, _ gen.GetClockRequestObject) (gen.GetClockResponseObject, error) {
	return gen.GetClock200JSONResponse(read(s.look(ctx).Clock)), nil
}

// SetClock sets, freezes or releases the clock of a sandbox.
func (s *Server) SetClock(ctx context.Context, in gen.SetClockRequestObject) (gen.SetClockResponseObject, error) {
	set, err := setting(*in.Body)
	if err != nil {
		return nil, err
	}
	clock := s.own(ctx).Clock
	clock.Set(set)
	return gen.SetClock200JSONResponse(read(clock)), nil
}

// AdvanceClock moves the clock of a sandbox forward.
func (s *Server) AdvanceClock(ctx context.Context, in gen.AdvanceClockRequestObject) (gen.AdvanceClockResponseObject, error) {
	by := time.Duration(in.Body.Seconds * float64(time.Second))
	if at := s.look(ctx).Now().Add(by); at.After(latest) {
		return nil, refused(wire.Validation, "seconds: the clock would stand at %s; keep it before %s", at.Format(time.RFC3339), latest.Format(time.RFC3339))
	}
	clock := s.own(ctx).Clock
	clock.Advance(by)
	return gen.AdvanceClock200JSONResponse(read(clock)), nil
}

// read is a clock as answers show it.
func read(c *sandbox.Clock) gen.Clock { return gen.Clock{Time: c.Now(), Frozen: c.Frozen()} }

// setting is what a clock is to be set to.
func setting(in gen.NewClock) (sandbox.Setting, error) {
	if in.Time != nil && (in.Time.Before(earliest) || in.Time.After(latest)) {
		return sandbox.Setting{}, refused(wire.Validation, "time: keep the clock between %s and %s", earliest.Format(time.RFC3339), latest.Format(time.RFC3339))
	}
	return sandbox.Setting{Time: in.Time, Frozen: in.Frozen}, nil
}
