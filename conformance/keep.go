package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/target"
)

// What a target answers is kept for the reports, however much it is: clipped once its
// check is judged, and shorter still where a run has kept much already. The bounds are
// variables for tests.
var (
	mostOfOne = 64 << 10 // bytes of one body or header that a result keeps
	mostOfAll = 32 << 20 // bytes from which on it is a mostOver of each
	mostOver  = 4 << 10
	mostHeld  = 64 << 20 // bytes of the answers to one check that is under way
)

// keep clips a result as what the run keeps already asks for. The run is locked.
func (r *run) keep(result *Result) {
	most := mostOfOne
	if r.kept >= mostOfAll {
		most = mostOver
	}
	result.clip(most)
	for _, e := range result.Exchanges {
		r.kept += e.Size()
	}
	r.kept += len(result.Reason) + len(result.Expected) + len(result.Actual)
}

// clip clips what a result keeps. The exchanges may be used by others, and are not changed.
func (r *Result) clip(most int) {
	r.Exchanges = slices.Clone(r.Exchanges)
	decisive := r.Decisive
	for i, e := range r.Exchanges {
		clipped := e.Clipped(most)
		r.Exchanges[i] = clipped
		switch {
		case decisive == nil:
		case e == decisive:
			r.Decisive, decisive = clipped, nil
		case e.Request != nil && e.Request == decisive.Request: // a copy, with the rows of other pages
			r.Decisive, decisive = decisive.Clipped(most), nil
			if r.Decisive.Request != clipped.Request {
				copied := *r.Decisive
				copied.Request = clipped.Request
				r.Decisive = &copied
			}
		}
	}
	if decisive != nil {
		r.Decisive = decisive.Clipped(most)
	}
	for _, text := range []*string{&r.Reason, &r.Expected, &r.Actual} {
		if len(*text) > most {
			*text = fmt.Sprintf("%s... (%d bytes in all)", strings.ToValidUTF8((*text)[:most], ""), len(*text))
		}
	}
}

// heard takes an exchange in. It errs where the answers that the check holds are more than
// is held of one. What takes back is never kept from it: it lets go of older ones.
func (s *session) heard(e *target.Exchange) error {
	s.exchanges = append(s.exchanges, e)
	s.bytes += e.Size()
	if s.bytes <= mostHeld {
		return nil
	}
	if s.undoing {
		s.shed()
		return nil
	}
	return lost{fmt.Sprintf("the answers to this check are more than %d MiB together", mostHeld>>20)}
}

// shed clips the exchanges of a session but the last, which may be read yet.
func (s *session) shed() {
	if s.bytes <= mostOfOne {
		return
	}
	s.exchanges = slices.Clone(s.exchanges)
	s.bytes = 0
	for i, e := range s.exchanges {
		if i < len(s.exchanges)-1 {
			s.exchanges[i] = e.Clipped(mostOfOne)
		}
		s.bytes += s.exchanges[i].Size()
	}
}
