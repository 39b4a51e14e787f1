package mock

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/semaphore"

	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// What large requests and answers take in memory at once is bounded. Small ones never wait.
var (
	bodiesInFlight  int64 = 64 << 20
	answersInFlight int64 = 512 << 20
	roomPatience          = 5 * time.Second
)

const (
	smallBody   = 64 << 10
	smallAnswer = 1 << 20
	rowInAnswer = 2 << 10 // bytes that a row of a list takes on its way to the client, about
)

// room is what the large messages of one kind may take together.
type room struct {
	all  *semaphore.Weighted
	size int64
}

func newRoom(size int64) room { return room{semaphore.NewWeighted(size), size} }

// take waits for a part of the room, and returns what gives it back. It is not ok where
// there is none within a time, or the client has gone.
func (r room) take(ctx context.Context, bytes int64) (release func(), ok bool) {
	bytes = min(bytes, r.size)
	ctx, cancel := context.WithTimeout(ctx, roomPatience)
	defer cancel()
	if r.all.Acquire(ctx, bytes) != nil {
		return nil, false
	}
	return func() { r.all.Release(bytes) }, true
}

// takeIn reads the body of a request, a large one once there is room for it, and returns
// what gives that back. It is not ok where there is none: the request is refused then.
func takeIn(c *gin.Context, twin API, op *openapi.Operation, bodies room) (release func(), ok bool) {
	if release, ok = bodies.forBody(c.Request, wire.MaxBody); !ok {
		busy(c, twin, op)
		return nil, false
	}
	wire.Read(c.Request)
	return release, true
}

// forBody waits for what the body of a request takes, of which at most so many bytes are
// read, and returns what gives that back.
func (r room) forBody(request *http.Request, most int64) (release func(), ok bool) {
	size := request.ContentLength
	if size >= 0 && size <= smallBody {
		return func() {}, true
	}
	if size < 0 || size > most { // it may be packed, and says nothing of its size then
		size = most
	}
	return r.take(request.Context(), size)
}

// makeRoom waits for what the answer to an operation takes where it may be the whole of a
// large state, and returns what gives that back.
func (r room) makeRoom(ctx context.Context, op *openapi.Operation, state *store.Store) (release func(), ok bool) {
	size := int64(state.Rows()) * rowInAnswer
	if size <= smallAnswer || op.Method != http.MethodGet || paged(op) {
		return func() {}, true
	}
	return r.take(ctx, size)
}

// paged reports whether an operation answers a page at a time.
func paged(op *openapi.Operation) bool {
	for _, p := range op.Parameters() {
		if p.Name == "per_page" {
			return true
		}
	}
	return false
}

// busy refuses a request that there was no room for.
func busy(c *gin.Context, twin API, op *openapi.Operation) {
	c.Header("Retry-After", "1")
	twin.Refuse(c, twin.Failing(op, http.StatusServiceUnavailable, "Twinbill is busy with other large requests."))
	c.Abort()
}
