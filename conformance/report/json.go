// Package report writes what a verification found: for the terminal, and as JSON.
package report

import (
	"encoding/json"
	"io"
	"time"
	"unicode/utf8"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Document is the JSON report. Its field names are stable.
type Document struct {
	Suite      Suite             `json:"suite"`
	Target     Target            `json:"target"`
	Started    time.Time         `json:"started"`
	DurationMS int64             `json:"duration_ms"`
	Dialect    map[string]string `json:"dialect"` // point → observed reading
	Summary    Summary           `json:"summary"`
	Clauses    []Clause          `json:"clauses"`
	Checks     []Check           `json:"checks"`
	Residue    []string          `json:"residue"`
}

// Suite names what verified.
type Suite struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Target names what was verified.
type Target struct {
	URL     string `json:"url"`
	Product string `json:"product,omitempty"` // where it is a Twinbill
	Version string `json:"version,omitempty"`
}

// Summary counts verdicts.
type Summary struct {
	Checks  map[conformance.Verdict]int `json:"checks"`
	Clauses map[conformance.Verdict]int `json:"clauses"`
}

// Clause is one clause of the contract and the verdict on it.
type Clause struct {
	ID      string              `json:"id"`
	Level   openapi.Level       `json:"level"`
	Verdict conformance.Verdict `json:"verdict"`
	Checks  []string            `json:"checks"`
}

// Check is one check and its verdict.
type Check struct {
	ID         string              `json:"id"`
	Kind       conformance.Kind    `json:"kind"`
	Operations []string            `json:"operations"`
	Clauses    []string            `json:"clauses"`
	Level      openapi.Level       `json:"level"`
	Verdict    conformance.Verdict `json:"verdict"`
	Reason     string              `json:"reason"`
	DurationMS float64             `json:"duration_ms"`
	Exchanges  []Exchange          `json:"exchanges"`
}

// Exchange is one request and its answer, without credentials.
type Exchange struct {
	Operation  string  `json:"operation"`
	Method     string  `json:"method"`
	URL        string  `json:"url"`
	Request    Message `json:"request"`
	Status     int     `json:"status"`
	Response   Message `json:"response"`
	DurationMS float64 `json:"duration_ms"`
	Error      string  `json:"error,omitempty"`
}

// Message is the headers and body of one side of an exchange.
type Message struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// JSON writes the report as a JSON document.
func JSON(w io.Writer, r *conformance.Report, suiteVersion string) error {
	m := newMask(r)
	d := Document{
		Suite:   Suite{"twinbill", suiteVersion},
		Target:  Target{r.Target, r.Health.Product, r.Health.Version},
		Started: r.Started.UTC(), DurationMS: r.Duration.Milliseconds(), Dialect: r.Dialect.Readings(),
		Summary: Summary{map[conformance.Verdict]int{}, map[conformance.Verdict]int{}},
		Clauses: []Clause{}, Checks: []Check{}, Residue: []string{},
	}
	for _, c := range r.Clauses {
		d.Summary.Clauses[c.Verdict]++
		d.Clauses = append(d.Clauses, Clause{c.ID, c.Level, c.Verdict, orEmpty(c.Checks)})
	}
	for _, c := range r.Results {
		d.Summary.Checks[c.Verdict]++
		d.Checks = append(d.Checks, Check{
			ID: c.ID, Kind: c.Kind, Operations: orEmpty(c.Operations), Clauses: orEmpty(c.Clauses), Level: c.Level,
			Verdict: c.Verdict, Reason: m.text(c.Reason), DurationMS: milliseconds(c.Duration), Exchanges: exchanges(m, c.Exchanges),
		})
	}
	for _, left := range r.Residue {
		d.Residue = append(d.Residue, m.text(left))
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func exchanges(m mask, list []*target.Exchange) []Exchange {
	out := []Exchange{}
	for _, e := range list {
		x := Exchange{
			Operation: e.Operation, Method: e.Method, URL: m.text(e.URL),
			Request: Message{headers(m, e.Sent), m.text(body(e.Body))}, Status: e.Status,
			Response: Message{headers(m, e.Header), m.text(body(e.Answer))}, DurationMS: milliseconds(e.Duration),
		}
		if e.Err != nil {
			x.Error = m.text(e.Err.Error())
		}
		out = append(out, x)
	}
	return out
}

func headers(m mask, h map[string][]string) map[string]string {
	out := map[string]string{}
	for name, values := range h {
		if len(values) > 0 {
			out[name] = m.header(name, values[0])
		}
	}
	return out
}

func body(data []byte) string {
	if !utf8.Valid(data) {
		return "(not UTF-8)"
	}
	return string(data)
}
