package ripple_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const azureID = "0a1b2c3d-4e5f-6789-abcd-ef0123456789"

// azureIDs are two GUIDs, two of digits, and others.
var azureIDs = []string{
	azureID, strings.ToUpper(azureID[:35]) + "0", "0123456789012345", "012345678901234567890123456789012345",
	"0a1b2c3d4e5f6789", "subscription of mine", strings.ReplaceAll(azureID, "-", ""), azureID[:35] + "g",
}

// account shows an account of AWS.
func (c client) account() object {
	c.t.Helper()
	return only(c.t, c.get("/accts?vendor=aws").is(200).list(), "customer_id", "012345678912")
}

func TestAccount(t *testing.T) {
	t.Parallel()
	const exists, unknown = "Customer id already exists.", "Customer id is not exists."
	const message = "account function exception"
	const path = "/accts/aws/012345678912|919999618919"
	run(t, []testCase{
		{"create and list", nil, func(t *testing.T, c client) {
			c.post("/accts", c.example("createAccount", "page")).is(200)
			c.post("/accts", c.example("createAccount", "azure")).is(200)
			has(t, c.account(),
				"billinggroup_id", "fixture-group-1", "billinggroup_name", "Fixture group 1", "company_id", "AJfdivbDjhvbpE",
				"customer_name", "ripple customer1", "account_id", "919999618919", "vendor", "aws", "note", nil,
				"payer", false, "service_discount", nil, "project_id", nil, "azure_customer_id", nil)
			if list := c.get("/accts?vendor=azure").is(200).list(); len(list) != 1 || list[0]["customer_id"] != azureID {
				t.Errorf("azure has %v", list)
			}
			c.post("/accts", c.example("createAccount", "page")).refused(400, "ripple.account.customer-id.unique").says("5005", message, exists)
		}},
		{"rules", nil, func(t *testing.T, c client) {
			page, azure := c.example("createAccount", "page"), c.example("createAccount", "azure")
			for _, tc := range []struct {
				name, clause string
				body         object
			}{
				{"AWS customer of 11 digits", "ripple.account.customer-id.aws", with(page, "customer_id", "01234567891")},
				{"AWS customer with a letter", "ripple.account.charset", with(page, "customer_id", "01234567891x")},
				{"Azure customer of 15", "ripple.account.customer-id.azure", with(azure, "customer_id", azureID[:15])},
				{"Azure customer of 37", "ripple.account.customer-id.azure", with(azure, "customer_id", azureID+"x")},
				{"AWS payer of 13 digits", "ripple.account.account-id.aws", with(page, "account_id", "9199996189190")},
				{"Azure payer of 6", "ripple.account.account-id.azure", with(azure, "account_id", "123456")},
				{"name of two", "ripple.account.create.name.length", with(page, "name", "ab")},
				{"unknown vendor", "ripple.account.create.vendor.enum", with(page, "vendor", "gcp")},
				{"number for text", "ripple.account.create.customer-id.type", with(page, "customer_id", 12345678912)},
				{"empty customer_id", "ripple.string.empty", with(page, "customer_id", "")},
				{"empty account_id", "ripple.string.empty", with(azure, "account_id", "")},
				{"empty company_id", "ripple.string.empty", with(page, "company_id", "")},
				{"unknown company_id", "ripple.account.company-id", with(page, "company_id", "nobody")},
			} {
				t.Run(tc.name, func(t *testing.T) {
					c.t = t
					c.post("/accts", tc.body).refused(400, tc.clause)
				})
			}
			if list := c.get("/accts?vendor=aws").list(); len(list) != 0 {
				t.Errorf("a refused create left %v", list)
			}
			c.post("/accts", with(page, "name", strings.Repeat("語", 100))).is(200)
		}},
		{"any characters for Azure", nil, charset(azureIDs...)},
		{"a GUID for Azure", under("ripple.account.charset=azure-guid"), charset(azureIDs[:2]...)},
		{"digits for Azure", under("ripple.account.charset=digits"), charset(azureIDs[2:4]...)},
		{"an unknown company_id is accepted", under("ripple.account.company-id=accepted"), func(t *testing.T, c client) {
			c.post("/accts", with(c.example("createAccount", "page"), "company_id", "nobody")).is(200)
			has(t, c.account(), "company_id", "nobody", "billinggroup_id", "")
			c.put("/accts/012345678912/edit", with(c.example("updateAccount", "page"), "company_id", "nobody2")).is(200)
		}},
		{"update", nil, func(t *testing.T, c client) {
			c.put("/accts/012345678912/edit", c.example("updateAccount", "page")).refused(400, "ripple.account.update.unknown").says("5005", message, unknown)
			c.post("/accts", with(c.example("createAccount", "page"), "note", "kept")).is(200)
			c.put("/accts/012345678912/edit", with(without(c.example("updateAccount", "page"), "note"), "name", "new name", "company_id", stored, "account_id", "111345678911")).is(200)
			has(t, c.account(), "customer_name", "new name", "company_id", stored, "account_id", "111345678911", "note", "kept")
			c.put("/accts/012345678912/edit", c.example("updateAccount", "page")).is(200)
			has(t, c.account(), "note", nil)
			c.put("/accts/012345678912/edit", c.example("updateAccount", "azure")).refused(400, "ripple.account.update.unknown")
			c.put("/accts/012345678912/edit", with(c.example("updateAccount", "page"), "account_id", "1")).refused(400, "ripple.account.update.account-id.aws")
			c.put("/accts/012345678912/edit", with(c.example("updateAccount", "page"), "company_id", "nobody")).refused(400, "ripple.account.company-id")
		}},
		{"an update leaves the account in its group", under("ripple.account.update-company-id=ignored"), func(t *testing.T, c client) {
			c.post("/accts", c.example("createAccount", "page")).is(200)
			c.put("/accts/012345678912/edit", with(c.example("updateAccount", "page"), "name", "new name", "company_id", stored)).is(200)
			has(t, c.account(), "customer_name", "new name", "company_id", "AJfdivbDjhvbpE")
			c.put("/accts/012345678912/edit", with(c.example("updateAccount", "page"), "company_id", "nobody")).refused(400, "ripple.account.company-id")
		}},
		{"an absent note is cleared", under("ripple.update.absent=cleared"), func(t *testing.T, c client) {
			c.post("/accts", with(c.example("createAccount", "page"), "note", "gone")).is(200)
			c.put("/accts/012345678912/edit", without(c.example("updateAccount", "page"), "note")).is(200)
			has(t, c.account(), "note", nil)
		}},
		{"delete by the raw pipe", nil, deleteAccount(path)},
		{"delete by the encoded pipe", nil, deleteAccount("/accts/aws/012345678912%7C919999618919")},
		{"delete by the encoded pipe in lower case", nil, deleteAccount("/accts/aws/012345678912%7c919999618919")},
		{"delete of nothing", nil, func(_ *testing.T, c client) {
			c.post("/accts", c.example("createAccount", "page")).is(200)
			for _, path := range []string{
				"/accts/aws/012345678912", "/accts/azure/012345678912|919999618919", "/accts/aws/012345678912|111345678911",
				"/accts/aws/012345678912|", "/accts/aws/|919999618919", "/accts/aws/012345678912%2F919999618919",
			} {
				c.delete(path).refused(400, "ripple.account.delete.unknown").says("5005", message, unknown)
			}
			c.account()
		}},
		{"delete by customer_id alone", under("ripple.account.delete-account-id=ignored"), deleteAccount("/accts/aws/012345678912|111345678911")},
		{"key per vendor", under("ripple.account.key=per-vendor"), func(_ *testing.T, c client) {
			c.post("/accts", c.example("createAccount", "page")).is(200)
			c.post("/accts", with(c.example("createAccount", "page"), "account_id", "111345678911")).refused(400, "ripple.account.customer-id.unique")
		}},
		{"key with account_id", under("ripple.account.key=with-account-id"), func(t *testing.T, c client) {
			c.post("/accts", c.example("createAccount", "page")).is(200)
			c.post("/accts", c.example("createAccount", "page")).refused(400, "ripple.account.customer-id.unique")
			c.post("/accts", with(c.example("createAccount", "page"), "account_id", "111345678911")).is(200)
			c.delete("/accts/aws/012345678912|111345678911").is(200)
			has(t, c.account(), "account_id", "919999618919")
		}},
		{"payer where the ids are one", nil, func(t *testing.T, c client) {
			c.post("/accts", with(c.example("createAccount", "page"), "account_id", "012345678912")).is(200)
			has(t, c.account(), "payer", true)
		}},
		{"payer never", under("ripple.account.payer=always-false"), func(t *testing.T, c client) {
			c.post("/accts", with(c.example("createAccount", "page"), "account_id", "012345678912")).is(200)
			has(t, c.account(), "payer", false)
		}},
		{"list needs a vendor", nil, func(_ *testing.T, c client) {
			c.get("/accts").refused(400, "ripple.account.list-vendor")
			c.get("/accts?vendor=gcp").refused(400, "ripple.account.list-vendor-unknown")
		}},
		{"list of all vendors", under("ripple.account.list-vendor=all"), func(t *testing.T, c client) {
			c.post("/accts", c.example("createAccount", "page")).is(200)
			c.post("/accts", c.example("createAccount", "azure")).is(200)
			if list := c.get("/accts").is(200).list(); len(list) != 2 {
				t.Errorf("got %v", list)
			}
		}},
	})
}

// deleteAccount registers the page's account and deletes it by a path.
func deleteAccount(path string) func(*testing.T, client) {
	return func(t *testing.T, c client) {
		c.post("/accts", c.example("createAccount", "page")).is(200)
		c.delete(path).is(200)
		c.delete(path).refused(400, "ripple.account.delete.unknown")
		c.put("/accts/012345678912/edit", c.example("updateAccount", "page")).refused(400, "ripple.account.update.unknown")
		c.post("/accts", c.example("createAccount", "page")).is(200)
	}
}

// charset creates Azure accounts with all the ids, of which some are taken.
func charset(taken ...string) func(*testing.T, client) {
	return func(t *testing.T, c client) {
		azure := c.example("createAccount", "azure")
		for _, id := range azureIDs {
			a := c.post("/accts", with(azure, "customer_id", id))
			if slices.Contains(taken, id) {
				a.is(200)
				continue
			}
			a.refused(400, "ripple.account.charset")
		}
	}
}

func TestUnusualRequests(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	page := `{"vendor":"aws","customer_id":"012345678912","account_id":"919999618919","company_id":"AJfdivbDjhvbpE","name":"ripple customer1"}`
	for _, tc := range []struct {
		name, method, path, contentType, body string
		status                                int
		clause                                string
	}{
		{"a type that ends in a semicolon", "POST", "/accts", "application/json;", page, 200, ""},
		{"a type with a charset", "POST", "/accts", "application/json; charset=utf-8", page, 200, ""},
		{"no type", "POST", "/accts", "", page, 200, ""},
		{"another type", "POST", "/accts", "text/plain", page, 415, "ripple.request.media-type"},
		{"no body", "POST", "/accts", "application/json", "", 400, "ripple.request.malformed"},
		{"cut off", "POST", "/accts", "application/json", page[:20], 400, "ripple.request.malformed"},
		{"something after it", "POST", "/accts", "application/json", page + "x", 400, "ripple.request.malformed"},
		{"a second value after it", "POST", "/accts", "application/json", page + "{}", 400, "ripple.request.malformed"},
		{"a list", "POST", "/accts", "application/json", "[" + page + "]", 400, "ripple.error.validation"},
		{"null", "POST", "/accts", "application/json", "null", 400, "ripple.error.validation"},
		{"not UTF-8", "POST", "/accts", "application/json", strings.Replace(page, "ripple", "\xff", 1), 400, "ripple.request.malformed"},
		{"a number beyond range", "POST", "/user/exchange", "application/json", `{"exchange_rate":{"rate":1e999,"month":"2020-01"}}`, 400, "ripple.request.malformed"},
		{"more than 1 MiB", "POST", "/accts", "application/json", strings.Repeat(" ", 1<<20) + page, 413, "ripple.request.malformed"},
		{"exactly 1 MiB", "POST", "/accts", "application/json", strings.Repeat(" ", 1<<20-len(page)) + page, 200, ""},
		{"a path not UTF-8", "PUT", "/accts/%ff/edit", "application/json", page, 400, "ripple.error.validation"},
		{"a query that is broken", "GET", "/accts?vendor=%zz", "", "", 400, "ripple.error.validation"},
		{"an unknown path", "GET", "/nothing", "", "", 404, "ripple.route.unknown"},
		{"a trailing slash", "GET", "/billinggroup/", "", "", 404, "ripple.route.unknown"},
		{"a wrong method", "PATCH", "/accts", "", "", 405, "ripple.route.unknown"},
		{"a wrong method of a longer path", "GET", "/reseller/x/meta", "", "", 405, "ripple.route.unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			r := httptest.NewRequest(tc.method, base+tc.path, strings.NewReader(tc.body))
			r.Header.Set("Authorization", c.header.Get("Authorization"))
			if tc.contentType != "" {
				r.Header.Set("Content-Type", tc.contentType)
			}
			a := c.do(r)
			if tc.status == 200 {
				a.is(200)
				return
			}
			for _, field := range []string{"code", "message", "description"} {
				if text, _ := a.refused(tc.status, tc.clause).object()[field].(string); text == "" {
					t.Errorf("the body has no %s: %s", field, a.body)
				}
			}
		})
	}
	if list := c.get("/accts?vendor=aws").list(); len(list) != 0 {
		t.Errorf("got %v", list)
	}
}
