package fault

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

// Finish sends an answer that a fault has held back. It is deferred before Meet is
// called, and does nothing where no answer was held.
func Finish(c *gin.Context) {
	if h, ok := c.Writer.(*held); ok {
		c.Writer = h.ResponseWriter
		h.finish(c)
	}
}

// held holds the body of an answer back until it is whole.
type held struct {
	gin.ResponseWriter
	fault gen.NewFault
	body  []byte
}

func (h *held) Write(data []byte) (int, error) {
	h.body = append(h.body, data...)
	return len(data), nil
}

func (h *held) WriteString(text string) (int, error) { return h.Write([]byte(text)) }

// WriteHeaderNow does nothing: the header goes with the body.
func (h *held) WriteHeaderNow() {}

// Flush does nothing: there is nothing to send yet.
func (h *held) Flush() {}

func (h *held) Size() int { return len(h.body) }

func (h *held) Written() bool { return len(h.body) > 0 }

// Unwrap serves http.ResponseController.
func (h *held) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// finish sends the answer as the fault has it.
func (h *held) finish(c *gin.Context) {
	header := h.Header()
	header.Set("Content-Length", strconv.Itoa(len(h.body)))
	switch h.fault.Kind {
	case gen.Cut:
		if len(h.body) > 0 {
			h.cut(header)
		}
		panic(http.ErrAbortHandler)
	case gen.Slow:
		h.slow(c, *h.fault.BytesPerSecond)
	case gen.Malformed:
		if len(h.body) > 0 {
			h.body[0] = '<' // no JSON begins so
		}
		_, _ = h.ResponseWriter.Write(h.body)
	}
}

// cut sends as much of the answer as comes before the cut.
func (h *held) cut(header http.Header) {
	part := h.body[:len(h.body)/2]
	if *h.fault.Where == gen.CutPlaceAfter {
		part = h.body
		header.Del("Content-Length") // so that only the end of the message tells where it ends
	}
	_, _ = h.ResponseWriter.Write(part)
	flush(h.ResponseWriter)
}

// slow sends the answer at a rate, in bytes per second, and stops once the client has
// gone away.
func (h *held) slow(c *gin.Context, rate int) {
	const perSecond = 10 // pieces, where there are enough bytes
	piece := max(1, rate/perSecond)
	flush(h.ResponseWriter)
	for body := h.body; len(body) > 0; {
		n := min(piece, len(body))
		each := time.Duration(float64(n) / float64(rate) * float64(time.Second))
		allow(c, each)
		pause(c.Request.Context(), each)
		if _, err := h.ResponseWriter.Write(body[:n]); err != nil || c.Request.Context().Err() != nil {
			return
		}
		flush(h.ResponseWriter)
		body = body[n:]
	}
}

// flush sends what is written. Gin's own Flush asks the writer below it alone, and not
// the one that that wraps.
func flush(w gin.ResponseWriter) {
	w.WriteHeaderNow()
	if below, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		_ = http.NewResponseController(below.Unwrap()).Flush()
	}
}
