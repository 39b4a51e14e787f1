package stranger

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (c *call) listAssignments() answer {
	if no := c.unacceptable(); no != nil {
		return *no
	}
	q := c.r.URL.Query()
	page, per := 1, 30
	for name, to := range map[string]*int{"page": &page, "per_page": &per} {
		if t := q.Get(name); t != "" {
			n, err := strconv.Atoi(t)
			if err == nil && n >= 1 && (name != "per_page" || n <= 100 || !c.on("per-page-refused")) {
				*to = n
			} else if c.on("per-page-refused") {
				return refuse(422, name+" is out of range")
			}
		}
	}
	per = min(per, 100)
	if c.on("pages-of-thirty") {
		per = 30
	}
	rows := c.list("assignment")
	if c.on("assignment-list-shows-other-partner") {
		for _, t := range c.s.tenants {
			if t != c.ten {
				rows = append(rows, t.tab("assignment").all()...)
			}
		}
	}
	if c.on("assignment-list-shuffled") {
		rows = slices.Clone(rows)
		rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	total := len(rows)
	last := max((total+per-1)/per, 1)
	if c.on("assignment-list-empty-last-page") {
		last = total/per + 1
	}
	if page > last && c.on("page-beyond-404") {
		return refuse(404, "no such page")
	}
	from, to := (page-1)*per, min(page*per, total)
	if c.on("assignment-list-pages-overlap") && page > 1 {
		from--
	}
	if c.on("assignment-list-page-end-lost") && page < last {
		to--
	}
	if c.on("assignment-list-final-row-lost") && page > 1 && page == last {
		to--
	}
	list := []any{}
	for i := from; i >= 0 && i < to; i++ {
		list = append(list, c.told(rows[i]))
	}
	a := ok(obj{"aws_account_assignments": list})
	a.header.Set("X-Total", strconv.Itoa(total))
	a.header.Set("X-Per-Page", strconv.Itoa(per))
	if c.on("assignment-list-total-of-page") {
		a.header.Set("X-Total", strconv.Itoa(len(list)))
	}
	if c.on("assignment-list-total-of-all-partners") {
		for _, t := range c.s.tenants {
			if t != c.ten {
				total += len(t.tab("assignment").keys)
			}
		}
		a.header.Set("X-Total", strconv.Itoa(total))
	}
	if c.on("assignment-list-total-first-page-only") && page > 1 {
		a.header.Del("X-Total")
	}
	if c.on("assignment-list-per-page-always-30") {
		a.header.Set("X-Per-Page", "30")
	}
	if last > 1 || c.on("assignment-list-link-always") {
		for _, line := range c.links(q, page, per, last) {
			a.header.Add("Link", line)
		}
	}
	return a
}

// links are the Link header's lines.
func (c *call) links(q url.Values, page, per, last int) []string {
	rels := []struct {
		rel string
		to  int
	}{{"first", 1}, {"prev", min(page-1, last)}, {"next", page + 1}, {"last", last}}
	if c.on("assignment-list-last-beyond") {
		rels[3].to++
	}
	if c.on("link-last-first") {
		rels[0], rels[3] = rels[3], rels[0]
		rels[1], rels[2] = rels[2], rels[1]
	}
	parts := []string{}
	for _, r := range rels {
		inner := r.rel == "prev" || r.rel == "next"
		if inner && (r.to < 1 || r.to > last) {
			continue
		}
		if r.rel == "first" && page == 1 && c.on("link-first-only-later") || r.rel == "last" && page == last && c.on("link-first-only-later") {
			continue
		}
		n := url.Values{}
		for k, v := range q {
			n[k] = v
		}
		n.Set("page", strconv.Itoa(r.to))
		if n.Get("per_page") != "" || c.on("link-per-page-always") {
			n.Set("per_page", strconv.Itoa(per))
		}
		if c.on("assignment-list-link-loses-per-page") {
			n.Del("per_page")
		}
		at := "http://" + c.r.Host + "/v1/aws_account_assignments?" + n.Encode()
		if c.on("link-relative") {
			at = "/v1/aws_account_assignments?" + n.Encode()
		}
		part := "<" + at + `>; rel="` + r.rel + `"`
		switch {
		case c.on("link-rel-unquoted"):
			part = "<" + at + ">; rel=" + r.rel
		case c.on("link-rel-capitals"):
			part = "<" + at + `> ; REL="` + strings.ToUpper(r.rel[:1]) + r.rel[1:] + `"`
		case c.on("link-extra-params"):
			part = "<" + at + `>; title="page, \"next\"; last"; rel="` + r.rel + `"; type="application/json"`
		case c.on("link-rel-several"):
			part = "<" + at + `>; rel="` + r.rel + ` https://example.test/rel/page"`
		}
		parts = append(parts, part)
	}
	switch {
	case c.on("link-several-lines"):
		return parts
	case c.on("link-tight"):
		return []string{strings.Join(parts, ",")}
	}
	return []string{strings.Join(parts, ", ")}
}
