package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
)

// The reasons of refusals beside those of wire. They are keys of the contract's
// x-refusals, which gives the status.
const (
	notFound = "not-found"
	conflict = "conflict"
	busy     = "busy"
)

// refusal is why a request is refused, and how to mend it.
type refusal struct{ reason, says string }

func (r *refusal) Error() string { return r.says }

func refused(reason, format string, args ...any) error {
	return &refusal{reason, fmt.Sprintf(format, args...)}
}

// Refuse writes the answer that an error calls for. It is the only writer of error
// bodies. An error that is no refusal says only "internal error"; its words go to the
// log.
func (s *Server) Refuse(c *gin.Context, err error) {
	var r *refusal
	if !errors.As(err, &r) {
		wire.Unexpected(c, "control", err)
		c.JSON(http.StatusInternalServerError, gen.Error{Error: "internal error"})
		return
	}
	c.JSON(s.contract.Refusal(r.reason).Status, gen.Error{Error: r.says})
}

// Stray refuses a path (route) or method that no operation has. Where the path has
// operations it names their methods, and OPTIONS asks for nothing else.
func (s *Server) Stray(c *gin.Context, reason string) {
	c.Writer.Header().Del("Allow") // gin's, which lacks OPTIONS
	if s.Access(c); c.IsAborted() {
		return
	}
	words := "the control API has no such path; openapi/sandbox.yaml lists those it has"
	if taken := s.contract.Methods(c.Request.URL); len(taken) > 0 {
		if slices.Contains(taken, http.MethodGet) {
			taken = append(taken, http.MethodHead)
		}
		allow := strings.Join(append(taken, http.MethodOptions), ", ")
		c.Header("Allow", allow)
		if c.Request.Method == http.MethodOptions {
			c.AbortWithStatus(http.StatusNoContent)
			return
		}
		reason, words = "method", fmt.Sprintf("%s is not taken here, but %s", c.Request.Method, allow)
	}
	s.Refuse(c, refused(reason, "%s", words))
}

// undecodable refuses what the contract lets through but Go's types do not hold, such as
// a number beyond their range.
func (s *Server) undecodable(c *gin.Context, err error) {
	words := fmt.Sprintf("the body holds a value out of its range: %s", err)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		words = fmt.Sprintf("%s: the %s is out of range; write a smaller one", wrong.Field, wrong.Value)
	}
	s.Refuse(c, refused(wire.Validation, "%s", words))
}

// unanswerable notes an answer that could not be written whole. Where nothing of it went
// out, it says so.
func (s *Server) unanswerable(c *gin.Context, err error) {
	if !c.Writer.Written() {
		s.Refuse(c, err)
	}
}
