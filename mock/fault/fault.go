// Package fault makes a twin go wrong on request: it is slow, refuses, cuts the
// connection or sends what no client can read. Which requests meet a fault is counted,
// and drawn from a seed, so that a run can be repeated.
package fault

import (
	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/openapi"
)

// Header names the answer's header that tells which faults made it what it is.
const Header = "Twinbill-Fault"

// API is the twin of one API, as far as a fault needs it.
type API interface {
	// Contract is what the twin holds requests to.
	Contract() *openapi.Contract
	// Refuse writes the answer that an error calls for.
	Refuse(c *gin.Context, err error)
	// Expired is the refusal of a credential that has expired.
	Expired(op *openapi.Operation) error
	// Failing is a refusal with a status from 400 to 599, in the shape that the API gives
	// it on an operation.
	Failing(op *openapi.Operation, status int, words string) error
}
