package stranger

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

// script talks to a server and writes down what it hears, with the ids that
// servers make replaced by the order in which they came.
type script struct {
	*tester
	told []string
	good []string // what the correct server told, to stop at a difference
}

// different stops a script at the first difference.
type different struct{ good, bad string }

// tell writes a line down.
func (x *script) tell(line string) {
	line = stamped.ReplaceAllString(made.ReplaceAllString(line, "ID"), "TIME")
	if i := len(x.told); x.good != nil && i < len(x.good) && x.good[i] != line {
		panic(different{x.good[i], line})
	}
	x.told = append(x.told, line)
}

// send asks the server without a network.
func (x *script) send(method, path, auth, media, body string) (*http.Response, any) {
	r := httptest.NewRequest(method, "http://127.0.0.1"+strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	w := httptest.NewRecorder()
	x.s.ServeHTTP(w, r)
	var v any
	_ = json.Unmarshal(w.Body.Bytes(), &v)
	return w.Result(), v
}

func (x *script) say(auth, method, path, media, body string) any {
	res, v := x.send(method, path, auth, media, body)
	at := res.Header.Get("Location")
	at = at[strings.LastIndex(at, "/")+1:]
	line := fmt.Sprintf("%s %s %s -> %d %v X-Total=%s X-Per-Page=%s Link=%s Location=%s", method, path, body, res.StatusCode, canonical(v),
		res.Header.Get("X-Total"), res.Header.Get("X-Per-Page"), strings.ReplaceAll(res.Header.Get("Link"), x.base, ""), at)
	x.tell(line)
	return v
}

func (x *script) ripple(method, path, body string) any {
	return x.say(x.auth, method, "/m/ripple"+path, "application/json", body)
}

func (x *script) cloud(method, path, body string) obj {
	sep := map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]
	v := x.say("", method, "/v1/aws_account_assignments"+path+sep+"api_key=acme-key", "application/json", body)
	o, _ := v.(obj)
	return o
}

// lists reads everything that can be read.
func (x *script) lists() {
	for _, p := range []string{"/accts?vendor=aws", "/accts?vendor=azure", "/billinggroup", "/invoiceid/exchangerate/aws/2026-01", "/invoiceid/exchangerate/aws/2026-02",
		"/invoiceid/exchangerate/aws/2026-03", "/invoiceid/exchangerate/azure/2026-01", "/payer/exchange_rate/2026-01", "/payer/exchange_rate/2026-02", "/payer/exchange_rate/2026-03",
		"/billinggroup/AcmeGroupOne/resource", "/billinggroup/AcmeGroupTwo/resource", "/reseller"} {
		x.ripple("GET", p, "")
	}
	x.ripple("POST", "/reseller", "")
	for _, q := range []string{"", "?page=2", "?per_page=19&page=2", "?per_page=100", "?per_page=38", "/", "?per_page=5&page=3"} {
		x.cloud("GET", q, "")
	}
}

// users are the user ids by email.
func (x *script) users() map[string]string {
	out := map[string]string{}
	for _, t := range x.s.tenants {
		x.s.mu.Lock()
		for _, r := range t.tab("reseller").all() {
			out[str(r["email"])] = str(r["user_id"])
		}
		x.s.mu.Unlock()
	}
	return out
}

func (x *script) groups() map[string]string {
	out := map[string]string{}
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	for _, t := range x.s.tenants {
		for _, g := range t.tab("group").all() {
			out[str(g["billinggroup_id"])] = str(g["company_id"])
		}
	}
	return out
}

func (x *script) play() {
	mb := strings.Repeat("あ", 100)
	acct := func(id, payer, company, name, note string) string {
		vendor := "aws"
		if len(payer) == 7 {
			vendor = "azure"
		}
		return fmt.Sprintf(`{"vendor":%q,"customer_id":%q,"account_id":%q,"company_id":%q,"name":%q,"note":%s}`, vendor, id, payer, company, name, note)
	}
	x.lists()
	const p = "919999618919"
	long := strings.Repeat("n", 101)
	for i, name := range []string{" blank ", mb, long[:100], long, "ab", "abc", "Ａ１ １＜＆", "😀😀😀", "<b>&\"", "cafe\u0301 か\u3099", "plain"} {
		x.ripple("POST", "/accts", acct(fmt.Sprintf("0000123456%02d", i), p, "AcmeGroupTwo", name, `"<&\"> line\nsecond"`))
		x.lists()
		x.ripple("PUT", fmt.Sprintf("/accts/0000123456%02d/edit", i), acct("", p, "AcmeGroupOne", name, `"x\ny"`))
		x.ripple("PUT", fmt.Sprintf("/accts/0000123456%02d/edit", i), acct("", p, "AcmeGroupOne", strings.ToUpper(name), `null`))
	}
	x.lists()
	for _, id := range []string{"00001234560", "0000123456000", "000012345600", "000012345600"} {
		x.ripple("POST", "/accts", acct(id, p, "AcmeGroupTwo", "again", "null"))
	}
	for _, id := range []string{"012345678901234", "0123456789012345", "ABCDabcd-0000-4000-8000-00000000000F"} {
		x.ripple("POST", "/accts", acct(id, "7654321", "AcmeGroupTwo", "again", "null"))
	}
	x.ripple("PUT", "/accts/0123456789012345/edit", acct("", "7654321", "AcmeGroupTwo", "azure", "null"))
	x.ripple("PUT", "/accts/0123456789012345/edit", `{"vendor":"azure","account_id":"76543210","company_id":"AcmeGroupTwo","name":"azure"}`)
	x.ripple("POST", "/accts", acct("ABCDabcd-0000-4000-8000-00000000001F", "123456789012", "AcmeGroupTwo", "azure", "null"))
	x.ripple("PUT", "/accts/777777777777/edit", acct("", p, "AcmeGroupOne", "none", "null"))
	x.ripple("PUT", "/accts/222222222201/edit", acct("", "222222222222", "AcmeGroupOne", "none", "null"))
	x.ripple("POST", "/accts", acct("777777777700", p, "OtherGroupTwo", "foreign group", "null"))
	x.ripple("POST", "/accts", acct("777777777778", p, "AcmeGroupTri", "payer self", "null"))
	x.ripple("DELETE", "/accts/azure/ABCDabcd-0000-4000-8000-00000000000F|7654321", "")
	x.ripple("DELETE", "/accts/aws/222222222201%7C222222222222", "")
	x.ripple("DELETE", "/accts/aws/777777777779%7C222222222222", "")
	x.lists()
	for range 2 {
		x.ripple("DELETE", "/accts/aws/000012345610%7C"+p, "")
		x.ripple("DELETE", "/accts/aws/000012345600%7C"+p, "")
		x.lists()
		x.ripple("POST", "/accts", acct("000012345600", p, "AcmeGroupTwo", "payer self", "null"))
	}
	x.raw("DELETE", "/m/ripple/accts/aws/000012345600|"+p)
	x.ripple("DELETE", "/accts/aws/919999618919%7C919999618919", "")
	x.lists()
	// Resellers.
	res := func(email, pw, more string) string {
		return fmt.Sprintf(`{"email":%q,"company_id":"AcmeGroupOne","password":%s%s}`, email, pw, more)
	}
	const auto, custom = `,"input_type":"Auto","notification":true`, `,"input_type":"Custom","notification":false`
	for i, r := range [][2]string{{"null", auto}, {"null", auto + `,"meta":` + canonical(metaDefaults)}, {`"12345678"`, custom}, {`"1234567"`, custom}, {`"123456789012345678"`, custom}, {`"1234567890123456789"`, custom},
		{"null", custom}, {"null", `,"input_type":"X","notification":true`}, {"null", `,"input_type":"Auto"`}} {
		x.ripple("POST", "/reseller", res(fmt.Sprintf("a+%d@b.example", i), r[0], r[1]))
		x.ripple("PUT", "/reseller/"+x.users()["a+0@b.example"]+"/password", fmt.Sprintf(`{"password":%s%s}`, r[0], r[1]))
	}
	x.lists()
	u := x.users()
	meta := with(metaDefaults, "sp_purchased", true, "usage_tag_graph", false, "open_api", true)
	for _, m := range []obj{meta, with(meta, "open_api", false)} {
		x.ripple("PUT", "/reseller/"+u["a+0@b.example"]+"/meta", `{"meta":`+canonical(m)+`}`)
		x.lists()
	}
	x.ripple("PUT", "/reseller/"+u["a+0@b.example"]+"/meta", `{}`)
	x.ripple("PUT", "/reseller/"+u["a+0@b.example"]+"/password", `{"password":null`+auto+`}`)
	x.ripple("PUT", "/reseller/"+u["one@other.example.com"]+"/password", `{"password":null`+auto+`}`)
	x.ripple("PUT", "/reseller/"+u["one@other.example.com"]+"/meta", `{"meta":`+canonical(meta)+`}`)
	x.lists()
	x.ripple("DELETE", "/reseller/"+u["a+4@b.example"], "")
	x.ripple("DELETE", "/reseller/"+u["one@other.example.com"], "")
	x.lists()
	x.ripple("POST", "/reseller", res("a+4@b.example", "null", auto))
	x.lists()
	// Groups.
	set := func(pairs ...string) string {
		t := settingsText
		for i := 0; i < len(pairs); i += 2 {
			at := strings.Index(t, `"`+pairs[i]+`":`)
			end := at + strings.IndexAny(t[at:], ",}")
			with := ""
			if pairs[i+1] != "" {
				with = `"` + pairs[i] + `":` + pairs[i+1]
			}
			t = strings.Replace(t[:at]+with+t[end:], ",,", ",", 1)
		}
		return t
	}
	group := func(id, more string, invoices string) string {
		return fmt.Sprintf(`{"billinggroup_id":%q,"billinggroup_name":"N & %s","company_name":%q%s%s}`, id, id, mb, more, invoices)
	}
	full := `,"phone":"03‐1234‐5678","postal":"01234","address":"<1> & 😀","remarks":"<r>","personal":"Ａ","inv_aggregate":true,"project_id":"project-1","invoice_template_id":"abcdefg","language":"en"`
	both := `,"invoices":{"aws":` + set("discount_rate", "0.125", "substitution_fix", "1000000", "tax_rate", "0.10", "support_rate", "0.5") + `,"azure":` + set("tax_rate", "0.05") + `}`
	x.ripple("POST", "/billinggroup", group("NG1", full, both))
	x.lists()
	x.ripple("POST", "/billinggroup", group("NG11", `,"phone":null,"inv_aggregate":false`, ""))
	x.ripple("POST", "/billinggroup", group("NG2", ``, ""))
	for i, s := range []string{set("tax_rate", "0.11"), set("currency", `"eur"`), set("support_rate", "")} {
		x.ripple("POST", "/billinggroup", group(fmt.Sprintf("NGX%d", i), `,"inv_aggregate":false`, `,"invoices":{"aws":`+s+`}`))
	}
	g := x.groups()
	one := "/billinggroup/" + g["NG1"]
	x.ripple("GET", one+"/resource", "")
	x.ripple("GET", "/billinggroup/OtherGroupOne/resource", "")
	x.lists()
	upd := func(id, more string) string {
		return fmt.Sprintf(`{"billinggroup_id":%q,"billinggroup_name":"N %s","company_name":"same"%s}`, id, id, more)
	}
	for _, m := range []string{`,"remarks":"` + mb + `","address":"` + mb + `","personal":"Ａ","phone":"0123456789012345","postal":"0123456789"`, `,"language":"ja","project_id":"p2","inv_aggregate":false`,
		`,"address":null,"phone":null`, `,"address":"abc"`, `,"address":"ab"`, `,"phone":"01234567890123456"`, `,"postal":"012"`, `,"language":"fr"`} {
		x.ripple("POST", one, upd("NG1", m))
		x.ripple("GET", one+"/resource", "")
		x.lists()
	}
	x.ripple("POST", one, `{"billinggroup_id":"NG1","company_name":"x"}`)
	x.ripple("POST", one, `{"billinggroup_id":"NG1","billinggroup_name":"new name","company_name":"`+long+`"}`)
	x.ripple("POST", "/billinggroup/"+g["NG11"], upd("NG11", ""))
	x.ripple("POST", "/billinggroup/OtherGroupOne", upd("OGroup1", ""))
	for _, s := range []string{set("discount_calc_logic", `"allamount"`), set("substitution_fee", `"usagetable"`), set("support_rate", "0.25", "substitution_rate", "0.5"), set("support_fix", "10.5"),
		set("discount_rate", "1"), set("discount_rate", "0"), set("calc_type", `"tag"`), set("tax_rate", "0.2"), set("support_rate", "1.01"), set("substitution_fix", "-1"), set("support_fee", `"aws_business"`)} {
		for _, v := range []string{"aws", "azure"} {
			x.ripple("POST", one+"/invoices", `{"vendor":"`+v+`","invoices":`+s+`}`)
			x.ripple("GET", one+"/resource", "")
		}
		x.lists()
	}
	x.ripple("POST", "/billinggroup/"+g["NG11"]+"/invoices", `{"vendor":"aws","invoices":`+set("tax_rate", "0.01")+`}`)
	x.ripple("POST", "/billinggroup/OtherGroupOne/invoices", `{"vendor":"aws","invoices":`+settingsText+`}`)
	x.ripple("POST", one, upd("NG1", `,"remarks":"r"`))
	for _, t := range []string{"abcdefg", "tmpl-2", "abcdefg"} {
		x.ripple("POST", "/billinggroup/AcmeGroupOne/invoicetemplate", `{"invoice_template_id":"`+t+`"}`)
		x.lists()
	}
	x.ripple("POST", "/billinggroup/OtherGroupOne/invoicetemplate", `{"invoice_template_id":"abcdefg"}`)
	item := func(label, more string) string {
		return fmt.Sprintf(`{"label":%q,"unit_cost":1.5,"total":3%s}`, label, more)
	}
	for _, items := range []string{item("l", `,"enabled":false,"quantity":2`), item(mb[:180], `,"enabled":true,"quantity":2`), item(mb[:183], `,"enabled":true,"quantity":2`), item("", `,"enabled":true,"quantity":2`),
		item("q", `,"enabled":true`), item("a", `,"enabled":true,"quantity":2`) + `,{}`} {
		x.ripple("POST", "/billinggroup/AcmeGroupOne/freeformat/aws", `{"additional_items":[`+items+`]}`)
		x.ripple("POST", one+"/freeformat/aws", `{"additional_items":[`+items+`]}`)
		x.lists()
	}
	x.ripple("POST", "/billinggroup/OtherGroupOne/freeformat/aws", `{"additional_items":[`+item("l", `,"enabled":true,"quantity":2`)+`]}`)
	x.ripple("DELETE", "/billinggroup/OtherGroupOne/freeformat/aws", "")
	x.ripple("DELETE", "/billinggroup/AcmeGroupTwo/freeformat/aws", "")
	x.ripple("POST", "/billinggroup/AcmeGroupTwo/freeformat/aws", `{"additional_items":[`+item("l", `,"enabled":true,"quantity":2`)+`]}`)
	x.lists()
	time.Sleep(x.wait())
	x.lists()
	x.ripple("POST", "/billinggroup", group("NG3", `,"inv_aggregate":false`, ""))
	x.lists()
	x.ripple("DELETE", "/billinggroup/"+x.groups()["NG3"], "")
	x.lists()
	x.ripple("DELETE", one, "")
	x.ripple("GET", one+"/resource", "")
	x.lists()
	x.ripple("DELETE", "/billinggroup/OtherGroupTwo", "")
	x.ripple("POST", "/billinggroup", group("NG1", full, both))
	x.say(x.auth, "GET", "/m/ripple/billinggroup/"+g["NG1"]+"/resource", "", "")
	// Rates.
	for _, b := range []string{`"rate":110.5,"month":"2026-01"`, `"rate":111,"month":"2026-01"`, `"month":"2026-01"`, `"rate":"110","month":"2026-01"`, `"rate":110,"month":"2020-13"`} {
		x.ripple("POST", "/user/exchange", `{"exchange_rate":{`+b+`}}`)
		x.lists()
	}
	for i, m := range []string{"2026-03", "2026-03", "2026-02", "2026-12", "2020-13", "2020-1", "2020-00"} {
		inv := fmt.Sprintf(`{"account_id":"128347567789","invoice_id":"738676530","exchange_rate":%v}`, 99.123-float64(i))
		other := fmt.Sprintf(`{"account_id":"987655467321","invoice_id":"123656789","exchange_rate":%v}`, 0.123)
		for _, s := range []string{inv, inv + "," + other} {
			x.ripple("POST", "/invoiceid/exchangerate/aws/"+m, `{"settings":[`+s+`]}`)
			x.ripple("GET", "/invoiceid/exchangerate/aws/"+m, "")
			s = strings.NewReplacer(`"invoice_id"`, `"vendor":"aws","i"`).Replace(s)
			x.ripple("POST", "/payer/exchange_rate/"+m, `{"settings":[`+s+`]}`)
			x.ripple("GET", "/payer/exchange_rate/"+m, "")
		}
		x.lists()
		for _, b := range []string{`"vendor":"aws","billing_groups":["AcmeGroupOne"],"exchange_rate":105.076`, `"vendor":"azure","billing_groups":["AcmeGroupOne"],"exchange_rate":105`, `"billing_groups":["AcmeGroupOne"],"exchange_rate":105`, `"vendor":"aws","exchange_rate":105`} {
			x.ripple("POST", "/invoices/exchangerate/"+m, `{`+b+`}`)
		}
		x.lists()
	}
	x.ripple("POST", "/invoiceid/exchangerate/aws/2026-01", `{"settings":[{"account_id":"222222222222","invoice_id":"222000111","exchange_rate":1}]}`)
	x.ripple("POST", "/invoiceid/exchangerate/aws/2026-01", `{"settings":[{"invoice_id":"123656789","exchange_rate":1}]}`)
	x.ripple("POST", "/payer/exchange_rate/2026-01", `{"settings":[{"vendor":"aws","account_id":"222222222222","exchange_rate":1}]}`)
	x.ripple("POST", "/payer/exchange_rate/2026-01", `{"settings":[{"vendor":"aws","account_id":"128347567789"}]}`)
	x.lists()
	// Assignments.
	as := func(o, c, p int) string {
		return fmt.Sprintf(`{"owner_id":"%012d","customer_id":%d,"payer_account_owner_id":"%012d"}`, o, c, p)
	}
	for _, a := range [][3]int{{1, 1, 1}, {2, 1, 1}, {3, 1, 3}, {3, 1, 2}, {3, 1, 4}, {201, 1, 1}, {439, 4, 401}, {439, 5, 439}, {439, 3, 439}, {439, 77, 439}, {439, 999999, 439},
		{301, 2, 301}, {905, 2, 905}, {401, 2, 401}, {5, 2, 5}, {6, 2, 6}, {7, 2, 7}} {
		x.cloud("POST", "", as(a[0], a[1], a[2]))
	}
	x.cloud("POST", "", `{"owner_id":"000000000008","customer_id":2}`)
	x.say("", "POST", "/v1/aws_account_assignments?api_key=acme-key", "application/json; charset=utf-8", as(9, 2, 9))
	x.lists()
	id := func(owner string) string {
		x.s.mu.Lock()
		defer x.s.mu.Unlock()
		for _, t := range x.s.tenants {
			for _, a := range t.tab("assignment").all() {
				if str(a["owner_id"]) == owner || strings.TrimLeft(owner, "0") == str(a["owner_id"]) {
					return "/" + idText(a)
				}
			}
		}
		return "/0"
	}
	read := func(owner string) { x.cloud("GET", id(owner), "") }
	read("000000000002")
	read("000000000901")
	x.say("Bearer acme-key", "GET", "/v1/aws_account_assignments"+id("000000000002"), "", "")
	for _, u := range [][2]string{{"000000000002", `{"payer_account_owner_id":"000000000002"}`}, {"000000000002", `{"payer_account_owner_id":"000000000001"}`}, {"000000000002", `{"payer_account_owner_id":"000000000002"}`}, {"000000000002", `{"payer_account_owner_id":"000000000001"}`},
		{"000000000002", `{"owner_id":"000000000301"}`}, {"000000000002", `{"owner_id":"000000000401"}`}, {"000000000002", `{"owner_id":"000000000905"}`}, {"000000000002", `{"payer_account_owner_id":"000000000006"}`},
		{"000000000005", `{"payer_account_owner_id":"000000000006"}`}, {"000000000006", `{"customer_id":3}`}, {"000000000006", `{"customer_id":999999}`}, {"000000000006", `{"customer_id":77}`}, {"000000000002", `{"owner_id":"000000000201"}`},
		{"000000000901", `{"owner_id":"000000000902"}`}, {"000000000006", `{"customer_id":4}`}, {"000000000421", `{"payer_account_owner_id":"000000000421"}`}, {"000000000422", `{"payer_account_owner_id":"000000000421"}`}} {
		x.cloud("PUT", id(u[0]), u[1])
		read(u[0])
		x.lists()
	}
	for _, owner := range []string{"000000000001", "000000000005", "000000000901", "000000000420"} {
		at := id(owner)
		x.cloud("DELETE", at, "")
		x.cloud("GET", at, "")
		x.lists()
	}
	x.cloud("POST", "", as(5, 2, 5))
	x.lists()
	x.roles()
	time.Sleep(x.wait())
	x.lists()
	x.s.Rows()
	rows := []string{}
	for k, v := range x.s.Rows() {
		rows = append(rows, stamped.ReplaceAllString(made.ReplaceAllString(k+" "+v, "ID"), "TIME"))
	}
	sort.Strings(rows)
	for _, r := range rows {
		x.tell(r)
	}
}

// wait is how long the script gives mistakes that show later.
func (x *script) wait() time.Duration { return 1100 * time.Millisecond }

func (x *script) raw(method, path string) {
	r := "refused"
	if a := x.s.locked(request(method, path, x.auth), nil); a.status == 200 {
		r = "done"
	}
	x.tell(method + " " + path + " " + r)
}

// roles asks every operation with every role, with none and without a token.
func (x *script) roles() {
	tokens := map[string]string{"": ""}
	for _, r := range append([]string{"none"}, allRoles...) {
		who := "only-" + r
		if r == "none" {
			tokens[r] = "Bearer " + str(x.token(url.Values{"grant_type": {"client_credentials"}, "client_id": {"none"}, "client_secret": {"none-secret"}})["access_token"])
			continue
		}
		tokens[r] = "Bearer " + str(x.token(url.Values{"grant_type": {"client_credentials"}, "client_id": {who}, "client_secret": {"only-secret"}})["access_token"])
	}
	for _, op := range operations[1:] {
		for _, r := range slices.Sorted(maps.Keys(tokens)) {
			auth := tokens[r]
			for _, body := range []string{"", "{}"} {
				res, _ := x.send(op.method, strings.ReplaceAll(op.path, "{}", "x"), auth, "application/json", body)
				x.tell(fmt.Sprintf("zz %s %s %q %d", op.id, r, body, res.StatusCode))
			}
		}
	}
	res, _ := x.send("POST", "/m/ripple/reseller", tokens["ReadReseller"], "", "")
	x.tell(fmt.Sprint("zz post list ", res.StatusCode))
	for _, f := range []string{"client_id=acme&client_secret=acme-secret&grant_type=client_credentials", "client_id=acme&client_secret=&grant_type=client_credentials", "client_id=acme&client_secret=acme-secretx&grant_type=client_credentials", "client_id=acme&client_secret=ACME-secret&grant_type=client_credentials",
		"client_id=acme&client_secret=x&grant_type=client_credentials", "client_id=acme&client_secret=acme-secret&grant_type=x", "client_id=acme&client_secret=acme-secret&grant_type=password&username=acme-user&password=acme-password",
		"client_id=acme&client_secret=acme-secret&grant_type=password&username=acme-user&password=acme-password&scope=openid", "client_id=acme&client_secret=acme-secret&grant_type=password&username=acme-user&password=x", "client_id=acme&client_secret=acme-secret&grant_type=password&username=x&password=x"} {
		res, v := x.send("POST", "/ripple/access_token", "", "application/x-www-form-urlencoded", f)
		o, _ := v.(obj)
		keys := []string{}
		for k := range o {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		x.tell(fmt.Sprint("zz token ", f, res.StatusCode, keys, o["error"], o["expires_in"]))
	}
}

// TestVisible shows which bugs a long script meets. It runs when asked for.
func TestVisible(t *testing.T) {
	only := os.Getenv("STRANGER_VISIBLE")
	if only == "" {
		t.Skip("set STRANGER_VISIBLE=all or to a name")
	}
	run := func(t *testing.T, good []string, names ...string) (told []string, d different) {
		x := &script{tester: start(t, names...), good: good}
		defer func() {
			if p := recover(); p != nil {
				is := false
				if d, is = p.(different); !is {
					d = different{"", fmt.Sprint("panic: ", p)}
				}
			}
		}()
		x.play()
		return x.told, different{}
	}
	good, _ := run(t, nil)
	if _, d := run(t, good); d.bad != "" {
		t.Fatalf("the script is not steady: %s\n%s", d.good, d.bad)
	}
	for _, b := range Bugs() {
		if b.Question == "race" || only != "all" && only != b.Name {
			continue
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			_, d := run(t, good, b.Name)
			switch {
			case d.bad == "":
				t.Error("unseen")
			case strings.HasPrefix(d.bad, "panic"):
				t.Error(d.bad)
			case only != "all":
				t.Logf("good: %s\n bug: %s", d.good, d.bad)
			}
		})
	}
}

// made matches the ids that servers make, stamped their times.
var (
	made    = regexp.MustCompile(`\b(?:u[A-Z2-7]{7}[a-z2-7]{7}|[A-Z2-7]{7}[a-z2-7]{7})\b`)
	stamped = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00`)
)

func request(method, path, auth string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", auth)
	return r
}
