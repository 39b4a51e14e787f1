package stranger

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// assignmentInput reads the JSON object of a CloudHealth request.
func (c *call) assignmentInput() (obj, *answer) {
	if m, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); (err != nil || m != "application/json") && !c.on("cloudhealth-media-type-ignored") {
		a := refuse(415, "Content-Type must be application/json")
		if c.on("cloudhealth-media-type-422") {
			a = refuse(422, "Content-Type must be application/json")
		}
		if c.on("cloudhealth-media-type-400") {
			a.status = 400
		}
		return nil, &a
	}
	v, err := parse(c.raw)
	in, is := v.(map[string]any)
	if err != nil || !is {
		a := refuse(422, "the content must be a JSON object")
		if err != nil && c.on("cloudhealth-malformed-400") {
			a = refuse(400, "the content must be JSON")
		}
		return nil, &a
	}
	return in, nil
}

// unacceptable refuses callers that take no JSON.
func (c *call) unacceptable() *answer {
	accept := strings.ToLower(strings.Join(c.r.Header.Values("Accept"), ","))
	if m := c.r.Header.Get("Content-Type"); m == "" && c.on("cloudhealth-content-type-always") {
		a := refuse(415, "Content-Type must be application/json")
		return &a
	}
	if accept == "" && c.on("cloudhealth-accept-required") {
		a := refuse(406, "Accept is missing")
		return &a
	}
	if accept == "" || c.on("accept-ignored") {
		return nil
	}
	for _, part := range strings.Split(accept, ",") {
		m, _, _ := strings.Cut(part, ";")
		if m = strings.TrimSpace(m); m == "*/*" || m == "application/*" || m == "application/json" {
			return nil
		}
	}
	a := refuse(406, "only application/json")
	return &a
}

// assignmentFields are the fields of a create, or of an update's subset.
func (c *call) assignmentFields(create bool) []field {
	customer := field{name: "customer_id", kind: "integer", required: create}
	return []field{text("owner_id", create), customer, text("payer_account_owner_id", create)}
}

// readAssignment checks the fields. Null is no value for any of them.
func (c *call) readAssignment(in obj, create bool) (obj, []string) {
	if t, is := in["customer_id"].(string); is && c.on("customer-id-text-accepted") {
		if n, err := parse([]byte(t)); err == nil {
			in["customer_id"] = n
		}
	}
	out, wrong := c.check(in, c.assignmentFields(create)...)
	for name, v := range out {
		if v == nil {
			wrong = append(wrong, name+" must not be null")
		}
		if v == "" {
			wrong = append(wrong, name+" must not be empty")
		}
	}
	if c.on("read-only-id-refused") && in["id"] != nil {
		wrong = append(wrong, "id is read-only")
	}
	return out, wrong
}

// fits says whether one customer's assignments follow one of the patterns.
func fits(set []obj) bool {
	var heads, linked []obj
	for _, a := range set {
		if a["owner_id"] == a["payer_account_owner_id"] {
			heads = append(heads, a)
		} else {
			linked = append(linked, a)
		}
	}
	if len(linked) == 0 {
		return true
	}
	return len(heads) == 1 && !slices.ContainsFunc(linked, func(a obj) bool { return a["payer_account_owner_id"] != heads[0]["owner_id"] })
}

// numbered gives a bug's owner ids as many zeros as the account of the same number has.
func (c *call) numbered(in obj, bug string) {
	for _, name := range []string{"owner_id", "payer_account_owner_id"} {
		if t, is := in[name].(string); is && c.on(bug) && t != "" {
			t = strings.TrimLeft(t, "0")
			in[name] = strings.Repeat("0", max(12-len(t), 0)) + t
		}
	}
}

// criteria checks an assignment as it would be stored; old is what it was.
func (c *call) criteria(a, old obj) []string {
	wrong := []string{}
	say := func(criterion, text string) bool {
		skip := c.any(func(b Bug) bool { return b.skips == criterion })
		if !skip {
			wrong = append(wrong, text)
		}
		return skip
	}
	owner, payer, customer := str(a["owner_id"]), str(a["payer_account_owner_id"]), a["customer_id"]
	accounts := c.ten.tab("aws_account").rows
	switch acct := accounts[owner]; {
	case acct == nil:
		if say("owner", "owner_id is not an AWS account of the partner") {
			for _, t := range c.s.tenants {
				if acct = t.tab("aws_account").rows[owner]; acct != nil {
					break
				}
			}
		}
	case acct["head"] == nil:
		say("family", "owner_id belongs to no consolidated billing family")
	}
	var same, left []obj
	for _, o := range c.ten.tab("assignment").all() {
		if old != nil && o["id"] == old["id"] {
			continue
		}
		if o["owner_id"] == owner {
			say("taken", "owner_id is already assigned")
		}
		if o["customer_id"] == customer {
			same = append(same, o)
		}
		if old != nil && o["customer_id"] == old["customer_id"] && old["customer_id"] != customer {
			left = append(left, o)
		}
	}
	who := c.ten.tab("customer").rows[strconv.FormatInt(customer.(int64), 10)]
	foreign := false
	for _, t := range c.s.tenants {
		foreign = foreign || t.tab("customer").rows[strconv.FormatInt(customer.(int64), 10)] != nil
	}
	switch {
	case who == nil && foreign:
		say("foreign", "customer_id is no customer of the partner")
	case who == nil:
		say("customer", "customer_id is unknown")
	case who["partner_billing_configuration"].(obj)["enabled"] != true:
		say("billing", "the customer has no partner billing")
	}
	if payer != owner {
		at := slices.IndexFunc(same, func(o obj) bool { return o["owner_id"] == payer })
		switch {
		case at < 0:
			say("prior", "payer_account_owner_id has no assignment for the customer")
			return wrong
		case same[at]["payer_account_owner_id"] != payer:
			say("chain", "payer_account_owner_id is itself a linked account")
			return wrong
		}
		x, y := accounts[owner], accounts[payer]
		if x != nil && y != nil && x["head"] != y["head"] {
			say("kin", "the accounts are of different consolidated billing families")
		}
	}
	if !fits(append(same, a)) {
		if payer == owner {
			say("alone", "the customer's assignments would follow no pattern")
		} else {
			say("linked", "the customer's assignments would follow no pattern")
		}
	}
	if left != nil && !fits(left) {
		say("left", "the assignments left behind would follow no pattern")
	}
	return wrong
}

func idText(a obj) string { return strconv.FormatInt(a["id"].(int64), 10) }

// location is the address of an assignment.
func (c *call) location(a *answer, row obj) {
	base := "http://" + c.r.Host
	if c.on("location-relative") {
		base = ""
	}
	a.header.Set("Location", base+"/v1/aws_account_assignments/"+idText(row))
}

// told is an assignment as answers show it.
func (c *call) told(row obj) obj {
	o := pick(row, "id", "owner_id", "customer_id", "payer_account_owner_id")
	if c.on("assignment-extra-fields") {
		o["created_at"], o["updated_at"], o["account_type"] = "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", nil
	}
	return o
}

func (c *call) createAssignment() answer {
	if no := c.unacceptable(); no != nil {
		return *no
	}
	raw, no := c.assignmentInput()
	if no != nil {
		return *no
	}
	if raw["payer_account_owner_id"] == nil && c.on("assignment-create-payer-optional") {
		raw["payer_account_owner_id"] = raw["owner_id"]
	}
	c.numbered(raw, "assignment-create-owner-as-number")
	in, wrong := c.readAssignment(raw, true)
	if len(wrong) == 0 {
		wrong = c.criteria(in, nil)
	}
	if c.on("assignment-create-after-delete-refused") && c.s.scratch["gone owner "+c.ten.name+str(in["owner_id"])] != nil {
		wrong = append(wrong, "owner_id is not an AWS account of the partner")
	}
	if c.on("assignment-create-payer-text-lost") && len(wrong) == 0 {
		in["payer_account_owner_id"] = in["owner_id"]
	}
	if len(wrong) > 0 {
		if c.on("assignment-create-refused-but-stored") && len(in) == 3 {
			id := c.s.nextID()
			c.put(c.ten, "assignment", strconv.FormatInt(id, 10), with(in, "id", id))
		}
		return refuse(422, wrong...)
	}
	var id int64
	if c.on("assignment-create-race-same-id") {
		id = c.s.lastID + 1
		c.s.pause()
		c.s.lastID = id
	} else {
		c.gap()
		if in["owner_id"] != in["payer_account_owner_id"] && c.on("assignment-create-race-payer-deleted") {
			c.s.pause()
			for _, o := range c.ten.tab("assignment").all() {
				if o["owner_id"] == in["owner_id"] {
					return refuse(422, "owner_id is already assigned")
				}
			}
		}
		id = c.s.nextID()
	}
	row := with(in, "id", id)
	c.put(c.ten, "assignment", strconv.FormatInt(id, 10), row)
	a := ok(c.told(c.ten.tab("assignment").rows[strconv.FormatInt(id, 10)]))
	c.location(&a, row)
	return a
}

// row finds the assignment of the path.
func (c *call) row() (*tenant, obj, *answer) {
	id := c.vars[0]
	if c.on("assignment-get-id-by-its-beginning") && c.op.method == http.MethodGet || c.on("assignment-delete-id-by-its-beginning") && c.op.method == http.MethodDelete {
		id = strings.TrimRight(id, "abcdefghijklmnopqrstuvwxyz")
	}
	if _, err := strconv.ParseInt(id, 10, 64); err == nil {
		if ten, row := c.find("assignment", id); row != nil {
			return ten, row, nil
		}
	}
	a := refuse(404, "no such assignment")
	if c.on("assignment-delete-gone-204") && c.op.method == http.MethodDelete {
		return nil, nil, &answer{status: 204, header: http.Header{}}
	}
	for _, t := range c.s.tenants {
		if t.tab("assignment").rows[id] != nil && c.on("assignment-foreign-403") {
			a.status = 403
		}
	}
	if c.on("assignment-gone-422") && c.op.method != http.MethodGet {
		a = refuse(422, "no such assignment")
	}
	if c.on("assignment-gone-410") {
		a.status = 410
	}
	return nil, nil, &a
}

func (c *call) getAssignment() answer {
	if no := c.unacceptable(); no != nil {
		return *no
	}
	_, row, no := c.row()
	if gone, is := c.s.scratch["gone id "+c.vars[0]].(obj); no != nil && is && c.on("assignment-delete-read-stays") {
		row, no = gone, nil
	}
	if no != nil {
		return *no
	}
	return ok(c.told(row))
}

func (c *call) updateAssignment() answer {
	if no := c.unacceptable(); no != nil {
		return *no
	}
	raw, no := c.assignmentInput()
	if no != nil {
		return *no
	}
	ten, old, no := c.row()
	if no != nil {
		return *no
	}
	c.numbered(raw, "assignment-update-owner-as-number")
	in, wrong := c.readAssignment(raw, c.on("assignment-update-subset-refused"))
	if len(in) == 0 && len(wrong) == 0 && c.on("empty-update-422") {
		wrong = append(wrong, "nothing to update")
	}
	row := with(old)
	for name, v := range in {
		row[name] = v
	}
	if c.on("assignment-update-customer-ignored") {
		row["customer_id"] = old["customer_id"]
	}
	if len(wrong) == 0 && ten == c.ten {
		wrong = c.criteria(row, old)
	}
	if len(wrong) > 0 {
		if c.on("assignment-update-refused-but-stored") && len(in) > 0 {
			c.put(ten, "assignment", idText(old), row)
		}
		return refuse(422, wrong...)
	}
	c.gap()
	said := c.told(row)
	if c.on("assignment-update-back-to-self-ignored") && row["payer_account_owner_id"] == row["owner_id"] && old["payer_account_owner_id"] != old["owner_id"] {
		row["payer_account_owner_id"] = old["payer_account_owner_id"]
	}
	if c.on("assignment-update-touches-neighbour") {
		for _, o := range ten.tab("assignment").all() {
			if o["customer_id"] == old["customer_id"] && o["id"] != old["id"] && row["customer_id"] != old["customer_id"] {
				ten.tab("assignment").put(idText(o), with(o, "customer_id", row["customer_id"]))
			}
		}
	}
	if c.on("assignment-update-new-id") {
		ten.tab("assignment").drop(idText(old))
		row["id"] = c.s.nextID()
		said["id"] = row["id"]
	}
	c.put(ten, "assignment", idText(row), row)
	a := ok(said)
	c.location(&a, row)
	return a
}

func (c *call) deleteAssignment() answer {
	ten, old, no := c.row()
	if no != nil {
		return *no
	}
	c.gap()
	for _, o := range ten.tab("assignment").all() {
		linked := o["payer_account_owner_id"] == old["owner_id"] && o["id"] != old["id"]
		if linked && c.on("payer-in-use-422") {
			return refuse(422, "other assignments are linked to this one")
		}
		if linked && c.on("assignment-delete-takes-linked") {
			ten.tab("assignment").drop(idText(o))
		}
	}
	if keys := ten.tab("assignment").keys; c.on("assignment-delete-takes-next-of-customer") {
		if i := slices.Index(keys, idText(old)); i+1 < len(keys) && ten.tab("assignment").rows[keys[i+1]]["customer_id"] == old["customer_id"] {
			ten.tab("assignment").drop(keys[i+1])
		}
	}
	if c.on("assignment-delete-takes-aws-account") {
		ten.tab("aws_account").drop(str(old["owner_id"]))
	}
	c.drop(ten, "assignment", idText(old))
	c.s.scratch["gone id "+idText(old)] = old
	c.s.scratch["gone owner "+ten.name+str(old["owner_id"])] = time.Now()
	return answer{status: 204, header: http.Header{}}
}
