package journal

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

// mostNearMisses is how many requests are explained.
const mostNearMisses = 3

// Verify reports whether as many of the requests that are held match an expectation as it
// wants, at least one where it does not say, and where they are too few, what keeps the
// nearest others from matching. It errs where the expectation contradicts itself, or
// names an operation that no API has.
func (j *Journal) Verify(e gen.Expectation) (gen.Verification, error) {
	if err := sound(e); err != nil {
		return gen.Verification{}, err
	}
	least, most := bounds(e)
	nodes, forgotten := j.nodes()
	var others []miss
	out := gen.Verification{NearMisses: []gen.NearMiss{}}
	wanted := demands(e)
	for _, n := range nodes {
		m := compare(&n.entry, wanted)
		if len(m.differences) == 0 {
			out.Count++
		} else {
			others = append(others, m)
		}
	}
	out.Met = out.Count >= least && out.Count <= most
	out.Says = verdict(e, out, least, most, len(nodes), forgotten)
	if out.Count < least {
		slices.Reverse(others) // the latest first among the equally near
		slices.SortStableFunc(others, func(a, b miss) int { return a.distance - b.distance })
		for i, m := range others[:min(mostNearMisses, len(others))] {
			if i > 0 && m.distance >= another && others[0].distance < another {
				break // another request altogether
			}
			out.NearMisses = append(out.NearMisses, gen.NearMiss{Request: m.id, Differences: m.differences})
		}
	}
	return out, nil
}

// deepestBody is how deep an expectation looks into a body.
const deepestBody = 64

// nested reports whether a JSON value is nested deeper than a number of levels.
func nested(value any, levels int) bool {
	var below []any
	switch v := value.(type) {
	case map[string]any:
		below = slices.Collect(maps.Values(v))
	case []any:
		below = v
	default:
		return false
	}
	return levels == 0 || slices.ContainsFunc(below, func(b any) bool { return nested(b, levels-1) })
}

// sound tells what is wrong with an expectation by itself.
func sound(e gen.Expectation) error {
	if nested(e.Body, deepestBody) {
		return fmt.Errorf("body: it is nested more than %d deep; name the field that matters", deepestBody)
	}
	for name, n := range map[string]*int{"times": e.Times, "at_least": e.AtLeast, "at_most": e.AtMost} {
		if n != nil && *n < 0 {
			return fmt.Errorf("%s is %d, and cannot be less than 0", name, *n)
		}
	}
	switch {
	case e.Times != nil && (e.AtLeast != nil || e.AtMost != nil):
		return errors.New("times stands beside at_least or at_most; say either")
	case e.AtLeast != nil && e.AtMost != nil && *e.AtLeast > *e.AtMost:
		return fmt.Errorf("at_least is %d and at_most %d, which nothing meets", *e.AtLeast, *e.AtMost)
	case e.Operation != nil && operation(*e.Operation) == nil:
		return fmt.Errorf("no operation is called %q; `twinbill clauses` and the contract list them%s", *e.Operation, meantOperation(*e.Operation))
	case e.Status != nil && (*e.Status < 0 || *e.Status > 599):
		return fmt.Errorf("status is %d; it is 0 for an answer that never came, or up to 599", *e.Status)
	case e.Path != nil && !strings.HasPrefix(*e.Path, "/") && !strings.HasPrefix(*e.Path, "*"):
		return fmt.Errorf("path is %q; it begins with / or *", *e.Path)
	}
	return nil
}

// meantOperation suggests the operation that is likely meant.
func meantOperation(id string) string {
	var ids []string
	for _, c := range contracts() {
		for _, op := range c.Operations {
			ids = append(ids, op.ID)
		}
	}
	if meant := likely(id, ids); meant != "" {
		return "; " + meant + " is one"
	}
	return ""
}

// bounds are how many requests have to match.
func bounds(e gen.Expectation) (least, most int) {
	least, most = 1, math.MaxInt
	switch {
	case e.Times != nil:
		return *e.Times, *e.Times
	case e.AtLeast != nil:
		least = *e.AtLeast
	case e.AtMost != nil:
		least = 0
	}
	if e.AtMost != nil {
		most = *e.AtMost
	}
	return least, most
}

func verdict(e gen.Expectation, v gen.Verification, least, most, held int, forgotten int64) string {
	var wanted string
	switch {
	case most == 0:
		wanted = "never"
	case least == most:
		wanted = "exactly " + times(least)
	case most == math.MaxInt:
		wanted = "at least " + times(least)
	case least == 0:
		wanted = "at most " + times(most)
	default:
		wanted = fmt.Sprintf("from %d to %s", least, times(most))
	}
	about := subject(e)
	if e.Query != nil || e.Headers != nil || e.Body != nil || e.Status != nil || e.Clause != nil {
		about += " as described"
	}
	says := fmt.Sprintf("%s %s, and is expected %s.", about, called(v.Count), wanted)
	switch {
	case v.Met:
		says = fmt.Sprintf("%s %s, as expected: %s.", about, called(v.Count), wanted)
	case held == 0:
		says += " No request is in the journal."
	}
	if forgotten > 0 {
		says += fmt.Sprintf(" Older requests, %d in all, are not held any more and do not count.", forgotten)
	}
	return says
}

// subject is what an expectation is about.
func subject(e gen.Expectation) string {
	method, path := value(e.Method), value(e.Path)
	switch {
	case e.Operation != nil:
		return *e.Operation
	case method != "" && path != "":
		return method + " " + path
	case method != "":
		return method + " of any path"
	case path != "":
		return path
	}
	return "A request"
}

func called(n int) string {
	if n == 0 {
		return "was never called"
	}
	return "was called " + times(n)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
