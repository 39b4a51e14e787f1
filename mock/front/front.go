// Package front is what stands between a listener and the twin: each a handler around
// a handler, of which the twin knows nothing.
package front
