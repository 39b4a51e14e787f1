package ledger

import (
	"encoding/json"
	"io"
)

// JSON writes everything that the ledger holds.
func JSON(w io.Writer, l *Ledger) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(l)
}
