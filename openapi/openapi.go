// Package openapi holds the contract: the hand-written OpenAPI documents of both
// APIs, the dialect that rules where their pages are silent, and the overlays that
// turn a reading of a ruling into a contract. It is the one source of every
// documented fact; the twin, the suite and the reports read it from here.
package openapi

import "embed"

//go:embed ripple.yaml cloudhealth.yaml sandbox.yaml dialect.yaml overlays
var documents embed.FS

// API names an API by the stem of its document.
type API string

// The documented APIs.
const (
	Ripple      API = "ripple"
	CloudHealth API = "cloudhealth"
)

// Sandbox is the twin's own control API. No partner documents it, so that it is not
// among the APIs that a deployment is held to.
const Sandbox API = "sandbox"

// APIs lists the documented APIs in the order reports use.
func APIs() []API { return []API{Ripple, CloudHealth} }

// Document returns the bytes of an API's contract as it is written, that is under
// the default dialect.
func Document(api API) []byte {
	data, err := documents.ReadFile(string(api) + ".yaml")
	if err != nil {
		panic(err) // embedded: only a misspelt API can get here
	}
	return data
}
