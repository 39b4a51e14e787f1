// Package target is the careful HTTP client of the suite: it sends one request at a
// time to the deployment under test, keeps to a pace and a budget, repeats what may be
// repeated, and keeps what was said. target.yaml describes a deployment (ReadFile).
package target

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/openapi"
)

// Target is a deployment of the APIs. Its fields may be set before the first request.
type Target struct {
	Base        string        // the address that is shown to people
	MaxRequests int           // requests to send at most, those that undo aside; 0 means no bound
	Backoff     time.Duration // to wait before the first repeat where the answer names no time; it doubles
	Patience    time.Duration // a request is repeated no longer than this after it was first sent
	Settle      time.Duration // how long a write may take to show in every list

	sites map[openapi.API]*site
	sent  atomic.Int64 // requests on the budget
}

// The waits of a target where nothing else is set.
const (
	defaultBackoff  = time.Second
	defaultPatience = time.Minute
)

// site is where one API is reached, and how.
type site struct {
	root      string      // what lies below it lies as on the twin
	server    string      // in place of root and the path of the operations' server; empty where they stand
	token     string      // the URL that issues tokens; empty where it lies below root
	header    http.Header // sent with every request
	transport http.RoundTripper
	timeout   time.Duration   // of one attempt
	limiter   *rate.Limiter   // nil sets no pace
	paced     bool            // the limiter was asked for
	silent    [2]atomic.Int32 // exchanges in a row that were not answered: of the API, and of its tokens
	resume    atomic.Int64    // when the API may be asked again, after it asked to wait; Unix nanoseconds
}

// New returns a target that lays both APIs out below a base URL as the twin does. Each
// attempt may take up to the timeout.
func New(base string, timeout time.Duration) (*Target, error) {
	base, err := address(base)
	if err == nil {
		err = rootOnly(base)
	}
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	transport, err := tlsFiles{}.transport("")
	if err != nil {
		return nil, err
	}
	t := newTarget(base)
	for _, api := range openapi.APIs() {
		t.sites[api] = &site{root: base, transport: transport, timeout: timeout}
	}
	return t, nil
}

func newTarget(base string) *Target {
	return &Target{Base: base, Backoff: defaultBackoff, Patience: defaultPatience, sites: map[openapi.API]*site{}}
}

// address is a base URL without its trailing slash.
func address(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%q is not a URL such as http://127.0.0.1:4610%s", redacted(base), missingScheme(base))
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("leave the user, query and fragment out of %s; credentials come from TWINBILL_* variables or a target file", u.Scheme+"://"+u.Host)
	}
	return strings.TrimSuffix(base, "/"), nil
}

// redacted is a URL that could not be read, without what may be a credential in it: what
// is before an @, in a query, or after a colon and no port.
func redacted(base string) string {
	base, _, queried := strings.Cut(base, "?")
	scheme, rest, found := strings.Cut(base, "://")
	if !found {
		scheme, rest = "", base
	} else {
		scheme += "://"
	}
	authority, path, _ := strings.Cut(rest, "/")
	if path != "" {
		path = "/" + path
	}
	at := ""
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		at, authority, path = "***@", rest[i+1:], ""
	}
	if i := strings.LastIndex(authority, ":"); i >= 0 && !strings.HasPrefix(authority, "[") && !port.MatchString(authority[i+1:]) {
		authority = authority[:i] + ":***"
	}
	if queried {
		path += "?***"
	}
	return scheme + at + authority + path
}

var (
	port = regexp.MustCompile(`^[0-9]*$`)
	host = regexp.MustCompile(`^(localhost|[\w.-]*[\w-]\.[\w-][\w.-]*|[\w.-]+:[0-9]+|\[[0-9a-fA-F:.]+\](:[0-9]+)?)(:[0-9]+)?(/[^\s@?#]*)?$`)
)

// missingScheme asks whether a host was meant that lacks its scheme.
func missingScheme(base string) string {
	if !host.MatchString(base) {
		return ""
	}
	return hint.Meant("http://" + base)
}

// rootOnly errs on a base of both APIs that goes on to one of them.
func rootOnly(base string) error {
	for _, api := range openapi.APIs() {
		c, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			return err
		}
		for _, op := range c.Operations {
			for _, below := range []string{op.Base, op.Base + op.Path} {
				if root, ends := strings.CutSuffix(base, below); ends && below != "" {
					return fmt.Errorf("%s ends in %s, which belongs to %s alone; give what both APIs lie below%s, or describe each in a target file", base, below, api, hint.Meant(root))
				}
			}
		}
	}
	return nil
}

// tokenOperation issues tokens, from a host of its own.
const tokenOperation = "issueAccessToken"

// BaseOf is the URL that the path of an operation follows; empty where the target does
// not have the API.
func (t *Target) BaseOf(op *openapi.Operation) string {
	s := t.sites[op.API]
	switch {
	case s == nil:
		return ""
	case s.token != "" && op.ID == tokenOperation:
		return strings.TrimSuffix(s.token, op.Path)
	case s.server != "" && op.ID != tokenOperation:
		return s.server
	}
	return s.root + op.Base
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
		return method, t.follow(op, request.URL)
	}
	segments := strings.Split(route.Path, "/")
	for i, segment := range segments {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			segments[i] = url.PathEscape(request.Path[strings.TrimSuffix(name, "}")])
		}
	}
	if s := t.sites[op.API]; op.ID == tokenOperation && s.token != "" {
		place = s.token
	} else {
		place = t.BaseOf(op) + strings.Join(segments, "/")
	}
	if len(request.Query) > 0 {
		place += "?" + request.Query.Encode()
	}
	return method, place
}

// follow is where a path and query lead that an answer to an operation named, or a
// check: never to another host. Below the site, and with the path of its own base where
// the answer carries that, as behind a gateway.
func (t *Target) follow(op *openapi.Operation, path string) string {
	base := t.BaseOf(op)
	path = "/" + strings.TrimLeft(path, "/") // or it would lengthen the name of the host
	u, err := url.Parse(base)
	if err != nil {
		return base + path
	}
	if below(path, u.EscapedPath()) {
		return u.Scheme + "://" + u.Host + path
	}
	if below(path, op.Base) {
		return base + strings.TrimPrefix(path, op.Base)
	}
	return t.sites[op.API].root + path
}

func below(path, base string) bool { return strings.HasPrefix(path, base+"/") }

// Health is what a Twinbill deployment says of itself.
type Health struct {
	Product string `json:"product"`
	Version string `json:"version"`
	Auth    string `json:"auth"` // strict where it admits listed credentials alone
}

// Health asks /__admin/health of every API. A target that answers anything else, for
// one of them, is not a Twinbill, and gives a zero Health; the error says that there was no
// answer at all.
func (t *Target) Health(ctx context.Context) (Health, error) {
	var found []Health
	var asked []string
	for _, api := range openapi.APIs() {
		s := t.sites[api]
		if s == nil || slices.Contains(asked, s.root) {
			continue
		}
		asked = append(asked, s.root)
		h, err := s.health(ctx)
		if err != nil {
			return Health{}, fmt.Errorf("target: no answer from %s: %w", s.root, err)
		}
		found = append(found, h)
	}
	if len(found) == 0 || slices.Contains(found, Health{}) {
		return Health{}, nil
	}
	return found[0], nil
}

func (s *site) health(ctx context.Context) (Health, error) {
	e := &Exchange{Method: http.MethodGet, URL: s.root + "/__admin/health", Sent: s.header}
	s.exchange(ctx, e)
	var h Health
	switch {
	case e.Status == 0 && e.Err != nil:
		return h, s.otherScheme(e)
	case e.Status == http.StatusBadRequest && plainOnTLS(string(e.Answer)):
		return h, s.otherScheme(e)
	case e.Err != nil, e.Status != http.StatusOK, json.Unmarshal(e.Answer, &h) != nil, h.Product != "twinbill":
		return Health{}, nil //nolint:nilerr // an answer of any kind says that somebody is there
	}
	return h, nil
}

// plainOnTLS reports whether an answer is what TLS servers say to plain HTTP.
func plainOnTLS(answer string) bool {
	return strings.Contains(answer, "HTTP request to an HTTPS server") || strings.Contains(answer, "plain HTTP request was sent to HTTPS port")
}

// otherScheme is why there was no answer, with the scheme to use where the URL has the
// other one.
func (s *site) otherScheme(e *Exchange) error {
	var record tls.RecordHeaderError
	switch {
	case errors.As(e.Err, &record) || e.Err != nil && strings.Contains(e.Err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("it speaks plain HTTP; write http://%s", strings.TrimPrefix(s.root, "https://"))
	case e.Err == nil, strings.Contains(e.Err.Error(), `malformed HTTP response "\x15\x03`):
		return fmt.Errorf("it speaks TLS; write https://%s", strings.TrimPrefix(s.root, "http://"))
	}
	return e.Err
}
