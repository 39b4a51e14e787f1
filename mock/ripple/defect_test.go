package ripple_test

import (
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

func TestDefectsLeaveTheTwinStanding(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{
		"ripple.account.update.unknown", "ripple.account.delete.unknown", "ripple.account.customer-id.unique",
		"ripple.billinggroup.create.inv-aggregate.required", "ripple.billinggroup.update-invoices.vendor.enum", "ripple.billinggroup.update-invoices.invoices.required",
		"ripple.account.create.vendor.enum", "ripple.account.update.vendor.enum", "ripple.exchangerate.payer.set.settings.vendor.enum",
	} {
		t.Run(slug, func(t *testing.T) {
			t.Parallel()
			c := startClient(t, nil, mock.WithDefects(slug))
			c.breakEveryRule()
		})
	}
}

// breakEveryRule sends a request against each rule, and wants no answer above 4xx.
func (c client) breakEveryRule() {
	c.t.Helper()
	create := c.example("createBillingGroup", "page")
	for _, a := range []answer{
		c.try("PUT", "/accts/nobody/edit", c.example("updateAccount", "page")),
		c.try("DELETE", "/accts/aws/nobody|x", nil),
		c.try("DELETE", "/accts/aws/nobody", nil),
		c.try("POST", "/accts", with(c.example("createAccount", "page"), "vendor", "gcp")),
		c.try("GET", "/accts?vendor=gcp", nil),
		c.try("GET", "/billinggroup/nobody/resource", nil),
		c.try("DELETE", "/billinggroup/nobody", nil),
		c.try("POST", "/billinggroup/nobody", c.example("updateBillingGroup", "page")),
		c.try("POST", "/billinggroup", create),
		c.try("POST", "/billinggroup", create),
		c.try("POST", "/billinggroup", without(create, "inv_aggregate")),
		c.try("POST", settingsPath, with(c.example("updateInvoiceSettings", "page"), "vendor", "gcp")),
		c.try("POST", settingsPath, without(c.example("updateInvoiceSettings", "page"), "invoices")),
		c.try("GET", "/billinggroup", nil),
		c.try("POST", "/reseller", c.example("createReseller", "page")),
		c.try("POST", "/reseller", c.example("createReseller", "page")),
		c.try("POST", "/reseller", with(c.example("createReseller", "custom"), "password", nil)),
		c.try("PUT", "/reseller/nobody/meta", c.example("updateResellerMeta", "page")),
		c.try("PUT", "/reseller/nobody/password", c.example("updateResellerPassword", "page")),
		c.try("DELETE", "/reseller/nobody", nil),
		c.try("GET", "/reseller", nil),
		c.try("DELETE", "/billinggroup/company1", nil),
		c.try("POST", invoices, invoiceRates()),
		c.try("POST", payers, payerRates()),
		c.try("POST", groups, object{"vendor": "aws", "billing_groups": []string{"nobody"}, "exchange_rate": 1}),
	} {
		if a.status >= 500 {
			c.t.Errorf("%s: %d %s", a.name, a.status, a.body)
		}
	}
}

// try sends a request whose answer may depart from the contract.
func (c client) try(method, path string, body any) answer {
	c.t.Helper()
	c.contract = &openapi.Contract{}
	return c.send(method, path, body)
}
