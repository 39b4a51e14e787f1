package report

import (
	"fmt"
	"io"

	"github.com/twinbill/twinbill/conformance"
)

// Cleaned writes what a clean-up came to, for people.
func Cleaned(w io.Writer, c *conformance.Cleaned) {
	m := newMask(c.Secrets)
	for _, left := range c.Residue {
		fmt.Fprintf(w, "residue: %s\n", Printable(m.text(left)))
	}
	for _, kept := range c.Kept {
		fmt.Fprintf(w, "kept: %s\n", Printable(m.text(kept)))
	}
	fmt.Fprintf(w, "%s taken back, %d left\n", numbered(c.Undone, "write"), len(c.Residue))
}
