package ripple

import (
	"crypto/sha256"
	"fmt"

	"github.com/twinbill/twinbill/mock/store"
)

// newID gives out the next id of a kind that is not taken: twelve letters, the same
// ones whenever the same writes are repeated from the same seed.
func newID(tx *store.Tx, seed int64, kind string, taken func(id string) bool) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %d", seed, kind, tx.Next(kind)))
		id := sum[:12]
		for i := range id {
			id[i] = letters[int(id[i])%len(letters)]
		}
		if !taken(string(id)) {
			return string(id)
		}
	}
}
