// Package control answers the control API: what a sandbox can be asked and told beside
// the two partner APIs. It implements the generated strict server of
// openapi/sandbox.yaml, one file a noun.
package control

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// MaxBody is the largest request body that is read, in bytes: that of a state with some
// hundred thousand rows.
const MaxBody = 64 << 20

// Twin is the twin of one API, as far as the control API needs it.
type Twin interface {
	// Contract is what the twin holds requests to.
	Contract() *openapi.Contract
	// Authenticate finds the sandbox that the credential of a request names; no role is
	// asked where the operation is nil.
	Authenticate(r *http.Request, op *openapi.Operation) (sandbox string, err error)
}

// Config is what the control API is about.
type Config struct {
	Sandboxes *sandbox.Sandboxes
	Twins     []Twin
	Access    gin.HandlerFunc // refuses whoever may not use it, and aborts; health is open to all
	Version   string          // of the product
	Instance  string          // tells this process from any other
	Closed    bool            // listed credentials alone are admitted

	// Fixtures reads the fixtures file of the process again, and tells its name; nil
	// where it was started without one.
	Fixtures func() (state *store.Store, file string, err error)

	// Room waits until the memory that the body of a request takes, of which at most so
	// many bytes are read, is free, and returns what gives it back. It is not ok where
	// that takes too long.
	Room func(r *http.Request, most int64) (release func(), ok bool)

	// Heartbeat is how often a stream without events shows that it lives. Default 15 s.
	Heartbeat time.Duration
}

// Server answers the control API.
type Server struct {
	Config
	metrics    *metrics
	contract   *openapi.Contract
	operations map[string]*openapi.Operation // by method and route
	ending     chan struct{}
	end        sync.Once
}

// New returns a server, which counts from now on what the sandboxes answer. The error is a mistake in the embedded contract.
func New(config Config) (*Server, error) {
	contract, err := openapi.Load(openapi.Sandbox, openapi.Dialect{})
	if err != nil {
		return nil, err
	}
	if config.Heartbeat <= 0 {
		config.Heartbeat = 15 * time.Second
	}
	s := &Server{Config: config, metrics: newMetrics(config.Sandboxes, config.Version), contract: contract, operations: wire.ByRoute(contract), ending: make(chan struct{})}
	return s, nil
}

// End ends all streams, now and to come. A server that shuts down waits for none then.
func (s *Server) End() { s.end.Do(func() { close(s.ending) }) }

// Register adds the generated routes.
func (s *Server) Register(router gin.IRouter) {
	server := gen.NewStrictHandlerWithOptions(s, nil, gen.StrictGinServerOptions{
		RequestErrorHandlerFunc:  s.undecodable,
		HandlerErrorFunc:         s.Refuse,
		ResponseErrorHandlerFunc: s.unanswerable,
	})
	gen.RegisterHandlersWithOptions(headed{router.Group("", s.guard)}, server, gen.GinServerOptions{
		ErrorHandler: func(c *gin.Context, err error, _ int) { s.Refuse(c, refused(wire.Validation, "%s", err)) },
	})
}

// headed answers HEAD wherever it answers GET; net/http leaves the body out.
type headed struct{ gin.IRouter }

func (h headed) GET(path string, handlers ...gin.HandlerFunc) gin.IRoutes {
	h.HEAD(path, handlers...)
	return h.IRouter.GET(path, handlers...)
}

// guard takes a request from its route to its handler: access, the contract, and the
// sandbox that it is about.
func (s *Server) guard(c *gin.Context) {
	method := c.Request.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	op := s.operations[method+" "+c.FullPath()]
	if !openToAll(op) {
		if s.Access(c); c.IsAborted() {
			return
		}
	}
	release, err := s.takeIn(c, op)
	if err != nil {
		s.Refuse(c, err)
		c.Abort()
		return
	}
	defer release()
	if problem := wire.Check(c.Request, op, wire.PathValues(c), always, wire.IsJSON); problem != nil {
		s.Refuse(c, refused(problem.Reason, "%s", problem.Says))
		c.Abort()
		return
	}
	if err := knownQuery(c.Request, op); err != nil {
		s.Refuse(c, err)
		c.Abort()
		return
	}
	if aboutSandbox(op) {
		name, err := s.caller(c.Request)
		if err != nil {
			s.Refuse(c, err)
			c.Abort()
			return
		}
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), callerKey{}, name))
	}
	c.Next() // the body is held until the handler is done with it
}

// takeIn reads the body of a request, a large one once there is room for it, and returns
// what gives that back. What an operation does not ask for is left unread: anybody may
// send it to the health of the process.
func (s *Server) takeIn(c *gin.Context, op *openapi.Operation) (release func(), err error) {
	if op.Spec.RequestBody == nil {
		if c.Request.ContentLength != 0 {
			c.Header("Connection", "close") // or net/http waits for the rest before it answers
		}
		c.Request.Body = http.NoBody
		return func() {}, nil
	}
	if c.Request.ContentLength > MaxBody {
		return nil, refused(wire.TooLarge, "the request body is larger than %d MiB", MaxBody>>20)
	}
	release, ok := s.Room(c.Request, MaxBody)
	if !ok {
		c.Header("Retry-After", "1")
		return nil, refused(busy, "Twinbill is busy with other large requests; try again")
	}
	wire.ReadUpTo(c.Request, MaxBody)
	return release, nil
}

// openToAll reports whether anybody may ask for an operation: its contract takes the
// requirement of the admin token away.
func openToAll(op *openapi.Operation) bool {
	return op.Spec.Security != nil && len(*op.Spec.Security) == 0
}

// knownQuery refuses a query parameter that an operation does not have: a filter that is
// misspelt would let everything pass.
func knownQuery(r *http.Request, op *openapi.Operation) error {
	if openToAll(op) {
		return nil // whatever a health check brings along
	}
	known := []string{}
	for _, p := range op.Parameters() {
		if p.In == openapi3.ParameterInQuery {
			known = append(known, p.Name)
		}
	}
	if aboutSandbox(op) {
		known = append(known, "api_key")
	}
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		switch {
		case slices.Contains(known, name):
		case len(known) == 0:
			return refused(wire.Validation, "%s takes no query parameter; leave %q out", op.ID, name)
		default:
			return refused(wire.Validation, "%s has no query parameter %q; it has %s", op.ID, name, strings.Join(known, ", "))
		}
	}
	return nil
}

// always has every clause of the control API in force: no defect breaks it.
func always(string) bool { return true }

// request is the HTTP request behind a handler's context, which is gin's.
func request(ctx context.Context) *http.Request {
	return ctx.Value(gin.ContextRequestKey).(*http.Request)
}
