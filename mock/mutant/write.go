package mutant

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/openapi"
)

// writes has each write answered, and not kept.
func (d *deriver) writes() {
	if !d.op.Writes() {
		return
	}
	d.add(Lost, "write", "a write is answered, and not kept", d.written(func(c openapi.Clause) bool {
		return slices.Contains(c.Operations, d.op.ID) && effect(c)
	}), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if Of(d.op, r) {
				r = r.WithContext(Lose(r.Context()))
			}
			next.ServeHTTP(w, r)
		})
	})
}

// effect reports whether a clause promises that a write shows afterwards.
func effect(c openapi.Clause) bool {
	for _, words := range []string{
		"reads back", "read back", "stands in the list", "no more", "neither read", "replaces", "unknown to",
		"Reading the URL", "has no details", "A password update sets", "A meta update sets", "be assigned anew", "registered again", "used again",
	} {
		if strings.Contains(c.Says, words) && !strings.Contains(c.Says, "null") {
			return true
		}
	}
	return false
}

type loseKey struct{}

// Lose marks a request whose write is to be answered and not kept.
func Lose(ctx context.Context) context.Context { return context.WithValue(ctx, loseKey{}, true) }

// Loses reports whether a request is marked so.
func Loses(ctx context.Context) bool { return ctx.Value(loseKey{}) != nil }
