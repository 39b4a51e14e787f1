// Package mock is the digital twin of both APIs: one http.Handler that answers as
// their documentation promises, with state, each credential in a sandbox of its own.
package mock

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/cloudhealth"
	"github.com/twinbill/twinbill/mock/control"
	"github.com/twinbill/twinbill/mock/defect"
	"github.com/twinbill/twinbill/mock/fixtures"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/ripple"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// Twin is the twin of both APIs, with the sandboxes it keeps.
type Twin struct {
	handler   http.Handler
	sandboxes *sandbox.Sandboxes
	control   *control.Server
	base      string // path that the layout is below
	recorded  func(http.Handler) http.Handler
}

// ServeHTTP answers a request.
func (t *Twin) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.handler.ServeHTTP(w, r) }

// Journaled journals what a handler beside the twin answers, in the sandbox that the
// request's credential or header names.
func (t *Twin) Journaled(beside http.Handler) http.Handler { return t.recorded(beside) }

// BasePath is the path that the twin's layout is below, without a slash at its end; empty
// where it is at the root.
func (t *Twin) BasePath() string { return t.base }

// EndStreams ends the streams of the control API, now and to come, so that a server that
// shuts down waits for none.
func (t *Twin) EndStreams() { t.control.End() }

// New returns a twin of both APIs, laid out as their public hosts lay them:
// /m/ripple and /ripple/access_token, /v1, and the control API under /__admin.
// It errs where an option cannot be met, such as a defect that does not exist.
func New(options ...Option) (*Twin, error) {
	s := settings{now: time.Now, version: "devel", instance: rand.Text()}
	for _, option := range options {
		option(&s)
	}
	if s.fixtures == nil {
		loaded, err := fixtures.Default()
		if err != nil {
			return nil, err
		}
		s.fixtures = loaded
	}
	rippleContract, err := openapi.Load(openapi.Ripple, s.dialect)
	if err != nil {
		return nil, err
	}
	cloudhealthContract, err := openapi.Load(openapi.CloudHealth, s.dialect)
	if err != nil {
		return nil, err
	}
	reached, err := newReach(&s)
	if err != nil {
		return nil, err
	}
	contracts := []*openapi.Contract{rippleContract, cloudhealthContract}
	closed := s.clients != nil || s.keys != nil
	defects, err := defect.Parse(s.defects, contracts, rules())
	if err != nil {
		return nil, err
	}
	book := rule.Without(defects.Rules()...)
	sandboxes := sandbox.New(sandbox.Config{
		Fixtures: s.fixtures, Process: s.now, Clock: s.clock, Seed: s.seed, Most: s.most, Idle: s.idle, Journal: s.journal,
		Closed: closed,
	})
	for _, f := range s.faults {
		f.Everywhere = new(true)
		if _, err := sandboxes.Everywhere.Add(f); err != nil {
			return nil, err
		}
	}
	twins := []API{
		ripple.New(rippleContract, book, sandboxes.Now, s.clients),
		cloudhealth.New(cloudhealthContract, book, s.keys),
	}

	engine := newEngine()
	engine.Use(hosts(twins))
	bodies, answers := newRoom(bodiesInFlight), newRoom(answersInFlight)
	for _, twin := range twins {
		twin.Register(engine, guard(twin, book, sandboxes, bodies, answers))
	}
	steering, err := control.New(control.Config{
		Sandboxes: sandboxes, Twins: authenticators(twins), Access: adminAccess(s.adminToken),
		Version: s.version, Instance: s.instance, Closed: closed, Fixtures: s.reload, Room: bodies.forBody,
	})
	if err != nil {
		return nil, err
	}
	steering.Register(engine)
	engine.NoRoute(astray(twins, sandboxes, steering, "route"))
	engine.NoMethod(astray(twins, sandboxes, steering, "method"))

	recorded := func(next http.Handler) http.Handler {
		return journal.Recorder(next, func(r *http.Request) journal.Owner { return owner(ofStray(r, sandboxes, twins...)) })
	}
	answered := recorded(aliases(defects.Wrap(engine), twins))
	return &Twin{handler: reached.wrap(apart(engine, answered), recorded(http.HandlerFunc(reached.beside))), sandboxes: sandboxes, control: steering, base: reached.base, recorded: recorded}, nil
}

// authenticators are the twins, as the control API knows callers by them.
func authenticators(twins []API) []control.Twin {
	all := make([]control.Twin, len(twins))
	for i, twin := range twins {
		all[i] = twin
	}
	return all
}

// apart keeps the control API out of the journal and of every defect.
func apart(control, apis http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wire.ForControl(r) {
			w.Header().Set(wire.RequestIDHeader, cmp.Or(wire.RequestID(r.Header), rand.Text()))
			control.ServeHTTP(w, r)
			return
		}
		apis.ServeHTTP(w, r)
	})
}

// newEngine returns a gin engine that answers every request itself: no redirects,
// and a path split before it is unescaped (by the guard), so that a %2F stays inside
// one parameter.
func newEngine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.RedirectFixedPath = false
	engine.HandleMethodNotAllowed = true
	engine.UseRawPath = true
	engine.UnescapePathValues = false
	engine.ContextWithFallback = true
	return engine
}

// astray answers a path or method that no operation has, in the shape of the API
// whose part of the layout was asked.
func astray(twins []API, sandboxes *sandbox.Sandboxes, steering *control.Server, reason string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if wire.ForControl(c.Request) {
			steering.Stray(c, reason)
			return
		}
		for _, twin := range twins {
			for _, op := range twin.Contract().Operations {
				if strings.HasPrefix(c.Request.URL.Path+"/", root(op)) {
					stray(c, twin, sandboxes, reason)
					return
				}
			}
		}
		lost(c, sandboxes, twins...)
		if reason == "method" {
			c.JSON(http.StatusMethodNotAllowed, gin.H{"error": fmt.Sprintf("%s does not take %s", c.Request.URL.Path, c.Request.Method)})
			return
		}
		c.JSON(http.StatusNotFound, gin.H{"error": fmt.Sprintf("no API answers at %s; Twinbill serves /m/ripple, /ripple/access_token, /v1 and /__admin", c.Request.URL.Path)})
	}
}

// root is the part of an operation's place by which its API is recognised: the base
// of its server, or else the first segment of its path.
func root(op *openapi.Operation) string {
	if op.Base != "" {
		return op.Base + "/"
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	return "/" + first + "/"
}

func rules() []rule.Rule { return append(ripple.Rules(), cloudhealth.Rules()...) }

type settings struct {
	dialect  openapi.Dialect
	fixtures *store.Store
	defects  []string
	now      func() time.Time
	clock    sandbox.Setting
	seed     int64
	most     int
	idle     time.Duration
	journal  journal.Limits
	faults   []gen.NewFault
	version  string
	instance string
	reload   func() (*store.Store, string, error) // reads the fixtures file again; nil where there is none
	clients  ripple.Clients
	keys     cloudhealth.Keys
	// adminToken opens the control API; empty where this machine alone may use it.
	adminToken string
	publicURL  string
	basePath   string
	forwarded  bool
}

// Option sets up a twin.
type Option func(*settings)

// WithDialect makes the twin follow a dialect. Default: the first reading of every point.
func WithDialect(d openapi.Dialect) Option { return func(s *settings) { s.dialect = d } }

// WithFixtures sets the state that every sandbox starts from.
func WithFixtures(f *store.Store) Option { return func(s *settings) { s.fixtures = f } }

// WithDefects makes the twin break its contract on purpose: each is the slug of a clause,
// or the id of a wire mutant (Breaches lists both).
func WithDefects(slugs ...string) Option {
	return func(s *settings) { s.defects = append(s.defects, slugs...) }
}

// WithClock sets where the twin takes the time from. Default: time.Now.
func WithClock(now func() time.Time) Option { return func(s *settings) { s.now = now } }

// WithFrozenClock has the clock of every sandbox stand still at a time, until its
// control API moves it.
func WithFrozenClock(at time.Time) Option {
	return func(s *settings) {
		frozen := true
		s.clock = sandbox.Setting{Time: &at, Frozen: &frozen}
	}
}

// WithSeed sets from which ids and the chances of faults are drawn, in each sandbox with
// its name. Default: 0.
func WithSeed(seed int64) Option { return func(s *settings) { s.seed = seed } }

// WithPublicURL sets the URL by which clients reach the root of the layout, its path
// included, such as that of a proxy in front of the twin: Location and Link begin with it.
// Default: the host that each request names.
func WithPublicURL(url string) Option { return func(s *settings) { s.publicURL = url } }

// WithBasePath puts the whole layout below a path, such as /billing, and nothing beside it.
// Default: at the root.
func WithBasePath(path string) Option { return func(s *settings) { s.basePath = path } }

// WithForwarded believes the headers Forwarded, X-Forwarded-Proto, X-Forwarded-Host and
// X-Forwarded-Prefix where they say by which URL the client came. It is for a twin that
// only a proxy reaches, which sets them itself. Default: they are not looked at.
func WithForwarded() Option { return func(s *settings) { s.forwarded = true } }

// WithSandboxes bounds how many sandboxes are kept, and for how long an unused one is.
// What is zero takes its default: 10,000 and 24 h.
func WithSandboxes(most int, idle time.Duration) Option {
	return func(s *settings) { s.most, s.idle = most, idle }
}

// WithJournal bounds what the journals keep.
func WithJournal(limits journal.Limits) Option { return func(s *settings) { s.journal = limits } }

// WithFaults gives every sandbox some faults.
func WithFaults(faults ...gen.NewFault) Option {
	return func(s *settings) { s.faults = append(s.faults, faults...) }
}

// WithVersion sets the product version that /__admin/health names.
func WithVersion(version string) Option { return func(s *settings) { s.version = version } }

// WithInstance sets what /__admin/health tells this process from any other by. Default:
// made when the twin is.
func WithInstance(instance string) Option { return func(s *settings) { s.instance = instance } }

// WithReload lets the control API read the fixtures file again, and tell its name.
// Default: there is none to read.
func WithReload(read func() (state *store.Store, file string, err error)) Option {
	return func(s *settings) { s.reload = read }
}

// WithClients admits only the listed Ripple clients, instead of any.
func WithClients(clients ripple.Clients) Option { return func(s *settings) { s.clients = clients } }

// WithKeys admits only the listed CloudHealth API keys, instead of any.
func WithKeys(keys cloudhealth.Keys) Option { return func(s *settings) { s.keys = keys } }
