package mock_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fixtures"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/openapi"
)

// Who sends a fuzzed request.
const (
	nobody    = iota
	partner   // every role
	reader    // the Read roles
	stranger  // a credential that is refused
	twoFaced  // two credentials at once
	allFacets // how many there are
)

// fuzzedState is what a fuzzed request finds: a row of each kind, the accounts with
// ids that a path can mangle.
const fuzzedState = `
ripple:
  billing_groups:
    - {company_id: abcdfeg, billinggroup_id: group-1, billinggroup_name: Group 1, company_name: Company 1}
    - {company_id: hijklmn, billinggroup_id: group-2, billinggroup_name: Group 2, company_name: Company 2}
    - {company_id: company1, billinggroup_id: group-3, billinggroup_name: Group 3, company_name: Company 3}
    - {company_id: AJfdivbDjhvbpE, billinggroup_id: group-4, billinggroup_name: Group 4, company_name: Company 4}
  payers:
    - {vendor: aws, account_id: "128347567789", name: Payer}
    - {vendor: azure, account_id: "7654321", name: Azure payer}
  invoice_ids:
    - {vendor: aws, invoice_id: "738676530", account_id: "128347567789"}
    - {vendor: azure, invoice_id: "765432101", account_id: "7654321"}
  accounts:
    - {vendor: aws, customer_id: "012345678900", account_id: "919999618919", company_id: abcdfeg, name: AWS account}
    - {vendor: aws, customer_id: "012345678901", account_id: "919999618919", company_id: abcdfeg, name: AWS account 2}
    - {vendor: azure, customer_id: 0123456789abcdef, account_id: ab12345, company_id: abcdfeg, name: Azure account}
    - {vendor: azure, customer_id: 01234+56789 abcdef, account_id: ab+1 45, company_id: abcdfeg, name: Plus and space}
    - {vendor: azure, customer_id: 01234/56789%2Fabcdef, account_id: a/%2545, company_id: abcdfeg, name: Slash and per cent}
    - {vendor: azure, customer_id: 01234|56789|abcdef, account_id: ab12345, company_id: abcdfeg, name: Pipes}
    - {vendor: azure, customer_id: 0123456789 アカウント, account_id: ab|2345, company_id: abcdfeg, name: Beyond ASCII}
  resellers:
    - {user_id: user, email: reseller@example.com, company_id: company1, input_type: Auto, notification: true, wave_registered: "2020-01-01T10:00:00+09:00"}
cloudhealth:
  customers:
    - {id: 1, name: Customer 1, partner_billing: true}
    - {id: 2, name: Customer 2, partner_billing: true}
    - {id: 3, name: Customer 3, partner_billing: false}
  families:
    - {head: "000000000100", linked: ["000000000001", "000000000002", "000000000003", "000000000004", "000000000005"]}
    - {head: "000000000200", linked: ["000000000201"]}
  assignments:
    - {owner_id: "000000000003", customer_id: 2, payer_account_owner_id: "000000000003"}
    - {owner_id: "000000000004", customer_id: 2, payer_account_owner_id: "000000000003"}
    - {owner_id: "000000000005", customer_id: 1, payer_account_owner_id: "000000000005"}
`

// fuzzed is a twin that is asked anything at all.
type fuzzed struct {
	state     *store.Store
	contracts map[openapi.API]*openapi.Contract
	tokens    map[int]string // Authorization, by who sends it
	handler   http.Handler
}

func newFuzzed(tb testing.TB) *fuzzed {
	tb.Helper()
	state, err := fixtures.Parse("fuzzed.yaml", []byte(fuzzedState))
	if err != nil {
		tb.Fatal(err)
	}
	f := &fuzzed{state: state, contracts: map[openapi.API]*openapi.Contract{}}
	for _, api := range openapi.APIs() {
		if f.contracts[api], err = openapi.Load(api, openapi.Dialect{}); err != nil {
			tb.Fatal(err)
		}
	}
	f.start(tb)
	f.tokens = map[int]string{partner: f.token(tb, "partner"), reader: f.token(tb, "readonly"), stranger: "Bearer invalid"}
	return f
}

// start begins anew with a twin nobody has asked anything yet. Its clock stands
// still, so that tokens stay good and a find can be repeated.
func (f *fuzzed) start(tb testing.TB) {
	tb.Helper()
	noon := time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
	handler, err := mock.New(mock.WithFixtures(f.state), mock.WithClock(func() time.Time { return noon }))
	if err != nil {
		tb.Fatal(err)
	}
	f.handler = handler
}

func (f *fuzzed) token(tb testing.TB, clientID string) string {
	tb.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {"s"}}
	r := httptest.NewRequest(http.MethodPost, "/ripple/access_token?"+form.Encode(), nil)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(f.serve(r).Body.Bytes(), &token); err != nil {
		tb.Fatal(err)
	}
	return "Bearer " + token.AccessToken
}

func (f *fuzzed) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

// asked is a request as it arrives at the server.
type asked struct {
	who                                   int
	method, target, contentType, headings string
	body                                  []byte
}

// request reads the request as the server of net/http would, and is nil where that
// server would answer it by itself.
func (f *fuzzed) request(a asked, authorization func(who int) []string) *http.Request {
	var raw bytes.Buffer
	fmt.Fprintf(&raw, "%s %s HTTP/1.1\r\nHost: twin.test\r\n", a.method, a.target)
	for _, value := range authorization(a.who) {
		fmt.Fprintf(&raw, "Authorization: %s\r\n", value)
	}
	if a.contentType != "" {
		fmt.Fprintf(&raw, "Content-Type: %s\r\n", a.contentType)
	}
	for line := range strings.Lines(a.headings) {
		fmt.Fprintf(&raw, "%s\r\n", strings.TrimRight(line, "\r\n"))
	}
	fmt.Fprintf(&raw, "Content-Length: %d\r\n\r\n%s", len(a.body), a.body)
	r, err := http.ReadRequest(bufio.NewReader(&raw))
	if err != nil || r.Method == http.MethodOptions && r.RequestURI == "*" {
		return nil
	}
	for _, values := range r.Header {
		if slices.ContainsFunc(values, func(v string) bool {
			return strings.ContainsFunc(v, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
		}) {
			return nil
		}
	}
	return r
}

// send asks twice, so that the second request meets what the first has done, and
// holds each answer to what every answer has to keep.
func (f *fuzzed) send(t *testing.T, a asked, authorization func(who int) []string) {
	f.start(t)
	copied := f.request(a, authorization)
	if copied == nil {
		return
	}
	data, err := io.ReadAll(copied.Body)
	op := f.operation(copied, err == nil && len(data) == 0)
	names := f.sandboxes(copied)
	after := f.states(names)
	for range 2 {
		before := after
		w := f.serve(f.request(a, authorization))
		after = f.states(names)
		f.hold(t, op, copied.URL.Path, w)
		switch {
		case w.Code >= 400 && !maps.Equal(before, after):
			t.Errorf("status %d, yet the state changed:\nbefore %v\nafter  %v", w.Code, before, after)
		case !maps.Equal(before, after):
			f.shows(t, names)
		}
		if t.Failed() {
			t.Logf("%s %s\nanswer %d %s", copied.Method, copied.RequestURI, w.Code, w.Body)
			return
		}
	}
}

// operation finds what a request asks for by every route of the contract; nil where
// it is no operation.
func (f *fuzzed) operation(r *http.Request, bodyless bool) *openapi.Operation {
	var found *openapi.Operation
	for _, contract := range f.contracts {
		for _, op := range contract.Operations {
			for _, route := range op.Routes {
				if route.Method != r.Method || !fitsTemplate(op.Base+route.Path, r) || route.Bodyless && !bodyless {
					continue
				}
				if found == nil || route.Bodyless {
					found = op
				}
			}
		}
	}
	return found
}

// fitsTemplate reports whether a path is one of a template's, whose fixed segments may
// have escaped letters. What stands for a parameter is not empty.
func fitsTemplate(template string, r *http.Request) bool {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") {
		path = r.URL.EscapedPath()
	}
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i, segment := range want {
		plain, err := url.PathUnescape(have[i])
		if parameter := strings.HasPrefix(segment, "{"); parameter && have[i] == "" || !parameter && (err != nil || plain != segment) {
			return false
		}
	}
	return true
}

// sandboxes are the names of all those that a request could mean.
func (f *fuzzed) sandboxes(r *http.Request) []string {
	names := []string{sandbox.Anonymous}
	names = append(names, r.Header.Values(sandbox.Header)...)
	names = append(names, r.URL.Query()["api_key"]...)
	for _, value := range r.Header.Values("Authorization") {
		_, token, _ := strings.Cut(value, " ")
		switch value {
		case f.tokens[partner]:
			token = "partner"
		case f.tokens[reader]:
			token = "readonly"
		}
		names = append(names, strings.TrimSpace(token))
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// states is what the sandboxes hold.
func (f *fuzzed) states(names []string) map[string]string {
	states := map[string]string{}
	for _, name := range names {
		r := httptest.NewRequest(http.MethodGet, "/__admin/state", nil)
		r.Header.Set(sandbox.Header, name)
		r.RemoteAddr, r.Host = "127.0.0.1:1", "127.0.0.1"
		states[name] = f.serve(r).Body.String()
	}
	return states
}

// hold holds one answer to the contract where it is an operation's, and to the shape
// of the API's errors where it is none.
func (f *fuzzed) hold(t *testing.T, op *openapi.Operation, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= 500 || w.Code < 200 {
		t.Errorf("status %d", w.Code)
	}
	if op != nil {
		for _, v := range op.CheckResponse(w.Code, w.Header(), w.Body.Bytes()) {
			t.Errorf("%s: %s", op.ID, v)
		}
		return
	}
	if w.Code < 400 && !strings.HasPrefix(path, "/__admin/") {
		t.Errorf("status %d at a path that no operation has", w.Code)
	}
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Errorf("not JSON: %v", err)
	}
	want := []string{"error"}
	switch {
	case strings.HasPrefix(path+"/", "/m/ripple/"), strings.HasPrefix(path+"/", "/ripple/"):
		want = []string{"code", "description", "message"}
	case w.Code < 400:
		return
	}
	if got := slices.Sorted(maps.Keys(body)); !slices.Equal(got, want) {
		t.Errorf("an error with the fields %v, want %v", got, want)
	}
}

// lists read back every kind of row.
var lists = []string{
	"/m/ripple/accts?vendor=aws", "/m/ripple/accts?vendor=azure", "/m/ripple/billinggroup", "/m/ripple/reseller",
	"/m/ripple/payer/exchange_rate/2020-01", "/m/ripple/invoiceid/exchangerate/aws/2020-01", "/m/ripple/invoiceid/exchangerate/azure/2020-01",
	"/v1/aws_account_assignments",
}

// shows reads back what was accepted: each list has to succeed and to conform.
func (f *fuzzed) shows(t *testing.T, names []string) {
	for _, name := range names {
		for _, target := range lists {
			r := httptest.NewRequest(http.MethodGet, target, nil)
			r.RequestURI = target
			r.Header.Set(sandbox.Header, name)
			r.Header.Set("Authorization", f.tokens[partner])
			op := f.operation(r, true)
			w := f.serve(r)
			if w.Code != http.StatusOK {
				t.Errorf("what was accepted cannot be read back: %s answers %d %s", target, w.Code, w.Body)
			}
			f.hold(t, op, target, w)
		}
	}
}

// seeds asks each operation of an API for what the contract gives as examples.
func (f *fuzzed) seeds(api openapi.API, add func(asked)) {
	for _, op := range f.contracts[api].Operations {
		for _, route := range op.Routes {
			target := fuzzedPath(op, route)
			if op.ID == "listAccounts" {
				target += "?vendor=aws"
			}
			add(asked{who: partner, method: route.Method, target: target})
			add(asked{who: reader, method: route.Method, target: target})
			if op.MediaType() != "application/json" || route.Bodyless {
				continue
			}
			for _, example := range op.Spec.RequestBody.Value.Content["application/json"].Examples {
				body, _ := json.Marshal(example.Value.Value)
				add(asked{who: partner, method: route.Method, target: target, contentType: "application/json;", body: body})
			}
		}
	}
}

// fuzzedPath is a path of an operation that leads to something.
func fuzzedPath(op *openapi.Operation, route openapi.Route) string {
	id := "abcdfeg"
	switch {
	case op.ID == "deleteAccount":
		id = "012345678900|919999618919"
	case op.API == openapi.CloudHealth:
		id = "3"
	}
	return op.Base + strings.NewReplacer("{customer_id}", "012345678900", "{vendor}", "aws", "{user_id}", "user", "{month}", "2020-01", "{id}", id).Replace(route.Path)
}

// FuzzRipple asks the twin of Ripple anything.
func FuzzRipple(f *testing.F) {
	twin := newFuzzed(f)
	authorization := func(who int) []string {
		switch who {
		case nobody:
			return nil
		case twoFaced:
			return []string{twin.tokens[partner], twin.tokens[reader]}
		}
		return []string{twin.tokens[who]}
	}
	add := func(a asked) { f.Add(byte(a.who), a.method, a.target, a.contentType, a.headings, a.body) }
	twin.seeds(openapi.Ripple, add)
	const form = "grant_type=password&client_id=c&client_secret=s&username=u&password=p&scope=openid"
	const parts = "--b\r\nContent-Disposition: form-data; name=\"grant_type\"; filename=\"f\"\r\n\r\nclient_credentials\r\n--b--\r\n"
	add(asked{method: "POST", target: "/ripple/access_token", contentType: "application/x-www-form-urlencoded", body: []byte(form)})
	add(asked{method: "POST", target: "/ripple/access_token?client_id=c&client_secret=s", contentType: "multipart/form-data; boundary=b", body: []byte(parts)})
	add(asked{method: "POST", target: "/ripple/access_token?" + form, contentType: "text/plain", body: []byte("{}")})
	add(asked{who: twoFaced, method: "GET", target: "/m/ripple/billinggroup", headings: "Twinbill-Sandbox: shared"})
	add(asked{who: partner, method: "PATCH", target: "/m/ripple/accts/%zz"})
	add(asked{who: stranger, method: "POST", target: "http://twin.test/m/ripple/accts", contentType: "application/json", headings: "Transfer-Encoding: chunked", body: []byte("5\r\n{\"a\":\r\n")})
	add(asked{who: partner, method: "POST", target: "/__admin/reset?x=%"})
	f.Fuzz(func(t *testing.T, who byte, method, target, contentType, headings string, body []byte) {
		twin.send(t, asked{int(who) % allFacets, method, target, contentType, headings, body}, authorization)
	})
}

// FuzzCloudHealth asks the twin of CloudHealth anything.
func FuzzCloudHealth(f *testing.F) {
	twin := newFuzzed(f)
	authorization := func(who int) []string {
		return [][]string{nobody: nil, partner: {"Bearer partner"}, reader: {"Bearer readonly"}, stranger: {"Bearer invalid"}, twoFaced: {"Bearer partner", "Bearer readonly"}}[who]
	}
	add := func(a asked) { f.Add(byte(a.who), a.method, a.target, a.contentType, a.headings, a.body) }
	twin.seeds(openapi.CloudHealth, add)
	const assignments = "/v1/aws_account_assignments"
	add(asked{method: "GET", target: assignments + "/?page=1&per_page=2&api_key=partner"})
	add(asked{method: "GET", target: assignments + "?page=99999999999999999999&per_page=-1&api_key=partner&x=%zz"})
	add(asked{who: partner, method: "PUT", target: assignments + "/+1", contentType: "application/json", body: []byte(`{"id":1,"customer_id":1e0}`)})
	add(asked{who: partner, method: "PUT", target: assignments + "/2", contentType: "text/json", body: []byte(`{"payer_account_owner_id":null}`)})
	add(asked{who: partner, method: "POST", target: assignments, contentType: "application/json", body: []byte(`{"owner_id":1,"customer_id":9223372036854775808,"payer_account_owner_id":[]}`)})
	add(asked{who: partner, method: "DELETE", target: assignments + "/99999999999999999999", contentType: "application/json"})
	add(asked{who: twoFaced, method: "HEAD", target: "/v1/", headings: "Twinbill-Sandbox: shared"})
	f.Fuzz(func(t *testing.T, who byte, method, target, contentType, headings string, body []byte) {
		twin.send(t, asked{int(who) % allFacets, method, target, contentType, headings, body}, authorization)
	})
}

// FuzzDeletePath deletes accounts by whatever stands in the path: it deletes exactly
// the account whose vendor and pair the path names, and else nothing.
func FuzzDeletePath(f *testing.F) {
	twin := newFuzzed(f)
	for _, pair := range []string{
		"012345678900|919999618919", "012345678900%7C919999618919", "012345678900%7c919999618919", "012345678900",
		"|", "||", "%7C|", "012345678900|", "|919999618919", "012345678900|919999618919|", "012345678900|919999618919/", "012345678900%2F|919999618919",
		"%ff|%fe", "012345678900|919999618919\xff", "012345678900|919999618919%00", "012345678900|919999618919?a=%zz", "012345678900|919999618919?", "012345678900|919999618919#",
	} {
		f.Add("aws", pair)
	}
	accounts := twin.accounts(f) // as they are at first
	for _, a := range accounts {
		f.Add(a.Vendor, url.PathEscape(a.CustomerID+"|"+a.AccountID))
		f.Add(a.Vendor, url.PathEscape(a.CustomerID)+"|"+url.PathEscape(a.AccountID))
		f.Add("%61"+a.Vendor[1:], url.PathEscape(a.CustomerID)+"|"+url.PathEscape(a.AccountID))
		f.Add("oci", url.PathEscape(a.CustomerID+"|"+a.AccountID))
	}
	authorization := func(who int) []string { return []string{twin.tokens[who]} }
	f.Fuzz(func(t *testing.T, vendor, pair string) {
		a := asked{who: partner, method: "DELETE", target: "/m/ripple/accts/" + vendor + "/" + pair}
		twin.send(t, a, authorization)
		twin.start(t)
		r := twin.request(a, authorization)
		if r == nil {
			return
		}
		query := r.URL.RawQuery
		named := namedAccount(r.RequestURI, accounts)
		w := twin.serve(r)
		want := slices.Clone(accounts)
		if w.Code == http.StatusOK {
			want = slices.DeleteFunc(want, func(a store.Account) bool { return a == named })
		}
		if left := twin.accounts(t); !slices.Equal(left, want) {
			t.Errorf("left over %+v, want %+v", left, want)
		}
		if _, err := url.ParseQuery(query); err == nil && (w.Code == http.StatusOK) != (named != store.Account{}) {
			t.Errorf("%s names %+v, and gets %d %s", a.target, named, w.Code, w.Body)
		}
	})
}

// namedAccount is the account that a delete path names, once each of its segments
// is unescaped; the zero value where it names none.
func namedAccount(target string, accounts []store.Account) store.Account {
	path, _, _ := strings.Cut(target, "?")
	segments := strings.Split(strings.TrimPrefix(path, "/m/ripple/accts/"), "/")
	if len(segments) != 2 {
		return store.Account{}
	}
	vendor, _ := url.PathUnescape(segments[0])
	pair, _ := url.PathUnescape(segments[1])
	for _, a := range accounts {
		if a.Vendor == vendor && a.CustomerID+"|"+a.AccountID == pair {
			return a
		}
	}
	return store.Account{}
}

// accounts are those of the partner's sandbox.
func (f *fuzzed) accounts(tb testing.TB) []store.Account {
	tb.Helper()
	var dump struct {
		State struct {
			Accounts []store.Account `json:"accounts"`
		} `json:"state"`
	}
	if err := json.Unmarshal([]byte(f.states([]string{"partner"})["partner"]), &dump); err != nil {
		tb.Fatal(err)
	}
	return dump.State.Accounts
}
