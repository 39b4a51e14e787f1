package cloudhealth_test

import (
	"fmt"
	"regexp"
	"testing"
)

// eight assigns eight AWS accounts.
func eight(c client) {
	for i := 1; i <= 8; i++ {
		c.create(fmt.Sprintf(`{"owner_id": "%012d", "customer_id": 1, "payer_account_owner_id": "%012d"}`, i, i))
	}
}

func TestPages(t *testing.T) {
	c := newClient(t)
	eight(c)
	for _, tc := range []struct {
		query, size string
		ids         string
		link        string
	}{
		{"", "30", "12345678", ""},
		{"?per_page=8", "8", "12345678", ""},
		{"?per_page=3", "3", "123", `<http://example.com/v1/aws_account_assignments?page=3&per_page=3>; rel="last", <http://example.com/v1/aws_account_assignments?page=2&per_page=3>; rel="next"`},
		{"?page=2&per_page=3&api_key=key&x=y", "3", "456", `<http://example.com/v1/aws_account_assignments?api_key=key&page=1&per_page=3&x=y>; rel="first", <http://example.com/v1/aws_account_assignments?api_key=key&page=1&per_page=3&x=y>; rel="prev", <http://example.com/v1/aws_account_assignments?api_key=key&page=3&per_page=3&x=y>; rel="last", <http://example.com/v1/aws_account_assignments?api_key=key&page=3&per_page=3&x=y>; rel="next"`},
		{"?page=3&per_page=3", "3", "78", `<http://example.com/v1/aws_account_assignments?page=1&per_page=3>; rel="first", <http://example.com/v1/aws_account_assignments?page=2&per_page=3>; rel="prev"`},
		{"?page=9&per_page=3", "3", "", `<http://example.com/v1/aws_account_assignments?page=1&per_page=3>; rel="first", <http://example.com/v1/aws_account_assignments?page=3&per_page=3>; rel="prev"`},
		{"/?page=0&per_page=50", "50", "12345678", ""},
		{"?page=-2&per_page=1000", "100", "12345678", ""},
		{"?page=2", "30", "", ""},
		{"?page=abc&per_page=x", "30", "12345678", ""},
		{"?page=&per_page=", "30", "12345678", ""},
		{"?page=1.0&per_page=1e2", "30", "12345678", ""},
		{"?page=1&page=2", "30", "12345678", ""},
		{"?page=99999999999999999999&per_page=99999999999999999999", "100", "", ""},
	} {
		a := c.send("GET", collection+tc.query, "")
		if ids := regexp.MustCompile(`[^0-9]`).ReplaceAllString(fmt.Sprint(regexp.MustCompile(`"id":[0-9]+`).FindAllString(a.body, -1)), ""); ids != tc.ids {
			t.Errorf("%q lists %s, want %s: %d %s", tc.query, ids, tc.ids, a.status, a.body)
		}
		if a.header.Get("X-Total") != "8" || a.header.Get("X-Per-Page") != tc.size {
			t.Errorf("%q: X-Total %s, X-Per-Page %s", tc.query, a.header.Get("X-Total"), a.header.Get("X-Per-Page"))
		}
		if got := a.header.Get("Link"); got != tc.link {
			t.Errorf("%q: Link\n%s, want\n%s", tc.query, got, tc.link)
		}
	}
}

func TestFollowNext(t *testing.T) {
	c := newClient(t)
	eight(c)
	next := regexp.MustCompile(`<([^>]*)>; rel="next"`)
	target, pages, ids := collection+"?per_page=3", 0, ""
	for target != "" {
		a := c.send("GET", target, "")
		for _, id := range regexp.MustCompile(`"id":([0-9]+)`).FindAllStringSubmatch(a.body, -1) {
			ids += id[1]
		}
		pages++
		target = ""
		if found := next.FindStringSubmatch(a.header.Get("Link")); found != nil {
			target = found[1]
		}
	}
	if pages != 3 || ids != "12345678" {
		t.Errorf("%d pages list %s", pages, ids)
	}
}

func TestReadingsOfPaging(t *testing.T) {
	c := newClient(t, "cloudhealth.per-page=refused", "cloudhealth.page-beyond=404")
	c.want(c.send("GET", collection+"?per_page=101", ""), 422, "cloudhealth.per-page")
	c.want(c.send("GET", collection+"?per_page=100", ""), 200)
	c.want(c.send("GET", collection+"?page=2", ""), 404, "cloudhealth.page-beyond")
	c.want(c.send("GET", collection+"?page=1", ""), 200)
}
