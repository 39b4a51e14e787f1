package ripple_test

import "testing"

const (
	invoices = "/invoiceid/exchangerate/aws/2020-01"
	payers   = "/payer/exchange_rate/2020-01"
	groups   = "/invoices/exchangerate/2020-01"
)

// invoiceRates are settings for the page's invoice, an unknown one, and the page's
// again.
func invoiceRates() object {
	return object{"settings": []object{
		{"account_id": "987655467321", "invoice_id": "123656789", "exchange_rate": 100},
		{"account_id": "987655467321", "invoice_id": "738676530", "exchange_rate": 1},
		{"account_id": "987655467321", "invoice_id": "123656789", "exchange_rate": 102.5},
	}}
}

// payerRates are settings for a known and an unknown payer.
func payerRates() object {
	return object{"settings": []object{
		{"vendor": "azure", "account_id": "7654321", "exchange_rate": 99.5},
		{"vendor": "azure", "account_id": "128347567789", "exchange_rate": 1},
	}}
}

// rate is the one that a list shows for an invoice or payer.
func (c client) rate(path, field, id string) any {
	c.t.Helper()
	return only(c.t, c.get(path).is(200).list(), field, id)["exchange_rate"]
}

func TestExchangeRate(t *testing.T) {
	t.Parallel()
	run(t, []testCase{
		{"month", nil, func(_ *testing.T, c client) {
			c.post("/user/exchange", c.example("setMonthlyExchangeRate", "page")).is(200)
			c.post("/user/exchange", c.example("setMonthlyExchangeRate", "page")).is(200)
			c.post("/user/exchange", object{"exchange_rate": object{"rate": 0, "month": "2020-01"}}).refused(400, "ripple.exchangerate.rate")
			c.post("/user/exchange", object{"exchange_rate": object{"rate": 1, "month": "2020-13"}}).refused(400, "ripple.exchangerate.month")
		}},
		{"invoices", nil, func(t *testing.T, c client) {
			answered := c.post(invoices, c.example("setInvoiceExchangeRates", "page")).is(200).object()
			if failed := answered["error_data"].([]any); len(failed) != 0 {
				t.Errorf("error_data is %v", failed)
			}
			if got := c.rate(invoices, "invoice_id", "123656789"); got != 101.07 {
				t.Errorf("the invoice has the rate %v", got)
			}
			if got := c.rate(invoices, "invoice_id", "738676530"); got != nil {
				t.Errorf("an unset invoice has the rate %v", got)
			}
			if got := c.rate("/invoiceid/exchangerate/aws/2020-02", "invoice_id", "123656789"); got != nil {
				t.Errorf("another month has the rate %v", got)
			}
			if list := c.get("/invoiceid/exchangerate/azure/2020-01").is(200).list(); len(list) != 1 || list[0]["exchange_rate"] != nil {
				t.Errorf("the other vendor has %v", list)
			}
			c.get("/invoiceid/exchangerate/aws/2020-1").is(400)
			c.get("/invoiceid/exchangerate/gcp/2020-01").is(400)
		}},
		{"payers", nil, func(t *testing.T, c client) {
			c.post(payers, c.example("setPayerExchangeRates", "page")).is(200)
			listed := only(t, c.get(payers).is(200).list(), "id", "128347567789")
			has(t, listed, "vendor", "aws", "name", "Payer Account", "exchange_rate", 109.154)
			if got := c.rate(payers, "id", "111345678911"); got != nil {
				t.Errorf("an unset payer has the rate %v", got)
			}
			if got := c.rate("/payer/exchange_rate/2020-02", "id", "128347567789"); got != nil {
				t.Errorf("another month has the rate %v", got)
			}
		}},
		{"empty lists change nothing", nil, func(_ *testing.T, c client) {
			c.post(invoices, object{"settings": []object{}}).is(200)
			c.post(payers, object{"settings": []object{}}).is(200)
			c.post(groups, object{"vendor": "aws", "billing_groups": []string{}, "exchange_rate": 1}).is(200)
		}},
		{"an empty id does not do", nil, func(_ *testing.T, c client) {
			c.post(invoices, object{"settings": []object{{"account_id": "", "invoice_id": "1", "exchange_rate": 1}}}).refused(400, "ripple.string.empty")
			c.post(payers, object{"settings": []object{{"account_id": "", "vendor": "aws", "exchange_rate": 1}}}).refused(400, "ripple.string.empty")
		}},
		{"unknown ids are reported", nil, func(t *testing.T, c client) {
			failed := c.post(invoices, invoiceRates()).is(200).object()["error_data"].([]any)
			if len(failed) != 1 {
				t.Fatalf("error_data is %v", failed)
			}
			has(t, failed[0].(object), "account_id", "987655467321", "invoice_id", "738676530", "exchange_rate", 1.0,
				"message", `The payer "987655467321" has no invoice "738676530".`)
			c.post(payers, payerRates()).refused(400, "ripple.exchangerate.unknown").
				says("5008", "exchangerate function exception", `The account_id "128347567789" is no payer of azure.`)
			if got := c.rate(payers, "id", "7654321"); got != nil {
				t.Errorf("a refused list set the rate %v", got)
			}
			c.post(groups, with(c.example("setBillingGroupExchangeRate", "page"), "billing_groups", []string{"abcdfeg", "fixture-group-5"})).refused(400, "ripple.exchangerate.unknown")
		}},
		{"unknown ids are ignored", under("ripple.exchangerate.unknown=ignored"), func(t *testing.T, c client) {
			if failed := c.post(invoices, invoiceRates()).is(200).object()["error_data"].([]any); len(failed) != 0 {
				t.Errorf("error_data is %v", failed)
			}
			c.post(payers, payerRates()).is(200)
			if got := c.rate(payers, "id", "7654321"); got != 99.5 {
				t.Errorf("the known payer has the rate %v", got)
			}
			c.post(groups, object{"vendor": "aws", "billing_groups": []string{"nobody"}, "exchange_rate": 1}).is(200)
		}},
		{"what is valid is applied and the last one wins", nil, func(t *testing.T, c client) {
			c.post(invoices, invoiceRates()).is(200)
			if got := c.rate(invoices, "invoice_id", "123656789"); got != 102.5 {
				t.Errorf("the invoice has the rate %v", got)
			}
		}},
		{"all or nothing", under("ripple.exchangerate.batch=all-or-nothing"), func(t *testing.T, c client) {
			if failed := c.post(invoices, invoiceRates()).is(200).object()["error_data"].([]any); len(failed) != 1 {
				t.Errorf("error_data is %v", failed)
			}
			if got := c.rate(invoices, "invoice_id", "123656789"); got != nil {
				t.Errorf("the invoice has the rate %v", got)
			}
			c.post(invoices, c.example("setInvoiceExchangeRates", "page")).is(200)
			if got := c.rate(invoices, "invoice_id", "123656789"); got != 101.07 {
				t.Errorf("the invoice has the rate %v", got)
			}
		}},
		{"all or nothing, unknown ids ignored", under("ripple.exchangerate.batch=all-or-nothing", "ripple.exchangerate.unknown=ignored"), func(t *testing.T, c client) {
			c.post(payers, payerRates()).is(200)
			if got := c.rate(payers, "id", "7654321"); got != nil {
				t.Errorf("the known payer has the rate %v", got)
			}
		}},
		{"only what has a rate is listed", under("ripple.exchangerate.rows=only-rated"), func(t *testing.T, c client) {
			if list := append(c.get(invoices).is(200).list(), c.get(payers).is(200).list()...); len(list) != 0 {
				t.Errorf("got %v", list)
			}
			c.post(invoices, c.example("setInvoiceExchangeRates", "page")).is(200)
			c.post(payers, c.example("setPayerExchangeRates", "page")).is(200)
			if list := append(c.get(invoices).is(200).list(), c.get(payers).is(200).list()...); len(list) != 2 {
				t.Errorf("got %v", list)
			}
		}},
		{"groups by POST and PUT", nil, groupMethods(200, 200)},
		{"groups by POST", under("ripple.exchangerate.invoices-method=post"), groupMethods(200, 405)},
		{"groups by PUT", under("ripple.exchangerate.invoices-method=put"), groupMethods(405, 200)},
		{"groups by the ids that users give", under("ripple.exchangerate.group-ids=billinggroup-id"), func(_ *testing.T, c client) {
			c.post(groups, object{"vendor": "aws", "billing_groups": []string{"fixture-group-4"}, "exchange_rate": 1}).is(200)
			c.post(groups, object{"vendor": "aws", "billing_groups": []string{"abcdfeg"}, "exchange_rate": 1}).refused(400, "ripple.exchangerate.unknown")
		}},
		{"the groups' rate needs its own role", nil, func(_ *testing.T, c client) {
			body := c.example("setBillingGroupExchangeRate", "page")
			c.as("role-ModifySettings-1").post(groups, body).refused(403, "ripple.exchangerate.group.settings-role")
			c.as("role-ModifyInvoice-1").post(groups, body).is(200)
			c.as("role-ModifyInvoice-1").put(groups, body).is(200)
		}},
	})
}

// groupMethods sets the groups' rate by POST and by PUT.
func groupMethods(post, put int) func(*testing.T, client) {
	return func(_ *testing.T, c client) {
		for method, want := range map[string]int{"POST": post, "PUT": put} {
			a := c.send(method, groups, c.example("setBillingGroupExchangeRate", "page")).is(want)
			if want == 405 {
				a.refused(405, "ripple.route.unknown")
			}
		}
		c.delete(groups).refused(405, "ripple.route.unknown")
	}
}
