package stranger

import "slices"

// itemFields are the fields of one additional item.
var itemFields = []field{flag("enabled", true), sized("label", true, 1, 60), number("unit_cost"), number("quantity"), number("total")}

// freeFormat finds the group and the vendor of a path.
func (c *call) freeFormat() (*tenant, obj, *answer) {
	ten, g := c.find("group", c.vars[0])
	var a answer
	switch {
	case g == nil:
		a = c.absent("billing group")
	case !slices.Contains(vendors, c.vars[1]):
		a = fail(400, "vendor must be aws or azure")
	default:
		return ten, g, nil
	}
	return nil, nil, &a
}

func (c *call) updateFreeFormat() answer {
	raw, no := c.input()
	if no != nil {
		return *no
	}
	ten, g, no := c.freeFormat()
	if no != nil {
		return *no
	}
	in, wrong := c.check(raw, field{name: "additional_items", kind: "array", required: true})
	items := []any{}
	list, _ := in["additional_items"].([]any)
	if len(list) == 0 && len(wrong) == 0 && c.on("free-format-empty-refused") {
		wrong = append(wrong, "additional_items is empty")
	}
	for i, v := range list {
		o, is := v.(map[string]any)
		if !is {
			wrong = append(wrong, "additional_items must hold objects")
			continue
		}
		if i > 0 && c.on("free-format-first-item-checked") {
			items = append(items, o)
			continue
		}
		item, bad := c.check(o, itemFields...)
		items, wrong = append(items, item), append(wrong, bad...)
	}
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	key := c.vars[0] + "/" + c.vars[1]
	if c.on("free-format-again-refused") && ten.tab("free_format").rows[key] != nil {
		return fail(400, "additional items exist")
	}
	if c.s.scratch["gone items "+key] != nil && c.on("free-format-add-after-delete-refused") {
		return fail(404, "additional items are deleted")
	}
	if c.on("free-format-resets-invoices") {
		ten.tab("group").put(c.vars[0], with(g, "invoices", with(g["invoices"].(obj), c.vars[1], settingDefaults())))
	}
	if c.on("free-format-label-into-remarks") && len(items) > 0 {
		ten.tab("group").put(c.vars[0], with(g, "remarks", items[0].(obj)["label"]))
	}
	if old := ten.tab("free_format").rows[key]; old != nil && c.on("free-format-appends") {
		before, _ := old["additional_items"].([]any)
		items = append(slices.Clone(before), items...)
	}
	c.put(ten, "free_format", key, obj{"additional_items": items})
	return success()
}

func (c *call) deleteFreeFormat() answer {
	ten, g, no := c.freeFormat()
	if no != nil {
		return *no
	}
	if c.on("free-format-delete-needs-body") && len(c.raw) == 0 {
		return fail(400, "the body must be a JSON object")
	}
	key := c.vars[0] + "/" + c.vars[1]
	if ten.tab("free_format").rows[key] == nil && c.on("free-format-none-404") {
		return fail(404, "no additional items")
	}
	if c.on("free-format-delete-takes-settings") {
		ten.tab("group").put(c.vars[0], with(g, "invoices", with(g["invoices"].(obj), c.vars[1], settingDefaults())))
	}
	if c.on("free-format-delete-clears-template") {
		ten.tab("group").put(c.vars[0], with(g, "invoice_template_id", nil))
	}
	if c.on("free-format-delete-ends-group") {
		c.s.later(func() { ten.tab("group").drop(c.vars[0]) })
	}
	c.s.scratch["gone items "+key] = true
	c.drop(ten, "free_format", key)
	return success()
}
