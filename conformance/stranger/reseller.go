package stranger

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

// metaDefaults are the flags that a new reseller has, as the list prints them.
var metaDefaults = obj{
	"aq_coverage_ratio": false, "aq_ri_management": false, "aq_ri_sp_instances": false, "aq_right_sizing": false,
	"aq_scheduling": false, "aq_sp_management": false, "dashboard_graph": true, "usage_account": true,
	"usage_account_graph": true, "usage_account_menu_account_edit": false, "usage_account_menu_budget": false,
	"usage_account_menu_budget_edit": false, "usage_account_menu_fees_fee": false, "usage_account_menu_fees_credit": false,
	"usage_account_menu_fees_refund": false, "usage_account_menu_fees_other_fees": false, "usage_report_download": true,
	"usage_group": true, "usage_group_graph": true, "usage_tag": true, "usage_tag_graph": true, "usage_crosstag": true,
	"usage_crosstag_graph": true, "ri_purchased": true, "ri_utilization": false, "ri_recommendation": false,
	"sp_purchased": false, "invoice": false, "invoice_download_csv_discount": false, "invoice_download_csv_merged": false,
	"open_api": false, "users_management": false, "report_filters": false,
}

// metaOf reads the flags that a request gives, over those that were there.
func (c *call) metaOf(given any, old obj) (obj, []string) {
	in, _ := given.(map[string]any)
	out, wrong := maps.Clone(old), []string{}
	if c.on("meta-replaced-whole") && in != nil {
		for name := range out {
			out[name] = false
		}
	}
	for name, v := range in {
		_, known := metaDefaults[name]
		if !known && name != "aqua_link" {
			if c.on("meta-unknown-refused") {
				wrong = append(wrong, "meta."+name+" is unknown")
			}
			continue
		}
		if name == "aqua_link" && c.on("meta-aqua-link-hidden") {
			continue
		}
		b, is := v.(bool)
		if !is && v != nil {
			wrong = append(wrong, "meta."+name+" must be a boolean")
			continue
		}
		if v == nil {
			continue
		}
		switch {
		case c.on("reseller-meta-false-ignored") && c.op.id == "updateResellerMeta" && !b:
		case c.on("reseller-meta-sp-purchased-dropped") && name == "sp_purchased":
		case c.on("reseller-meta-tag-graph-mixed") && name == "usage_crosstag_graph":
			out["usage_tag_graph"] = b
		case c.on("reseller-meta-tag-graph-mixed") && name == "usage_tag_graph":
			out["usage_crosstag_graph"] = b
		default:
			out[name] = b
		}
	}
	return out, wrong
}

// passwordFields are the fields that a create and a password update share.
func (c *call) passwordFields() []field {
	return []field{oneOf("input_type", true, "Auto", "Custom"), flag("notification", true), {name: "password", kind: "string"}}
}

// password checks the password of a request against its input type.
func (c *call) password(in obj) []string {
	p, given := in["password"].(string)
	switch {
	case !given && in["input_type"] == "Custom":
		return []string{"password is required with input_type Custom"}
	case !given && c.on("reseller-password-auto-needs-password"):
		return []string{"password is required"}
	case given && (len([]rune(p)) < 8 || len([]rune(p)) > 18):
		return []string{"password must have 8 to 18 characters"}
	case given && in["input_type"] == "Auto" && c.on("password-with-auto-refused"):
		return []string{"password goes with input_type Custom"}
	}
	return nil
}

func (c *call) createReseller() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	email := text("email", true)
	email.form = func(t string) bool {
		name, host, at := strings.Cut(t, "@")
		return at && name != "" && strings.Contains(host, ".") && !strings.ContainsAny(t, " \t\n") && !strings.Contains(host, "@")
	}
	in, wrong := c.check(raw, append(c.passwordFields(), email, text("company_id", true), field{name: "meta", kind: "object"})...)
	if len(wrong) == 0 {
		wrong = c.password(in)
	}
	defaults := metaDefaults
	if changed, is := c.s.scratch["meta defaults"].(obj); is && c.on("reseller-meta-becomes-default") {
		defaults = changed
	}
	meta, bad := c.metaOf(in["meta"], defaults)
	if wrong = append(wrong, bad...); len(wrong) > 0 {
		if c.on("reseller-create-refused-but-stored") && in["email"] != nil && in["company_id"] != nil {
			c.storeReseller(c.userID(), in, meta)
		}
		return invalid(wrong)
	}
	if c.on("reseller-create-sample-meta-refused") && in["meta"] != nil {
		return fail(400, "meta is unknown")
	}
	if no := c.group(str(in["company_id"])); no != nil {
		return *no
	}
	id := c.userID()
	for _, row := range c.ten.tab("reseller").all() {
		same := row["email"] == in["email"] || c.on("email-case-ignored") && strings.EqualFold(str(row["email"]), str(in["email"]))
		if same && !c.on("email-not-unique") {
			a := fail(400, "email already exists")
			if c.on("email-taken-409") {
				a.status = 409
			}
			return a
		}
	}
	if c.on("reseller-create-after-delete-refused") && c.s.scratch["gone reseller "+c.ten.name+str(in["email"])] != nil {
		return fail(400, "email already exists")
	}
	c.storeReseller(id, in, meta)
	return success()
}

// userID is the id of a new reseller.
func (c *call) userID() string {
	if c.on("user-ids-are-uuids") {
		return c.s.newUUID()
	}
	if c.on("reseller-create-race-same-user-id") {
		return "uxxxxxxxx" + c.nextAsSeen("resellers")
	}
	return c.s.newName("u")
}

// storeReseller makes the new row.
func (c *call) storeReseller(id string, in, meta obj) {
	if in["meta"] == nil {
		c.s.scratch["bare "+id] = true
	}
	email := in["email"]
	if c.on("reseller-create-plus-lost") {
		email = strings.ReplaceAll(str(email), "+", " ")
	}
	if c.on("reseller-create-replaces-groups-reseller") {
		for _, row := range c.ten.tab("reseller").all() {
			if row["company_id"] == in["company_id"] && row["email"] != email {
				c.ten.tab("reseller").drop(str(row["user_id"]))
				break
			}
		}
	}
	c.put(c.ten, "reseller", id, obj{"user_id": id, "email": email, "company_id": in["company_id"], "meta": meta,
		"update_time": nil, "password_update_time": nil, "wave_registered": c.s.stamp(time.Now()),
		"input_type": in["input_type"], "notification": in["notification"]})
}

func (c *call) listResellers() answer {
	if c.on("reseller-list-post-needs-modify") && c.r.Method == http.MethodPost && c.who != nil && !c.who.roles["ModifyReseller"] {
		return fail(403, "forbidden")
	}
	rows := c.list("reseller")
	if c.on("reseller-list-shows-other-tenant") {
		for _, t := range c.s.tenants {
			if t != c.ten {
				rows = append(rows, t.tab("reseller").all()...)
			}
		}
	}
	out := []any{}
	for _, row := range rows {
		g := c.s.seen(c.ten, "group").rows[str(row["company_id"])]
		o := pick(row, "user_id", "email", "company_id", "update_time", "password_update_time", "wave_registered", "meta")
		o["billinggroup_id"], o["billinggroup_name"] = nil, nil
		if g != nil {
			o["billinggroup_id"], o["billinggroup_name"] = g["billinggroup_id"], g["billinggroup_name"]
		}
		if c.on("reseller-update-times-null") {
			o["update_time"], o["password_update_time"] = nil, nil
		}
		if c.on("reseller-list-extra-fields") {
			o["status"], o["input_type"], o["last_login"] = "active", row["input_type"], nil
		}
		if c.on("reseller-list-registered-now") {
			o["wave_registered"] = c.s.stamp(time.Now())
		}
		if c.on("reseller-list-meta-as-numbers") {
			m := obj{}
			for k, v := range row["meta"].(obj) {
				m[k] = int64(map[bool]int{true: 1}[v == true])
			}
			o["meta"] = m
		}
		if c.on("reseller-list-report-filters-missing") {
			m := maps.Clone(row["meta"].(obj))
			delete(m, "report_filters")
			o["meta"] = m
		}
		out = append(out, o)
		if c.on("reseller-list-once-per-vendor") && g != nil {
			seen := map[any]bool{}
			for _, a := range c.ten.tab("account").all() {
				if a["company_id"] == row["company_id"] {
					seen[a["vendor"]] = true
				}
			}
			if len(seen) > 1 {
				out = append(out, o)
			}
		}
	}
	if c.on("reseller-list-last-of-six-lost") && len(out)%6 == 0 && len(out) > 0 {
		out = out[:len(out)-1]
	}
	return ok(out)
}

// absent is the answer where a Ripple row does not exist.
func (c *call) absent(what string) answer {
	a := fail(404, what+" does not exist")
	if c.on("absent-400") {
		a.status = 400
	}
	if c.on("absent-422") {
		a.status = 422
	}
	if c.on("absent-403") {
		a.status = 403
	}
	return a
}

func (c *call) deleteReseller() answer {
	ten, old := c.find("reseller", c.vars[0])
	if old == nil && c.on("delete-gone-200") {
		return success()
	}
	if old == nil {
		return c.absent("reseller")
	}
	if c.on("reseller-delete-needs-body") && len(c.raw) == 0 {
		return fail(400, "the body must be a JSON object")
	}
	if keys := ten.tab("reseller").keys; c.on("reseller-delete-newest-stays") && keys[len(keys)-1] == c.vars[0] {
		return success()
	}
	c.gap()
	if c.on("reseller-delete-takes-group") {
		for _, row := range ten.tab("reseller").all() {
			if row["company_id"] == old["company_id"] {
				ten.tab("reseller").drop(str(row["user_id"]))
			}
		}
	}
	c.drop(ten, "reseller", c.vars[0])
	c.s.scratch["gone reseller "+ten.name+str(old["email"])] = time.Now()
	return success()
}

func (c *call) updatePassword() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	ten, old := c.find("reseller", c.vars[0])
	if old == nil {
		return c.absent("reseller")
	}
	in, wrong := c.check(raw, c.passwordFields()...)
	if len(wrong) == 0 {
		wrong = c.password(in)
	}
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	if c.on("reseller-password-again-refused") {
		key := "password " + c.vars[0]
		if at, before := c.s.scratch[key].(time.Time); before && time.Since(at) < 10*time.Second {
			return fail(400, "password was updated already")
		}
		c.s.scratch[key] = time.Now()
	}
	c.gap()
	row := with(old, "password_update_time", c.s.stamp(time.Now()), "input_type", in["input_type"], "notification", in["notification"])
	if c.on("reseller-password-resets-meta") && in["input_type"] == "Auto" {
		row["meta"] = metaDefaults
	}
	c.put(ten, "reseller", c.vars[0], row)
	return success()
}

func (c *call) updateMeta() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	ten, old := c.find("reseller", c.vars[0])
	if old == nil {
		return c.absent("reseller")
	}
	in, wrong := c.check(raw, field{name: "meta", kind: "object", required: true})
	meta, bad := c.metaOf(in["meta"], old["meta"].(obj))
	if wrong = append(wrong, bad...); len(wrong) > 0 {
		return invalid(wrong)
	}
	c.gap()
	row := with(old, "meta", meta, "update_time", c.s.stamp(time.Now()))
	c.s.scratch["meta defaults"] = meta
	for _, r := range ten.tab("reseller").all() {
		bare := func(id string) bool { return c.s.scratch["bare "+id] != nil }
		if c.on("reseller-meta-shared-by-default") && bare(c.vars[0]) && bare(str(r["user_id"])) {
			ten.tab("reseller").put(str(r["user_id"]), with(r, "meta", meta))
		}
	}
	if c.on("reseller-meta-touches-group") {
		for _, r := range ten.tab("reseller").all() {
			if r["company_id"] == old["company_id"] {
				ten.tab("reseller").put(str(r["user_id"]), with(r, "meta", meta))
			}
		}
	}
	c.put(ten, "reseller", c.vars[0], row)
	return success()
}
