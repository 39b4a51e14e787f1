package ripple_test

import (
	"regexp"
	"strings"
	"testing"
)

// stored is a billing group of the default fixtures.
const stored = "RomwoEjdjhws"

// create makes a billing group and returns its company_id.
func (c client) create(body object) string {
	c.t.Helper()
	return c.post("/billinggroup", body).is(200).object()["company_id"].(string)
}

// group shows a billing group.
func (c client) group(id string) object {
	c.t.Helper()
	return c.get("/billinggroup/" + id + "/resource").is(200).object()
}

func TestBillingGroup(t *testing.T) {
	t.Parallel()
	run(t, []testCase{
		{"create", nil, func(t *testing.T, c client) {
			created := c.post("/billinggroup", c.example("createBillingGroup", "page")).is(200).object()
			has(t, created, "status", "success", "billinggroup_id", "Billing1")
			id := created["company_id"].(string)
			if !regexp.MustCompile(`^[A-Za-z]{12}$`).MatchString(id) {
				t.Errorf("company_id %q is not twelve letters", id)
			}
			if again := newClient(t).create(c.example("createBillingGroup", "page")); again != id {
				t.Errorf("a second run gave %q, the first %q", again, id)
			}
			if other := c.create(c.example("createBillingGroup", "python-sample")); other == id {
				t.Errorf("two groups share the company_id %q", id)
			}
			want := []any{
				"company_id", id, "billinggroup_id", "Billing1", "billinggroup_name", "Billing1", "name", "Billing1 company",
				"contact", "personal name", "title", "billing title", "remarks", "test automation", "inv_aggregate", false,
				"phone", "03‐1234‐5678", "postal", "12345", "address", "123 street", "language", "ja",
				"project_id", nil, "invoice_template_id", nil, "qrcode", false, "req_generate", nil,
				"project_code", nil, "project_label", nil, "project_currency", nil, "custom_fields", nil, "untagged_groups", nil,
				"invoices.aws.calc_type", "account", "invoices.azure.currency", "jpy",
			}
			has(t, c.group(id), want...)
			has(t, only(t, c.get("/billinggroup").is(200).list(), "company_id", id), want...)
		}},
		{"null for what is not known", nil, func(t *testing.T, c client) {
			id := c.create(c.example("createBillingGroup", "python-sample"))
			has(t, c.group(id), "phone", nil, "contact", nil, "title", nil, "remarks", nil, "language", nil, "inv_aggregate", true)
		}},
		{"an empty text does not do for a required field", nil, func(_ *testing.T, c client) {
			for _, field := range []string{"billinggroup_id", "billinggroup_name", "company_name"} {
				c.post("/billinggroup", with(c.example("createBillingGroup", "page"), field, "")).refused(400, "ripple.string.empty")
			}
			c.post("/billinggroup/"+stored, with(c.example("updateBillingGroup", "page"), "billinggroup_id", "")).refused(400, "ripple.string.empty")
		}},
		{"update", nil, func(t *testing.T, c client) {
			id := c.create(c.example("createBillingGroup", "page"))
			c.post("/billinggroup/"+id, c.example("updateBillingGroup", "page")).is(200)
			has(t, c.group(id),
				"company_id", id, "name", "Billing1 Company", "phone", "03-123-4567", "postal", "1243", "address", "updateed address",
				"title", nil, "contact", "Personal name", "remarks", "Some remarks data", "project_id", "{created_project_id}", "language", "ja")
		}},
		{"the accounts of a group follow its change and its list shows them", nil, func(t *testing.T, c client) {
			id := c.create(c.example("createBillingGroup", "page"))
			c.post("/accts", with(c.example("createAccount", "page"), "company_id", id)).is(200)
			c.post("/billinggroup/"+id, with(c.example("updateBillingGroup", "page"), "billinggroup_name", "renamed")).is(200)
			accounts := c.group(id)["account"].([]any)
			if len(accounts) != 1 {
				t.Fatalf("the group shows the accounts %v", accounts)
			}
			has(t, accounts[0].(object), "customer_id", "012345678912", "customer_name", "ripple customer1", "account_id", "919999618919", "vendor", "aws")
			listed := only(t, c.get("/accts?vendor=aws").is(200).list(), "customer_id", "012345678912")
			has(t, listed, "billinggroup_name", "renamed", "project_id", "{created_project_id}")
		}},
		{"an unknown group", nil, func(_ *testing.T, c client) {
			c.get("/billinggroup/nobody/resource").refused(400, "ripple.error.not-found").
				says("5006", "billinggroup function exception", `There is no billing group with the company_id "nobody".`)
			c.delete("/billinggroup/nobody").refused(400, "ripple.error.not-found")
			for _, op := range []struct{ id, path string }{
				{"updateBillingGroup", "/billinggroup/nobody"},
				{"updateInvoiceSettings", "/billinggroup/nobody/invoices"},
				{"updateFreeFormat", "/billinggroup/nobody/freeformat/aws"},
				{"updateInvoiceTemplate", "/billinggroup/nobody/invoicetemplate"},
			} {
				c.post(op.path, c.example(op.id, "page")).refused(400, "ripple.error.not-found")
			}
			c.delete("/billinggroup/nobody/freeformat/azure").refused(400, "ripple.error.not-found")
		}},
		{"an unknown group is 404", under("ripple.error.not-found=404"), func(t *testing.T, c client) {
			c.get("/billinggroup/nobody/resource").refused(404, "ripple.error.not-found")
			c.post("/billinggroup/nobody/freeformat/aws", c.example("updateFreeFormat", "page")).refused(404, "ripple.error.not-found")
		}},
		{"a group is known by its company_id alone", nil, func(t *testing.T, c client) {
			c.create(c.example("createBillingGroup", "page"))
			c.get("/billinggroup/Billing1/resource").refused(400, "ripple.error.not-found")
		}},
		{"delete, then create again", nil, func(t *testing.T, c client) {
			first := c.create(c.example("createBillingGroup", "page"))
			c.delete("/billinggroup/" + first).is(200)
			c.delete("/billinggroup/"+first).refused(400, "ripple.error.not-found")
			c.get("/billinggroup/"+first+"/resource").refused(400, "ripple.error.not-found")
			if second := c.create(c.example("createBillingGroup", "page")); second == first {
				t.Errorf("the company_id %q is given out twice", first)
			}
		}},
		{"billinggroup_id is unique", nil, func(t *testing.T, c client) {
			id := c.create(c.example("createBillingGroup", "page"))
			c.post("/billinggroup", c.example("createBillingGroup", "page")).refused(400, "ripple.billinggroup.duplicate-id")
			c.post("/billinggroup/"+stored, c.example("updateBillingGroup", "page")).refused(400, "ripple.billinggroup.duplicate-id")
			c.post("/billinggroup/"+id, c.example("updateBillingGroup", "page")).is(200)
		}},
		{"billinggroup_id is not unique", under("ripple.billinggroup.duplicate-id=not-unique"), func(t *testing.T, c client) {
			first, second := c.create(c.example("createBillingGroup", "page")), c.create(c.example("createBillingGroup", "page"))
			if first == second {
				t.Errorf("two groups share the company_id %q", first)
			}
			c.post("/billinggroup/"+stored, c.example("updateBillingGroup", "page")).is(200)
		}},
		{"a group in use is kept", nil, func(t *testing.T, c client) {
			c.post("/accts", with(c.example("createAccount", "page"), "company_id", stored)).is(200)
			c.delete("/billinggroup/"+stored).refused(400, "ripple.billinggroup.delete-in-use")
			c.delete("/accts/aws/012345678912|919999618919").is(200)
			c.post("/reseller", with(c.example("createReseller", "page"), "company_id", stored)).is(200)
			c.delete("/billinggroup/"+stored).refused(400, "ripple.billinggroup.delete-in-use")
		}},
		{"a group in use takes its members with it", under("ripple.billinggroup.delete-in-use=cascades"), func(t *testing.T, c client) {
			c.fill(stored)
			c.delete("/billinggroup/" + stored).is(200)
			if accounts, resellers := c.get("/accts?vendor=aws").list(), c.get("/reseller").list(); len(accounts)+len(resellers) > 0 {
				t.Errorf("left behind: %v %v", accounts, resellers)
			}
		}},
		{"a group in use leaves orphans", under("ripple.billinggroup.delete-in-use=orphans"), func(t *testing.T, c client) {
			c.fill(stored)
			c.delete("/billinggroup/" + stored).is(200)
			has(t, only(t, c.get("/accts?vendor=aws").is(200).list(), "company_id", stored), "billinggroup_id", "", "project_id", nil)
			has(t, only(t, c.get("/reseller").is(200).list(), "company_id", stored), "billinggroup_id", "")
		}},
		{"lengths on update but for phone", nil, func(t *testing.T, c client) {
			c.create(with(c.example("createBillingGroup", "page"), "billinggroup_id", "b", "postal", "1", "phone", "1"))
			update := c.example("updateBillingGroup", "page")
			c.post("/billinggroup/"+stored, with(update, "phone", "1")).is(200)
			c.post("/billinggroup/"+stored, with(update, "postal", "123")).refused(400, "ripple.billinggroup.update.postal.length")
		}},
		{"lengths on update", under("ripple.billinggroup.lengths=update"), func(t *testing.T, c client) {
			c.create(with(c.example("createBillingGroup", "page"), "phone", "1"))
			c.post("/billinggroup/"+stored, with(c.example("updateBillingGroup", "page"), "phone", "03-123-4567")).refused(400, "ripple.billinggroup.update.phone.length")
		}},
		{"lengths on both", under("ripple.billinggroup.lengths=both"), func(t *testing.T, c client) {
			c.post("/billinggroup", with(c.example("createBillingGroup", "page"), "phone", "1")).refused(400, "ripple.billinggroup.create.phone.length")
			c.post("/billinggroup/"+stored, with(c.example("updateBillingGroup", "page"), "phone", "1")).refused(400, "ripple.billinggroup.update.phone.length")
		}},
		{"lengths off", under("ripple.billinggroup.lengths=off"), func(t *testing.T, c client) {
			c.post("/billinggroup/"+stored, with(c.example("updateBillingGroup", "page"), "postal", "1", "company_name", strings.Repeat("x", 101))).is(200)
			c.post("/billinggroup/"+stored, with(c.example("updateBillingGroup", "page"), "company_name", "")).refused(400, "ripple.string.empty")
		}},
		{"title, remarks and inv_aggregate are null", under("ripple.billinggroup.readback=null"), func(t *testing.T, c client) {
			id := c.create(c.example("createBillingGroup", "page"))
			has(t, c.group(id), "title", nil, "remarks", nil, "inv_aggregate", nil, "contact", "personal name")
		}},
		{"an absent field is kept", nil, func(t *testing.T, c client) {
			id := c.create(c.example("createBillingGroup", "page"))
			c.post("/billinggroup/"+id, required).is(200)
			has(t, c.group(id), "phone", "03‐1234‐5678", "inv_aggregate", false, "language", "ja", "title", "billing title")
			c.post("/billinggroup/"+id, with(required, "phone", nil, "inv_aggregate", nil, "language", nil)).is(200)
			has(t, c.group(id), "phone", nil, "inv_aggregate", nil, "language", nil, "title", "billing title")
		}},
		{"an absent field is cleared", under("ripple.update.absent=cleared"), func(t *testing.T, c client) {
			id := c.create(c.example("createBillingGroup", "page"))
			c.post("/billinggroup/"+id+"/invoicetemplate", c.example("updateInvoiceTemplate", "page")).is(200)
			c.post("/billinggroup/"+id, required).is(200)
			has(t, c.group(id), "phone", nil, "inv_aggregate", nil, "language", nil, "title", nil, "invoice_template_id", "abcdefg")
		}},
		{"validation is 422", under("ripple.error.validation=422"), func(t *testing.T, c client) {
			c.post("/billinggroup", without(c.example("createBillingGroup", "page"), "company_name")).refused(422, "ripple.billinggroup.create.company-name.required")
			c.post("/billinggroup", with(c.example("createBillingGroup", "page"), "company_name", "")).refused(422, "ripple.string.empty")
			c.get("/billinggroup/nobody/resource").refused(400, "ripple.error.not-found")
		}},
		{"unknown fields are ignored", nil, func(t *testing.T, c client) {
			c.create(with(c.example("createBillingGroup", "page"), "surprise", 1))
		}},
		{"unknown fields are refused", under("ripple.unknown-fields=refused"), func(t *testing.T, c client) {
			c.create(c.example("createBillingGroup", "page"))
			c.post("/billinggroup", with(c.example("createBillingGroup", "page"), "surprise", 1)).is(400)
		}},
	})
}

// required are the fields that an update needs.
var required = object{"billinggroup_id": "b", "billinggroup_name": "n", "company_name": "c"}

// fill gives a billing group an account and a reseller.
func (c client) fill(companyID string) {
	c.t.Helper()
	c.post("/accts", with(c.example("createAccount", "page"), "company_id", companyID)).is(200)
	c.post("/reseller", with(c.example("createReseller", "page"), "company_id", companyID)).is(200)
}
