package journal

import "github.com/twinbill/twinbill/openapi"

// Undo is all that is needed to take back what one request did: the call that removes
// what it created, or the settings that stood before.
type Undo struct {
	API       openapi.API       `json:"api"`
	Creator   string            `json:"creator"`   // operationId of the request
	Operation string            `json:"operation"` // operationId of the call that takes it back
	Path      map[string]string `json:"path"`
	Lacks     bool              `json:"lacks,omitempty"` // the request did not give what Path needs
	Fill      string            `json:"fill,omitempty"`  // path parameter that the look-up gives where Path does not
	Lookup    *openapi.Lookup   `json:"lookup,omitempty"`
	Query     map[string]string `json:"query,omitempty"`  // of the look-up
	Match     map[string]string `json:"match,omitempty"`  // what the look-up compares, by field
	Settings  []map[string]any  `json:"settings"`         // what stood before, as the request's list has it; nil where something is removed instead
	As        string            `json:"as"`               // whose credential: a name, never a secret
	Within    []string          `json:"within,omitempty"` // what of the run's the request names, that may take it along when it goes
}
