// Package target is the careful HTTP client of the suite: it sends one request at a
// time to the deployment under test and keeps what was said.
package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twinbill/twinbill/openapi"
)

// MaxAnswer is the largest answer body that is read, in bytes.
const MaxAnswer = 10 << 20

// Target is a deployment of the APIs, laid out below one base URL.
type Target struct {
	Base   string // without a trailing slash
	client *http.Client
	silent atomic.Int32 // exchanges in a row that were not answered
}

// patience is how many exchanges in a row may stay unanswered before the target is
// taken to be gone, and asked no more.
const patience = 5

// errGone says that the target is asked no more.
var errGone = fmt.Errorf("the target has left %d requests in a row unanswered, and is asked no more", patience)

// New returns a target at a base URL. Each exchange may take up to the timeout.
func New(base string, timeout time.Duration) (*Target, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("target: %q is not a URL such as http://127.0.0.1:4610", redacted(base))
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("target: leave the user, query and fragment out of %s; credentials come from TWINBILL_* variables", u.Scheme+"://"+u.Host)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &Target{Base: strings.TrimSuffix(base, "/"), client: client(transport, timeout)}, nil
}

// InProcess returns a target that calls a handler without a network in between.
func InProcess(handler http.Handler) *Target {
	return &Target{Base: "http://twinbill.test", client: client(inProcess{handler}, time.Minute)}
}

// redacted is a URL that could not be read, without what may be a password in it.
func redacted(base string) string {
	if _, host, ok := strings.Cut(base, "@"); ok {
		return "***@" + host
	}
	return base
}

// client never follows a redirect: an answer is judged as it comes.
func client(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(r.Context())
	served.RequestURI = r.URL.RequestURI()
	served.RemoteAddr = "127.0.0.1:0"
	if served.Host == "" {
		served.Host = r.URL.Host
	}
	if served.Body == nil {
		served.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, served)
	return recorder.Result(), nil
}

// Health is what a Twinbill deployment says of itself.
type Health struct {
	Product string `json:"product"`
	Version string `json:"version"`
}

// Health asks /__admin/health. A target that answers anything else is no Twinbill,
// and gives a zero Health; the error says that there was no answer at all.
func (t *Target) Health(ctx context.Context) (Health, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.Base+"/__admin/health", nil)
	if err != nil {
		return Health{}, err
	}
	response, err := t.client.Do(request)
	if err != nil {
		return Health{}, fmt.Errorf("target: no answer from %s: %w", t.Base, cause(err))
	}
	defer response.Body.Close()
	var h Health
	data, err := io.ReadAll(io.LimitReader(response.Body, MaxAnswer))
	if err != nil || response.StatusCode != http.StatusOK || json.Unmarshal(data, &h) != nil || h.Product != "twinbill" {
		return Health{}, nil
	}
	return h, nil
}

// cause strips the method and URL that net/http puts before an error.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Request is one request of an operation.
type Request struct {
	Operation *openapi.Operation
	Path      map[string]string
	Query     url.Values
	Header    http.Header
	Body      []byte // nil sends none
	URL       string // path and query to use instead of the operation's, such as a Link's
	Method    string // to use instead of that of the operation's first route
}

// Clone returns a copy whose parts can be changed on their own.
func (r *Request) Clone() *Request {
	c := *r
	c.Header = r.Header.Clone()
	c.Query = url.Values(http.Header(r.Query).Clone())
	c.Path = map[string]string{}
	for name, value := range r.Path {
		c.Path[name] = value
	}
	c.Body = bytes.Clone(r.Body)
	return &c
}

// Exchange is one request and what came of it.
type Exchange struct {
	Operation string
	Request   *Request
	Method    string
	URL       string
	Sent      http.Header
	Body      []byte // of the request
	Status    int    // 0 where no answer came
	Header    http.Header
	Answer    []byte
	Started   time.Time
	Duration  time.Duration
	Err       error // why no answer came
}

// JSON is the decoded answer; nil where it is not JSON.
func (e *Exchange) JSON() any {
	var v any
	if json.Unmarshal(e.Answer, &v) != nil {
		return nil
	}
	return v
}

// Send sends a request by the operation's first route and waits for the answer.
func (t *Target) Send(ctx context.Context, request *Request) *Exchange {
	method, place := t.place(request)
	e := &Exchange{Operation: request.Operation.ID, Request: request, Method: method, URL: place, Sent: request.Header, Body: request.Body, Started: time.Now()}
	if t.silent.Load() >= patience {
		e.Err = errGone
		return e
	}
	var body io.Reader
	if request.Body != nil {
		body = bytes.NewReader(request.Body)
	}
	r, err := http.NewRequestWithContext(ctx, method, place, body)
	if err != nil {
		e.Err = err
		return e
	}
	for name, values := range request.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	response, err := t.client.Do(r)
	if err != nil {
		e.Err, e.Duration = cause(err), time.Since(e.Started)
		t.silent.Add(1)
		return e
	}
	t.silent.Store(0)
	defer response.Body.Close()
	e.Status, e.Header = response.StatusCode, response.Header
	e.Answer, e.Err = io.ReadAll(io.LimitReader(response.Body, MaxAnswer+1))
	if e.Err == nil && len(e.Answer) > MaxAnswer {
		e.Err = fmt.Errorf("the answer is larger than %d bytes", MaxAnswer)
	}
	e.Duration = time.Since(e.Started)
	return e
}

// place is the method and URL of a request.
func (t *Target) place(request *Request) (method, place string) {
	op := request.Operation
	route := op.Routes[0]
	method = route.Method
	if request.Method != "" {
		method = request.Method
	}
	if request.URL != "" {
		return method, t.Base + request.URL
	}
	segments := strings.Split(route.Path, "/")
	for i, segment := range segments {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			segments[i] = url.PathEscape(request.Path[strings.TrimSuffix(name, "}")])
		}
	}
	place = t.Base + op.Base + strings.Join(segments, "/")
	if len(request.Query) > 0 {
		place += "?" + request.Query.Encode()
	}
	return method, place
}
