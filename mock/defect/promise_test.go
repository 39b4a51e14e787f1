package defect_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/defect"
)

// request is one of a story.
type request struct {
	name, method, path, body string
	header                   map[string]string
}

const (
	group     = `{"billinggroup_id": "%s", "billinggroup_name": "%s", "company_name": "%s", "phone": "03-1234-5678", "postal": "12345", "address": "1 street", "billing_title": "t", "personal": "p", "remarks": "r", "inv_aggregate": false, "language": "ja"}`
	settings  = `{"vendor": "aws", "invoices": {"calc_type": "account", "currency": "usd", "discount_calc_logic": "usageamount", "discount_rate": 0, "discount_target_usage": "cloudpaywithfee", "substitution_fee": "percent", "substitution_fee_calc_target": "nondiscount", "substitution_fee_calc_type": "allsum", "substitution_fee_target_usage": "cloudpaywithfee", "substitution_fix": 0, "substitution_rate": 0, "support_amount_target": "allusage", "support_fee": "fix", "support_fee_calc_target": "nondiscount", "support_fix": 0, "support_rate": 0, "tax_rate": 0}}`
	account   = `{"vendor": "aws", "customer_id": "00000000000%d", "account_id": "919999618919", "company_id": "AJfdivbDjhvbpE", "name": "account %[1]d", "note": "n"}`
	reseller  = `{"email": "%s@example.com", "company_id": "AJfdivbDjhvbpE", "input_type": "%s", "notification": false%s}`
	both      = `{"billinggroup_id": "%s", "billinggroup_name": "n5", "company_name": "c5", "inv_aggregate": false, "invoices": {"aws": {"calc_type": "account", "currency": "usd", "discount_calc_logic": "usageamount", "discount_rate": 0, "discount_target_usage": "cloudpaywithfee", "substitution_fee": "percent", "substitution_fee_calc_target": "nondiscount", "substitution_fee_calc_type": "allsum", "substitution_fee_target_usage": "cloudpaywithfee", "substitution_fix": 0, "substitution_rate": 0, "support_amount_target": "allusage", "support_fee": "fix", "support_fee_calc_target": "nondiscount", "support_fix": 0, "support_rate": 0, "tax_rate": 0}, "azure": {"calc_type": "account", "currency": "usd", "discount_calc_logic": "usageamount", "discount_rate": 0, "discount_target_usage": "cloudpaywithfee", "substitution_fee": "percent", "substitution_fee_calc_target": "nondiscount", "substitution_fee_calc_type": "allsum", "substitution_fee_target_usage": "cloudpaywithfee", "substitution_fix": 0, "substitution_rate": 0, "support_amount_target": "allusage", "support_fee": "fix", "support_fee_calc_target": "nondiscount", "support_fix": 0, "support_rate": 0, "tax_rate": 0.05}}}`
	meta      = `{"meta": { "dashboard_graph": false, "usage_account": false, "usage_account_graph": false, "usage_report_download": false, "usage_group": false, "usage_group_graph": false, "usage_tag": false, "usage_tag_graph": false, "usage_crosstag": false, "usage_crosstag_graph": false, "ri_purchased": false, "aq_coverage_ratio": true, "aq_ri_management": true, "aq_ri_sp_instances": true, "aq_right_sizing": true, "aq_scheduling": true, "aq_sp_management": true, "usage_account_menu_account_edit": true, "usage_account_menu_budget": true, "usage_account_menu_budget_edit": true, "usage_account_menu_fees_fee": true, "usage_account_menu_fees_credit": true, "usage_account_menu_fees_refund": true, "usage_account_menu_fees_other_fees": true, "ri_utilization": true, "ri_recommendation": true, "sp_purchased": true, "invoice": true, "invoice_download_csv_discount": true, "invoice_download_csv_merged": true, "open_api": true, "users_management": true, "report_filters": true}}`
	assigned  = `{"owner_id": "00000000000%d", "customer_id": 1, "payer_account_owner_id": "00000000000%d"}`
	items     = `{"additional_items": [{"enabled": true, "label": "l", "unit_cost": 1, "quantity": 1, "total": 1}]}`
	form      = "grant_type=%s&client_id=a&client_secret=b&scope=openid&username=u&password=p"
	parts     = "--x\r\nContent-Disposition: form-data; name=\"grant_type\"%s\r\n\r\nclient_credentials\r\n--x\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\na\r\n--x\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\nb\r\n--x--\r\n"
	ch        = "/v1/aws_account_assignments"
	key       = "?api_key=k"
	firstID   = "{first}" // of the first group that the story creates
	secondID  = "{second}"
	bothID    = "{both}"
	resellers = "{reseller}" // user_id of the first reseller
)

// with sends a header beside those of a story.
func (r request) with(name, value string) request {
	r.header = map[string]string{name: value}
	return r
}

// story asks for whatever words alone promise, in a sandbox of its own.
func story() []request {
	get := func(name, path string) request { return request{name: name, method: "GET", path: path} }
	send := func(name, method, path, body string, args ...any) request {
		if len(args) > 0 {
			body = fmt.Sprintf(body, args...)
		}
		return request{name: name, method: method, path: path, body: body}
	}
	token := func(name, query, contentType, body string) request {
		return send(name, "POST", "/ripple/access_token"+query, body).with("Content-Type", contentType)
	}
	const urlEncoded, multipart = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
	return []request{
		token("form", "", urlEncoded, fmt.Sprintf(form, "client_credentials")),
		token("password grant", "?"+fmt.Sprintf(form, "password"), urlEncoded, ""),
		token("refused refresh", "", urlEncoded, fmt.Sprintf(form, "refresh_token")),
		token("multipart", "", multipart, fmt.Sprintf(parts, "")),
		token("files", "?"+fmt.Sprintf(form, "client_credentials"), multipart, fmt.Sprintf(parts, `; filename="f"`)),

		send("first group", "POST", "/m/ripple/billinggroup", group, "story-1", "n1", "c1"),
		send("second group", "POST", "/m/ripple/billinggroup", group, "story-2", "n2", "c2").with("Content-Type", "application/json;"),
		send("minimal group", "POST", "/m/ripple/billinggroup", `{"billinggroup_id": "story-3", "billinggroup_name": "n", "company_name": "c", "inv_aggregate": false}`),
		send("rename", "POST", "/m/ripple/billinggroup/"+firstID, group, "story-1", "n9", "c9"),
		get("groups", "/m/ripple/billinggroup"),
		send("items", "POST", "/m/ripple/billinggroup/"+firstID+"/freeformat/aws", items),
		get("after items", "/m/ripple/billinggroup/"+firstID+"/resource"),
		send("items again", "POST", "/m/ripple/billinggroup/"+firstID+"/freeformat/aws", items),
		send("settings", "POST", "/m/ripple/billinggroup/"+firstID+"/invoices", settings),
		get("after settings", "/m/ripple/billinggroup/"+firstID+"/resource"),
		send("template", "POST", "/m/ripple/billinggroup/"+firstID+"/invoicetemplate", `{"invoice_template_id": "t"}`),
		get("after template", "/m/ripple/billinggroup/"+firstID+"/resource"),
		send("both vendors", "POST", "/m/ripple/billinggroup", both, "story-5"),
		get("after both vendors", "/m/ripple/billinggroup/"+bothID+"/resource"),
		send("rename both", "POST", "/m/ripple/billinggroup/"+bothID, group, "story-5", "n5", "c5"),
		get("after rename both", "/m/ripple/billinggroup/"+bothID+"/resource"),
		send("no items", "DELETE", "/m/ripple/billinggroup/"+firstID+"/freeformat/aws", "").with("Content-Type", "application/json"),
		get("after no items", "/m/ripple/billinggroup/"+firstID+"/resource"),
		send("delete group", "DELETE", "/m/ripple/billinggroup/"+secondID, ""),
		get("groups that stay", "/m/ripple/billinggroup"),

		send("first account", "POST", "/m/ripple/accts", account, 1).with("Content-Type", "application/json;"),
		send("second account", "POST", "/m/ripple/accts", account, 2),
		send("rename accounts' group", "POST", "/m/ripple/billinggroup/AJfdivbDjhvbpE", group, "story-4", "n4", "c4"),
		get("accounts", "/m/ripple/accts?vendor=aws"),
		send("update account", "PUT", "/m/ripple/accts/000000000001/edit", `{"vendor": "aws", "account_id": "919999618919", "company_id": "AJfdivbDjhvbpE", "name": "renamed", "note": "n"}`),
		get("after update", "/m/ripple/accts?vendor=aws"),
		send("delete account", "DELETE", "/m/ripple/accts/aws/000000000001%7C919999618919", ""),
		get("accounts that stay", "/m/ripple/accts?vendor=aws"),

		send("reseller", "POST", "/m/ripple/reseller", reseller, "a", "Auto", "").with("Content-Type", "application/json;"),
		send("another reseller", "POST", "/m/ripple/reseller", reseller, "b", "Auto", ""),
		send("custom reseller", "POST", "/m/ripple/reseller", reseller, "c", "Custom", `, "password": "Secret-Word-1"`),
		get("resellers", "/m/ripple/reseller"),
		send("custom password", "PUT", "/m/ripple/reseller/"+resellers+"/password", `{"input_type": "Custom", "notification": false, "password": "Secret-Word-2"}`),
		get("after custom password", "/m/ripple/reseller"),
		send("auto password", "PUT", "/m/ripple/reseller/"+resellers+"/password", `{"input_type": "Auto", "notification": false}`),
		send("meta", "PUT", "/m/ripple/reseller/"+resellers+"/meta", meta),
		get("after meta", "/m/ripple/reseller"),
		send("delete reseller", "DELETE", "/m/ripple/reseller/"+resellers, ""),
		get("resellers that stay", "/m/ripple/reseller"),

		send("month", "POST", "/m/ripple/user/exchange", `{"exchange_rate": {"rate": 110, "month": "2021-05"}}`),
		send("month again", "POST", "/m/ripple/user/exchange", `{"exchange_rate": {"rate": 111, "month": "2021-05"}}`),
		send("groups' rate", "POST", "/m/ripple/invoices/exchangerate/2021-05", `{"vendor": "aws", "billing_groups": ["abcdfeg", "hijklmn"], "exchange_rate": 105}`),
		send("groups' rate again", "POST", "/m/ripple/invoices/exchangerate/2021-05", `{"vendor": "aws", "billing_groups": ["abcdfeg"], "exchange_rate": 106}`),
		send("invoice", "POST", "/m/ripple/invoiceid/exchangerate/aws/2021-05", `{"settings": [{"account_id": "987655467321", "invoice_id": "123656789", "exchange_rate": 110}]}`),
		get("invoices", "/m/ripple/invoiceid/exchangerate/aws/2021-05"),
		send("payer", "POST", "/m/ripple/payer/exchange_rate/2021-05", `{"settings": [{"vendor": "aws", "account_id": "128347567789", "exchange_rate": 110}]}`),
		get("payers", "/m/ripple/payer/exchange_rate/2021-05"),
		send("month beside", "POST", "/m/ripple/user/exchange", `{"exchange_rate": {"rate": 112, "month": "2021-05"}}`),
		get("payers after month", "/m/ripple/payer/exchange_rate/2021-05"),
		send("groups beside", "POST", "/m/ripple/invoices/exchangerate/2021-05", `{"vendor": "aws", "billing_groups": ["abcdfeg"], "exchange_rate": 113}`),
		get("payers after groups", "/m/ripple/payer/exchange_rate/2021-05"),

		get("partner", "/m/ripple/user"),

		get("bearer", ch).with("Authorization", "Bearer k"),
		get("key", ch+key),
		get("accept any", ch+key).with("Accept", "*/*"),
		get("accept JSON", ch+key).with("Accept", "application/json"),
		get("slash", ch+"/"+key),
		get("unknown id", ch+"/99"+key),
		get("unknown path", "/v1/nothing"+key),
		send("assign", "POST", ch+key, assigned, 1, 1),
		send("assign beside", "POST", ch+key, assigned, 2, 2),
		get("page", ch+key+"&per_page=1&page=1"),
		send("link", "PUT", ch+"/2"+key, `{"payer_account_owner_id": "000000000001"}`),
		send("own values", "PUT", ch+"/2"+key, `{"owner_id": "000000000002"}`),
		get("read", ch+"/2"+key),
		send("refused update", "PUT", ch+"/2"+key, `{"payer_account_owner_id": "000000000003"}`),
		get("after refusal", ch+"/2"+key),
		send("refused create", "POST", ch+key, assigned, 3, 3),
		send("delete", "DELETE", ch+"/2"+key, "").with("Content-Type", "application/json"),

		send("customer", "POST", "/v1/customers"+key, `{"name": "Customer 4", "classification": "managed_without_access", "address": {"street1": "1 Main St", "city": "Springfield", "state": "MA", "zipcode": "01234", "country": "US"}, "partner_billing_configuration": {"enabled": true, "folder": "folder"}}`),
		get("customers", "/v1/customers"+key),
		send("rename customer", "PUT", "/v1/customers/4"+key, `{"name": "Customer 5"}`),
		get("customer", "/v1/customers/4"+key),
		get("AWS account", "/v1/aws_accounts/2"+key),
	}
}

// ids are what a sound twin calls what the story creates; any other does the same.
type ids map[string]string

// tell gives what a twin answers to each request of the story. Without ids it gathers
// them.
func (known ids) tell(t *testing.T, defects ...string) []string {
	t.Helper()
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	twin, err := mock.New(mock.WithDefects(defects...), mock.WithClock(func() time.Time { return clock }))
	if err != nil {
		t.Fatal(err)
	}
	token := tokenOf(t, clock)
	var told []string
	for _, s := range story() {
		path := s.path
		for name, id := range known {
			path = strings.ReplaceAll(path, "{"+name+"}", id)
		}
		r := httptest.NewRequest(s.method, path, strings.NewReader(s.body))
		if s.body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		if strings.HasPrefix(path, "/m/") {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		for name, value := range s.header {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		twin.ServeHTTP(w, r)
		told = append(told, fmt.Sprint(w.Code, " ", w.Header().Get("Content-Type"), " ", w.Body))
		if len(defects) == 0 {
			known.gather(s.name, w.Body.String())
		}
	}
	return told
}

func (known ids) gather(request, answer string) {
	for name, where := range map[string][2]string{
		"first": {"first group", `"company_id":"`}, "second": {"minimal group", `"company_id":"`}, "both": {"both vendors", `"company_id":"`}, "reseller": {"resellers", `"user_id":"`},
	} {
		if _, rest, ok := strings.Cut(answer, where[1]); ok && request == where[0] {
			known[name], _, _ = strings.Cut(rest, `"`)
		}
	}
}

// tokenOf is a token that a sound twin issues; any other twin takes it.
func tokenOf(t *testing.T, clock time.Time) string {
	t.Helper()
	twin, err := mock.New(mock.WithClock(func() time.Time { return clock }))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/ripple/access_token", strings.NewReader(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"a"}, "client_secret": {"b"},
	}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	twin.ServeHTTP(w, r)
	_, rest, _ := strings.Cut(w.Body.String(), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// shown says by which answer of the story each promise is first seen to be broken.
var shown = map[string]string{
	"cloudhealth.aws-account.get.stored":                "AWS account",
	"cloudhealth.customer.create.assignable":            "customers",
	"cloudhealth.customer.update.kept":                  "customer",
	"ripple.user.exchange-rate.kept":                    "partner",
	"ripple.user.exchange-rate.replaced":                "partner",
	"cloudhealth.assignment.get.stored":                 "read",
	"cloudhealth.assignment.id.computed":                "assign",
	"cloudhealth.assignment.id.unique":                  "assign beside",
	"cloudhealth.assignment.update.id":                  "link",
	"cloudhealth.assignment.update.own-values":          "own values",
	"ripple.account.delete.pair":                        "delete account",
	"ripple.account.list.group.id":                      "accounts",
	"ripple.account.list.group.name":                    "accounts",
	"ripple.account.list.name":                          "accounts",
	"ripple.billinggroup.company-id.generated":          "first group",
	"ripple.billinggroup.create.id.echoed":              "first group",
	"ripple.billinggroup.create.invoices.both":          "after both vendors",
	"ripple.billinggroup.delete.by-company-id":          "delete group",
	"ripple.billinggroup.get.company-id":                "after items",
	"ripple.billinggroup.list.account.empty":            "groups",
	"ripple.billinggroup.list.qrcode.unset":             "groups",
	"ripple.billinggroup.list.tag.empty":                "groups",
	"ripple.billinggroup.update-invoices.by-company-id": "settings",
	"ripple.billinggroup.update.by-company-id":          "rename",
	"ripple.billinggroup.update.invoices":               "after rename both",
	"ripple.exchangerate.invoice.error-data.empty":      "invoice",
	"ripple.reseller.list.group.id":                     "resellers",
	"ripple.reseller.list.group.name":                   "resellers",
	"ripple.reseller.update-meta.others":                "after meta",
	"ripple.reseller.update-meta.rest":                  "after meta",
	"ripple.reseller.update-password.rest":              "after custom password",
	"ripple.reseller.user-id.generated":                 "resellers",
	"ripple.token.access-token.accepted":                "password grant",
	"ripple.token.access-token.jwt":                     "form",
	"cloudhealth.assignment.create.echo":                "assign",
	"cloudhealth.assignment.create.validated":           "refused create",
	"cloudhealth.assignment.delete.content-type":        "delete",
	"cloudhealth.assignment.delete.no-content":          "delete",
	"cloudhealth.assignment.errors":                     "refused update",
	"cloudhealth.assignment.list.page-number":           "page",
	"cloudhealth.assignment.list.trailing-slash":        "slash",
	"cloudhealth.assignment.pattern.consolidated":       "link",
	"cloudhealth.assignment.pattern.standalone":         "assign beside",
	"cloudhealth.assignment.refused-write":              "after refusal",
	"cloudhealth.assignment.update.echo":                "link",
	"cloudhealth.assignment.update.subset":              "link",
	"cloudhealth.assignment.update.validated":           "refused update",
	"cloudhealth.assignment.update.whole":               "link",
	"cloudhealth.auth.bearer":                           "bearer",
	"cloudhealth.auth.query":                            "key",
	"cloudhealth.error.body":                            "unknown id",
	"cloudhealth.error.route":                           "unknown path",
	"cloudhealth.media.accept-any":                      "accept any",
	"cloudhealth.media.accept-json":                     "accept JSON",
	"cloudhealth.media.request":                         "assign",

	"ripple.account.create.media-type.parameter":       "first account",
	"ripple.account.delete.others":                     "accounts that stay",
	"ripple.account.list.group.renamed":                "accounts",
	"ripple.account.update.others":                     "after update",
	"ripple.billinggroup.create.media-type.parameter":  "second group",
	"ripple.billinggroup.create.minimal":               "minimal group",
	"ripple.billinggroup.delete-freeformat.media-type": "no items",
	"ripple.billinggroup.delete-freeformat.rest":       "after no items",
	"ripple.billinggroup.delete.others":                "groups that stay",
	"ripple.billinggroup.update-freeformat.again":      "items again",
	"ripple.billinggroup.update-freeformat.rest":       "after items",
	"ripple.billinggroup.update-invoice-template.rest": "after template",
	"ripple.billinggroup.update-invoices.other-vendor": "after settings",
	"ripple.billinggroup.update-invoices.rest":         "after settings",
	"ripple.billinggroup.update.others":                "groups",
	"ripple.exchangerate.group.again":                  "groups' rate again",
	"ripple.exchangerate.group.several":                "groups' rate",
	"ripple.exchangerate.invoice.others":               "invoices",
	"ripple.exchangerate.monthly.again":                "month again",
	"ripple.exchangerate.payer.others":                 "payers",
	"ripple.exchangerate.monthly.rest":                 "payers",
	"ripple.exchangerate.group.rest":                   "payers",
	"ripple.reseller.create.media-type.parameter":      "reseller",
	"ripple.reseller.delete.others":                    "resellers that stay",
	"ripple.reseller.input-type.auto":                  "reseller",
	"ripple.reseller.input-type.custom":                "custom reseller",
	"ripple.reseller.list.times.offset":                "resellers",
	"ripple.reseller.password.hidden":                  "resellers",
	"ripple.reseller.update-password.auto":             "auto password",
	"ripple.reseller.update-password.custom":           "custom password",
	"ripple.token.grant.client-credentials":            "form",
	"ripple.token.grant.password":                      "password grant",
	"ripple.token.grant.refresh.refused":               "refused refresh",
	"ripple.token.request.form":                        "form",
	"ripple.token.request.multipart":                   "multipart",
	"ripple.token.request.query-and-files":             "files",
}

// TestPromisesAreBroken tells the story to a twin with each defect: the answer by which
// the promise is seen to be broken is the first that is not as a sound twin's.
func TestPromisesAreBroken(t *testing.T) {
	t.Parallel()
	known := ids{}
	sound := known.tell(t)
	for i, answer := range sound {
		name := story()[i].name
		refused := strings.HasPrefix(name, "refused") || strings.HasPrefix(name, "unknown")
		if strings.HasPrefix(answer, "2") == refused {
			t.Errorf("%s: %s", name, answer)
		}
	}
	for slug, want := range shown {
		t.Run(slug, func(t *testing.T) {
			t.Parallel()
			for i, answer := range known.tell(t, slug) {
				if answer == sound[i] {
					continue
				}
				if have := story()[i].name; have != want {
					t.Errorf("%s is answered otherwise:\n%s\n%s", have, sound[i], answer)
				}
				return
			}
			t.Error("every answer is as without it")
		})
	}
}

// TestEveryPromiseIsTold wants a place in the story for each defect of words alone.
func TestEveryPromiseIsTold(t *testing.T) {
	t.Parallel()
	all, err := mock.Breaches()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if _, ok := shown[b.ID]; !ok && b.Kind == string(defect.Promise) {
			t.Errorf("no answer of the story shows %s", b.ID)
		}
	}
}

// TestEveryClauseIsBroken leaves no clause that can be observed without a breach.
func TestEveryClauseIsBroken(t *testing.T) {
	t.Parallel()
	unbroken, err := mock.Unbroken()
	if err != nil {
		t.Fatal(err)
	}
	for slug, reason := range unbroken {
		if !strings.HasPrefix(reason, "not observable: ") {
			t.Errorf("nothing breaks %s: %s", slug, reason)
		}
	}
}
