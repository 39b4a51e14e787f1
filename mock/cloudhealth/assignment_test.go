package cloudhealth_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/cloudhealth"
)

const (
	pageExample = `{"owner_id": "000000000001", "customer_id": 1, "payer_account_owner_id": "000000000001"}`
	pageAnswer  = `{"customer_id":1,"id":1,"owner_id":"000000000001","payer_account_owner_id":"000000000001"}` + "\n"
	invalid     = "cloudhealth.assignment.invalid"
)

func TestLife(t *testing.T) {
	c := newClient(t)
	created := c.create(pageExample)
	if created.body != pageAnswer {
		t.Errorf("created %s", created.body)
	}
	location := created.header.Get("Location")
	if location != "http://example.com/v1/aws_account_assignments/1" {
		t.Errorf("Location is %s", location)
	}
	if got := c.send("GET", location, ""); got.body != pageAnswer {
		t.Errorf("read %d %s", got.status, got.body)
	}
	updated := c.send("PUT", location, `{"id": 7, "customer_id": 2, "colour": "blue"}`)
	if want := strings.Replace(pageAnswer, `"customer_id":1`, `"customer_id":2`, 1); updated.body != want {
		t.Errorf("updated %d %s", updated.status, updated.body)
	}
	if updated.header.Get("Location") != location {
		t.Errorf("Location after an update is %s", updated.header.Get("Location"))
	}
	c.want(c.send("DELETE", location, ""), http.StatusNoContent)
	c.want(c.send("GET", location, ""), http.StatusNotFound, "cloudhealth.not-found")
	c.want(c.send("DELETE", location, ""), http.StatusNotFound, "cloudhealth.not-found")
	if again := c.create(pageExample); !strings.Contains(again.body, `"id":2`) {
		t.Errorf("created anew %s", again.body)
	}
}

// The page's update example (assignment#update-an-aws-account-assignment) succeeds
// where 000000000002 is its own payer for customer 1.
func TestUpdateExample(t *testing.T) {
	c := newClient(t)
	c.create(pageExample)
	c.create(`{"owner_id": "000000000002", "customer_id": 1, "payer_account_owner_id": "000000000002"}`)
	got := c.send("PUT", collection+"/1", `{"payer_account_owner_id": "000000000002"}`)
	if want := `{"customer_id":1,"id":1,"owner_id":"000000000001","payer_account_owner_id":"000000000002"}` + "\n"; got.body != want {
		t.Errorf("updated %d %s", got.status, got.body)
	}
}

func TestAllBrokenCriteriaAtOnce(t *testing.T) {
	c := newClient(t)
	c.create(pageExample)
	for _, tc := range []struct {
		body   string
		errors []string
	}{
		{`{}`, []string{"owner_id is required.", "customer_id is required.", "payer_account_owner_id is required."}},
		{`{"owner_id": null, "customer_id": null, "payer_account_owner_id": null}`, []string{"owner_id is required.", "customer_id is required.", "payer_account_owner_id is required."}},
		{`{"customer_id": 9}`, []string{"owner_id is required.", "payer_account_owner_id is required.", "customer_id 9 is not one of the partner's customers."}},
		{`{"owner_id": "000000000001"}`, []string{"customer_id is required.", "payer_account_owner_id is required.", `owner_id "000000000001" already belongs to another assignment.`}},
		{`{"owner_id": "999999999999", "customer_id": 3, "payer_account_owner_id": "000000000002"}`, []string{
			`owner_id "999999999999" is not one of the partner's AWS accounts.`,
			"customer_id 3 does not have partner billing enabled.",
			`payer_account_owner_id "000000000002" is not assigned to customer_id 3 yet.`,
		}},
		{`{"owner_id": "12", "customer_id": "x"}`, []string{"customer_id \"x\": ", "payer_account_owner_id is required."}},
		{`{"owner_id": "12", "customer_id": 999, "payer_account_owner_id": "x"}`, []string{
			`owner_id "12" is not one of the partner's AWS accounts.`, "customer_id 999 is not one of the partner's customers.",
			`payer_account_owner_id "x" is not assigned to customer_id 999 yet.`,
		}},
		{`{"owner_id": "", "customer_id": 1, "payer_account_owner_id": ""}`, []string{`owner_id "" is not one of the partner's AWS accounts.`}},
		{`{"owner_id": 1, "customer_id": 1.5, "payer_account_owner_id": ["a"]}`, []string{"customer_id 1.5: ", "owner_id 1: ", `payer_account_owner_id ["a"]: `}},
		{`[]`, []string{"Invalid request: "}},
		{`null`, []string{"Invalid request: "}},
		{`{"owner_id": "000000000002", "customer_id": 1e30, "payer_account_owner_id": "000000000002"}`, []string{"customer_id 1e+30: "}},
		{`{"owner_id": "000000000002", "customer_id": 9223372036854775808, "payer_account_owner_id": "000000000002"}`, []string{" is out of range."}},
		{`{"owner_id": "000000000002", "customer_id": 0, "payer_account_owner_id": "000000000002"}`, []string{"customer_id 0 is not one of the partner's customers."}},
	} {
		before := c.state()
		a := c.send("POST", collection, tc.body)
		got := a.errors(t)
		if a.status != http.StatusUnprocessableEntity || len(got) != len(tc.errors) {
			t.Errorf("%s: %d %q, want %q", tc.body, a.status, got, tc.errors)
			continue
		}
		for _, want := range tc.errors {
			if !slices.ContainsFunc(got, func(e string) bool { return strings.Contains(e, want) }) {
				t.Errorf("%s: %q lacks %q", tc.body, got, want)
			}
		}
		if len(a.clauses()) != len(got) {
			t.Errorf("%s: clauses %v", tc.body, a.clauses())
		}
		if c.state() != before {
			t.Errorf("%s changed the state", tc.body)
		}
	}
}

func TestFirstBrokenCriterionOnly(t *testing.T) {
	c := newClient(t, "cloudhealth.rule-order=first")
	c.want(c.send("POST", collection, `{}`), http.StatusUnprocessableEntity, "cloudhealth.assignment.create.owner-id.required")
	if a := c.send("POST", collection, `{"owner_id": 1, "customer_id": "x"}`); len(a.errors(t)) != 1 {
		t.Errorf("errors %q", a.errors(t))
	}
}

func TestNullIsAbsentOnUpdate(t *testing.T) {
	c := newClient(t)
	location := c.create(pageExample).header.Get("Location")
	if a := c.send("PUT", location, `{"owner_id": null, "customer_id": null, "payer_account_owner_id": null}`); a.body != pageAnswer {
		t.Errorf("updated %d %s", a.status, a.body)
	}
	c.want(c.send("PUT", location, `{"owner_id": "12"}`), http.StatusUnprocessableEntity, "cloudhealth.assignment.owner-id.known", "cloudhealth.assignment.payer.assigned")
}

func TestPayerDefaultsToOwner(t *testing.T) {
	c := newClient(t, "cloudhealth.payer-required=defaults-to-owner")
	if a := c.create(`{"owner_id": "000000000001", "customer_id": 1}`); a.body != pageAnswer {
		t.Errorf("created %s", a.body)
	}
}

func TestPathID(t *testing.T) {
	for reading, status := range map[string]int{"404": http.StatusNotFound, "422": http.StatusUnprocessableEntity} {
		c := newClient(t, "cloudhealth.not-found="+reading)
		for _, id := range []string{"7", "abc", "1.5", "0", "-1", "99999999999999999999", "%ff", "1%2F2", "%20"} {
			c.want(c.send("GET", collection+"/"+id, ""), status, "cloudhealth.not-found")
			c.want(c.send("PUT", collection+"/"+id, `{}`), status, "cloudhealth.not-found")
			c.want(c.send("DELETE", collection+"/"+id, ""), status, "cloudhealth.not-found")
		}
	}
}

func TestReadingsOfAnswers(t *testing.T) {
	c := newClient(t, "cloudhealth.location=relative", "cloudhealth.delete.status=200")
	location := c.create(pageExample).header.Get("Location")
	if location != collection+"/1" {
		t.Errorf("Location is %s", location)
	}
	c.want(c.send("DELETE", location, ""), http.StatusOK)
}

func TestMediaType(t *testing.T) {
	for _, tc := range []struct {
		reading, contentType string
		status               int
	}{
		{"422", "application/json", 200},
		{"422", "application/json;", 200},
		{"422", "Application/JSON; charset=utf-8", 200},
		{"422", "", 422},
		{"422", "text/plain", 422},
		{"422", "application/json; =", 200}, // no parameter decides
		{"415", "", 415},
		{"415", "text/plain", 415},
		{"accepted", "", 200},
		{"accepted", "text/plain", 200},
	} {
		c := newClient(t, "cloudhealth.media-type="+tc.reading)
		r := httptest.NewRequest(http.MethodPost, collection+"?api_key=key", strings.NewReader(pageExample))
		if tc.contentType != "" {
			r.Header.Set("Content-Type", tc.contentType)
		}
		if a := c.do(r); a.status != tc.status {
			t.Errorf("%s under %s: %d %s", tc.contentType, tc.reading, a.status, a.body)
		}
	}
}

func TestBodylessContentType(t *testing.T) {
	c := newClient(t)
	r := httptest.NewRequest(http.MethodDelete, c.create(pageExample).header.Get("Location"), nil)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer key")
	c.want(c.do(r), http.StatusNoContent)
}

func TestUnreadableRequests(t *testing.T) {
	c := newClient(t)
	before := c.state()
	for body, want := range map[string]struct {
		status int
		clause string
	}{
		`{"owner_id"`:                          {422, "cloudhealth.malformed"},
		"\xff":                                 {422, "cloudhealth.malformed"},
		" ":                                    {422, "cloudhealth.malformed"},
		`{"a": 1e999}`:                         {422, "cloudhealth.malformed"},
		`"` + strings.Repeat("x", 1<<20) + `"`: {413, "cloudhealth.error.size"},
	} {
		c.want(c.send("POST", collection, body), want.status, want.clause)
	}
	c.want(c.send("POST", collection+"?x=%zz", pageExample), 422, invalid)
	c.want(c.send("PATCH", collection, ""), 405, "cloudhealth.error.route")
	c.want(c.send("GET", "/v1/nothing", ""), 404, "cloudhealth.error.route")
	c.want(c.send("POST", collection+"/", pageExample), 405, "cloudhealth.error.route") // which GET has
	if c.state() != before {
		t.Errorf("the state is %s", c.state())
	}
}

// Whatever rule or keyword a defect takes away, the twin answers something.
func TestAnyDefectIsSafe(t *testing.T) {
	contract := newClient(t).contract
	for _, clause := range contract.Clauses {
		for _, readings := range [][]string{nil, {"cloudhealth.payer-required=defaults-to-owner", "cloudhealth.delete.consolidated=refused"}} {
			handler := unchecked(t, readings, clause.ID)
			if handler == nil {
				continue
			}
			for _, body := range []string{`{}`, `[]`, `{"owner_id": 3}`, `{"owner_id": "x", "customer_id": 0}`, `{"customer_id": 1e30}`, pageExample, pageExample} {
				for _, target := range []string{"POST " + collection, "PUT " + collection + "/1", "PUT " + collection + "/x", "GET " + collection + "?page=x&per_page=-1", "DELETE " + collection + "/2"} {
					method, path, _ := strings.Cut(target, " ")
					r := httptest.NewRequest(method, path, strings.NewReader(body))
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Authorization", "Bearer key")
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, r)
					if w.Code >= 500 {
						t.Errorf("%s %s with the defect %s: %d %s", target, body, clause.ID, w.Code, w.Body)
					}
				}
			}
		}
	}
}

// unchecked is a twin with a defect; nil where no defect has the slug.
func unchecked(t *testing.T, readings []string, slug string) http.Handler {
	t.Helper()
	dialect := newClient(t, readings...).contract.Dialect
	handler, err := mock.New(mock.WithDialect(dialect), mock.WithDefects(slug))
	if err != nil {
		return nil
	}
	return handler
}

// A field that a defect no longer requires, or whose form it no longer holds, is let
// through.
func TestFieldDefects(t *testing.T) {
	for slug, body := range map[string]string{
		"cloudhealth.assignment.create.owner-id.required":               `{"customer_id": 1, "payer_account_owner_id": "000000000001"}`,
		"cloudhealth.assignment.create.customer-id.required":            `{"owner_id": "000000000001", "payer_account_owner_id": "000000000001"}`,
		"cloudhealth.assignment.create.payer-account-owner-id.required": `{"owner_id": "000000000001", "customer_id": 1}`,
	} {
		c := newClient(t)
		c.want(c.send("POST", collection, body), http.StatusUnprocessableEntity, slug)
		handler := unchecked(t, nil, slug)
		r := httptest.NewRequest(http.MethodPost, collection+"?api_key=key", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Errorf("%s with the defect %s: %d %s", body, slug, w.Code, w.Body)
		}
	}
}

func TestRulesAreInTheContract(t *testing.T) {
	contract := newClient(t).contract
	for _, r := range cloudhealth.Rules() {
		if _, ok := contract.Clause(r.Clause); !ok {
			t.Errorf("no clause %s", r.Clause)
		}
	}
}
