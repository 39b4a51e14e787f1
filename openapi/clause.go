package openapi

// Level says how firmly a clause is promised.
type Level string

// The levels of a clause.
const (
	Must   Level = "must"   // the pages say it
	Should Level = "should" // the pages imply it, or another public source says it
	Silent Level = "silent" // the pages are silent: a dialect point rules it
)

// Origin tells where in the contract a clause comes from.
type Origin string

// The origins of a clause.
const (
	Written  Origin = "written"  // an x-clauses entry
	Request  Origin = "request"  // a schema keyword of a request field
	Response Origin = "response" // a status, header or field of an answer
	Access   Origin = "access"   // the security requirement or x-roles
	Ruling   Origin = "ruling"   // a switchable point of the dialect
)

// Clause is one thing the documentation promises.
type Clause struct {
	ID           string   `json:"id"`
	Level        Level    `json:"level"`
	Says         string   `json:"says"`
	Source       string   `json:"source"`                 // page#heading
	Unobservable string   `json:"unobservable,omitempty"` // why no check can see it from outside
	Origin       Origin   `json:"-"`
	API          API      `json:"-"`
	Operations   []string `json:"-"` // the operationIds it is stated on; empty for a schema's
}
