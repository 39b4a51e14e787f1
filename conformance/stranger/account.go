package stranger

import (
	"slices"
	"strings"
	"time"
)

var vendors = []string{"aws", "azure"}

// subscription says whether a text can be an Azure subscription: 16 to 36
// characters, of which the usual form has hexadecimal digits and hyphens.
func subscription(t string) bool {
	for _, r := range t {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' {
			return false
		}
	}
	return len(t) >= 16 && len(t) <= 36
}

// accountFields are the fields of an account's create or update.
func (c *call) accountFields(vendor any, create bool) []field {
	payer, id := text("account_id", true), text("customer_id", true)
	payer.form = func(t string) bool { return digits(t, 12) }
	id.form = func(t string) bool {
		n := len(t)
		return digits(t, 12) || n == 13 && digits(t, n) && c.on("account-create-13-digits") || n == 11 && digits(t, n) && c.on("account-create-11-digits")
	}
	if vendor == "azure" {
		payer.form = func(t string) bool {
			return digits(t, 7) || c.on("account-update-azure-payer-unchecked") && !create || digits(t, 12) && c.on("account-azure-payer-of-aws-length")
		}
		id.form = subscription
		if c.on("account-create-azure-15") {
			id.form = func(t string) bool { return subscription(t + "0") }
		}
		if c.on("account-azure-guid-only") {
			id.form = func(t string) bool { return len(t) == 36 && subscription(t) && strings.Count(t, "-") == 4 }
		}
		if c.on("account-azure-digits-only") {
			id.form = func(t string) bool { return subscription(t) && digits(t, len(t)) }
		}
	}
	out := []field{payer, text("company_id", true), oneOf("vendor", true, vendors...), sized("name", true, 3, 100), {name: "note", kind: "string"}}
	if create {
		out = append(out, id)
	}
	return out
}

// group finds the billing group that a request names, or complains.
func (c *call) group(id string) *answer {
	_, there := c.ten.tab("group").rows[id]
	if c.on("account-list-joins-foreign-group") {
		for _, t := range c.s.tenants {
			there = there || t.tab("group").rows[id] != nil
		}
	}
	if there || c.on("company-unknown-accepted") {
		return nil
	}
	a := fail(400, "company_id is unknown")
	if c.on("company-unknown-404") {
		a.status = 404
	}
	return &a
}

// named refuses the name of another account in the billing group, where that is on.
func (c *call) named(ten *tenant, in obj, self string) *answer {
	another := func(a obj) bool {
		return a["name"] == in["name"] && a["company_id"] == in["company_id"] && a["customer_id"] != self
	}
	if !c.on("account-name-unique") || !slices.ContainsFunc(ten.tab("account").all(), another) {
		return nil
	}
	a := fail(400, "name already exists")
	return &a
}

func (c *call) createAccount() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	in, wrong := c.check(raw, c.accountFields(raw["vendor"], true)...)
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	if no := c.group(str(in["company_id"])); no != nil {
		return *no
	}
	if c.on("payer-must-be-known") && c.ten.tab("payer").rows[str(in["vendor"])+"/"+str(in["account_id"])] == nil && in["account_id"] != in["customer_id"] {
		return fail(400, "account_id is unknown")
	}
	id := str(in["customer_id"])
	if c.on("account-create-leading-zero-lost") && in["vendor"] == "aws" {
		id = strings.TrimLeft(id, "0")
	}
	tab := c.ten.tab("account")
	if old := tab.rows[id]; old != nil {
		a := accountError("Customer id already exists.")
		if c.on("account-create-refused-but-stored") {
			tab.put(id, with(old, "name", in["name"]))
		}
		if c.on("account-create-duplicate-200") {
			a.status = 200
		}
		if c.on("account-create-code-number") {
			a.body.(obj)["code"] = int64(5005)
		}
		return a
	}
	if c.on("account-create-after-delete-refused") && c.s.scratch["gone account "+c.ten.name+id] != nil {
		return accountError("Customer id already exists.")
	}
	if no := c.named(c.ten, in, id); no != nil {
		return *no
	}
	c.gap()
	if c.on("account-create-moves-sibling") {
		var last obj
		for _, row := range tab.all() {
			if row["account_id"] == in["account_id"] && row["vendor"] == in["vendor"] {
				last = row
			}
		}
		if last != nil {
			tab.put(str(last["customer_id"]), with(last, "company_id", in["company_id"]))
		}
	}
	row := pick(in, "account_id", "company_id", "vendor", "name", "note")
	row["customer_id"] = id
	if c.on("account-create-note-dropped") {
		row["note"] = nil
	}
	c.put(c.ten, "account", id, row)
	return success()
}

// shown is an account as the list shows it.
func (c *call) shown(row obj) obj {
	g := c.s.seen(c.ten, "group").rows[str(row["company_id"])]
	if g == nil && c.on("account-list-joins-foreign-group") {
		for _, t := range c.s.tenants {
			if f := t.tab("group").rows[str(row["company_id"])]; f != nil {
				g = f
			}
		}
	}
	out := obj{"billinggroup_id": nil, "billinggroup_name": nil, "company_id": row["company_id"],
		"customer_id": row["customer_id"], "customer_name": row["name"], "account_id": row["account_id"],
		"vendor": row["vendor"], "note": row["note"], "payer": row["account_id"] == row["customer_id"],
		"service_discount": nil, "project_id": nil, "azure_customer_id": nil}
	if g != nil {
		out["billinggroup_id"], out["billinggroup_name"] = g["billinggroup_id"], g["billinggroup_name"]
	}
	if c.on("account-list-group-name-frozen") {
		key := "group name " + c.ten.name + str(row["company_id"])
		if c.s.scratch[key] == nil {
			c.s.scratch[key] = out["billinggroup_name"]
		}
		out["billinggroup_name"] = c.s.scratch[key]
	}
	if c.on("account-payer-always-false") {
		out["payer"] = false
	}
	if c.on("account-list-project-of-group") && g != nil {
		out["project_id"] = g["project_id"]
	}
	if c.on("account-list-azure-customer") && row["vendor"] == "azure" {
		out["azure_customer_id"] = "d1b2f9d0-0000-4000-8000-5f2c0f0e0a11"
	}
	if c.on("account-list-extra-fields") {
		out["id"], out["created_at"], out["tags"] = "acc-"+str(row["customer_id"]), "2026-01-05T01:02:03Z", []any{}
	}
	return out
}

func (c *call) listAccounts() answer {
	vendor := c.r.URL.Query().Get("vendor")
	if !slices.Contains(vendors, vendor) && (vendor != "" || !c.on("account-list-vendor-optional")) {
		return fail(400, "vendor must be aws or azure")
	}
	rows := c.list("account")
	if c.on("account-list-shows-other-tenant") || vendor == "azure" && c.on("account-list-azure-shows-other-tenant") {
		for _, t := range c.s.tenants {
			if t != c.ten {
				rows = append(rows, t.tab("account").all()...)
			}
		}
	}
	out := []any{}
	for _, row := range rows {
		if vendor == "" || row["vendor"] == vendor || c.on("account-list-azure-shows-aws") && vendor == "azure" {
			out = append(out, c.shown(row))
			if c.on("account-list-payer-twice") && row["account_id"] == row["customer_id"] {
				out = append(out, c.shown(row))
			}
		}
	}
	if c.on("account-list-last-of-four-lost") && len(out)%4 == 0 && len(out) > 0 {
		out = out[:len(out)-1]
	}
	return ok(out)
}

func (c *call) updateAccount() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	in, wrong := c.check(raw, c.accountFields(raw["vendor"], false)...)
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	if no := c.group(str(in["company_id"])); no != nil {
		return *no
	}
	id := c.vars[0]
	ten, old := c.find("account", id)
	if old == nil && (c.on("account-update-creates-missing") || in["vendor"] == "azure" && c.on("account-update-azure-creates-missing")) {
		old = obj{"customer_id": id, "vendor": in["vendor"], "note": nil}
	}
	if old == nil || old["vendor"] != in["vendor"] {
		a := accountError("Customer id is not exists.")
		if c.on("account-update-unknown-200") {
			return success()
		}
		return a
	}
	if no := c.named(ten, in, id); no != nil {
		return *no
	}
	c.gap()
	row := with(old, "account_id", in["account_id"], "company_id", in["company_id"], "name", in["name"])
	if note, given := in["note"]; given || c.on("update-clears-absent") {
		row["note"] = note
	}
	if c.on("account-update-note-null-ignored") && row["note"] == nil {
		row["note"] = old["note"]
	}
	if c.on("account-update-company-ignored") || c.on("account-update-same-name-is-no-update") && old["name"] == in["name"] {
		row["company_id"] = old["company_id"]
	}
	if c.on("account-update-name-case-ignored") && strings.EqualFold(str(old["name"]), str(row["name"])) {
		row["name"] = old["name"]
	}
	if c.on("account-update-touches-neighbour") {
		rows := ten.tab("account").all()
		for i, r := range rows {
			if str(r["customer_id"]) == id && i > 0 && rows[i-1]["vendor"] == old["vendor"] {
				ten.tab("account").put(str(rows[i-1]["customer_id"]), with(rows[i-1], "note", row["note"]))
			}
		}
	}
	for _, other := range ten.tab("account").all() {
		if longer := str(other["customer_id"]); c.on("account-update-touches-longer-ids") && strings.HasPrefix(longer, id) && longer != id {
			ten.tab("account").put(longer, with(other, "name", row["name"]))
		}
	}
	c.put(ten, "account", id, row)
	return success()
}

func (c *call) deleteAccount() answer {
	path := c.r.URL.EscapedPath()
	pair := c.vars[1]
	if c.on("account-delete-raw-pipe-refused") && strings.Contains(c.r.RequestURI, "|") {
		return fail(400, "the id is malformed")
	}
	if c.on("account-delete-encoded-pipe-refused") && strings.Contains(strings.ToLower(path), "%7c") {
		return fail(400, "the id is malformed")
	}
	id, payer, pipe := strings.Cut(pair, "|")
	if !slices.Contains(vendors, c.vars[0]) || !pipe {
		return fail(400, "the path must be {vendor}/{customer_id}|{account_id}")
	}
	if c.on("account-delete-azure-first-part") && c.vars[0] == "azure" {
		id, _, _ = strings.Cut(id, "-")
	}
	ten, old := c.find("account", id)
	if old == nil || old["vendor"] != c.vars[0] || old["account_id"] != payer {
		if c.on("account-delete-unknown-200") {
			return success()
		}
		return accountError("Customer id is not exists.")
	}
	if gone := "gone account " + ten.name + id; c.s.scratch[gone] != nil && c.on("account-delete-again-ignored") {
		return success()
	}
	c.gap()
	for _, row := range ten.tab("account").all() {
		if c.on("account-delete-takes-longer-ids") && strings.HasPrefix(str(row["customer_id"]), id) {
			ten.tab("account").drop(str(row["customer_id"]))
		}
		same := row["account_id"] == payer && row["vendor"] == c.vars[0]
		if same && (c.on("account-delete-takes-same-name") && row["name"] == old["name"] || c.on("account-delete-payer-takes-linked") && id == payer) {
			ten.tab("account").drop(str(row["customer_id"]))
		}
	}
	c.drop(ten, "account", id)
	c.s.scratch["gone account "+ten.name+id] = time.Now()
	return success()
}
