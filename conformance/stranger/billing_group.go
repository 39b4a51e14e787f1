package stranger

import (
	"maps"
	"slices"
	"strings"
)

// groupTexts are the optional texts of a group with the lengths that the
// update page gives. Its own example has a phone of eleven characters.
var groupTexts = []field{
	sized("phone", false, 11, 16), sized("postal", false, 4, 10), sized("address", false, 1, 100),
	sized("billing_title", false, 1, 100), sized("personal", false, 1, 100), sized("remarks", false, 1, 100),
	{name: "project_id", kind: "string"}, oneOf("language", false, "ja", "en"),
}

// groupFields are the fields of a group's create or update.
func (c *call) groupFields(create bool) []field {
	out := []field{text("billinggroup_id", true), sized("billinggroup_name", true, 1, 100), sized("company_name", true, 1, 100), flag("inv_aggregate", create)}
	out = append(out, groupTexts...)
	if create {
		if !c.on("group-create-lengths-checked") {
			for i := range out {
				if out[i].kind == "string" {
					out[i].max = 1 << 20
					if !out[i].required {
						out[i].min = 0
					}
				}
			}
		}
		out = append(out, field{name: "invoice_template_id", kind: "string"}, field{name: "invoices", kind: "object"})
	}
	return out
}

// settingFields are the fields of one vendor's invoice settings. The tables of
// create and update differ, and the update's example follows that of create.
func (c *call) settingFields(vendor string, create bool) []field {
	logic, amount := []string{"usageamount"}, []string{"allusage"}
	target, fee, calc := []string{"cloudpaywithfee", "cloudpayonly"}, []string{"cloudpaywithfee", "cloudpayonly"}, []string{"nondiscount", "discounted"}
	support := []string{"fix", "percent", "aws_developer", "aws_business", "aws_enterprise"}
	if !create || c.on("invoice-enums-of-both-tables") {
		logic, amount = append(logic, "allamount"), append(amount, "cloudpayonlywithfee")
		fee = append(fee, calc...)
		calc = fee
	}
	if vendor == "azure" && (!create || c.on("group-create-azure-support-checked")) {
		support = support[:2]
	}
	return []field{
		oneOf("calc_type", true, "account", "tag"), oneOf("currency", true, "jpy", "usd"),
		oneOf("discount_calc_logic", true, logic...), upTo("discount_rate", 1), oneOf("discount_target_usage", true, target...),
		oneOf("substitution_fee", true, "percent", "fix", "automatic", "usagetable"), oneOf("substitution_fee_calc_target", true, calc...),
		oneOf("substitution_fee_calc_type", true, "allsum", "account"), oneOf("substitution_fee_target_usage", true, fee...),
		upTo("substitution_fix", 1000000), upTo("substitution_rate", 1),
		oneOf("support_amount_target", true, amount...), oneOf("support_fee", true, support...), oneOf("support_fee_calc_target", true, calc...),
		upTo("support_fix", 1000000), upTo("support_rate", 1), upTo("tax_rate", 0.10),
	}
}

// settingDefaults are the settings of a vendor for which nothing was said, as
// the list prints them.
func settingDefaults() obj {
	return obj{"calc_type": "account", "currency": "jpy", "discount_calc_logic": "usageamount", "discount_rate": 0.0,
		"discount_target_usage": "cloudpaywithfee", "substitution_fee": "percent", "substitution_fee_calc_target": "nondiscount",
		"substitution_fee_calc_type": "allsum", "substitution_fee_target_usage": "cloudpaywithfee", "substitution_fix": 0.0,
		"substitution_rate": 0.0, "support_amount_target": "allusage", "support_fee": "fix", "support_fee_calc_target": "nondiscount",
		"support_fix": 0.0, "support_rate": 0.0, "tax_rate": 0.0}
}

// known refuses templates and projects that nobody made, where that is on.
func (c *call) known(in obj) *answer {
	for kind, name := range map[string]string{"template": "invoice_template_id", "project": "project_id"} {
		id := str(in[name])
		if id != "" && c.on(kind+"-must-be-known") && c.ten.tab(kind).rows[id] == nil {
			a := fail(400, name+" is unknown")
			return &a
		}
	}
	return nil
}

// taken refuses what another group has and only one may have: the billing group id, and
// the name where that is on.
func (c *call) taken(ten *tenant, in obj, self string) *answer {
	for field, one := range map[string]bool{"billinggroup_id": !c.on("group-id-not-unique"), "billinggroup_name": c.on("group-name-unique")} {
		another := func(g obj) bool { return g[field] == in[field] && g["company_id"] != self }
		if one && slices.ContainsFunc(ten.tab("group").all(), another) {
			a := fail(400, field+" already exists")
			return &a
		}
	}
	return nil
}

func (c *call) createGroup() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	in, wrong := c.check(raw, c.groupFields(true)...)
	invoices := obj{}
	if given, is := in["invoices"].(map[string]any); is {
		for vendor, v := range given {
			set, is := v.(map[string]any)
			if !slices.Contains(vendors, vendor) || !is {
				wrong = append(wrong, "invoices."+vendor+" is wrong")
				continue
			}
			read, bad := c.check(set, c.settingFields(vendor, true)...)
			invoices[vendor], wrong = read, append(wrong, bad...)
		}
	}
	if len(wrong) > 0 {
		if c.on("group-create-refused-but-stored") && in["billinggroup_id"] != nil && in["billinggroup_name"] != nil {
			c.storeGroup(c.companyID(), in, obj{})
		}
		return invalid(wrong)
	}
	if no := c.known(in); no != nil {
		return *no
	}
	id := c.companyID()
	if no := c.taken(c.ten, in, ""); no != nil {
		return *no
	}
	if c.on("group-create-after-delete-refused") && c.s.scratch["gone group "+c.ten.name+str(in["billinggroup_id"])] != nil {
		return fail(400, "billinggroup_id already exists")
	}
	c.storeGroup(id, in, invoices)
	a := ok(obj{"status": "success", "company_id": id, "billinggroup_id": in["billinggroup_id"]})
	if c.on("group-create-answers-id-in-small-letters") {
		a.body.(obj)["billinggroup_id"] = strings.ToLower(str(in["billinggroup_id"]))
	}
	if c.on("group-create-answer-extra-fields") {
		a.body.(obj)["billinggroup_name"] = in["billinggroup_name"]
	}
	return a
}

// companyID is the id of a new group.
func (c *call) companyID() string {
	if c.on("group-create-race-same-company-id") {
		return "RomwoEjdjh" + c.nextAsSeen("groups")
	}
	return c.s.newName("")
}

// nextAsSeen counts without a lock: calls at the same moment get the same two letters.
func (c *call) nextAsSeen(counter string) string {
	n, _ := c.s.scratch[counter].(int)
	c.s.pause()
	c.s.scratch[counter] = n + 1
	return string(rune('a'+n%26)) + string(rune('a'+n/26%26))
}

// storeGroup makes the new row.
func (c *call) storeGroup(id string, in, invoices obj) {
	for _, vendor := range vendors {
		if invoices[vendor] == nil && !c.on("invoice-defaults-absent") {
			invoices[vendor] = settingDefaults()
			if c.on("invoice-defaults-null") {
				invoices[vendor] = nil
			}
		}
	}
	if c.on("group-create-invoices-null") && in["invoices"] == nil {
		invoices = nil
	}
	row := obj{"language": "ja", "phone": nil, "postal": nil, "address": nil, "billing_title": nil, "personal": nil,
		"remarks": nil, "project_id": nil, "invoice_template_id": nil}
	if c.on("language-default-null") {
		row["language"] = nil
	}
	maps.Copy(row, in)
	if row["language"] == nil && !c.on("language-default-null") {
		row["language"] = "ja"
	}
	row["company_id"], row["invoices"] = id, any(invoices)
	if invoices == nil {
		row["invoices"] = obj{}
	}
	if c.on("group-create-project-dropped") {
		row["project_id"] = nil
	}
	if c.on("group-create-template-dropped") {
		row["invoice_template_id"] = nil
	}
	if c.on("group-create-azure-as-aws") && invoices["aws"] != nil {
		row["invoices"] = obj{"aws": invoices["aws"], "azure": invoices["aws"]}
	}
	c.put(c.ten, "group", id, row)
}

// face is a group as list and details show it.
func (c *call) face(row obj) obj {
	o := obj{"name": row["company_name"], "contact": row["personal"], "title": row["billing_title"], "tag": []any{}, "qrcode": false}
	for _, n := range []string{"company_id", "billinggroup_id", "billinggroup_name", "address", "postal", "phone", "remarks",
		"inv_aggregate", "project_id", "language", "invoice_template_id", "req_generate", "project_code", "project_label",
		"project_currency", "custom_fields", "untagged_groups"} {
		o[n] = row[n]
	}
	invoices, _ := row["invoices"].(obj)
	o["invoices"] = invoices
	if len(invoices) == 0 {
		o["invoices"] = nil
	}
	if c.on("group-aggregate-false-as-null") && o["inv_aggregate"] == false {
		o["inv_aggregate"] = nil
	}
	if c.on("group-extra-fields") {
		o["created_at"], o["updated_at"], o["billing_title"], o["fax"] = "2026-01-02T03:04:05.678Z", nil, row["billing_title"], ""
	}
	if c.on("group-project-details") && row["project_id"] != nil {
		o["project_code"], o["project_label"], o["project_currency"] = "P-001", "Project", "jpy"
	}
	list := []any{}
	for _, a := range c.ten.tab("account").all() {
		switch {
		case a["company_id"] != row["company_id"]:
		case c.on("group-account-list-filled"):
			list = append(list, pick(a, "vendor", "customer_id", "account_id", "name"))
		case c.on("group-account-list-of-ids"):
			list = append(list, a["customer_id"])
		}
	}
	o["account"] = list
	return o
}

func (c *call) listGroups() answer {
	rows := c.list("group")
	if c.on("group-list-shows-other-tenant") {
		for _, t := range c.s.tenants {
			if t != c.ten {
				rows = append(rows, t.tab("group").all()...)
			}
		}
	}
	out := []any{}
	for _, row := range rows {
		o := c.face(row)
		if c.on("group-list-first-phone") {
			key := "phone " + str(row["company_id"])
			if c.s.scratch[key] == nil {
				c.s.scratch[key] = []any{o["phone"]}
			}
			o["phone"] = c.s.scratch[key].([]any)[0]
		}
		if c.on("group-list-invoices-stale") {
			key := "invoices " + str(row["company_id"])
			if c.s.scratch[key] == nil {
				c.s.scratch[key] = []any{o["invoices"]}
			}
			o["invoices"] = c.s.scratch[key].([]any)[0]
		}
		if c.on("group-list-without-azure") {
			o["invoices"] = obj{"aws": o["invoices"].(obj)["aws"]}
		}
		out = append(out, o)
	}
	if c.on("group-list-fifth-lost") && len(out)%5 == 0 && len(out) > 0 {
		out = out[:len(out)-1]
	}
	return ok(out)
}

func (c *call) getGroup() answer {
	_, row := c.find("group", c.vars[0])
	if row == nil && c.on("group-delete-details-stay") {
		row, _ = c.s.scratch["gone "+c.vars[0]].(obj)
	}
	if row == nil {
		return c.absent("billing group")
	}
	o := c.face(row)
	if c.on("group-get-numbers-as-text") {
		full := obj{}
		for v, set := range o["invoices"].(obj) {
			m := maps.Clone(set.(obj))
			for n, x := range m {
				if f, is := x.(float64); is {
					m[n] = canonical(f)
				}
			}
			full[v] = m
		}
		o["invoices"] = full
	}
	if c.on("group-get-contact-of-first") {
		o["contact"] = c.ten.tab("group").all()[0]["personal"]
	}
	return ok(o)
}

func (c *call) updateGroup() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	ten, old := c.find("group", c.vars[0])
	if old == nil {
		return c.absent("billing group")
	}
	in, wrong := c.check(raw, c.groupFields(false)...)
	if len(wrong) > 0 {
		if c.on("group-update-refused-but-stored") && in["billinggroup_name"] != nil {
			c.put(ten, "group", c.vars[0], with(old, "billinggroup_name", in["billinggroup_name"]))
		}
		return invalid(wrong)
	}
	if no := c.known(in); no != nil {
		return *no
	}
	if no := c.taken(ten, in, c.vars[0]); no != nil {
		return *no
	}
	c.gap()
	row := maps.Clone(old)
	for _, f := range c.groupFields(false) {
		v, given := in[f.name]
		if given || c.on("update-clears-absent") && f.name != "inv_aggregate" {
			row[f.name] = v
		}
		if c.on("group-update-aggregate-false-ignored") && v == false {
			row[f.name] = old[f.name]
		}
		if t := str(v); c.on("group-update-shorter-ignored") && t != "" && strings.HasPrefix(str(old[f.name]), t) {
			row[f.name] = old[f.name]
		}
	}
	if row["language"] == nil && !c.on("language-default-null") {
		row["language"] = "ja"
	}
	if c.on("group-update-resets-invoices") {
		row["invoices"] = obj{"aws": settingDefaults(), "azure": settingDefaults()}
	}
	if c.on("group-update-clears-template") {
		row["invoice_template_id"] = nil
	}
	if c.on("group-update-language-ignored") {
		row["language"] = old["language"]
	}
	if c.on("group-update-project-ignored") {
		row["project_id"] = old["project_id"]
	}
	if c.on("group-update-touches-next") {
		keys := ten.tab("group").keys
		if i := slices.Index(keys, c.vars[0]); i > 0 {
			ten.tab("group").put(keys[i-1], with(ten.tab("group").rows[keys[i-1]], "address", row["address"]))
		}
	}
	c.put(ten, "group", c.vars[0], row)
	return success()
}

func (c *call) updateInvoices() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	ten, old := c.find("group", c.vars[0])
	if old == nil {
		return c.absent("billing group")
	}
	in, wrong := c.check(raw, field{name: "invoices", kind: "object", required: true}, oneOf("vendor", true, vendors...))
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	vendor := str(in["vendor"])
	set, wrong := c.check(in["invoices"].(map[string]any), c.settingFields(vendor, false)...)
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	c.gap()
	invoices := maps.Clone(old["invoices"].(obj))
	if invoices == nil {
		invoices = obj{}
	}
	before, _ := invoices[vendor].(obj)
	switch {
	case c.on("invoices-update-wipes-other-vendor"):
		invoices = obj{"aws": settingDefaults(), "azure": settingDefaults()}
	case c.on("invoices-update-zero-ignored") && before != nil:
		for n, v := range set {
			if v == 0.0 {
				set[n] = before[n]
			}
		}
	case c.on("invoices-update-rates-mixed"):
		set["support_rate"], set["substitution_rate"] = set["substitution_rate"], set["support_rate"]
	}
	invoices[vendor] = set
	if c.on("invoices-update-all-of-currency") {
		for _, g := range ten.tab("group").all() {
			other, _ := g["invoices"].(obj)
			if s, is := other[vendor].(obj); is && before != nil && canonical(s) == canonical(before) {
				ten.tab("group").put(str(g["company_id"]), with(g, "invoices", with(other, vendor, set)))
			}
		}
	}
	c.put(ten, "group", c.vars[0], with(old, "invoices", invoices))
	return success()
}

func (c *call) updateTemplate() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	ten, old := c.find("group", c.vars[0])
	if old == nil {
		return c.absent("billing group")
	}
	in, wrong := c.check(raw, field{name: "invoice_template_id", kind: "string", required: c.on("template-null-refused")})
	if _, given := raw["invoice_template_id"]; !given {
		wrong = append(wrong, "invoice_template_id is required")
	}
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	if no := c.known(in); no != nil {
		return *no
	}
	id := in["invoice_template_id"]
	if was, _ := c.s.scratch["template "+c.vars[0]].(string); c.on("template-back-ignored") {
		if was == id && was != "" {
			return success()
		}
		c.s.scratch["template "+c.vars[0]] = old["invoice_template_id"]
	}
	if c.on("template-same-for-siblings") {
		for _, g := range ten.tab("group").all() {
			if g["invoice_template_id"] == old["invoice_template_id"] {
				ten.tab("group").put(str(g["company_id"]), with(g, "invoice_template_id", id))
			}
		}
	}
	c.gap()
	row := with(old, "invoice_template_id", id)
	if c.on("template-update-resets-language") {
		row["language"] = "ja"
	}
	if c.on("template-update-resets-remarks") {
		row["remarks"] = nil
	}
	c.put(ten, "group", c.vars[0], row)
	return success()
}

func (c *call) deleteGroup() answer {
	ten, old := c.find("group", c.vars[0])
	if old == nil && c.on("delete-gone-200") {
		return success()
	}
	if old == nil {
		return c.absent("billing group")
	}
	id := c.vars[0]
	used := false
	for _, kind := range []string{"account", "reseller"} {
		for _, row := range ten.tab(kind).all() {
			used = used || row["company_id"] == id
		}
	}
	if used && !c.on("group-delete-cascades") && !c.on("group-delete-orphans") {
		a := fail(400, "billing group is in use")
		if c.on("group-in-use-409") {
			a.status = 409
		}
		return a
	}
	c.gap()
	if c.on("group-delete-cascades") {
		for kind, key := range map[string]string{"account": "customer_id", "reseller": "user_id"} {
			for _, row := range ten.tab(kind).all() {
				if row["company_id"] == id {
					ten.tab(kind).drop(str(row[key]))
				}
			}
		}
	}
	for _, v := range vendors {
		if ten.tab("free_format").rows[id+"/"+v] != nil && c.on("group-delete-with-items-stays") {
			return success()
		}
		ten.tab("free_format").drop(id + "/" + v)
	}
	for _, g := range ten.tab("group").all() {
		prefix := g["company_id"] != id && strings.HasPrefix(str(g["billinggroup_id"]), str(old["billinggroup_id"]))
		if c.on("group-delete-takes-prefix") && prefix || c.on("group-delete-takes-same-company") && g["company_name"] == old["company_name"] {
			ten.tab("group").drop(str(g["company_id"]))
		}
	}
	if keys := ten.tab("group").keys; c.on("group-delete-newest-stays") && keys[len(keys)-1] == id {
		return success()
	}
	c.drop(ten, "group", id)
	c.s.scratch["gone "+id] = old
	c.s.scratch["gone group "+ten.name+str(old["billinggroup_id"])] = true
	return success()
}
