package conformance

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
)

// Other clients of a partner may write while a run lasts. What is promised of every row of
// a list cannot be told where they do: such a check is looked at again, and is
// inconclusive where rows come and go that are not the run's.

// aboutAll are the named checks that are about every row of a list.
var aboutAll = []string{"same-as", "count", "follow-link", "link", "trailing-slash", "header-absent"}

// disturbed means that a check was not met, though the rows of the run's own may be as they
// have to be: others may have written meanwhile.
type disturbed struct {
	err    error
	proven bool // they were seen to
}

func (d disturbed) Error() string { return d.err.Error() }
func (d disturbed) Unwrap() error { return d.err }

// among is the error of a named check, or what it says where other clients write.
func (s *session) among(ctx context.Context, e *target.Exchange, check string, err error) error {
	l := s.shared(e)
	if err == nil || l == nil || !slices.Contains(aboutAll, check) {
		return err
	}
	var missed unmet
	var other unlike
	switch {
	case errors.As(err, &other) && !s.ownAlike(l, other.want, other.got):
		return err
	case errors.As(err, &missed), errors.As(err, &other):
		return disturbed{err, s.othersWrite(ctx, l)}
	}
	return err
}

// amongHeaders is the failure of a criterion on a header of a list, or what it says where
// other clients write.
func (s *session) amongHeaders(ctx context.Context, failure *scenarios.Failure) {
	if failure == nil || failure.Unmet == nil || !strings.Contains(failure.Unmet.Criterion, "$response.header.") {
		return
	}
	if l := s.shared(s.answers[failure.Step.ID]); l != nil {
		failure.Err = disturbed{errors.New(failure.Error()), s.othersWrite(ctx, l)}
	}
}

// shared is the list that an answer shows and that others may write to; nil where it shows
// none, or nobody else has this sandbox.
func (s *session) shared(e *target.Exchange) *listing {
	if s.supply.madeUp || e == nil || e.Err != nil {
		return nil
	}
	for l := range s.listings(e.Request) {
		return l
	}
	return nil
}

// ownAlike reports whether two readings of a list show the run's own rows alike.
func (s *session) ownAlike(l *listing, a, b any) bool {
	before, _ := at(a, l.Lookup.Rows)
	after, _ := at(b, l.Lookup.Rows)
	was, listed := before.([]any)
	is, both := after.([]any)
	return listed && both && slices.Equal(s.rowsOf(l, was, true), s.rowsOf(l, is, true))
}

// rowsOf are the rows in a reading of a list that are the run's own, or those that are
// neither that nor were there before it.
func (s *session) rowsOf(l *listing, rows []any, own bool) []string {
	f, mark := s.footprint, s.supply.mark()
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		id, _ := idOf(fields, l.Lookup)
		mine := l.touched(fields, mark)
		if mine && own || !mine && !own && !slices.Contains(f.before[l.listOf()][l.As], id) {
			out = append(out, canonical(row))
		}
	}
	slices.Sort(out)
	return out
}

// othersWrite reports whether a list shows, at two looks in a row, other rows that neither
// are the run's nor were there before it.
func (s *session) othersWrite(ctx context.Context, l *listing) bool {
	var looks [2][]string
	for i := range looks {
		u := l.undoCall
		var err error
		if u.header, u.query, err = s.supply.present(ctx, u.API, u.As); err != nil {
			return false
		}
		rows, err := s.list(ctx, u)
		if err != nil {
			return false
		}
		looks[i] = s.rowsOf(l, rows, false)
		if i == 0 {
			pause(ctx, lookout)
		}
	}
	return !slices.Equal(looks[0], looks[1])
}

// againAmong performs a scenario once more that others may have disturbed. Where it passes
// then, nobody knows whose rows made it fail.
func (r *run) againAmong(c scenarioCheck, hold bool, first Result) Result {
	second, _ := r.attempt(c, c.ID+" again", hold, nil)
	first.Exchanges = append(first.Exchanges, second.Exchanges...)
	switch second.Verdict {
	case Pass, Observed, Inconclusive:
		first.Broken = nil
		return first.because(othersToo(first.Reason))
	}
	return first
}

// othersToo is the reason of a check that other clients may have disturbed.
func othersToo(reason string) error {
	return lost{"others write to this deployment as well, so that nobody knows whose rows these are: " + reason}
}
