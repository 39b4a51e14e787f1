package conformance

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/conformance/target"
)

// locationResolves reads what Location points to, on the target's own base.
func locationResolves(ctx context.Context, s *session, e *target.Exchange, _ arguments) error {
	asked, err := url.Parse(e.URL)
	if err != nil {
		return err
	}
	location, err := asked.Parse(e.Header.Get("Location"))
	if err != nil || e.Header.Get("Location") == "" {
		return unmet{"a Location that is a URL", fmt.Sprintf("%q", e.Header.Get("Location"))}
	}
	read, err := s.do(ctx, &target.Request{
		Operation: s.contract.Operation("getAwsAccountAssignment"), Header: credentialOf(e),
		URL: pathAndQuery(location, e.Request.Query),
	})
	if err != nil {
		return err
	}
	if read.Status == http.StatusOK && !equal(documented(read), documented(e)) {
		return unlike{"what Location gives to be the answer", e.JSON(), read.JSON()}
	}
	if read.Status != http.StatusOK {
		return unmet{"Location to give " + show(e.JSON()), fmt.Sprintf("%d %s", read.Status, show(read.JSON()))}
	}
	return nil
}

// credentialOf is the header by which a request authenticated itself.
func credentialOf(e *target.Exchange) http.Header {
	header := http.Header{}
	if value := e.Sent.Get("Authorization"); value != "" {
		header.Set("Authorization", value)
	}
	return header
}

// pathAndQuery is where a URL of the target's leads, with the key of the request
// that named it where it carries none.
func pathAndQuery(u *url.URL, asked url.Values) string {
	query := u.Query()
	if key := asked.Get("api_key"); key != "" && query.Get("api_key") == "" {
		query.Set("api_key", key)
	}
	out := u.EscapedPath()
	if len(query) > 0 {
		out += "?" + query.Encode()
	}
	return out
}

// follow asks for the page that a link of an answer leads to, as the caller of that.
func (s *session) follow(ctx context.Context, e *target.Exchange, link *url.URL) (*target.Exchange, error) {
	return s.do(ctx, &target.Request{Operation: e.Request.Operation, Header: credentialOf(e), URL: pathAndQuery(link, e.Request.Query)})
}

// followLink goes from page to page by rel=next and counts what it finds. With the
// argument once, one element on all pages has its fields.
func followLink(ctx context.Context, s *session, e *target.Exchange, with arguments) error {
	in, _ := with["in"].(string)
	in = cmp.Or(in, "/aws_account_assignments")
	seen, places, found := map[string]bool{}, map[string]bool{}, 0
	pages, page := 0, e
	for {
		pages++
		list, err := rows(page, arguments{"in": in})
		if err != nil {
			return err
		}
		size, err := strconv.Atoi(page.Header.Get("X-Per-Page"))
		if len(list) > size && err == nil {
			return unmet{fmt.Sprintf("at most X-Per-Page = %d on page %d", size, pages), strconv.Itoa(len(list))}
		}
		for _, row := range list {
			number, _ := member(row, "id")
			id := show(number)
			if seen[id] {
				return unmet{"every element once", "id " + id + " again on page " + strconv.Itoa(pages)}
			}
			seen[id] = true
		}
		found += len(matching(list, with.object("once")))
		next := links(page)["next"]
		if next == nil {
			break
		}
		if places[next.RequestURI()] || len(list) == 0 || pages == mostPages {
			return unmet{"rel=next to end", fmt.Sprintf("%s after %d pages", next, pages)}
		}
		places[next.RequestURI()] = true
		page, err = s.follow(ctx, e, next)
		if err != nil {
			return err
		}
		if page.Status != http.StatusOK {
			return unmet{"200 from " + next.String(), strconv.Itoa(page.Status)}
		}
	}
	if pages < with.number("pages") {
		return unmet{fmt.Sprintf("at least %d pages", with.number("pages")), strconv.Itoa(pages)}
	}
	if last := links(e)["last"]; last != nil && pages > 1 {
		ended, err := url.Parse(page.URL)
		if number := last.Query().Get("page"); err == nil && number != "" && ended.Query().Get("page") != "" && number != ended.Query().Get("page") {
			return unmet{"rel=last to lead to page " + ended.Query().Get("page") + ", where rel=next ends", last.String()}
		}
	}
	if want := with.object("once"); want != nil && found != 1 {
		return unmet{"exactly one element with " + show(want), fmt.Sprintf("%d of %d", found, len(seen))}
	}
	if total := page.Header.Get("X-Total"); total != "" && total != strconv.Itoa(len(seen)) {
		return unmet{"as many elements as X-Total = " + total, strconv.Itoa(len(seen))}
	}
	return nil
}

// linkHeader holds the links of an answer to the arguments rels, which are there in any
// order, and keeps, which are parameters that each repeats. There is a next page only
// where rels names it.
func linkHeader(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	got := links(e)
	for rel, place := range got {
		for _, name := range with.texts("keeps") {
			if want := e.Request.Query.Get(name); place.Query().Get(name) != want {
				return unmet{fmt.Sprintf("%s=%s under rel=%s", name, want, rel), place.String()}
			}
		}
	}
	want := with.texts("rels")
	missing := slices.ContainsFunc(want, func(rel string) bool { return got[rel] == nil })
	if missing || got["next"] != nil && !slices.Contains(want, "next") {
		return unmet{"links with the relations " + strings.Join(want, ", "), fmt.Sprintf("%q", e.Header["Link"])}
	}
	return nil
}
