package stranger

import "math"

var rateBugs = []Bug{
	// setMonthlyExchangeRate
	{Name: "month-rate-fraction-refused", Question: "data", Operation: "setMonthlyExchangeRate", Breaks: "rate is a double, and one with a fraction is refused.", fields: coarse("rate", 0)},
	{Name: "month-rate-wipes-payer-rates", Question: "rows", Operation: "setMonthlyExchangeRate", Breaks: "A month's rate leaves the payers' rates, and removes them."},
	{Name: "month-rate-sets-invoice-rates", Question: "rows", Operation: "setMonthlyExchangeRate", Breaks: "A month's rate leaves the invoices' rates, and replaces them."},
	{Name: "month-rate-reader-may", Question: "caller", Operation: "setMonthlyExchangeRate", also: []string{"ReadSettings"}, Breaks: "A month's rate needs ModifySettings, and ReadSettings is let in."},
	{Name: "month-rate-invoice-role-may", Question: "caller", Operation: "setMonthlyExchangeRate", also: []string{"ModifyInvoice"}, Breaks: "A month's rate needs ModifySettings, and ModifyInvoice is let in."},
	{Name: "month-rate-wipes-other-tenant", Question: "caller", Operation: "setMonthlyExchangeRate", Breaks: "A caller sets its own rates, and removes payers' rates of all tenants."},
	{Name: "month-rate-sets-payers-later", Question: "later", Operation: "setMonthlyExchangeRate", Breaks: "A month's rate leaves the payers' rates, and a second later replaces them."},
	{Name: "month-rate-again-refused", Question: "back", Operation: "setMonthlyExchangeRate", Breaks: "A month's rate can be updated, and a second one is refused."},
	{Name: "month-rate-optional", Question: "seam", Operation: "setMonthlyExchangeRate", Breaks: "rate is required, and may be missing.", fields: optional("rate")},
	// listInvoiceExchangeRates
	{Name: "invoice-rates-list-null-as-zero", Question: "data", Operation: "listInvoiceExchangeRates", Breaks: "An invoice without a rate has null, and shows 0.", answer: each(func(o obj) obj {
		if o["exchange_rate"] == nil {
			o = with(o, "exchange_rate", 0.0)
		}
		return o
	})},
	{Name: "invoice-rates-list-rounded", Question: "data", Operation: "listInvoiceExchangeRates", Breaks: "The printed rate has three digits behind the point, and is rounded to two.", answer: each(func(o obj) obj {
		if x, is := o["exchange_rate"].(float64); is {
			o = with(o, "exchange_rate", twoDigits(x))
		}
		return o
	})},
	{Name: "invoice-rates-list-null-left-out", Question: "rows", Operation: "listInvoiceExchangeRates", Breaks: "The printed list has an invoice without a rate, and such are left out."},
	{Name: "invoice-rates-list-all-vendors", Question: "rows", Operation: "listInvoiceExchangeRates", Breaks: "The list has the invoices of the vendor in the path, and has all."},
	{Name: "invoice-rates-list-writer-refused", Question: "caller", Operation: "listInvoiceExchangeRates", not: []string{"ModifySettings"}, Breaks: "ModifySettings suffices for the list, and is kept out."},
	{Name: "invoice-rates-list-reader-refused", Question: "caller", Operation: "listInvoiceExchangeRates", not: []string{"ReadSettings"}, Breaks: "ReadSettings suffices for the list, and is kept out."},
	{Name: "invoice-rates-list-shows-other-tenant", Question: "caller", Operation: "listInvoiceExchangeRates", Breaks: "The list has the caller's invoices, and shows another tenant's."},
	{Name: "invoice-rates-list-stale", Question: "later", Operation: "listInvoiceExchangeRates", stale: true, Breaks: "The list has the rates that are set, and stays as it was for 25 seconds."},
	{Name: "invoice-rates-list-next-month", Question: "back", Operation: "listInvoiceExchangeRates", Breaks: "The list has the rates of its month, and takes a missing one from the next."},
	{Name: "invoice-rates-list-13-accepted", Question: "seam", Operation: "listInvoiceExchangeRates", Breaks: "The path's month is yyyy-mm, and 2020-13 is taken.", months: monthThirteen},
	// setInvoiceExchangeRates
	{Name: "invoice-rates-set-rounded", Question: "data", Operation: "setInvoiceExchangeRates", Breaks: "A rate is kept as sent, and is rounded to one digit behind the point.", row: storedNumber("exchange_rate", func(x float64) float64 { return math.Round(x*10) / 10 })},
	{Name: "invoice-rates-set-replaces-month", Question: "rows", Operation: "setInvoiceExchangeRates", Breaks: "A request sets the rates that it names, and removes the month's others."},
	{Name: "invoice-rates-set-payer-too", Question: "rows", Operation: "setInvoiceExchangeRates", Breaks: "An invoice's rate leaves its payer's rate, and replaces it."},
	{Name: "invoice-rates-set-reader-may", Question: "caller", Operation: "setInvoiceExchangeRates", also: []string{"ReadSettings"}, Breaks: "Setting rates needs ModifySettings, and ReadSettings is let in."},
	{Name: "invoice-rates-set-foreign", Question: "caller", Operation: "setInvoiceExchangeRates", foreign: true, Breaks: "A caller sets its own rates, and can set those of another tenant's invoice."},
	{Name: "invoice-rates-set-race-loses-other", Question: "race", Operation: "setInvoiceExchangeRates", loses: true, Breaks: "Rates that were set are stored, and parallel requests lose each other's."},
	{Name: "invoice-rates-set-reverts", Question: "later", Operation: "setInvoiceExchangeRates", reverts: true, vanishes: true, Breaks: "A rate that was set stays, and is undone after a second."},
	{Name: "invoice-rates-set-again-ignored", Question: "back", Operation: "setInvoiceExchangeRates", Breaks: "A rate that was set is stored, and not where the month has one."},
	{Name: "invoice-rates-set-next-month-too", Question: "back", Operation: "setInvoiceExchangeRates", Breaks: "A rate is set for its month, and for the next one too."},
	{Name: "invoice-rates-set-first-only", Question: "seam", Operation: "setInvoiceExchangeRates", firstOnly: true, Breaks: "All settings of a request are stored, and only the first one is."},
	{Name: "invoice-rates-set-account-optional", Question: "seam", Operation: "setInvoiceExchangeRates", Breaks: "account_id is required, and may be missing.", fields: optional("account_id")},
	{Name: "invoice-rates-set-error-data-null", Question: "seam", Operation: "setInvoiceExchangeRates", Breaks: "error_data is an array, and is null when it has nothing.", answer: body(200, func(o obj) any {
		if list, is := o["error_data"].([]any); is && len(list) == 0 {
			o = with(o, "error_data", nil)
		}
		return o
	})},
	{Name: "invoice-rates-set-december-refused", Question: "seam", Operation: "setInvoiceExchangeRates", noMonth: december, Breaks: "Every month can have rates, and December is refused."},
	{Name: "invoice-rates-set-short-month-accepted", Question: "seam", Operation: "setInvoiceExchangeRates", months: monthShort, Breaks: "The path's month is yyyy-mm, and 2020-1 is taken."},
	// listPayerExchangeRates
	{Name: "payer-rates-list-id-as-number", Question: "data", Operation: "listPayerExchangeRates", Breaks: "id is a text, and is a number.", answer: each(func(o obj) obj {
		if v, err := parse([]byte(str(o["id"]))); err == nil {
			o = with(o, "id", v)
		}
		return o
	})},
	{Name: "payer-rates-list-without-azure", Question: "rows", Operation: "listPayerExchangeRates", Breaks: "The list has payers of every vendor, and those of azure are left out even with a rate."},
	{Name: "payer-rates-list-twice-per-invoice", Question: "rows", Operation: "listPayerExchangeRates", Breaks: "The list has a payer once, and those with an invoice twice.", answer: func(c *call, a *answer) {
		out := []any{}
		list, _ := a.body.([]any)
		for _, v := range list {
			out = append(out, v)
			for _, inv := range c.ten.tab("invoice").all() {
				if inv["account_id"] == v.(obj)["id"] {
					out = append(out, v)
				}
			}
		}
		if a.status == 200 {
			a.body = out
		}
	}},
	{Name: "payer-rates-list-reader-refused", Question: "caller", Operation: "listPayerExchangeRates", not: []string{"ReadSettings"}, Breaks: "ReadSettings suffices for the list, and is kept out."},
	{Name: "payer-rates-list-open", Question: "caller", Operation: "listPayerExchangeRates", open: true, Breaks: "The list needs a token, and goes without."},
	{Name: "payer-rates-list-shows-other-tenant", Question: "caller", Operation: "listPayerExchangeRates", Breaks: "The list has the caller's payers, and shows another tenant's."},
	{Name: "payer-rates-list-stale", Question: "later", Operation: "listPayerExchangeRates", stale: true, Breaks: "The list has the rates that are set, and stays as it was for 25 seconds."},
	{Name: "payer-rates-list-month-before", Question: "back", Operation: "listPayerExchangeRates", Breaks: "The list has the rates of its month, and takes a missing one from the month before."},
	{Name: "payer-rates-list-year-ignored", Question: "rows", Operation: "listPayerExchangeRates", Breaks: "The month asked for is of a year, and the rate is that of the year after where it has none."},
	{Name: "payer-rates-list-december-refused", Question: "seam", Operation: "listPayerExchangeRates", noMonth: december, Breaks: "The path's month is yyyy-mm, and the twelfth is refused."},
	{Name: "payer-rates-list-month-00-accepted", Question: "seam", Operation: "listPayerExchangeRates", months: monthZero, Breaks: "The path's month is yyyy-mm, and 2020-00 is taken."},
	// setPayerExchangeRates
	{Name: "payer-rates-set-rounded", Question: "data", Operation: "setPayerExchangeRates", Breaks: "The printed rate has three digits behind the point, and is rounded to two.", row: storedNumber("exchange_rate", twoDigits)},
	{Name: "payer-rates-set-under-one-refused", Question: "data", Operation: "setPayerExchangeRates", Breaks: "A rate is any double, and one under 1 is refused.", fields: bounds("exchange_rate", 1, math.MaxFloat64)},
	{Name: "payer-rates-set-replaces-month", Question: "rows", Operation: "setPayerExchangeRates", Breaks: "A request sets the rates that it names, and removes the month's others."},
	{Name: "payer-rates-set-invoices-too", Question: "rows", Operation: "setPayerExchangeRates", Breaks: "A payer's rate leaves the rates of its invoices, and replaces them."},
	{Name: "payer-rates-set-reader-may", Question: "caller", Operation: "setPayerExchangeRates", also: []string{"ReadSettings"}, Breaks: "Setting rates needs ModifySettings, and ReadSettings is let in."},
	{Name: "payer-rates-set-foreign", Question: "caller", Operation: "setPayerExchangeRates", foreign: true, Breaks: "A caller sets its own rates, and can set those of another tenant's payer."},
	{Name: "payer-rates-set-race-loses-other", Question: "race", Operation: "setPayerExchangeRates", loses: true, Breaks: "Rates that were set are stored, and parallel requests lose each other's."},
	{Name: "payer-rates-set-reverts", Question: "later", Operation: "setPayerExchangeRates", reverts: true, vanishes: true, Breaks: "A rate that was set stays, and is undone after a second."},
	{Name: "payer-rates-set-second-lost", Question: "later", Operation: "setPayerExchangeRates", second: true, Breaks: "Each rate that was set is stored, and a second one soon after is not."},
	{Name: "payer-rates-set-lower-ignored", Question: "back", Operation: "setPayerExchangeRates", Breaks: "A rate that was set is stored, and not where it is lower than the old one."},
	{Name: "payer-rates-set-last-lost", Question: "seam", Operation: "setPayerExchangeRates", lastLost: true, Breaks: "All settings of a request are stored, and the last of several is not."},
	{Name: "payer-rates-set-rate-optional", Question: "seam", Operation: "setPayerExchangeRates", Breaks: "exchange_rate is required, and may be missing.", fields: optional("exchange_rate")},
	{Name: "payer-rates-set-13-accepted", Question: "seam", Operation: "setPayerExchangeRates", months: monthThirteen, Breaks: "The path's month is yyyy-mm, and 2020-13 is taken."},
	// setBillingGroupExchangeRate
	{Name: "group-rates-third-digit-refused", Question: "data", Operation: "setBillingGroupExchangeRate", Breaks: "The printed rate has three digits behind the point, and is refused.", fields: coarse("exchange_rate", 2)},
	{Name: "group-rates-azure-refused", Question: "data", Operation: "setBillingGroupExchangeRate", Breaks: "vendor may be azure, and this is refused.", fields: without("vendor", "azure")},
	{Name: "group-rates-set-payer-rates", Question: "rows", Operation: "setBillingGroupExchangeRate", Breaks: "A group's rate leaves the payers' rates, and replaces those of the month."},
	{Name: "group-rates-wipe-invoice-rates", Question: "rows", Operation: "setBillingGroupExchangeRate", Breaks: "A group's rate leaves the invoices' rates, and removes those of the month."},
	{Name: "group-rates-set-currency", Question: "operation", Operation: "setBillingGroupExchangeRate", Breaks: "A group's rate leaves its settings, and changes the currency that the settings update stored."},
	{Name: "group-rates-settings-role-may", Question: "caller", Operation: "setBillingGroupExchangeRate", also: []string{"ModifySettings"}, Breaks: "A group's rate needs ModifyInvoice, and ModifySettings is let in."},
	{Name: "group-rates-group-role-may", Question: "caller", Operation: "setBillingGroupExchangeRate", also: []string{"ModifyBillingGroup"}, Breaks: "A group's rate needs ModifyInvoice, and ModifyBillingGroup is let in."},
	{Name: "group-rates-again-refused", Question: "back", Operation: "setBillingGroupExchangeRate", Breaks: "A group's rate can be updated, and a second one is refused."},
	{Name: "group-rates-vendor-optional", Question: "seam", Operation: "setBillingGroupExchangeRate", Breaks: "vendor is required, and may be missing.", fields: optional("vendor")},
	{Name: "group-rates-groups-optional", Question: "seam", Operation: "setBillingGroupExchangeRate", Breaks: "billing_groups is required, and may be missing.", fields: optional("billing_groups")},
	{Name: "group-rates-short-month-accepted", Question: "seam", Operation: "setBillingGroupExchangeRate", months: monthShort, Breaks: "The path's month is yyyy-mm, and 2020-1 is taken."},
}
