package cloudhealth

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// largestPageSize is what a larger page size is clamped to (cloudhealth.per-page).
const largestPageSize = 100

// defaultPageSize is the contract's.
func defaultPageSize(contract *openapi.Contract) int {
	for _, p := range contract.Operation("listAwsAccountAssignments").Parameters() {
		if size, ok := p.Schema.Value.Default.(float64); ok && p.Name == "per_page" {
			return int(size)
		}
	}
	panic("cloudhealth.yaml: per_page has no default")
}

// page is one page of a list.
type page struct{ number, size, total int }

// pageOf is the page that a request asks for: the first where it names none, and of
// at most 100 elements (cloudhealth.per-page).
func (t *Twin) pageOf(number, size *int, total int) page {
	p := page{number: 1, size: t.pageSize, total: total}
	if number != nil {
		p.number = *number
	}
	if size != nil && !t.dialect.Is("cloudhealth.page-size", "own") {
		p.size = min(*size, largestPageSize)
	}
	return p
}

// last is the number of the last page; an empty list has one page.
func (p page) last() int { return max(1, (p.total+p.size-1)/p.size) }

// beyond reports whether the page comes after the last.
func (p page) beyond() bool { return p.number > p.last() }

func (p page) offset() int { return (p.number - 1) * p.size }

// link is the Link header: the pages before and after this one, as absolute URLs that
// keep the other query parameters. It is nil when everything fits one page.
func (p page) link(r *http.Request) *string {
	if p.last() == 1 {
		return nil
	}
	var links []string
	add := func(rel string, number int) {
		url := *r.URL
		query := url.Query()
		query.Set("page", strconv.Itoa(number))
		url.RawQuery = query.Encode()
		links = append(links, fmt.Sprintf(`<%s%s>; rel="%s"`, wire.Origin(r), url.RequestURI(), rel))
	}
	if p.number > 1 {
		add("first", 1)
		add("prev", min(p.number-1, p.last()))
	}
	if p.number < p.last() {
		add("last", p.last())
		add("next", p.number+1)
	}
	joined := strings.Join(links, ", ")
	return &joined
}

// lenientPaging rewrites page and per_page in the query to the numbers they are read
// as: at least 1, and left out where they are no numbers. The generated binding takes
// integers only and would refuse the rest.
func lenientPaging(c *gin.Context) {
	query := c.Request.URL.Query()
	for _, name := range []string{"page", "per_page"} {
		if !query.Has(name) {
			continue
		}
		n, err := strconv.Atoi(query.Get(name))
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			query.Del(name)
			continue
		}
		query.Set(name, strconv.Itoa(max(n, 1)))
	}
	url := *c.Request.URL
	url.RawQuery = query.Encode()
	c.Request.URL = &url
}
