package target

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/twinbill/twinbill/openapi"
)

// DefaultPace is half the rate that an API's documentation allows, in requests a
// second; any rate where it names none.
func DefaultPace(api openapi.API) rate.Limit {
	c, err := openapi.Load(api, openapi.Dialect{})
	if err != nil {
		panic(err) // embedded: only an unknown API can get here
	}
	if c.RateLimit.Seconds == 0 {
		return rate.Inf
	}
	return rate.Limit(float64(c.RateLimit.Requests) / float64(c.RateLimit.Seconds) / 2)
}

// Pace keeps the requests to an API to a rate, in requests a second.
func (t *Target) Pace(api openapi.API, limit rate.Limit) {
	if s := t.sites[api]; s != nil {
		s.limiter, s.paced = rate.NewLimiter(limit, 1), true
	}
}

// PaceByDefault keeps each API that was given no pace to its DefaultPace. It does not
// go with requests under way.
func (t *Target) PaceByDefault() {
	for api, s := range t.sites {
		if !s.paced {
			t.Pace(api, DefaultPace(api))
		}
	}
}

// Duration is how long a number of requests to an API takes at its pace; zero where it
// has none.
func (t *Target) Duration(api openapi.API, requests int) time.Duration {
	s := t.sites[api]
	if s == nil || s.limiter == nil {
		return 0
	}
	return time.Duration(float64(requests) / float64(s.limiter.Limit()) * float64(time.Second))
}

// ParsePace reads a rate: `50` or `50/s`, `30/m`, `1/4s`.
func ParsePace(text string) (rate.Limit, error) {
	wrong := fmt.Errorf("%q is no rate; write requests a second such as 50/s, or 1/4s for one every 4 seconds", text)
	number, per, parted := strings.Cut(strings.TrimSpace(text), "/")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n > 0 && n <= 1e6) {
		return 0, wrong
	}
	if !parted {
		return rate.Limit(n), nil
	}
	per = strings.TrimSpace(per)
	if strings.IndexAny(per, "0123456789.") != 0 {
		per = "1" + per
	}
	every, err := time.ParseDuration(per)
	if err != nil || every < time.Millisecond {
		return 0, wrong
	}
	return rate.Limit(n / every.Seconds()), nil
}

// turn waits until an exchange may be sent. Those that go together have waited already.
func (s *site) turn(ctx context.Context, e *Exchange) error {
	if e.Request.Unpaced || e.Request.together && e.Attempts == 0 {
		return ctx.Err()
	}
	return s.wait(ctx)
}

// waitFor waits until several requests may go at once. The pace is an average: those that
// come after them wait as much longer.
func (s *site) waitFor(ctx context.Context, requests int) error {
	if err := s.wait(ctx); err != nil || s.limiter == nil {
		return err
	}
	for range requests - 1 {
		s.limiter.Reserve()
	}
	return nil
}

// wait waits for the pace, and until the API wants to be asked again.
func (s *site) wait(ctx context.Context) error {
	if pause := time.Until(time.Unix(0, s.resume.Load())); pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if s.limiter == nil {
		return nil
	}
	return s.limiter.Wait(ctx)
}
