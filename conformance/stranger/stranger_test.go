package stranger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// tester is a client of one server.
type tester struct {
	t    *testing.T
	s    *Server
	base string
	auth string
}

func start(t *testing.T, names ...string) *tester {
	t.Helper()
	s, err := New(names...)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(s)
	s.Tune(h.Config)
	h.Start()
	t.Cleanup(func() { h.Close(); s.Close() })
	x := &tester{t: t, s: s, base: h.URL}
	x.auth = "Bearer " + str(x.token(url.Values{"grant_type": {"client_credentials"}, "client_id": {"acme"}, "client_secret": {"acme-secret"}})["access_token"])
	return x
}

func (x *tester) send(method, path, auth, media, body string) (*http.Response, any) {
	x.t.Helper()
	for {
		r, err := http.NewRequest(method, x.base+path, bytes.NewReader([]byte(body)))
		if err != nil {
			x.t.Fatal(err)
		}
		if auth != "" {
			r.Header.Set("Authorization", auth)
		}
		if media != "" {
			r.Header.Set("Content-Type", media)
			r.Header.Set("Accept", "application/json")
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			x.t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.Header.Get("Retry-After") != "" {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		var v any
		_ = json.Unmarshal(text, &v)
		return res, v
	}
}

func (x *tester) token(f url.Values) obj {
	x.t.Helper()
	_, v := x.send("POST", "/ripple/access_token", "", "application/x-www-form-urlencoded", f.Encode())
	o, _ := v.(obj)
	return o
}

// as is a Ripple request with JSON; it wants the status.
func (x *tester) do(want int, method, path, body string) any {
	x.t.Helper()
	res, v := x.send(method, "/m/ripple"+path, x.auth, "application/json;", body)
	if res.StatusCode != want {
		x.t.Errorf("%s %s %s: %d %v, want %d", method, path, body, res.StatusCode, v, want)
	}
	return v
}

// cloud is a CloudHealth request.
func (x *tester) cloud(want int, method, path, body string) (*http.Response, obj) {
	x.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	res, v := x.send(method, "/v1/aws_account_assignments"+path+sep+"api_key=acme-key", "", "application/json", body)
	if res.StatusCode != want {
		x.t.Errorf("%s %s %s: %d %v, want %d", method, path, body, res.StatusCode, v, want)
	}
	o, _ := v.(obj)
	return res, o
}

// row finds an object in a list, for as long as lists may lag.
func (x *tester) row(path, name, value string, until func(obj) bool) obj {
	x.t.Helper()
	for range 30 {
		list, _ := x.do(200, "GET", path, "").([]any)
		for _, v := range list {
			if o := v.(obj); o[name] == value && until(o) {
				return o
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	x.t.Errorf("GET %s: no fitting object with %s %s", path, name, value)
	return obj{}
}

func is(name string, value any) func(obj) bool {
	return func(o obj) bool { return canonical(o[name]) == canonical(value) }
}

const settingsText = `{"calc_type":"account","currency":"jpy","discount_calc_logic":"usageamount","discount_rate":0,"discount_target_usage":"cloudpaywithfee","substitution_fee":"percent","substitution_fee_calc_target":"nondiscount","substitution_fee_calc_type":"allsum","substitution_fee_target_usage":"cloudpaywithfee","substitution_fix":0,"substitution_rate":0,"support_amount_target":"allusage","support_fee":"fix","support_fee_calc_target":"nondiscount","support_fix":0,"support_rate":0,"tax_rate":0}`

// examples does what the pages print, each once.
func (x *tester) examples() {
	x.t.Helper()
	near := x.s.on("months-near-now-only")
	m := map[bool]string{true: "2026-07", false: "2020-01"}[near]
	account := `{"vendor":"aws","customer_id":"012345678912","account_id":"919999618919","company_id":"AcmeGroupOne","name":"ripple customer1","note":null}`
	v := x.do(200, "POST", "/accts", account)
	if v.(obj)["status"] != "success" {
		x.t.Errorf("create: %v", v)
	}
	v = x.do(400, "POST", "/accts", account)
	if o := v.(obj); o["code"] != "5005" || o["message"] != "account function exception" || o["description"] != "Customer id already exists." {
		x.t.Errorf("again: %v", v)
	}
	o := x.row("/accts?vendor=aws", "customer_id", "012345678912", is("customer_name", "ripple customer1"))
	if o["billinggroup_id"] != "Group1" || o["payer"] != false || o["account_id"] != "919999618919" || len(o) < 12 {
		x.t.Errorf("list: %v", o)
	}
	x.do(200, "PUT", "/accts/012345678912/edit", `{"vendor":"aws","account_id":"919999618919","company_id":"AcmeGroupTwo","name":"二番目","note":"x"}`)
	home := map[bool]string{true: "AcmeGroupOne", false: "AcmeGroupTwo"}[x.s.on("account-update-company-ignored")]
	o = x.row("/accts?vendor=aws", "customer_id", "012345678912", is("customer_name", "二番目"))
	if o["company_id"] != home {
		x.t.Errorf("the account is in %v", o["company_id"])
	}
	x.do(200, "DELETE", "/accts/aws/012345678912%7C919999618919", "")
	v = x.do(400, "DELETE", "/accts/aws/012345678912%7C919999618919", "")
	if v.(obj)["description"] != "Customer id is not exists." {
		x.t.Errorf("gone: %v", v)
	}
	// Resellers.
	x.do(200, "POST", "/reseller", `{"email":"alphaus-cloud@alphaus.cloud","company_id":"AcmeGroupOne","input_type":"Auto","notification":true,"password":null}`)
	var user string
	for range 30 {
		method := map[bool]string{true: "GET", false: "POST"}[x.s.on("reseller-list-get-only")]
		for _, r := range x.do(200, method, "/reseller", "").([]any) {
			if r.(obj)["email"] == "alphaus-cloud@alphaus.cloud" {
				user = str(r.(obj)["user_id"])
			}
		}
		if user != "" {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	x.do(200, "PUT", "/reseller/"+user+"/password", `{"input_type":"Auto","notification":true,"password":null}`)
	x.do(200, "PUT", "/reseller/"+user+"/meta", `{"meta":`+canonical(metaDefaults)+`}`)
	x.do(200, "DELETE", "/reseller/"+user, "")
	// Billing groups.
	x.do(200, "POST", "/billinggroup", `{"display_cost":"true_unblended_cost","phone":null,"billinggroup_id":"BG-SAMPLE-01","billinggroup_name":"BG-SAMPLE-01","inv_aggregate":true,"personal":null,"exchange_rate_type":null,"company_name":"BG-SAMPLE-01","postal":null,"address":null,"billing_title":null,"remarks":null}`)
	v = x.do(200, "POST", "/billinggroup", `{"billinggroup_id":"Billing1","billinggroup_name":"Billing1","company_name":"Billing1 company","phone":"03‐1234‐5678","postal":"12345","address":"123 street","billing_title":"billing title","personal":"personal name","remarks":"test automation","inv_aggregate":false,"language":"ja","invoices":{"aws":`+settingsText+`}}`)
	id := str(v.(obj)["company_id"])
	o = x.row("/billinggroup", "company_id", id, is("name", "Billing1 company"))
	delete(o["invoices"].(obj)["aws"].(obj), "read_as")
	if o["contact"] != "personal name" || o["phone"] != "03‐1234‐5678" || canonical(o["invoices"].(obj)["aws"]) != canonical(settingDefaults()) {
		x.t.Errorf("group: %v", o)
	}
	phone := map[bool]string{true: "03-1234-5678", false: "03-123-4567"}[x.s.on("phone-eleven-refused")]
	x.do(200, "POST", "/billinggroup/"+id, `{"billinggroup_id":"Billing1","billinggroup_name":"Billing1","company_name":"Billing1 Company","phone":"`+phone+`","postal":"1243","address":"updateed address","billing_title":null,"personal":"Personal name","remarks":"Some remarks data","inv_aggregate":false,"project_id":"project-1","language":"ja"}`)
	tax := map[bool]string{true: "0.08", false: "0.10"}[x.s.on("tax-over-8-percent-refused")]
	x.do(200, "POST", "/billinggroup/"+id+"/invoices", `{"invoices":`+strings.Replace(settingsText, `"tax_rate":0`, `"tax_rate":`+tax, 1)+`,"vendor":"azure"}`)
	x.do(200, "POST", "/billinggroup/"+id+"/invoicetemplate", `{"invoice_template_id":"abcdefg"}`)
	o, _ = x.do(200, "GET", "/billinggroup/"+id+"/resource", "").(obj)
	if o["address"] != "updateed address" || o["invoice_template_id"] != "abcdefg" || o["project_id"] != "project-1" || fmt.Sprint(o["invoices"].(obj)["azure"].(obj)["tax_rate"]) != strings.TrimSuffix(tax, "0") {
		x.t.Errorf("details: %v", o)
	}
	x.do(200, "POST", "/billinggroup/"+id+"/freeformat/aws", `{"additional_items":[{"enabled":true,"label":"testlabel","unit_cost":1,"quantity":10000,"total":10000}]}`)
	x.do(200, "DELETE", "/billinggroup/"+id+"/freeformat/aws", "")
	x.do(200, "DELETE", "/billinggroup/"+id, "")
	// Exchange rates.
	x.do(200, "POST", "/user/exchange", `{"exchange_rate":{"rate":110,"month":"`+m+`"}}`)
	v = x.do(200, "POST", "/invoiceid/exchangerate/aws/"+m, `{"settings":[{"account_id":"987655467321","invoice_id":"123656789","exchange_rate":101.07}]}`)
	if canonical(v.(obj)["error_data"]) != "[]" {
		x.t.Errorf("error_data: %v", v)
	}
	x.row("/invoiceid/exchangerate/aws/"+m, "invoice_id", "123656789", is("exchange_rate", 101.07))
	x.row("/invoiceid/exchangerate/aws/"+m, "invoice_id", "738676530", is("exchange_rate", map[bool]any{true: 110, false: nil}[x.s.on("unset-rates-are-the-months")]))
	x.do(200, "POST", "/payer/exchange_rate/"+m, `{"settings":[{"vendor":"aws","account_id":"128347567789","exchange_rate":109.154}]}`)
	x.row("/payer/exchange_rate/"+m, "id", "128347567789", is("exchange_rate", 109.154))
	named := map[bool]string{true: `["Group1","Group2"]`, false: `["AcmeGroupOne","AcmeGroupTwo"]`}[x.s.on("group-rates-user-ids-only")]
	x.do(200, "POST", "/invoices/exchangerate/"+m, `{"vendor":"aws","billing_groups":`+named+`,"exchange_rate":105.076}`)
	// Assignments.
	for i := 1; i <= 2; i++ {
		res, o := x.cloud(200, "POST", "", fmt.Sprintf(`{"owner_id":"00000000000%d","customer_id":1,"payer_account_owner_id":"00000000000%d"}`, i, i))
		at := res.Header.Get("Location")
		if o["customer_id"] != 1.0 || o["owner_id"] == nil || at == "" {
			x.t.Errorf("assignment: %v", o)
		}
		if i < 2 {
			continue
		}
		path := at[strings.LastIndex(at, "/"):]
		_, o = x.cloud(200, "PUT", path, `{"payer_account_owner_id":"000000000001"}`)
		if o["owner_id"] != "000000000002" || o["payer_account_owner_id"] != "000000000001" {
			x.t.Errorf("updated: %v", o)
		}
		_, o = x.cloud(200, "GET", path, "")
		if o["payer_account_owner_id"] != "000000000001" {
			x.t.Errorf("read: %v", o)
		}
		_, o = x.cloud(422, "POST", "", `{"owner_id":"000000000003","customer_id":1,"payer_account_owner_id":"000000000003"}`)
		if len(o) != 1 || len(o["errors"].([]any)) == 0 {
			x.t.Errorf("refused: %v", o)
		}
		x.cloud(204, "DELETE", path, "")
	}
	res, o := x.cloud(200, "GET", "/?per_page=7", "")
	size := map[bool]int{true: 30, false: 7}[x.s.on("pages-of-thirty")]
	if len(o) != 1 || len(o["aws_account_assignments"].([]any)) != size || res.Header.Get("X-Total") == "" || res.Header.Get("X-Per-Page") != strconv.Itoa(size) || res.Header.Get("Link") == "" {
		x.t.Errorf("list: %v %v", res.Header, o)
	}
}

func TestExamples(t *testing.T) { start(t).examples() }

func TestTokens(t *testing.T) {
	x := start(t)
	fields := url.Values{"grant_type": {"password"}, "client_id": {"acme"}, "client_secret": {"acme-secret"}, "scope": {"openid"}, "username": {"acme-user"}, "password": {"acme-password"}}
	if o := x.token(fields); o["token_type"] != "Bearer" || o["expires_in"] != 86400.0 || o["refresh_token"] == nil || o["id_token"] == nil {
		t.Errorf("password grant: %v", o)
	}
	for _, file := range []bool{false, true} {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for k, v := range fields {
			if !file {
				_ = m.WriteField(k, v[0])
			} else if w, err := m.CreateFormFile(k, k); err == nil {
				_, _ = w.Write([]byte(v[0]))
			}
		}
		_ = m.Close()
		query := map[bool]string{true: "?" + fields.Encode(), false: ""}[file]
		if res, v := x.send("POST", "/ripple/access_token"+query, "", m.FormDataContentType(), b.String()); res.StatusCode != http.StatusOK {
			t.Errorf("multipart: %v", v)
		}
	}
	if _, v := x.send("POST", "/ripple/access_token?"+fields.Encode(), "", "", ""); v.(obj)["access_token"] == nil {
		t.Errorf("query: %v", v)
	}
	for code, change := range map[string][2]string{"invalid_client": {"client_secret", "x"}, "invalid_grant": {"password", "x"}, "unsupported_grant_type": {"grant_type", "x"}, "invalid_request": {"username", ""}} {
		f := url.Values{}
		for k, v := range fields {
			f[k] = v
		}
		f.Set(change[0], change[1])
		if o := x.token(f); o["error"] != code {
			t.Errorf("%s: %v", code, o)
		}
	}
}

func TestRoles(t *testing.T) {
	x := start(t)
	for _, op := range operations {
		if op.roles == nil {
			continue
		}
		path := strings.TrimPrefix(strings.ReplaceAll(op.path, "{}", "x"), "/m/ripple")
		for _, role := range allRoles {
			o := x.token(url.Values{"grant_type": {"client_credentials"}, "client_id": {"only-" + role}, "client_secret": {"only-secret"}})
			res, _ := x.send(op.method, "/m/ripple"+path, "bearer "+str(o["access_token"]), "application/json", "{}")
			if (res.StatusCode == http.StatusForbidden) == slices.Contains(op.roles, role) {
				t.Errorf("%s with %s: %d", op.id, role, res.StatusCode)
			}
		}
		if res, _ := x.send(op.method, "/m/ripple"+path, "", "application/json", "{}"); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without token: %d", op.id, res.StatusCode)
		}
	}
}

func TestRefusals(t *testing.T) {
	x := start(t)
	before := canonical(x.s.Rows())
	for _, r := range []struct{ method, path, body string }{
		{"POST", "/accts", `{"vendor":"aws","customer_id":"1","account_id":"919999618919","company_id":"AcmeGroupOne","name":"abc"}`},
		{"POST", "/accts", `{"vendor":"aws","customer_id":"012345678912","account_id":"919999618919","company_id":"AcmeGroupOne","name":"ab"}`},
		{"POST", "/accts", `{"vendor":"gcp","customer_id":"012345678912","account_id":"919999618919","company_id":"AcmeGroupOne","name":"abc"}`},
		{"POST", "/accts", `{"vendor":"azure","customer_id":"0123456789123456","account_id":"919999618919","company_id":"AcmeGroupOne","name":"abc"}`},
		{"PUT", "/accts/222222222201/edit", `{"vendor":"aws","account_id":"919999618919","company_id":"AcmeGroupOne","name":"abc"}`},
		{"POST", "/reseller", `{"email":"a@b.example","company_id":"AcmeGroupOne","input_type":"Custom","notification":true}`},
		{"POST", "/reseller", `{"email":"a@b.example","company_id":"AcmeGroupOne","input_type":"Custom","notification":true,"password":"1234567"}`},
		{"POST", "/billinggroup", `{"billinggroup_id":"a","billinggroup_name":"a","company_name":"a"}`},
		{"POST", "/billinggroup", `{"billinggroup_id":"a","billinggroup_name":"a","company_name":"a","inv_aggregate":true,"invoices":{"aws":{}}}`},
		{"POST", "/billinggroup/AcmeGroupOne/invoices", `{"vendor":"azure","invoices":` + strings.Replace(settingsText, `"fix"`, `"aws_business"`, 1) + `}`},
		{"POST", "/billinggroup/AcmeGroupOne/invoices", `{"vendor":"aws","invoices":` + strings.Replace(settingsText, `"tax_rate":0`, `"tax_rate":0.11`, 1) + `}`},
		{"POST", "/payer/exchange_rate/2020-13", `{"settings":[]}`},
		{"POST", "/user/exchange", `{"exchange_rate":{"rate":110,"month":"2020-1"}}`},
		{"DELETE", "/billinggroup/AcmeGroupOne", ""},
	} {
		x.do(400, r.method, r.path, r.body)
	}
	x.do(404, "GET", "/billinggroup/OtherGroupOne/resource", "")
	for _, body := range []string{`{}`, `[]`, `{`, `{"owner_id":"000000000100","customer_id":1,"payer_account_owner_id":"000000000100"}`,
		`{"owner_id":"000000000301","customer_id":1,"payer_account_owner_id":"000000000301"}`,
		`{"owner_id":"999999999999","customer_id":1,"payer_account_owner_id":"999999999999"}`,
		`{"owner_id":"000000000401","customer_id":1,"payer_account_owner_id":"000000000401"}`,
		`{"owner_id":"000000000001","customer_id":3,"payer_account_owner_id":"000000000001"}`,
		`{"owner_id":"000000000001","customer_id":77,"payer_account_owner_id":"000000000001"}`,
		`{"owner_id":"000000000001","customer_id":999999,"payer_account_owner_id":"000000000001"}`,
		`{"owner_id":"000000000001","customer_id":1,"payer_account_owner_id":"000000000002"}`,
		`{"owner_id":"000000000439","customer_id":5,"payer_account_owner_id":"000000000439"}`,
		`{"owner_id":"000000000439","customer_id":5,"payer_account_owner_id":"000000000421"}`,
		`{"owner_id":"000000000001","customer_id":5,"payer_account_owner_id":"000000000420"}`,
		`{"owner_id":"000000000439","customer_id":4,"payer_account_owner_id":"000000000401"}`} {
		x.cloud(422, "POST", "", body)
	}
	if after := canonical(x.s.Rows()); after != before {
		t.Error("a refused request changed the rows")
	}
	if x.s.Requests() == 0 {
		t.Error("no requests counted")
	}
}

func TestPages(t *testing.T) {
	x := start(t)
	for _, p := range []struct {
		query string
		n     int
		link  []string
	}{{"", 30, []string{"first", "next", "last"}}, {"page=2", 8, []string{"first", "prev", "last"}}, {"per_page=100", 38, nil},
		{"per_page=38", 38, nil}, {"per_page=19&page=2", 19, []string{"first", "prev", "last"}}, {"page=9", 0, []string{"first", "prev", "last"}}} {
		res, o := x.cloud(200, "GET", "?"+p.query, "")
		if n := len(o["aws_account_assignments"].([]any)); n != p.n || res.Header.Get("X-Total") != "38" {
			t.Errorf("%s: %d rows, %v", p.query, n, res.Header)
		}
		for _, rel := range []string{"first", "prev", "next", "last"} {
			if strings.Contains(res.Header.Get("Link"), `rel="`+rel+`"`) != slices.Contains(p.link, rel) {
				t.Errorf("%s: Link %s", p.query, res.Header.Get("Link"))
			}
		}
	}
}

func TestRawPipe(t *testing.T) {
	x := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(x.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "DELETE /m/ripple/accts/aws/001234567890|919999618919 HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nConnection: close\r\n\r\n", x.auth)
	if got, _ := io.ReadAll(conn); !strings.HasPrefix(string(got), "HTTP/1.1 200 ") {
		t.Errorf("%s", got)
	}
}

func TestVariants(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range Variants() {
		if v.Name == "" || v.Area == "" || v.Says == "" || seen[v.Name] {
			t.Errorf("incomplete or twice: %q", v.Name)
		}
		seen[v.Name] = true
		t.Run(v.Name, func(t *testing.T) { t.Parallel(); start(t, v.Name).examples() })
	}
	if len(seen) < 80 {
		t.Errorf("%d variants", len(seen))
	}
}

// used are the names that the source asks for.
func used(t *testing.T) map[string]bool {
	files, _ := filepath.Glob("*.go")
	out := map[string]bool{}
	asks := regexp.MustCompile(`(?:on\(|b\.Name == )"([^"]+)"`)
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asks.FindAllStringSubmatch(string(src), -1) {
			out[m[1]] = true
		}
	}
	return out
}

func TestBugs(t *testing.T) {
	names, questions, ops, asked := map[string]bool{}, map[string]int{}, map[string]int{}, used(t)
	for _, v := range Variants() {
		names[v.Name] = true
		wire := strings.HasPrefix(v.Name, "busy-") || slices.Contains([]string{"template-must-be-known", "project-must-be-known"}, v.Name)
		if !asked[v.Name] && v.fields == nil && v.answer == nil && !wire {
			t.Errorf("variant %s does nothing", v.Name)
		}
	}
	for _, b := range Bugs() {
		if b.Name == "" || b.Question == "" || b.Operation == "" || b.Source == "" || b.Breaks == "" || names[b.Name] {
			t.Errorf("incomplete or twice: %+v", b)
		}
		names[b.Name] = true
		questions[b.Question]++
		ops[b.Operation]++
		hooks := fmt.Sprint(b.also, b.not, b.open, b.foreign, b.gap, b.loses, b.stale, b.second, b.reverts, b.vanishes, b.returns, b.firstOnly, b.lastLost, b.skips == "", b.months == nil, b.noMonth == nil, b.fields == nil, b.row == nil, b.answer == nil)
		if none := "[] [] false false false false false false false false false false false true 0 0 true true true true true"; hooks == none && !asked[b.Name] {
			t.Errorf("bug %s does nothing", b.Name)
		}
		s, err := New(b.Name)
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	for name := range asked {
		if !names[name] {
			t.Errorf("%s is asked for and not declared", name)
		}
	}
	for _, q := range []string{"data", "rows", "operation", "caller", "race", "later", "back", "seam"} {
		if questions[q] < 15 {
			t.Errorf("%s: %d bugs", q, questions[q])
		}
	}
	if len(questions) != 8 || len(ops) != 30 {
		t.Errorf("questions %v, operations %v", questions, ops)
	}
	for op, n := range ops {
		if n < 3 {
			t.Errorf("%s: %d bugs", op, n)
		}
	}
	if _, err := New("no-such-name"); err == nil {
		t.Error("an unknown name was accepted")
	}
	t.Log(len(Bugs()), questions)
}

func TestRaces(t *testing.T) {
	for _, name := range []string{"", "account-create-race-all-win", "assignment-create-race-all-win", "account-delete-race-both-win"} {
		names := []string{name}
		if name == "" {
			names = nil
		}
		x := start(t, names...)
		wins := map[string]int{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				a, _ := x.send("POST", "/m/ripple/accts", x.auth, "application/json", `{"vendor":"aws","customer_id":"012345678912","account_id":"919999618919","company_id":"AcmeGroupOne","name":"ripple"}`)
				b, _ := x.send("POST", "/v1/aws_account_assignments?api_key=acme-key", "", "application/json", `{"owner_id":"000000000001","customer_id":1,"payer_account_owner_id":"000000000001"}`)
				d, _ := x.send("DELETE", "/m/ripple/accts/aws/001234567890%7C919999618919", x.auth, "", "")
				mu.Lock()
				defer mu.Unlock()
				for what, r := range map[string]*http.Response{"account-create-race-all-win": a, "assignment-create-race-all-win": b, "account-delete-race-both-win": d} {
					if r.StatusCode == http.StatusOK {
						wins[what]++
					}
				}
			})
		}
		all.Wait()
		for what, n := range wins {
			if (n > 1) != (what == name) {
				t.Errorf("%q: %s won %d times", name, what, n)
			}
		}
	}
}
