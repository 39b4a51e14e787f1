package journal

import (
	"strings"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
)

// sent is an entry of a request with a JSON body, empty where it has none.
func sent(id, op, method, url, body string, status int) Entry {
	e := Entry{Request: gen.Request{
		Id: id, Method: method, Url: "http://twin" + url, Status: status,
		RequestHeaders: gen.Headers{"Content-Type": {"application/json"}}, RequestBody: gen.Body{Bytes: len(body), Text: &body},
	}}
	if op != "" {
		e.Operation = &op
	}
	return e
}

func ptr[T any](v T) *T { return &v }

func TestExpectedNumbersAreExact(t *testing.T) {
	j := NewPool(Limits{}).New(0, "a")
	j.Append(sent("1", "updateCustomer", "PUT", "/v1/customers/1", `{"id":9007199254740993,"rate":1.0}`, 200))
	for id, met := range map[int64]bool{9007199254740992: false, 9007199254740993: true, 9007199254740994: false} {
		if got, err := j.Verify(gen.Expectation{Body: map[string]any{"id": id, "rate": 1}}); err != nil || got.Met != met {
			t.Errorf("%d: %+v, %v", id, got, err)
		}
	}
}

func TestVerify(t *testing.T) {
	j := NewPool(Limits{}).New(0, "a")
	refused := sent("2", "createAccount", "POST", "/m/ripple/accts", `{"vendor":"azure","name":"B"}`, 400)
	refused.Clauses = []string{"ripple.account.create.name.length"}
	token := sent("4", "issueAccessToken", "POST", "/ripple/access_token", "grant_type=password&client_id=me", 200)
	token.RequestHeaders = gen.Headers{"Content-Type": {formType}}
	for _, e := range []Entry{
		sent("1", "createAccount", "POST", "/m/ripple/accts", `{"vendor":"aws","name":"A","tags":[1,{"a":2,"b":3}]}`, 200),
		refused,
		sent("3", "listAccounts", "GET", "/m/ripple/accts?vendor=aws&vendor=azure", "", 200),
		token,
		sent("5", "", "GET", "/m/ripple/a%2Fb", "", 404),
	} {
		j.Append(e)
	}
	for _, c := range []struct {
		name  string
		e     gen.Expectation
		met   bool
		count int
		says  string // a part of the verdict
		near  string // ids
		why   string // a part of the first difference
	}{
		{"anything", gen.Expectation{}, true, 5, "at least once", "", ""},
		{"an operation", gen.Expectation{Operation: ptr("createAccount")}, true, 2, "createAccount was called 2 times, as expected: at least once.", "", ""},
		{"exactly", gen.Expectation{Operation: ptr("createAccount"), Times: ptr(2)}, true, 2, "exactly 2 times", "", ""},
		{"too few", gen.Expectation{Operation: ptr("createAccount"), Times: ptr(3)}, false, 2, "createAccount was called 2 times, and is expected exactly 3 times.", "5 4 3", "the operation is none, not createAccount"},
		{"too many", gen.Expectation{Operation: ptr("createAccount"), AtMost: ptr(1)}, false, 2, "at most once", "", ""},
		{"never, and so it is", gen.Expectation{Operation: ptr("deleteAccount"), Times: ptr(0)}, true, 0, "deleteAccount was never called, as expected: never.", "", ""},
		{"between", gen.Expectation{AtLeast: ptr(1), AtMost: ptr(5)}, true, 5, "from 1 to 5 times", "", ""},
		{"a status", gen.Expectation{Operation: ptr("createAccount"), Status: ptr(400)}, true, 1, "createAccount as described was called once", "", ""},
		{"a clause", gen.Expectation{Clause: ptr("ripple.account.create.name.length")}, true, 1, "", "", ""},
		{"another status", gen.Expectation{Operation: ptr("createAccount"), Status: ptr(403)}, false, 0, "", "2 1", "the status is 400, not 403, by ripple.account.create.name.length"},
		{"method and path", gen.Expectation{Method: ptr("GET"), Path: ptr("/m/*/accts")}, true, 1, "GET /m/*/accts", "", ""},
		{"an escaped path", gen.Expectation{Path: ptr("*/a%2Fb")}, true, 1, "", "", ""},
		{"an unescaped path", gen.Expectation{Path: ptr("/m/ripple/a/b")}, true, 1, "", "", ""},
		{"a parameter", gen.Expectation{Query: &map[string]string{"vendor": "azure"}}, true, 1, "", "", ""},
		{"another parameter", gen.Expectation{Operation: ptr("listAccounts"), Query: &map[string]string{"vendor": "gcp"}}, false, 0, "", "3", `the parameter vendor is "aws, azure", not "gcp"`},
		{"a header", gen.Expectation{Headers: &map[string]string{"content-type": formType}}, true, 1, "", "", ""},
		{"a part of a body", gen.Expectation{Body: map[string]any{"tags": []any{1, map[string]any{"b": 3}}}}, true, 1, "", "", ""},
		{"a field that differs", gen.Expectation{Operation: ptr("createAccount"), Body: map[string]any{"vendor": "gcp", "zip": nil}}, false, 0, "", "2 1", `the body's vendor is "azure", not "gcp"`},
		{"a form", gen.Expectation{Body: map[string]any{"client_id": "me"}}, true, 1, "", "", ""},
		{"no body", gen.Expectation{Operation: ptr("listAccounts"), Body: []any{}}, false, 0, "", "3", "the body is missing"},
	} {
		got, err := j.Verify(c.e)
		var near, why []string
		for _, m := range got.NearMisses {
			near = append(near, m.Request)
			why = append(why, m.Differences...)
		}
		if err != nil || got.Met != c.met || got.Count != c.count || !strings.Contains(got.Says, c.says) || strings.Join(near, " ") != c.near {
			t.Errorf("%s: %v, %d, %q, near %v, %v", c.name, got.Met, got.Count, got.Says, near, err)
		}
		if c.why != "" && (len(why) == 0 || why[0] != c.why) {
			t.Errorf("%s: differences %q", c.name, why)
		}
	}
}

func TestVerifyToldOfWhatIsGone(t *testing.T) {
	j := NewPool(Limits{Requests: 1}).New(0, "a")
	if v, _ := j.Verify(gen.Expectation{}); v.Met || !strings.Contains(v.Says, "No request is in the journal.") {
		t.Errorf("of an empty journal: %+v", v)
	}
	j.Append(sent("1", "listAccounts", "GET", "/", "", 200))
	j.Append(sent("2", "createAccount", "POST", "/", "", 200))
	if v, _ := j.Verify(gen.Expectation{Operation: ptr("listAccounts")}); v.Met || !strings.HasSuffix(v.Says, "Older requests, 1 in all, are not held any more and do not count.") {
		t.Errorf("%+v", v)
	}
}

func TestVerifyRefusesWhatMakesNoSense(t *testing.T) {
	j := NewPool(Limits{}).New(0, "a")
	for want, e := range map[string]gen.Expectation{
		"times stands beside at_least or at_most; say either": {Times: ptr(1), AtMost: ptr(2)},
		"at_least is 2 and at_most 1, which nothing meets":    {AtLeast: ptr(2), AtMost: ptr(1)},
		"times is -1, and cannot be less than 0":              {Times: ptr(-1)},
		"createAccount is one":                                {Operation: ptr("create_account")},
		"no operation is called":                              {Operation: ptr("fly")},
		"status is 600":                                       {Status: ptr(600)},
		"it begins with / or *":                               {Path: ptr("accts")},
	} {
		if _, err := j.Verify(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", e, err, want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"/a", "/a", true}, {"/a", "/ab", false}, {"*", "", true}, {"/a/*", "/a/b/c", true}, {"/a/*/d", "/a/b/c/d", true},
		{"/*/b*c", "/a/bxc", true}, {"/*/b*c", "/a/b", false}, {"a*a", "a", false}, {"**a", "ba", true}, {"*.x*.y", "a.x.y", true},
	} {
		if got := wire.Glob(c.pattern, c.text); got != c.want {
			t.Errorf("%s of %s: %v", c.pattern, c.text, got)
		}
	}
}
