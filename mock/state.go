package mock

import "io"

// Save writes the state of every sandbox as JSON. Journals, snapshots and faults are not
// in it.
func (t *Twin) Save(w io.Writer) error { return t.sandboxes.Save(w) }

// Restore makes the sandboxes that Save wrote. It errs where the input is no such file,
// and makes none of them then.
func (t *Twin) Restore(r io.Reader) error { return t.sandboxes.Restore(r) }

// Changes counts what was written to the sandboxes, so that two equal counts mean that
// nothing was between them.
func (t *Twin) Changes() uint64 { return t.sandboxes.Changes() }
