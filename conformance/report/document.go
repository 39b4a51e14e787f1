// Package report writes what a verification found: for the terminal, for CI, and as
// JSON, Markdown and HTML.
package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Document is the report that every format is made from: what a verification found,
// without its secrets. Its JSON is what report.schema.json describes; field names are
// stable.
type Document struct {
	Schema     string            `json:"$schema"`
	Suite      Suite             `json:"suite"`
	Target     Target            `json:"target"`
	Started    time.Time         `json:"started"`
	DurationMS int64             `json:"duration_ms"`
	Seed       string            `json:"seed"` // a number too large for some readers of JSON
	Strict     bool              `json:"strict"`
	Outcome    Outcome           `json:"outcome"`
	Reason     string            `json:"reason,omitempty"` // why nothing is verified; empty where something is
	Dialect    map[string]string `json:"dialect"`          // point → reading
	Points     []Point           `json:"points"`
	Summary    Summary           `json:"summary"`
	Clauses    []Clause          `json:"clauses"`
	Checks     []Check           `json:"checks"`
	Latency    []Latency         `json:"latency"`
	Residue    []string          `json:"residue"`
	Kept       []string          `json:"kept"`
	Extras     []Extra           `json:"extras"`
	Stale      []string          `json:"stale"`
}

// Outcome is what a verification comes to.
type Outcome string

// The outcomes, each with its exit status of `twinbill verify`.
const (
	Conformant    Outcome = "conformant"        // 0
	NotConformant Outcome = "not conformant"    // 1
	Unverified    Outcome = "nothing verified"  // 2
	Undecided     Outcome = "inconclusive"      // 3
	Empty         Outcome = "nothing to verify" // 0: the shard holds none of the selected checks
)

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

// Point is a question that the documentation leaves open, and how the target reads it.
type Point struct {
	Slug     string `json:"slug"`
	Reading  string `json:"reading"`
	Default  string `json:"default"`
	Observed bool   `json:"observed"`          // else the default is assumed
	Other    string `json:"other,omitempty"`   // what was seen, where it is none of the listed readings
	Unasked  bool   `json:"unasked,omitempty"` // nothing that ran depends on it
}

// Departs reports whether the target reads the point otherwise than by default.
func (p Point) Departs() bool { return p.Reading != p.Default }

// Extra is the undocumented fields in the answers of an operation. That is
// observed, and breaks nothing.
type Extra struct {
	Operation string   `json:"operation"`
	Fields    []string `json:"fields"`
}

func (e Extra) String() string { return e.Operation + ": " + strings.Join(e.Fields, ", ") }

// extras are the undocumented fields of answers, an operation a line.
func (d *Document) extras() []string {
	var out []string
	for _, e := range d.Extras {
		out = append(out, e.String())
	}
	return out
}

// Summary counts verdicts.
type Summary struct {
	Checks  map[conformance.Verdict]int `json:"checks"`
	Clauses map[conformance.Verdict]int `json:"clauses"`
	Excused int                         `json:"excused"` // of the checks that fail, those expected to
}

// Clause is one clause of the contract and the verdict on it.
type Clause struct {
	ID      string              `json:"id"`
	API     openapi.API         `json:"api"`
	Level   openapi.Level       `json:"level"`
	Says    string              `json:"says"`
	Source  string              `json:"source"`
	Verdict conformance.Verdict `json:"verdict"`
	Checks  []string            `json:"checks"`
}

// Check is one check and its verdict.
type Check struct {
	ID         string              `json:"id"`
	API        openapi.API         `json:"api"`
	Kind       conformance.Kind    `json:"kind"`
	Summary    string              `json:"summary"`
	Tags       []string            `json:"tags"`
	Operations []string            `json:"operations"`
	Clauses    []string            `json:"clauses"`
	Level      openapi.Level       `json:"level"`
	Verdict    conformance.Verdict `json:"verdict"`
	Reason     string              `json:"reason"`
	Broken     []string            `json:"broken"`
	Proven     []string            `json:"proven"`
	Expected   string              `json:"expected"`
	Actual     string              `json:"actual"`
	Excused    string              `json:"excused"`
	Differs    []string            `json:"differs,omitempty"` // what was expected and found, a field a line
	Lawful     string              `json:"lawful,omitempty"`  // the answer that keeps the documentation
	Blame      string              `json:"blame"`
	Replay     string              `json:"replay"`
	Curl       string              `json:"curl"`
	Chain      []string            `json:"chain,omitempty"` // the commands that lead to it from nothing
	Decisive   *int                `json:"decisive"`        // which of the exchanges a failure is about
	StartedMS  float64             `json:"started_ms"`
	DurationMS float64             `json:"duration_ms"`
	Exchanges  []Exchange          `json:"exchanges"`
}

// Exchange is one request and its answer.
type Exchange struct {
	Operation  string  `json:"operation"`
	Method     string  `json:"method"`
	URL        string  `json:"url"`
	Request    Message `json:"request"`
	Status     int     `json:"status"` // 0 where no answer came
	Response   Message `json:"response"`
	StartedMS  float64 `json:"started_ms"` // since the verification started
	DurationMS float64 `json:"duration_ms"`
	Error      string  `json:"error,omitempty"`
}

// Message is the headers and body of one side of an exchange.
type Message struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// Options say what a report needs in addition to what a verification found.
type Options struct {
	Version string // of the suite
	Strict  bool   // warnings fail

	// Hurry is closed once nobody waits for what was said: what is left of it is left out.
	Hurry <-chan struct{}
}

// New is the report of what a verification found.
func New(r *conformance.Report, o Options) *Document {
	m := newMask(r.Secrets)
	d := &Document{
		Schema: SchemaID, Suite: Suite{"twinbill", o.Version},
		Target:  Target{m.text(r.Target), m.text(r.Health.Product), m.text(r.Health.Version)},
		Started: r.Started.UTC(), DurationMS: r.Duration.Milliseconds(), Seed: strconv.FormatUint(r.Seed, 10), Strict: o.Strict,
		Outcome: outcome(r, o.Strict), Dialect: r.Dialect.Readings(), Points: m.points(r),
		Summary: Summary{Checks: map[conformance.Verdict]int{}, Clauses: map[conformance.Verdict]int{}},
		Clauses: []Clause{}, Checks: []Check{},
		Residue: m.texts(r.Residue), Kept: m.texts(r.Kept), Stale: m.texts(r.Stale), Extras: []Extra{},
	}
	for _, c := range r.Clauses {
		d.Summary.Clauses[c.Verdict]++
		d.Clauses = append(d.Clauses, Clause{c.ID, c.API, c.Level, c.Says, c.Source, c.Verdict, orEmpty(c.Checks)})
	}
	for _, id := range slices.Sorted(maps.Keys(r.Extras)) {
		d.Extras = append(d.Extras, Extra{id, m.texts(r.Extras[id])})
	}
	for i := range r.Results {
		select {
		case <-o.Hurry:
			m.hurry = true
		default:
		}
		c := m.check(r, &r.Results[i])
		d.Summary.Checks[c.Verdict]++
		if c.Excused != "" {
			d.Summary.Excused++
		}
		d.Checks = append(d.Checks, c)
	}
	d.Latency = latencies(d.Checks)
	d.Reason = m.text(reason(r, d.Outcome))
	return d
}

// Nothing is the report of a verification that found nothing out, with the reason: the
// target gave no answer, or no check is selected.
func Nothing(r *conformance.Report, o Options, reason string) *Document {
	d := New(r, o)
	d.Outcome, d.Reason = Unverified, newMask(r.Secrets).text(reason)
	return d
}

// reason is why an outcome says nothing of the target.
func reason(r *conformance.Report, o Outcome) string {
	switch o {
	case Empty:
		return "this shard holds none of the selected checks"
	case Unverified:
		for _, c := range r.Results {
			if c.Verdict == conformance.Skipped {
				return fmt.Sprintf("the first check skipped, %s, %s", c.ID, c.Reason)
			}
		}
	}
	return ""
}

func outcome(r *conformance.Report, strict bool) Outcome {
	switch code := r.ExitCode(strict); {
	case code == 1:
		return NotConformant
	case len(r.Results) == 0:
		return Empty
	case r.Nothing():
		return Unverified
	case code == 3:
		return Undecided
	}
	return Conformant
}

// points lists the switchable points of the verified APIs.
func (m mask) points(r *conformance.Report) []Point {
	out := []Point{}
	for _, p := range openapi.Points() {
		if p.Switchable && slices.Contains(r.APIs, p.API()) {
			unasked := slices.Contains(r.Unasked, p.Slug)
			observed := !slices.Contains(r.Assumed, p.Slug) && !unasked
			out = append(out, Point{p.Slug, r.Dialect.Reading(p.Slug), p.Default(), observed, m.text(r.Other[p.Slug]), unasked})
		}
	}
	return out
}

func (m mask) check(r *conformance.Report, c *conformance.Result) Check {
	out := Check{
		ID: c.ID, API: c.API, Kind: c.Kind, Summary: m.text(c.Summary), Tags: orEmpty(c.Tags),
		Operations: orEmpty(c.Operations), Clauses: orEmpty(c.Clauses), Level: c.Level, Verdict: c.Verdict,
		Reason: m.text(c.Reason), Broken: distinct(c.Broken), Proven: distinct(c.Proven),
		Expected: m.text(c.Expected), Actual: m.text(c.Actual), Excused: m.text(c.Excused), Blame: m.text(c.Blame),
		StartedMS: since(r.Started, c.Started), DurationMS: milliseconds(c.Duration), Exchanges: []Exchange{},
	}
	for _, e := range c.Exchanges {
		out.Exchanges = append(out.Exchanges, m.exchange(r, e))
	}
	if !out.Unsettled() {
		return out
	}
	if r.Replay != "" {
		out.Replay = m.text(r.Replay) + " --run " + quoted(conformance.Exactly(c.ID))
	}
	out.Differs, out.Lawful = m.texts(c.Differs), m.text(c.Lawful)
	if i := decisive(c); i >= 0 {
		out.Decisive = &i
		curl := newCurl(r, m)
		out.Curl = curl.command(c.Exchanges[i])
		out.Chain = curl.chain(slices.Concat(c.Setup, c.Exchanges[:i+1], meeting(c.Exchanges[i:])))
	}
	return out
}

// Unsettled reports whether a check is neither fine nor left out: it is what a reader
// has to look at.
func (c *Check) Unsettled() bool {
	return c.Verdict == conformance.Fail || c.Verdict == conformance.Warn || c.Verdict == conformance.Inconclusive
}

// Exchange is the one that a failure is about; nil where there is none.
func (c *Check) Exchange() *Exchange {
	if c.Decisive == nil {
		return nil
	}
	return &c.Exchanges[*c.Decisive]
}

// decisive is which exchange a failure is about: the last one where nothing is said.
func decisive(c *conformance.Result) int {
	if c.Decisive != nil {
		for i, e := range c.Exchanges {
			if e == c.Decisive || e.Request != nil && e.Request == c.Decisive.Request {
				return i
			}
		}
	}
	return len(c.Exchanges) - 1
}

func (m mask) exchange(r *conformance.Report, e *target.Exchange) Exchange {
	out := Exchange{
		Operation: e.Operation, Method: e.Method, URL: m.text(e.URL),
		Request: Message{m.headers(e.Sent), m.body(e.Body, e.Left[0])}, Status: e.Status,
		Response:  Message{m.headers(e.Header), m.body(e.Answer, e.Left[1])},
		StartedMS: since(r.Started, e.Started), DurationMS: milliseconds(e.Duration),
	}
	if e.Err != nil {
		out.Error = m.text(e.Err.Error())
	}
	return out
}

// halfSecret is how much of the end of a clipped body is not shown, in bytes: it may be a
// part of a secret that is only known as a whole.
const halfSecret = 2 << 10

// body is the body of a message of which so many bytes are not kept.
func (m mask) body(data []byte, left int) string {
	if m.hurry && len(data) > 0 {
		return "(not shown: the report was interrupted)"
	}
	text := body(data)
	if left == 0 {
		return m.text(text)
	}
	shown := m.text(text)
	shown = strings.ToValidUTF8(shown[:max(0, len(shown)-halfSecret)], "")
	return fmt.Sprintf("%s... (of this message, %d bytes are not shown)", shown, left+len(data)-len(shown))
}

func (m mask) headers(h map[string][]string) map[string]string {
	out := map[string]string{}
	for name, values := range h {
		if len(values) > 0 {
			out[m.text(name)] = m.header(name, strings.ToValidUTF8(strings.Join(values, ", "), string(utf8.RuneError)))
		}
	}
	return out
}

func (m mask) texts(list []string) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, m.text(s))
	}
	return out
}

func body(data []byte) string {
	if !utf8.Valid(data) {
		return "(not UTF-8)"
	}
	return string(data)
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// distinct is a list without what it repeats, in the order of first mention.
func distinct(list []string) []string {
	out := []string{}
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// since is how long after the start of the verification something began; 0 where
// that is not known.
func since(start, t time.Time) float64 {
	if t.Before(start) {
		return 0
	}
	return milliseconds(t.Sub(start))
}

// quoted is a word that a shell leaves as it is.
func quoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
