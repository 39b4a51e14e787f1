package conformance

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
)

// aboutPages are the named checks that are about one page of a list.
var aboutPages = []string{"follow-link", "link", "trailing-slash", "header-absent"}

// largestPage is the page size by which scenarios ask for a whole list.
const largestPage = "100"

// gather is the answer to a request for the largest page, with the rows of the pages that
// follow: a deployment may hold more rows than a page, or have smaller pages.
func (s *session) gather(ctx context.Context, e *target.Exchange, step *scenarios.Step) (*target.Exchange, error) {
	op := e.Request.Operation
	whole := paged(op) && e.Request.Query.Get("per_page") == largestPage && e.Request.Query.Get("page") == ""
	if !whole || slices.ContainsFunc(step.Checks, func(c scenarios.Check) bool { return slices.Contains(aboutPages, c.Name) }) {
		return e, nil
	}
	body, listed := e.JSON().(map[string]any)
	if !listed || links(e)["next"] == nil {
		return e, nil
	}
	gathered, places := *e, map[string]bool{}
	for page := e; page.Err == nil && page.Status == http.StatusOK && len(places) < mostPages; {
		next := links(page)["next"]
		if next == nil || places[next.RequestURI()] {
			break
		}
		places[next.RequestURI()] = true
		var err error
		if page, err = s.follow(ctx, e, next); err != nil {
			return page, err
		}
		more, _ := page.JSON().(map[string]any)
		for name, rows := range more {
			list, _ := body[name].([]any)
			added, _ := rows.([]any)
			body[name] = append(list, added...)
		}
	}
	answer, err := json.Marshal(body)
	gathered.Answer = answer
	return &gathered, err
}
