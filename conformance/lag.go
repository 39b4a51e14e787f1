package conformance

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// No page says when a write shows in a list. Where a list does not show what an answer
// confirmed, it is read again until it does, or the time to settle is over. What that took
// is how far the lists lag, and from then on everything is read that long after the last write.

// lag is what a run knows of how far the lists of its target lag behind its writes.
type lag struct {
	mu     sync.Mutex
	settle time.Duration                 // how long a write may take to show
	behind map[openapi.API]time.Duration // how long one took
	wrote  map[string]time.Time          // lane → when an answer to a write came
	never  map[string]bool               // lists, by operation, that did not show something within the time to settle
	raised map[openapi.API]int           // how often the lists were given more time
}

func newLag(settle time.Duration) *lag {
	return &lag{settle: settle, behind: map[openapi.API]time.Duration{}, wrote: map[string]time.Time{}, never: map[string]bool{}, raised: map[openapi.API]int{}}
}

// showing reports whether a request reads a list of what a run writes.
func (s *session) showing(op *openapi.Operation) bool {
	return s.lists(op) || slices.ContainsFunc(s.contract.Operations, func(other *openapi.Operation) bool {
		return other.Undo != nil && other.Undo.Restore != nil && other.Undo.Restore.OperationID == op.ID
	})
}

// wroteNow notes the answer to a write.
func (s *session) wroteNow(op *openapi.Operation) {
	now := time.Now()
	s.wrote = now
	if lane := laneOf(op); lane != "" {
		s.lag.mu.Lock()
		defer s.lag.mu.Unlock()
		s.lag.wrote[lane] = now
	}
}

// awaitReads waits, before anything is read, as long as the lists are known to lag behind
// the last write of the check, or of any that shares the lane: what answers late for a list
// may do so for one row.
func (s *session) awaitReads(ctx context.Context, op *openapi.Operation) {
	if s.lag.settle == 0 || changes(op, op.Method) && !s.showing(op) {
		return
	}
	s.lag.mu.Lock()
	last, behind := s.wrote, s.lag.behind[op.API]
	if other := s.lag.wrote[laneOf(op)]; other.After(last) {
		last = other
	}
	s.lag.mu.Unlock()
	if last.IsZero() {
		return
	}
	pause(ctx, behind-time.Since(last))
}

// pause waits, or until the context is done.
func pause(ctx context.Context, wait time.Duration) {
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// untilShown reads a list again until it shows what the check created and an answer
// confirmed. Where it does not within the time to settle, the last answer is judged, and
// the list is not waited for again.
func (s *session) untilShown(ctx context.Context, request *target.Request, e *target.Exchange, err error) (*target.Exchange, error) {
	op := request.Operation
	if s.lag.settle == 0 || s.supply.madeUp || s.undoing || !s.lists(op) {
		return e, err
	}
	as := s.supply.as(request)
	const first = 50 * time.Millisecond
	for wait := first; err == nil; wait += wait / 5 {
		var hidden []*undoCall
		for i := range s.undo {
			u := &s.undo[i]
			due := !u.shown && u.certain && u.creates && u.Lookup.OperationID == op.ID && u.As == as && selects(request.Query, u.Query)
			if due && !s.footprint.tookAlong(*u) {
				hidden = append(hidden, u)
			}
		}
		rows, whole := wholeList(op, e, hidden)
		if !whole {
			return e, err
		}
		left := 0
		for _, u := range hidden {
			if u.shown = u.shownIn(rows); !u.shown {
				left++
				continue
			}
			if wait > first {
				s.lag.took(op.API, time.Since(u.done))
			}
		}
		if left == 0 || !s.lag.wait(op, hidden) || ctx.Err() != nil {
			return e, err
		}
		pause(ctx, wait)
		e, err = s.ask(ctx, request)
	}
	return e, err
}

// wholeList are the rows of an answer that shows all of a list.
func wholeList(op *openapi.Operation, e *target.Exchange, hidden []*undoCall) (rows []any, whole bool) {
	if len(hidden) == 0 || e.Err != nil || e.Status/100 != 2 {
		return nil, false
	}
	value, _ := at(e.JSON(), hidden[0].Lookup.Rows)
	rows, listed := value.([]any)
	total := e.Header.Get("X-Total")
	return rows, listed && (!paged(op) || total == strconv.Itoa(len(rows)))
}

// shownIn reports whether one of a list's rows is what a call takes back.
func (u *undoCall) shownIn(rows []any) bool {
	if u.id() != "" {
		return shows(rows, *u)
	}
	for _, row := range rows {
		if fields, _ := row.(map[string]any); u.listable() && u.matches(fields, "") {
			return true
		}
	}
	return false
}

// took notes how long a write took to show.
func (l *lag) took(api openapi.API, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.behind[api] = max(l.behind[api], min(wait, l.settle))
}

// further gives the lists of an API that lag half as much time again, and reports whether
// it did: a few times, since no deployment lags the same each time.
func (l *lag) further(api openapi.API) bool {
	const most = 4
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.behind[api] == 0 || l.raised[api] == most {
		return false
	}
	l.raised[api]++
	l.behind[api] = min(l.behind[api]*3/2, l.settle)
	return true
}

// wait reports whether a list is to be read again for what it does not show yet.
func (l *lag) wait(op *openapi.Operation, hidden []*undoCall) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.never[op.ID] {
		return false
	}
	for _, u := range hidden {
		if !u.shown && time.Since(u.done) < l.settle {
			return true
		}
	}
	l.never[op.ID] = true
	return false
}
