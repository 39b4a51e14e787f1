// Package clientgate judges a client by what the journal of a running twin says that it
// sent: its departures from the contract, the calls that were expected of it, and how
// much of the documentation it has met.
package clientgate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config says which client is judged, and by what.
type Config struct {
	URL          string // of the twin
	Sandbox      string // that the client used; empty for that of clients without a credential
	AdminToken   string // of the control API, where it has one
	Expectations []Expectation
	Minimum      Minimum
	Allowed      []string      // globs over the kinds, and the clauses, of departures that do not count
	Refusals     int           // requests that documented rules may refuse
	Patience     time.Duration // for one answer
}

// Minimum is the least percentage of each part of the documentation that the client has
// to have met, by `operations`, `answers` and `fields`.
type Minimum map[string]float64

// Parts lists what coverage is measured of.
func Parts() []string { return []string{"operations", "answers", "fields"} }

// ParseMinimum reads `operations=80%,answers=50%`.
func ParseMinimum(text string) (Minimum, error) {
	out := Minimum{}
	for pair := range strings.SplitSeq(text, ",") {
		name, number, found := strings.Cut(strings.TrimSpace(pair), "=")
		percent, err := strconv.ParseFloat(strings.TrimSuffix(number, "%"), 64)
		switch {
		case !found || !slices.Contains(Parts(), name):
			return nil, fmt.Errorf("want PART=PERCENT with a part of %s, such as operations=80%%, not %q", strings.Join(Parts(), ", "), pair)
		case err != nil || !(percent >= 0 && percent <= 100):
			return nil, fmt.Errorf("%s: want a percentage from 0%% to 100%%, not %q", name, number)
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("%s stands twice; keep one", name)
		}
		out[name] = percent
	}
	return out, nil
}

// Verdict is how a finding came out.
type Verdict string

// The verdicts.
const (
	Pass    Verdict = "pass"
	Fail    Verdict = "fail"
	Allowed Verdict = "allowed" // a departure that does not count
)

// Finding is one thing that was judged.
type Finding struct {
	Group    string   `json:"group"` // departures, expectations, coverage or journal
	Name     string   `json:"name"`
	Verdict  Verdict  `json:"verdict"`
	Says     string   `json:"says"`
	Clause   string   `json:"clause,omitempty"`
	Level    string   `json:"level,omitempty"`    // of the clause for which a request was refused
	Requests []string `json:"requests,omitempty"` // ids, the first few
	Count    int      `json:"count,omitempty"`    // of the requests
	Details  []string `json:"details,omitempty"`
	Mend     string   `json:"mend,omitempty"`
}

// Result is what was found.
type Result struct {
	URL       string    `json:"url"`
	Sandbox   string    `json:"sandbox"`
	Requests  int       `json:"requests"` // in the journal
	Met       bool      `json:"met"`
	Nothing   string    `json:"nothing,omitempty"` // why nothing could be judged
	Findings  []Finding `json:"findings"`
	Unmatched []string  `json:"unmatched,omitempty"` // globs that no departure fits
}

// Failures counts the findings that fail.
func (r *Result) Failures() int {
	n := 0
	for _, f := range r.Findings {
		if f.Verdict == Fail {
			n++
		}
	}
	return n
}

// Run asks the twin and judges. It errs where the configuration is wrong or the twin
// does not answer.
func Run(ctx context.Context, config Config) (*Result, error) {
	for _, glob := range config.Allowed {
		if _, err := path.Match(glob, ""); err != nil || glob == "" {
			return nil, fmt.Errorf("--allow-departure: %q is no glob over kinds and clauses, such as undeclared-field or ripple.*", glob)
		}
	}
	c, err := newControl(config.URL, config.Sandbox, config.AdminToken, config.Patience)
	if err != nil {
		return nil, err
	}
	result := &Result{URL: c.base, Sandbox: config.Sandbox, Findings: []Finding{}}
	if result.Sandbox == "" {
		result.Sandbox = "anonymous"
	}
	held, forgotten, err := c.count(ctx)
	if err != nil {
		return nil, err
	}
	result.Requests = held
	if held == 0 {
		result.Nothing = fmt.Sprintf("the journal of the sandbox %s holds no request; run the client first, and name its sandbox with --sandbox", result.Sandbox)
		return result, nil
	}
	if forgotten > 0 {
		result.add(Finding{
			Group: "journal", Name: "complete", Verdict: Fail, Says: fmt.Sprintf("The journal has let older requests go, %d in all, which cannot be judged.", forgotten),
			Mend: "give the twin more --journal-requests or --journal-bytes, or empty the journal before the client runs",
		})
	}
	if err := result.departures(ctx, c, config.Allowed, config.Refusals); err != nil {
		return nil, err
	}
	for _, e := range config.Expectations {
		if err := result.expectation(ctx, c, e); err != nil {
			return nil, err
		}
	}
	if len(config.Minimum) > 0 {
		found, err := c.coverage(ctx)
		if err != nil {
			return nil, err
		}
		result.coverage(found, config.Minimum)
	}
	result.Met = result.Failures() == 0
	return result, nil
}

func (r *Result) add(f Finding) { r.Findings = append(r.Findings, f) }

// kindRefused is a departure of a request that a documented rule refused.
const kindRefused = "refused"

// mostNamed is how many requests or gaps a finding names.
const mostNamed = 5

// departures adds each way in which the client departs from the contract once, however
// many of its requests do.
func (r *Result) departures(ctx context.Context, c *control, allowed []string, refusals int) error {
	requests, matching, err := c.departing(ctx)
	if err != nil {
		return err
	}
	if more := matching - len(requests); more > 0 {
		r.add(Finding{
			Group: "journal", Name: "listed", Verdict: Fail, Says: fmt.Sprintf("Of %d requests that depart from the contract, the twin lists the latest %d.", matching, len(requests)),
			Mend: "mend what is listed, or empty the journal before the client runs",
		})
	}
	type way struct{ kind, field, clause, operation, says string }
	var order []way
	found := map[way]*Finding{}
	used := map[string]bool{}
	for _, request := range requests {
		for _, d := range request.Departures {
			at := way{d.Kind, d.Field, d.Clause, request.Operation, d.Says}
			if d.Kind == kindRefused {
				at.says = "" // names what was refused
			}
			f := found[at]
			if f == nil {
				f = &Finding{Group: "departures", Name: named(request, d), Verdict: Fail, Says: d.Says, Clause: d.Clause, Level: d.Level, Mend: "mend the client, or allow it with --allow-departure " + d.Kind}
				for _, glob := range allowed {
					if covers(glob, d) {
						f.Verdict, f.Mend, used[glob] = Allowed, "", true
					}
				}
				found[at] = f
				order = append(order, at)
			}
			if f.Count++; len(f.Requests) < mostNamed {
				f.Requests = append(f.Requests, request.ID)
			}
		}
	}
	refused := 0
	for _, request := range requests {
		if slices.ContainsFunc(request.Departures, func(d departure) bool {
			return d.Kind == kindRefused && !slices.ContainsFunc(allowed, func(glob string) bool { return covers(glob, d) })
		}) {
			refused++
		}
	}
	for _, at := range order {
		f := found[at]
		if at.kind == kindRefused && f.Verdict == Fail {
			f.Mend = fmt.Sprintf("mend the client, or let so many refusals pass with --max-refusals %d", refused)
			if refused <= refusals {
				f.Verdict, f.Mend = Allowed, ""
			}
		}
		r.add(*f)
	}
	if len(order) == 0 {
		r.add(Finding{Group: "departures", Name: "none", Verdict: Pass, Says: "No request departs from the contract."})
	}
	for _, glob := range allowed {
		if !used[glob] {
			r.Unmatched = append(r.Unmatched, glob)
		}
	}
	return nil
}

// named is a short name of a departure: the operation, or what was asked in its place,
// the kind and the field.
func named(r request, d departure) string {
	of := r.Operation
	if of == "" {
		place, _, _ := strings.Cut(r.URL, "?") // which may hold a credential
		if _, below, found := strings.Cut(place, "://"); found {
			_, below, _ = strings.Cut(below, "/")
			place = "/" + below
		}
		of = r.Method + " " + place
	}
	return strings.TrimSpace(strings.Join([]string{of, d.Kind, d.Field}, " "))
}

// covers reports whether a glob allows a departure, by its kind or its clause.
func covers(glob string, d departure) bool { return fits(glob, d.Kind) || fits(glob, d.Clause) }

func fits(glob, text string) bool {
	ok, _ := path.Match(glob, text)
	return ok && text != ""
}

// expectation adds whether the client was seen to do as expected.
func (r *Result) expectation(ctx context.Context, c *control, e Expectation) error {
	v, err := c.verify(ctx, e)
	var wrong refused
	switch {
	case errors.As(err, &wrong):
		return fmt.Errorf("--expect: %s: %w", e.Where, err)
	case err != nil:
		return err
	}
	f := Finding{Group: "expectations", Name: e.Name, Verdict: Pass, Says: v.Says, Count: v.Count}
	if !v.Met {
		f.Verdict, f.Mend = Fail, "mend the client, or the expectation at "+e.Where
		for _, near := range v.NearMisses {
			f.Requests = append(f.Requests, near.Request)
			f.Details = append(f.Details, near.Request+": "+strings.Join(near.Differences, "; "))
		}
	}
	r.add(f)
	return nil
}

// coverage adds whether enough of each part of the documentation was met, and where it
// was not, what is to be met next.
func (r *Result) coverage(found coverage, least Minimum) {
	var answers, fields []string
	for _, op := range found.ByOperation {
		if op.Calls == 0 {
			continue // of which all is missing
		}
		for _, status := range slices.Sorted(maps.Keys(op.Answers)) {
			if op.Answers[status] == 0 {
				answers = append(answers, op.Operation+" "+status)
			}
		}
		for _, field := range slices.Sorted(maps.Keys(op.Fields)) {
			if op.Fields[field] == 0 {
				fields = append(fields, op.Operation+" "+field)
			}
		}
	}
	of := map[string]ratio{"operations": found.Operations, "answers": found.Answers, "fields": found.Fields}
	missing := map[string][]string{"operations": found.Unused, "answers": answers, "fields": fields}
	for _, part := range Parts() {
		wanted, asked := least[part]
		if !asked {
			continue
		}
		had := of[part]
		percent := 100.0
		if had.Documented > 0 {
			percent = 100 * float64(had.Used) / float64(had.Documented)
		}
		f := Finding{
			Group: "coverage", Name: part, Verdict: Pass,
			Says: fmt.Sprintf("The client has met %d of %d documented %s, %.1f%%; at least %s%% are wanted.", had.Used, had.Documented, part, percent, strconv.FormatFloat(wanted, 'f', -1, 64)),
		}
		if percent < wanted {
			f.Verdict, f.Mend = Fail, "test what is missing, or lower --min-coverage"
			f.Details = missing[part][:min(mostNamed, len(missing[part]))]
			if more := len(missing[part]) - len(f.Details); more > 0 {
				f.Details = append(slices.Clone(f.Details), fmt.Sprintf("and %d more", more))
			}
		}
		r.add(f)
	}
}
