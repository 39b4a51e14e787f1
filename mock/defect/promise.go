package defect

import (
	"net/http"
	"slices"

	"github.com/twinbill/twinbill/openapi"
)

// promise is how a clause is broken that words alone carry.
type promise struct {
	clause string
	says   string // what the twin does instead
	breaks wrapping
}

// wrapping returns what wraps a handler so that it breaks a promise of a contract.
type wrapping func(c *openapi.Contract) rework

type rework = func(next http.Handler) http.Handler

// promises lists every promise that can be broken.
func promises() []promise {
	return slices.Concat(refusedPromises, admittedPromises, repeatedPromises, answeredPromises, rowPromises, placedPromises, spilledPromises)
}

func promiseOf(slug string) (promise, bool) {
	all := promises()
	i := slices.IndexFunc(all, func(p promise) bool { return p.clause == slug })
	if i < 0 {
		return promise{}, false
	}
	return all[i], true
}

// operations are those of a contract that have one of the ids, or all of them where
// there are no ids.
func operations(c *openapi.Contract, ids []string) []*openapi.Operation {
	if len(ids) == 0 {
		return c.Operations
	}
	var out []*openapi.Operation
	for _, id := range ids {
		out = append(out, c.Operation(id))
	}
	return out
}
