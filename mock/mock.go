// Package mock is the digital twin of both APIs: one http.Handler that answers as
// their documentation promises, with state, each credential in a sandbox of its own.
package mock

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/mock/cloudhealth"
	"github.com/twinbill/twinbill/mock/defect"
	"github.com/twinbill/twinbill/mock/fixtures"
	"github.com/twinbill/twinbill/mock/ripple"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/openapi"
)

// New returns a twin of both APIs, laid out as their public hosts lay them:
// /m/ripple and /ripple/access_token, /v1, and the control API under /__admin.
// It errs where an option cannot be met, such as a defect that does not exist.
func New(options ...Option) (http.Handler, error) {
	s := settings{now: time.Now, version: "devel"}
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
	contracts := []*openapi.Contract{rippleContract, cloudhealthContract}
	defects, err := defect.Parse(s.defects, contracts, rules())
	if err != nil {
		return nil, err
	}
	book := rule.Without(defects.Rules()...)
	sandboxes := sandbox.New(s.fixtures, s.now)
	twins := []API{
		ripple.New(rippleContract, book, s.now, s.clients),
		cloudhealth.New(cloudhealthContract, book, s.keys),
	}

	engine := newEngine()
	for _, twin := range twins {
		twin.Register(engine, guard(twin, book, sandboxes))
	}
	registerAdmin(engine, twins, sandboxes, s.version)
	engine.NoRoute(astray(twins, "route"))
	engine.NoMethod(astray(twins, "method"))

	return aliases(defects.Wrap(engine), twins), nil
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
func astray(twins []API, reason string) gin.HandlerFunc {
	return func(c *gin.Context) {
		for _, twin := range twins {
			for _, op := range twin.Contract().Operations {
				if strings.HasPrefix(c.Request.URL.Path+"/", root(op)) {
					twin.Refuse(c, twin.Astray(reason))
					return
				}
			}
		}
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
	version  string
	clients  ripple.Clients
	keys     cloudhealth.Keys
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

// WithVersion sets the product version that /__admin/health names.
func WithVersion(version string) Option { return func(s *settings) { s.version = version } }

// WithClients admits only the listed Ripple clients, instead of any.
func WithClients(clients ripple.Clients) Option { return func(s *settings) { s.clients = clients } }

// WithKeys admits only the listed CloudHealth API keys, instead of any.
func WithKeys(keys cloudhealth.Keys) Option { return func(s *settings) { s.keys = keys } }
