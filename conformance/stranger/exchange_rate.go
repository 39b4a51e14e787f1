package stranger

import (
	"math"
	"slices"
	"strings"
	"time"
)

// monthOf complains about a path's month.
func (c *call) monthOf(t string) *answer {
	if c.any(func(b Bug) bool { return b.months != nil && b.months(t) }) {
		return nil
	}
	if !month(t) || c.any(func(b Bug) bool { return b.noMonth != nil && b.noMonth(t) }) {
		a := fail(400, "month must be yyyy-mm")
		if c.on("month-404") {
			a.status = 404
		}
		return &a
	}
	if at, err := time.Parse("2006-01", t); err == nil && c.on("months-near-now-only") {
		if math.Abs(time.Since(at).Hours()) > 24*31*24 {
			a := fail(400, "month is too far away")
			return &a
		}
	}
	return nil
}

// vendorOf complains about a path's vendor.
func (c *call) vendorOf(t string) *answer {
	if slices.Contains(vendors, t) {
		return nil
	}
	a := fail(400, "vendor must be aws or azure")
	return &a
}

// dropMonth removes all rates of one kind in a month, as some bugs do.
func (t *tenant) dropMonth(kind, month string) {
	for _, key := range slices.Clone(t.tab(kind).keys) {
		if strings.HasSuffix(key, "/"+month) {
			t.tab(kind).drop(key)
		}
	}
}

// setMonth gives all rates of one kind in a month the same value.
func (t *tenant) setMonth(kind, month string, rate any) {
	for _, key := range t.tab(kind).keys {
		if strings.HasSuffix(key, "/"+month) {
			t.tab(kind).put(key, obj{"exchange_rate": rate})
		}
	}
}

func (c *call) setMonthRate() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	in, wrong := c.check(raw, field{name: "exchange_rate", kind: "object", required: true})
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	m := text("month", true)
	m.form = func(t string) bool { return c.monthOf(t) == nil }
	set, wrong := c.check(in["exchange_rate"].(map[string]any), rate("rate"), m)
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	key := str(set["month"])
	if c.on("month-rate-again-refused") && c.ten.tab("month_rate").rows[key] != nil {
		return fail(400, "the month has a rate")
	}
	switch {
	case c.on("month-rate-wipes-payer-rates"):
		c.ten.dropMonth("payer_rate", key)
	case c.on("month-rate-sets-invoice-rates"):
		c.ten.setMonth("invoice_rate", key, set["rate"])
	case c.on("month-rate-sets-payers-later"):
		ten := c.ten
		c.s.later(func() { ten.setMonth("payer_rate", key, set["rate"]) })
	case c.on("month-rate-wipes-other-tenant"):
		for _, t := range c.s.tenants {
			t.dropMonth("payer_rate", key)
		}
	}
	c.put(c.ten, "month_rate", key, obj{"exchange_rate": set["rate"]})
	return success()
}

// rateOf is a stored rate or null.
func (c *call) rateOf(kind, key string) any {
	if row := c.s.seen(c.ten, kind).rows[key]; row != nil {
		return row["exchange_rate"]
	}
	return nil
}

// near is the month n months away.
func near(m string, n int) string {
	at, err := time.Parse("2006-01", m)
	if err != nil {
		return m
	}
	return at.AddDate(0, n, 0).Format("2006-01")
}

func (c *call) listInvoiceRates() answer {
	vendor, m := c.vars[0], c.vars[1]
	if no := c.vendorOf(vendor); no != nil {
		return *no
	}
	if no := c.monthOf(m); no != nil {
		return *no
	}
	rows := c.list("invoice")
	if c.on("invoice-rates-list-shows-other-tenant") {
		for _, t := range c.s.tenants {
			if t != c.ten {
				rows = append(rows, t.tab("invoice").all()...)
			}
		}
	}
	out := []any{}
	for _, row := range rows {
		if row["vendor"] != vendor && !c.on("invoice-rates-list-all-vendors") {
			continue
		}
		o := pick(row, "invoice_id", "account_id")
		o["exchange_rate"] = c.rateOf("invoice_rate", vendor+"/"+str(row["invoice_id"])+"/"+m)
		if o["exchange_rate"] == nil && c.on("invoice-rates-list-next-month") {
			o["exchange_rate"] = c.rateOf("invoice_rate", vendor+"/"+str(row["invoice_id"])+"/"+near(m, 1))
		}
		o["exchange_rate"] = c.orMonths(o["exchange_rate"], m)
		if o["exchange_rate"] == nil && c.on("invoice-rates-list-null-left-out") {
			continue
		}
		if c.on("rate-list-extra-fields") {
			o["vendor"], o["month"] = vendor, m
		}
		out = append(out, o)
	}
	return ok(out)
}

// settings reads the settings of a rate request.
func (c *call) settings(fields ...field) ([]obj, *answer) {
	raw, no := c.input()
	if no != nil {
		return nil, no
	}
	in, wrong := c.check(raw, field{name: "settings", kind: "array", required: true})
	out := []obj{}
	list, _ := in["settings"].([]any)
	if len(list) == 0 && len(wrong) == 0 && c.on("settings-empty-refused") {
		wrong = append(wrong, "settings is empty")
	}
	for _, v := range list {
		o, is := v.(map[string]any)
		if !is {
			wrong = append(wrong, "settings must hold objects")
			continue
		}
		set, bad := c.check(o, fields...)
		out, wrong = append(out, set), append(wrong, bad...)
	}
	if len(wrong) > 0 {
		a := invalid(wrong)
		return nil, &a
	}
	if len(out) > 1 && c.any(func(b Bug) bool { return b.firstOnly }) {
		out = out[:1]
	}
	if len(out) > 1 && c.any(func(b Bug) bool { return b.lastLost }) {
		out = out[:len(out)-1]
	}
	return out, nil
}

func (c *call) setInvoiceRates() answer {
	vendor, m := c.vars[0], c.vars[1]
	if no := c.vendorOf(vendor); no != nil {
		return *no
	}
	if no := c.monthOf(m); no != nil {
		return *no
	}
	sets, no := c.settings(text("account_id", true), text("invoice_id", true), rate("exchange_rate"))
	if no != nil {
		return *no
	}
	c.gap()
	if c.on("invoice-rates-set-replaces-month") {
		c.ten.dropMonth("invoice_rate", m)
	}
	bad := []any{}
	for _, set := range sets {
		ten, inv := c.find("invoice", vendor+"/"+str(set["invoice_id"]))
		if inv == nil || inv["account_id"] != set["account_id"] {
			bad = append(bad, set)
			continue
		}
		key := vendor + "/" + str(set["invoice_id"]) + "/" + m
		if c.on("invoice-rates-set-again-ignored") && ten.tab("invoice_rate").rows[key] != nil {
			continue
		}
		if c.on("invoice-rates-set-next-month-too") {
			ten.tab("invoice_rate").put(vendor+"/"+str(set["invoice_id"])+"/"+near(m, 1), obj{"exchange_rate": set["exchange_rate"]})
		}
		if c.on("invoice-rates-set-payer-too") {
			ten.tab("payer_rate").put(vendor+"/"+str(set["account_id"])+"/"+m, obj{"exchange_rate": set["exchange_rate"]})
		}
		c.put(ten, "invoice_rate", key, obj{"exchange_rate": set["exchange_rate"]})
	}
	if len(bad) > 0 && c.on("invoice-unknown-400") {
		return fail(400, "an invoice is unknown")
	}
	return ok(obj{"status": "success", "error_data": bad})
}

// orMonths returns a rate, or the default of its month where the rate is null.
func (c *call) orMonths(rate any, month string) any {
	if rate == nil && c.on("unset-rates-are-the-months") {
		return c.rateOf("month_rate", month)
	}
	return rate
}

func (c *call) listPayerRates() answer {
	m := c.vars[0]
	if no := c.monthOf(m); no != nil {
		return *no
	}
	rows := c.list("payer")
	if c.on("payer-rates-list-shows-other-tenant") {
		for _, t := range c.s.tenants {
			if t != c.ten {
				rows = append(rows, t.tab("payer").all()...)
			}
		}
	}
	out := []any{}
	for _, row := range rows {
		o := pick(row, "id", "vendor", "name")
		key := str(row["vendor"]) + "/" + str(row["id"]) + "/"
		o["exchange_rate"] = c.rateOf("payer_rate", key+m)
		if o["exchange_rate"] == nil && c.on("payer-rates-list-year-ignored") {
			o["exchange_rate"] = c.rateOf("payer_rate", key+near(m, 12))
		}
		if o["exchange_rate"] == nil && c.on("payer-rates-list-month-before") {
			o["exchange_rate"] = c.rateOf("payer_rate", key+near(m, -1))
		}
		o["exchange_rate"] = c.orMonths(o["exchange_rate"], m)
		if o["exchange_rate"] == nil && c.on("payer-rates-list-rated-only") || row["vendor"] == "azure" && c.on("payer-rates-list-without-azure") {
			continue
		}
		if c.on("rate-list-extra-fields") {
			o["month"] = m
		}
		out = append(out, o)
	}
	return ok(out)
}

func (c *call) setPayerRates() answer {
	m := c.vars[0]
	if no := c.monthOf(m); no != nil {
		return *no
	}
	sets, no := c.settings(oneOf("vendor", true, vendors...), text("account_id", true), rate("exchange_rate"))
	if no != nil {
		return *no
	}
	for _, set := range sets {
		if _, p := c.find("payer", str(set["vendor"])+"/"+str(set["account_id"])); p == nil && !c.on("payer-rate-unknown-ignored") {
			return fail(400, "account_id is unknown")
		}
	}
	c.gap()
	if c.on("payer-rates-set-replaces-month") {
		c.ten.dropMonth("payer_rate", m)
	}
	for _, set := range sets {
		ten, p := c.find("payer", str(set["vendor"])+"/"+str(set["account_id"]))
		key := str(set["vendor"]) + "/" + str(set["account_id"]) + "/" + m
		if p == nil || c.on("payer-rates-set-lower-ignored") && ten.tab("payer_rate").rows[key] != nil && ten.tab("payer_rate").rows[key]["exchange_rate"].(float64) > set["exchange_rate"].(float64) {
			continue
		}
		if c.on("payer-rates-set-invoices-too") {
			for _, inv := range ten.tab("invoice").all() {
				if inv["account_id"] == set["account_id"] {
					ten.tab("invoice_rate").put(str(inv["vendor"])+"/"+str(inv["invoice_id"])+"/"+m, obj{"exchange_rate": set["exchange_rate"]})
				}
			}
		}
		c.put(ten, "payer_rate", key, obj{"exchange_rate": set["exchange_rate"]})
	}
	return success()
}

func (c *call) setGroupRates() answer {
	m := c.vars[0]
	if no := c.monthOf(m); no != nil {
		return *no
	}
	raw, no := c.input()
	if no != nil {
		return *no
	}
	in, wrong := c.check(raw, oneOf("vendor", true, vendors...), field{name: "billing_groups", kind: "array", required: true}, rate("exchange_rate"))
	ids := []string{}
	list, _ := in["billing_groups"].([]any)
	for _, v := range list {
		id, is := v.(string)
		if !is {
			wrong = append(wrong, "billing_groups must hold strings")
		}
		ids = append(ids, id)
	}
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	found := []string{}
	for _, id := range ids {
		at := slices.IndexFunc(c.ten.tab("group").all(), func(g obj) bool {
			return g["company_id"] == id && !c.on("group-rates-user-ids-only") || g["billinggroup_id"] == id && !c.on("group-rates-internal-ids-only")
		})
		if at < 0 && !c.on("group-rates-unknown-ignored") {
			a := fail(400, "billing group is unknown")
			if c.on("group-rates-unknown-404") {
				a.status = 404
			}
			return a
		}
		if at >= 0 {
			found = append(found, c.ten.tab("group").keys[at])
		}
	}
	for _, id := range found {
		key := str(in["vendor"]) + "/" + id + "/" + m
		if c.on("group-rates-again-refused") && c.ten.tab("group_rate").rows[key] != nil {
			return fail(400, "the month has a rate")
		}
		if g := c.ten.tab("group").rows[id]; c.on("group-rates-set-currency") {
			inv := g["invoices"].(obj)
			if set, is := inv[str(in["vendor"])].(obj); is {
				c.ten.tab("group").put(id, with(g, "invoices", with(inv, str(in["vendor"]), with(set, "currency", "usd"))))
			}
		}
		c.put(c.ten, "group_rate", key, obj{"exchange_rate": in["exchange_rate"]})
	}
	switch {
	case c.on("group-rates-set-payer-rates"):
		c.ten.setMonth("payer_rate", m, in["exchange_rate"])
	case c.on("group-rates-wipe-invoice-rates"):
		c.ten.dropMonth("invoice_rate", m)
	}
	return success()
}
