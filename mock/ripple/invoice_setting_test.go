package ripple_test

import "testing"

const settingsPath = "/billinggroup/" + stored + "/invoices"

func TestInvoiceSettings(t *testing.T) {
	t.Parallel()
	run(t, []testCase{
		{"update one vendor", nil, func(t *testing.T, c client) {
			before := c.group(stored)
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "azure"), "invoices.support_rate", 0.25)).is(200)
			after := c.group(stored)
			has(t, after, "invoices.azure.support_rate", 0.25, "invoices.azure.tax_rate", 0.1, "invoices.aws.support_rate", 0.0, "invoices.aws.tax_rate", 0.0)
			has(t, after, "billinggroup_id", before["billinggroup_id"], "name", before["name"])
		}},
		{"create sends both vendors", nil, func(t *testing.T, c client) {
			body := c.example("createBillingGroup", "page")
			settings := body["invoices"].(object)["aws"].(object)
			id := c.create(with(body, "invoices.azure", with(settings, "currency", "usd")))
			has(t, c.group(id), "invoices.aws.currency", "jpy", "invoices.azure.currency", "usd")
		}},
		{"the vendor is needed", nil, func(_ *testing.T, c client) {
			c.post(settingsPath, without(c.example("updateInvoiceSettings", "page"), "vendor")).refused(400, "ripple.invoice.vendor-required")
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "vendor", "gcp")).refused(400, "ripple.billinggroup.update-invoices.vendor.enum")
		}},
		{"a vendor not sent shows what is printed", nil, func(t *testing.T, c client) {
			has(t, c.group(stored), "invoices.aws.support_fee", "fix", "invoices.azure.calc_type", "account")
		}},
		{"a vendor not sent is not shown", under("ripple.billinggroup.invoice-defaults=only-sent"), func(t *testing.T, c client) {
			if invoices := c.group(stored)["invoices"].(object); len(invoices) != 0 {
				t.Errorf("invoices are %v, want none", invoices)
			}
			c.post(settingsPath, c.example("updateInvoiceSettings", "azure")).is(200)
			if invoices := c.group(stored)["invoices"].(object); len(invoices) != 1 {
				t.Errorf("invoices are %v, want azure's alone", invoices)
			}
		}},
		{"a vendor not sent is null", under("ripple.billinggroup.invoice-defaults=null"), func(t *testing.T, c client) {
			c.post(settingsPath, c.example("updateInvoiceSettings", "azure")).is(200)
			has(t, c.group(stored), "invoices.aws", nil, "invoices.azure.tax_rate", 0.1)
		}},
		{"the highest tax rate is 0.10", nil, func(_ *testing.T, c client) {
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "invoices.tax_rate", 0.1)).is(200)
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "invoices.tax_rate", 0.11)).refused(400, "ripple.billinggroup.update-invoices.invoices.tax-rate.range")
		}},
		{"the highest tax rate is 0.08", under("ripple.invoice.tax-rate-max=8-percent"), func(_ *testing.T, c client) {
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "invoices.tax_rate", 0.08)).is(200)
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "invoices.tax_rate", 0.1)).is(400)
		}},
		{"fee targets of the create table", nil, func(t *testing.T, c client) {
			c.post(settingsPath, c.example("updateInvoiceSettings", "page")).is(200)
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "invoices.support_fee_calc_target", "cloudpayonly")).is(400)
		}},
		{"fee targets of the update table", under("ripple.invoice.fee-enums=update-table"), func(t *testing.T, c client) {
			c.post(settingsPath, c.example("updateInvoiceSettings", "page")).is(200)
			has(t, c.group(stored), "invoices.aws.support_fee_calc_target", "cloudpaywithfee", "invoices.aws.substitution_fee_target_usage", "nondiscount")
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "invoices.support_fee_calc_target", "nondiscount")).is(400)
		}},
		{"fee targets of both tables", under("ripple.invoice.fee-enums=union"), func(t *testing.T, c client) {
			c.post(settingsPath, c.example("updateInvoiceSettings", "page")).is(200)
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "invoices.support_fee_calc_target", "cloudpayonly")).is(200)
			has(t, c.group(stored), "invoices.aws.support_fee_calc_target", "cloudpayonly")
		}},
		{"update-only values on update", nil, updateOnly(400, 200)},
		{"update-only values everywhere", under("ripple.invoice.update-only-values=everywhere"), updateOnly(200, 200)},
		{"update-only values nowhere", under("ripple.invoice.update-only-values=nowhere"), updateOnly(400, 400)},
		{"Azure support fee limited on update", nil, azureSupportFee(200, 400)},
		{"Azure support fee limited on both", under("ripple.invoice.azure-support-fee=both"), azureSupportFee(400, 400)},
		{"Azure support fee not limited", under("ripple.invoice.azure-support-fee=off"), azureSupportFee(200, 200)},
		{"AWS support fees are not limited", nil, func(t *testing.T, c client) {
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "invoices.support_fee", "aws_business")).is(200)
		}},
		{"shape comes before existence", nil, func(t *testing.T, c client) {
			c.post("/billinggroup/nobody/invoices", with(c.example("updateInvoiceSettings", "azure"), "invoices.support_fee", "aws_business")).refused(400, "ripple.invoice.azure-support-fee")
		}},
	})
}

// updateOnly sends the values that only the update table has, on create and update.
func updateOnly(create, update int) func(*testing.T, client) {
	return func(_ *testing.T, c client) {
		for field, value := range map[string]string{"discount_calc_logic": "allamount", "support_amount_target": "cloudpayonlywithfee"} {
			c.post("/billinggroup", with(c.example("createBillingGroup", "page"), "billinggroup_id", field, "invoices.aws."+field, value)).is(create)
			c.post(settingsPath, with(c.example("updateInvoiceSettings", "page"), "invoices."+field, value)).is(update)
		}
		c.get("/billinggroup").is(200)
	}
}

// azureSupportFee gives Azure one of AWS's support fees, on create and update.
func azureSupportFee(create, update int) func(*testing.T, client) {
	return func(_ *testing.T, c client) {
		body := c.example("createBillingGroup", "page")
		settings := with(body["invoices"].(object)["aws"].(object), "support_fee", "aws_business")
		for _, a := range []struct {
			answer answer
			want   int
		}{
			{c.post("/billinggroup", with(body, "invoices.azure", settings)), create},
			{c.post(settingsPath, with(c.example("updateInvoiceSettings", "azure"), "invoices.support_fee", "aws_business")), update},
		} {
			if a.want == 400 {
				a.answer.refused(400, "ripple.invoice.azure-support-fee")
			} else {
				a.answer.is(200)
			}
		}
		c.post(settingsPath, with(c.example("updateInvoiceSettings", "azure"), "invoices.support_fee", "percent")).is(200)
	}
}

func TestFreeFormat(t *testing.T) {
	t.Parallel()
	path := "/billinggroup/" + stored + "/freeformat/"
	run(t, []testCase{
		{"set, set again and delete", nil, func(t *testing.T, c client) {
			before := string(c.get("/billinggroup/" + stored + "/resource").body)
			body := c.example("updateFreeFormat", "page")
			c.post(path+"aws", body).is(200)
			c.post(path+"aws", body).is(200)
			c.post(path+"azure", with(body, "additional_items", []object{})).is(200)
			c.delete(path + "aws").is(200)
			c.delete(path + "aws").is(200)
			if after := string(c.get("/billinggroup/" + stored + "/resource").body); after != before {
				t.Errorf("the group changed from %s to %s", before, after)
			}
		}},
		{"a delete may name a media type", nil, func(_ *testing.T, c client) {
			c.header.Set("Content-Type", "application/json")
			c.delete(path + "aws").is(200)
		}},
		{"labels and vendors", nil, func(_ *testing.T, c client) {
			item := object{"enabled": true, "label": "", "unit_cost": -1, "quantity": 1, "total": 7}
			c.post(path+"aws", object{"additional_items": []object{item}}).refused(400, "ripple.billinggroup.update-freeformat.additional-items.label.length")
			c.post(path+"aws", object{"additional_items": []object{with(item, "label", "x")}}).is(200)
			c.post(path+"gcp", object{"additional_items": []object{}}).is(400)
		}},
	})
}

func TestInvoiceTemplate(t *testing.T) {
	t.Parallel()
	path := "/billinggroup/" + stored + "/invoicetemplate"
	run(t, []testCase{
		{"choose", nil, func(t *testing.T, c client) {
			c.post(path, c.example("updateInvoiceTemplate", "page")).is(200)
			has(t, c.group(stored), "invoice_template_id", "abcdefg")
			c.post(path, object{"invoice_template_id": "other"}).is(200)
			has(t, c.group(stored), "invoice_template_id", "other")
		}},
		{"null or empty", nil, func(t *testing.T, c client) {
			c.post(path, object{"invoice_template_id": nil}).is(400)
			c.post(path, object{"invoice_template_id": ""}).refused(400, "ripple.billinggroup.template-null")
			has(t, c.group(stored), "invoice_template_id", nil)
		}},
	})
}
