package fault

import (
	"maps"
	"time"

	"github.com/twinbill/twinbill/openapi"
)

// windowKey names the rate that a quota keeps: each API has its own.
type windowKey struct {
	fault *entry
	api   openapi.API
}

// window is a span of time that begins with the first request in it, and the requests
// that it has admitted.
type window struct {
	begins   time.Time
	length   time.Duration
	admitted int
}

// within reports whether a request keeps to a quota, and counts it if it does. A request
// beyond it counts for nothing. A clock that is set back begins a window.
func (s *Set) within(e *entry, api openapi.API, documented openapi.RateLimit, now time.Time) bool {
	limit, length := documented.Requests, time.Duration(documented.Seconds)*time.Second
	if e.fault.Limit != nil {
		limit = *e.fault.Limit
	}
	if e.fault.WindowSeconds != nil {
		length = time.Duration(*e.fault.WindowSeconds * float64(time.Second))
	}
	key := windowKey{e, api}
	w := s.windows[key]
	if w == nil || now.Before(w.begins) || now.Sub(w.begins) >= length {
		maps.DeleteFunc(s.windows, func(_ windowKey, old *window) bool { return now.Sub(old.begins) >= old.length })
		w = &window{begins: now, length: length}
		s.windows[key] = w
	}
	if w.admitted >= limit {
		return false
	}
	w.admitted++
	return true
}
