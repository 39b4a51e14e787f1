package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/twinbill/twinbill/openapi"
)

// attempts is how often a request is sent at most.
const attempts = 3

// patience is how many exchanges in a row may stay unanswered before an API is taken
// to be gone, and asked no more.
const patience = 5

// errGone says that an API is asked no more.
var errGone = fmt.Errorf("the target has left %d requests in a row unanswered, and is asked no more", patience)

// Late says that no answer came in time: the request may yet be carried out.
type Late struct{ Timeout time.Duration }

func (l Late) Error() string { return fmt.Sprintf("nothing came within %v", l.Timeout) }

// ErrBudget says that a request was not sent because Target.MaxRequests were.
var ErrBudget = errors.New("the budget of requests is spent")

// Send sends a request by the operation's first route and waits for the answer. It is
// repeated, up to three attempts, where the target asks to wait (429, or 503 with
// Retry-After) or nothing was sent; and, if it reads, replaces or issues a token, where
// the answer was lost or is a 5xx that is not documented.
func (t *Target) Send(ctx context.Context, request *Request) *Exchange {
	e := &Exchange{Operation: request.Operation.ID, Request: request, Sent: request.Header, Body: request.Body, Started: time.Now()}
	s := t.sites[request.Operation.API]
	if s == nil {
		e.Err = fmt.Errorf("the target has no %s", request.Operation.API)
		return e
	}
	e.Method, e.URL = t.place(request)
	if headers := s.headers(request.Operation.API); len(headers) > 0 {
		maps.Copy(headers, request.Header)
		e.Sent = headers
	}
	silent := &s.silent[0]
	if request.Operation.ID == tokenOperation { // from a host of its own
		silent = &s.silent[1]
	}
	if silent.Load() >= patience {
		e.Err = errGone
		return e
	}
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval = t.Backoff
	var heard bool
	_, _ = backoff.Retry(ctx, func() (*Exchange, error) {
		var again error
		heard, again = t.attempt(ctx, s, e)
		return e, again
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(attempts), backoff.WithMaxElapsedTime(t.Patience),
		backoff.WithNotify(func(why error, wait time.Duration) {
			e.Repeated = append(e.Repeated, why.Error())
			if asksToWait(e) {
				s.resume.Store(time.Now().Add(wait).UnixNano())
			}
		}))
	switch {
	case heard:
		silent.Store(0)
	case ctx.Err() == nil:
		silent.Add(1)
	}
	return e
}

// headers are those of every request to an API. The CloudHealth page has each request say
// what it sends and what it takes, one without a body too.
func (s *site) headers(api openapi.API) http.Header {
	out := http.Header{}
	if api == openapi.CloudHealth {
		out = http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
	}
	maps.Copy(out, s.header)
	return out
}

// attempt sends a request once. It reports whether the target was heard, or not asked,
// and why the request is to be sent again; nil leaves it at that.
func (t *Target) attempt(ctx context.Context, s *site, e *Exchange) (heard bool, again error) {
	if !e.Request.Undo && t.MaxRequests > 0 && t.sent.Add(1) > int64(t.MaxRequests) {
		if e.Attempts == 0 {
			e.Err = ErrBudget
		}
		return true, nil
	}
	if err := s.turn(ctx, e); err != nil {
		if e.Attempts == 0 {
			e.Err = err
		}
		return true, nil //nolint:nilerr // the exchange carries it
	}
	e.Attempts++
	sending := ctx
	if !e.Request.reads(e.Method) { // a write that is broken off may have been carried out
		sending = context.WithoutCancel(ctx)
	}
	reached := s.exchange(sending, e)
	if reached == stale && e.Request.idempotent(e.Method) { // the target had closed an idle connection
		reached = s.exchange(sending, e)
	}
	switch {
	case ctx.Err() != nil:
		return false, nil //nolint:nilerr // the exchange carries it
	case errors.Is(e.Err, errSize), reached == invalid:
		return true, nil
	case e.Err != nil && (reached == nowhere || e.Request.repeatable(e.Method)):
		return false, e.Err
	case e.Err != nil:
		return false, nil //nolint:nilerr // the exchange carries it
	case e.Request.Unpaced:
		return true, nil
	case asksToWait(e):
		return true, late(e)
	case e.Status >= 500 && !slices.Contains(e.Request.Operation.Statuses(), e.Status) && e.Request.repeatable(e.Method):
		return true, fmt.Errorf("answered %d", e.Status)
	}
	return true, nil
}

// asksToWait tells the answers that say that the request was not looked at.
func asksToWait(e *Exchange) bool {
	return e.Status == http.StatusTooManyRequests ||
		e.Status == http.StatusServiceUnavailable && e.Header.Get("Retry-After") != ""
}

// late is the repeat that an answer asks for, after the time it names if it does.
func late(e *Exchange) error {
	after, ok := retryAfter(e.Header.Get("Retry-After"), time.Now())
	if !ok {
		return fmt.Errorf("answered %d", e.Status)
	}
	return fmt.Errorf("answered %d: %w", e.Status, &backoff.RetryAfterError{Duration: after})
}

// retryAfter reads a Retry-After header: seconds, or an HTTP date.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	const most = 1 << 30 // seconds; whoever names more means never
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, most)) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(date.Sub(now), 0), true
}

// reach is how far a request came.
type reach int

const (
	invalid reach = iota // it cannot be sent at all
	nowhere              // there was no connection
	there                // it was sent, or part of it
	stale                // it was sent on a connection that had served before, and no byte came back
)

// exchange sends the request of an exchange and fills in what came of it.
func (s *site) exchange(ctx context.Context, e *Exchange) (reached reach) {
	e.Status, e.Header, e.Answer, e.Spoilt, e.Err = 0, nil, nil, "", nil
	timeout := Late{s.timeout}
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, timeout)
	defer cancel()
	e.Started = time.Now()
	defer func() {
		e.Duration = time.Since(e.Started)
		if e.Err != nil && errors.Is(context.Cause(ctx), timeout) {
			e.Err = timeout
			if e.Status != 0 {
				e.Err = fmt.Errorf("the rest of the answer did not come within %v", s.timeout)
			}
		}
	}()
	reused := false
	r, err := e.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { reached = max(reached, nowhere) },
		GotConn: func(c httptrace.GotConnInfo) { reached, reused = there, c.Reused },
	}))
	if err != nil {
		e.Err = err
		return invalid
	}
	response, err := s.transport.RoundTrip(r)
	if err != nil {
		e.Err = err
		if reached == there && reused && ctx.Err() == nil {
			reached = stale
		}
		return reached
	}
	defer response.Body.Close()
	e.Status, e.Header = response.StatusCode, response.Header
	e.Answer, e.Spoilt, e.Err = read(response)
	return there
}

func (e *Exchange) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if e.Body != nil {
		body = bytes.NewReader(e.Body)
	}
	r, err := http.NewRequestWithContext(ctx, e.Method, e.URL, body)
	if err != nil {
		return nil, err
	}
	if e.Request != nil && e.Request.Raw {
		r.URL.Opaque = strings.ReplaceAll(r.URL.EscapedPath(), "%7C", "|")
	}
	for name, values := range e.Sent {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	if r.Header.Get("Accept-Encoding") == "" {
		r.Header.Set("Accept-Encoding", "gzip")
	}
	return r, nil
}
