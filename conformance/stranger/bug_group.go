package stranger

import (
	"math"
	"strings"
)

func tenthRefused(x float64) func(*field) { return bounds("tax_rate", 0, x) }

var groupBugs = []Bug{
	// createBillingGroup
	{Name: "group-create-hyphen-changed", Question: "data", Operation: "createBillingGroup", Breaks: "The phone is kept as sent, and the hyphens of the printed one become minus signs.", row: stored("phone", func(t string) string { return strings.ReplaceAll(t, "\u2010", "-") })},
	{Name: "group-create-postal-zero-lost", Question: "data", Operation: "createBillingGroup", Breaks: "postal is a text, and loses its leading zeros.", row: stored("postal", func(t string) string { return strings.TrimLeft(t, "0") })},
	{Name: "group-create-single-precision", Question: "data", Operation: "createBillingGroup", Breaks: "tax_rate is kept as sent, and is kept in single precision.", row: storedSettings("tax_rate", single)},
	{Name: "group-create-tax-tenth-refused", Question: "data", Operation: "createBillingGroup", Breaks: "tax_rate goes up to 0.10, and 0.10 is refused.", fields: tenthRefused(0.0999)},
	{Name: "group-create-aggregate-false-refused", Question: "data", Operation: "createBillingGroup", Breaks: "The printed request has inv_aggregate false, which counts as missing.", fields: falsy("inv_aggregate")},
	{Name: "group-create-million-refused", Question: "data", Operation: "createBillingGroup", Breaks: "substitution_fix goes up to 1000000, and that is refused.", fields: bounds("substitution_fix", 0, 999999)},
	{Name: "group-create-english-refused", Question: "data", Operation: "createBillingGroup", Breaks: "language may be en, and this is refused.", fields: without("language", "en")},
	{Name: "group-create-null-phone-refused", Question: "data", Operation: "createBillingGroup", Breaks: "The Python sample has optional fields of null, and a phone of null is refused.", fields: of("phone", func(f *field) { f.notNull = true })},
	{Name: "group-create-remarks-escaped", Question: "data", Operation: "createBillingGroup", Breaks: "remarks are kept as sent, and come back with HTML escapes.", row: stored("remarks", escaped)},
	{Name: "group-create-company-cut", Question: "data", Operation: "createBillingGroup", Breaks: "company_name may have 100 characters, and is cut after 50.", row: stored("company_name", cut(50))},
	{Name: "group-create-azure-as-aws", Question: "rows", Operation: "createBillingGroup", Breaks: "Each vendor has its own settings, and azure gets those of aws."},
	{Name: "group-create-project-dropped", Question: "operation", Operation: "createBillingGroup", Breaks: "A create stores project_id, and only an update does."},
	{Name: "group-create-template-dropped", Question: "operation", Operation: "createBillingGroup", Breaks: "A create stores invoice_template_id, and only the template update does."},
	{Name: "group-create-account-writer-may", Question: "caller", Operation: "createBillingGroup", also: []string{"ModifyAccount"}, Breaks: "A create needs ModifyBillingGroup, and ModifyAccount is let in."},
	{Name: "group-create-open", Question: "caller", Operation: "createBillingGroup", open: true, Breaks: "A create needs a token, and goes without."},
	{Name: "group-create-answers-id-in-small-letters", Question: "data", Operation: "createBillingGroup", Breaks: "A create answers the billinggroup_id that was sent, and answers it in small letters."},
	{Name: "group-create-race-same-company-id", Question: "race", Operation: "createBillingGroup", Breaks: "Each group has a company_id of its own, and parallel creates share one."},
	{Name: "group-create-race-loses-other", Question: "race", Operation: "createBillingGroup", loses: true, Breaks: "A create that succeeded is stored, and parallel creates lose each other's row."},
	{Name: "group-create-vanishes", Question: "later", Operation: "createBillingGroup", vanishes: true, Breaks: "A created group stays, and this one is gone after a second."},
	{Name: "group-create-after-delete-refused", Question: "back", Operation: "createBillingGroup", Breaks: "A right create succeeds, and not for the id of a deleted group."},
	{Name: "group-create-tax-11-accepted", Question: "seam", Operation: "createBillingGroup", Breaks: "tax_rate ends at 0.10, and 0.11 is taken.", fields: bounds("tax_rate", 0, 0.11)},
	{Name: "group-create-any-currency", Question: "seam", Operation: "createBillingGroup", Breaks: "currency is jpy or usd, and anything is taken.", fields: anyValue("currency")},
	{Name: "group-create-support-rate-optional", Question: "seam", Operation: "createBillingGroup", Breaks: "support_rate is required in invoice settings, and may be missing.", fields: optional("support_rate")},
	{Name: "group-create-aggregate-optional", Question: "seam", Operation: "createBillingGroup", Breaks: "inv_aggregate is required, and may be missing.", fields: optional("inv_aggregate")},
	{Name: "group-create-refused-but-stored", Question: "seam", Operation: "createBillingGroup", Breaks: "A refused create makes nothing, and this one makes a group."},
	{Name: "group-create-answers-wrong-id", Question: "seam", Operation: "createBillingGroup", Breaks: "The answer's company_id is the internal id, and is the billinggroup_id.", answer: body(200, func(o obj) any { return with(o, "company_id", o["billinggroup_id"]) })},
	// listBillingGroups
	{Name: "group-list-address-escaped", Question: "data", Operation: "listBillingGroups", Breaks: "address is listed as it was sent, and has HTML escapes.", answer: each(func(o obj) obj { return with(o, "address", texted(o["address"], escaped)) })},
	{Name: "group-list-fields-of-two-mixed", Question: "rows", Operation: "listBillingGroups", Breaks: "Each group has its own remarks, and shows those of the group before where it has none.", answer: func(_ *call, a *answer) {
		var before any
		each(func(o obj) obj {
			if o["remarks"] == nil {
				o = with(o, "remarks", before)
			}
			before = o["remarks"]
			return o
		})(nil, a)
	}},
	{Name: "group-list-first-phone", Question: "operation", Operation: "listBillingGroups", Breaks: "List and details agree, and the list keeps the phone that it first showed."},
	{Name: "group-list-invoices-stale", Question: "operation", Operation: "listBillingGroups", Breaks: "The list shows the settings in force, and goes on showing those that it showed first."},
	{Name: "group-list-without-azure", Question: "operation", Operation: "listBillingGroups", Breaks: "The printed list has settings of both vendors, and azure is only in the details."},
	{Name: "group-list-writer-refused", Question: "caller", Operation: "listBillingGroups", not: []string{"ModifyBillingGroup"}, Breaks: "ModifyBillingGroup suffices for the list, and is kept out."},
	{Name: "group-list-shows-other-tenant", Question: "caller", Operation: "listBillingGroups", Breaks: "The list has the caller's groups, and shows another tenant's."},
	{Name: "group-list-stale", Question: "later", Operation: "listBillingGroups", stale: true, Breaks: "The list has what is there, and stays as it was for 25 seconds."},
	{Name: "group-list-fifth-lost", Question: "seam", Operation: "listBillingGroups", Breaks: "The list has all groups, and loses the last when their number is a multiple of five."},
	// getBillingGroup
	{Name: "group-get-numbers-as-text", Question: "data", Operation: "getBillingGroup", Breaks: "Rates in the settings are numbers, and are texts."},
	{Name: "group-get-emoji-lost", Question: "data", Operation: "getBillingGroup", Breaks: "Details show texts as they were sent, and emoji are question marks.", answer: saying(noEmoji)},
	{Name: "group-get-contact-of-first", Question: "rows", Operation: "getBillingGroup", Breaks: "Each group has its own contact, and details show that of the first group."},
	{Name: "group-get-language-missing", Question: "operation", Operation: "getBillingGroup", Breaks: "Details have language as the list has it, and it is missing.", answer: body(200, func(o obj) any { o = with(o); delete(o, "language"); return o })},
	{Name: "group-get-foreign", Question: "caller", Operation: "getBillingGroup", foreign: true, Breaks: "A caller reads its own groups, and can read another tenant's."},
	{Name: "group-get-reader-refused", Question: "caller", Operation: "getBillingGroup", not: []string{"ReadBillingGroup"}, Breaks: "ReadBillingGroup suffices for the details, and is kept out."},
	{Name: "group-get-stale", Question: "later", Operation: "getBillingGroup", stale: true, Breaks: "Details show what is stored, and stay as they were for 25 seconds."},
	{Name: "group-get-in-a-list", Question: "seam", Operation: "getBillingGroup", Breaks: "Details are one object, and come in an array.", answer: body(200, func(o obj) any { return []any{o} })},
	// updateBillingGroup
	{Name: "group-update-remarks-cut", Question: "data", Operation: "updateBillingGroup", Breaks: "remarks may have 100 characters, and are cut after 50.", row: stored("remarks", cut(50))},
	{Name: "group-update-phone-16-refused", Question: "data", Operation: "updateBillingGroup", Breaks: "A phone of 16 characters is short enough, and is refused.", fields: bounds("phone", 11, 15)},
	{Name: "group-update-postal-10-refused", Question: "data", Operation: "updateBillingGroup", Breaks: "A postal of ten characters is short enough, and is refused.", fields: bounds("postal", 4, 9)},
	{Name: "group-update-personal-narrowed", Question: "data", Operation: "updateBillingGroup", Breaks: "personal is kept as sent, and full-width letters become plain ones.", row: stored("personal", narrow)},
	{Name: "group-update-touches-next", Question: "rows", Operation: "updateBillingGroup", Breaks: "An update changes one group, and changes the address of the one before it."},
	{Name: "group-update-resets-invoices", Question: "rows", Operation: "updateBillingGroup", Breaks: "An update leaves the invoice settings, and sets them to the defaults."},
	{Name: "group-update-clears-template", Question: "rows", Operation: "updateBillingGroup", Breaks: "An update leaves the invoice template, which its body does not have, and takes it away."},
	{Name: "group-update-language-ignored", Question: "operation", Operation: "updateBillingGroup", Breaks: "An update stores language, and only a create does."},
	{Name: "group-update-project-ignored", Question: "operation", Operation: "updateBillingGroup", Breaks: "An update stores project_id, and only a create does."},
	{Name: "group-update-reader-may", Question: "caller", Operation: "updateBillingGroup", also: []string{"ReadBillingGroup"}, Breaks: "An update needs ModifyBillingGroup, and ReadBillingGroup is let in."},
	{Name: "group-update-foreign", Question: "caller", Operation: "updateBillingGroup", foreign: true, Breaks: "A caller changes its own groups, and can change another tenant's."},
	{Name: "group-update-race-loses-invoices", Question: "race", Operation: "updateBillingGroup", gap: true, Breaks: "A settings update that succeeded is stored, and a parallel group update loses it."},
	{Name: "group-update-race-loses-other", Question: "race", Operation: "updateBillingGroup", loses: true, Breaks: "An update that succeeded is stored, and parallel updates of other groups are lost."},
	{Name: "group-update-reverts", Question: "later", Operation: "updateBillingGroup", reverts: true, Breaks: "An update stays, and this one is undone after a second."},
	{Name: "group-update-second-lost", Question: "later", Operation: "updateBillingGroup", second: true, Breaks: "Each update that succeeded is stored, and a second one soon after is not."},
	{Name: "group-update-aggregate-false-ignored", Question: "back", Operation: "updateBillingGroup", Breaks: "An update stores inv_aggregate false, and leaves it true."},
	{Name: "group-update-postal-alone-lost", Question: "back", Operation: "updateBillingGroup", Breaks: "An update stores the postal code, and does not where nothing else changes.", row: alone("postal")},
	{Name: "group-update-remarks-alone-lost", Question: "back", Operation: "updateBillingGroup", Breaks: "An update stores the remarks, and does not where nothing else changes.", row: alone("remarks")},
	{Name: "group-update-shorter-ignored", Question: "back", Operation: "updateBillingGroup", Breaks: "An update stores a text that is the beginning of the old one, and leaves the old one."},
	{Name: "group-update-company-101-accepted", Question: "seam", Operation: "updateBillingGroup", Breaks: "company_name ends at 100 characters, and 101 are taken.", fields: bounds("company_name", 1, 101)},
	{Name: "group-update-postal-3-accepted", Question: "seam", Operation: "updateBillingGroup", Breaks: "postal begins at four characters, and three are taken.", fields: bounds("postal", 3, 10)},
	{Name: "group-update-any-language", Question: "seam", Operation: "updateBillingGroup", Breaks: "language is ja or en, and anything is taken.", fields: anyValue("language")},
	{Name: "group-update-name-optional", Question: "seam", Operation: "updateBillingGroup", Breaks: "billinggroup_name is required, and may be missing.", fields: optional("billinggroup_name")},
	{Name: "group-update-refused-but-stored", Question: "seam", Operation: "updateBillingGroup", Breaks: "A refused update changes nothing, and this one changes the name."},
	// updateInvoiceSettings
	{Name: "invoices-update-usagetable-refused", Question: "data", Operation: "updateInvoiceSettings", Breaks: "substitution_fee may be usagetable, and this is refused.", fields: without("substitution_fee", "usagetable")},
	{Name: "invoices-update-rates-mixed", Question: "data", Operation: "updateInvoiceSettings", Breaks: "Each setting is stored under its name, and two rates are exchanged."},
	{Name: "invoices-single-precision", Question: "data", Operation: "updateInvoiceSettings", Breaks: "tax_rate is kept as sent, and is kept in single precision.", row: storedSettings("tax_rate", single)},
	{Name: "invoices-update-fix-whole", Question: "data", Operation: "updateInvoiceSettings", Breaks: "support_fix is kept as sent, and loses its fraction.", row: storedSettings("support_fix", math.Trunc)},
	{Name: "invoices-update-rate-one-refused", Question: "data", Operation: "updateInvoiceSettings", Breaks: "discount_rate goes up to 1, and 1 is refused.", fields: bounds("discount_rate", 0, 0.9999)},
	{Name: "invoices-update-wipes-other-vendor", Question: "rows", Operation: "updateInvoiceSettings", Breaks: "An update changes the settings of its vendor, and resets the other's."},
	{Name: "invoices-update-all-of-currency", Question: "rows", Operation: "updateInvoiceSettings", Breaks: "An update changes one group, and changes all with the same settings."},
	{Name: "invoices-update-tag-refused", Question: "operation", Operation: "updateInvoiceSettings", Breaks: "calc_type may be tag in update as in create, and update refuses it.", fields: without("calc_type", "tag")},
	{Name: "invoices-update-tax-unchecked", Question: "operation", Operation: "updateInvoiceSettings", Breaks: "tax_rate is limited in update as in create, and only create checks it.", fields: bounds("tax_rate", -1e9, 1e9)},
	{Name: "invoices-update-reader-may", Question: "caller", Operation: "updateInvoiceSettings", also: []string{"ReadBillingGroup"}, Breaks: "A settings update needs ModifyBillingGroup, and ReadBillingGroup is let in."},
	{Name: "invoices-update-invoice-role-may", Question: "caller", Operation: "updateInvoiceSettings", also: []string{"ModifyInvoice"}, Breaks: "A settings update needs ModifyBillingGroup, and ModifyInvoice is let in."},
	{Name: "invoices-update-foreign", Question: "caller", Operation: "updateInvoiceSettings", foreign: true, Breaks: "A caller changes its own groups, and can change another tenant's settings."},
	{Name: "invoices-update-race-loses-vendor", Question: "race", Operation: "updateInvoiceSettings", gap: true, Breaks: "Parallel updates of the two vendors both succeed, and one is lost."},
	{Name: "invoices-update-reverts", Question: "later", Operation: "updateInvoiceSettings", reverts: true, Breaks: "An update stays, and this one is undone after a second."},
	{Name: "invoices-update-second-lost", Question: "later", Operation: "updateInvoiceSettings", second: true, Breaks: "Each update that succeeded is stored, and a second one soon after is not."},
	{Name: "invoices-update-zero-ignored", Question: "back", Operation: "updateInvoiceSettings", Breaks: "An update stores numbers of 0, and leaves the old ones."},
	{Name: "invoices-update-rate-over-one", Question: "seam", Operation: "updateInvoiceSettings", Breaks: "support_rate ends at 1, and 1.01 is taken.", fields: bounds("support_rate", 0, 1.01)},
	{Name: "invoices-update-negative-fix", Question: "seam", Operation: "updateInvoiceSettings", Breaks: "substitution_fix begins at 0, and less is taken.", fields: bounds("substitution_fix", -1000000, 1000000)},
	// updateInvoiceTemplate
	{Name: "template-id-cut", Question: "data", Operation: "updateInvoiceTemplate", Breaks: "The printed id has seven characters, and is cut after six.", row: stored("invoice_template_id", cut(6))},
	{Name: "template-same-for-siblings", Question: "rows", Operation: "updateInvoiceTemplate", Breaks: "An update changes one group, and changes all that had the same template."},
	{Name: "template-update-resets-language", Question: "rows", Operation: "updateInvoiceTemplate", Breaks: "A template update leaves the other fields, and resets language."},
	{Name: "template-update-resets-remarks", Question: "rows", Operation: "updateInvoiceTemplate", Breaks: "A template update leaves the other fields, and takes the remarks away."},
	{Name: "template-update-reader-may", Question: "caller", Operation: "updateInvoiceTemplate", also: []string{"ReadBillingGroup"}, Breaks: "A template update needs ModifyBillingGroup, and ReadBillingGroup is let in."},
	{Name: "template-update-foreign", Question: "caller", Operation: "updateInvoiceTemplate", foreign: true, Breaks: "A caller changes its own groups, and can change another tenant's template."},
	{Name: "template-update-race-loses-group", Question: "race", Operation: "updateInvoiceTemplate", gap: true, Breaks: "A group update that succeeded is stored, and a parallel template update loses it."},
	{Name: "template-update-reverts", Question: "later", Operation: "updateInvoiceTemplate", reverts: true, Breaks: "An update stays, and this one is undone after a second."},
	{Name: "template-back-ignored", Question: "back", Operation: "updateInvoiceTemplate", Breaks: "An update that succeeded is stored, and one back to the template before is not."},
	// deleteBillingGroup
	{Name: "group-delete-takes-prefix", Question: "rows", Operation: "deleteBillingGroup", Breaks: "A delete takes one group, and takes those whose id begins with its own."},
	{Name: "group-delete-takes-same-company", Question: "rows", Operation: "deleteBillingGroup", Breaks: "A delete takes one group, and takes those of the same company name."},
	{Name: "group-delete-details-stay", Question: "operation", Operation: "deleteBillingGroup", Breaks: "A deleted group is gone from list and details, and the details still answer."},
	{Name: "group-delete-reader-may", Question: "caller", Operation: "deleteBillingGroup", also: []string{"ReadBillingGroup"}, Breaks: "A delete needs ModifyBillingGroup, and ReadBillingGroup is let in."},
	{Name: "group-delete-foreign", Question: "caller", Operation: "deleteBillingGroup", foreign: true, Breaks: "A caller deletes its own groups, and can delete another tenant's."},
	{Name: "group-delete-race-loses-other", Question: "race", Operation: "deleteBillingGroup", loses: true, Breaks: "A create that succeeded is stored, and a parallel delete of another group loses it."},
	{Name: "group-delete-returns", Question: "later", Operation: "deleteBillingGroup", returns: true, Breaks: "A deleted group stays deleted, and is back after a second."},
	{Name: "group-delete-with-items-stays", Question: "operation", Operation: "deleteBillingGroup", Breaks: "A delete that succeeded deletes, and a group that has a free format stays."},
	{Name: "group-delete-newest-stays", Question: "seam", Operation: "deleteBillingGroup", Breaks: "A delete that succeeded deletes, and the last row of the list stays."},
}

var freeFormatBugs = []Bug{
	// updateFreeFormat
	{Name: "free-format-label-60-refused", Question: "data", Operation: "updateFreeFormat", Breaks: "A label of 60 characters is short enough, and is refused.", fields: bounds("label", 1, 59)},
	{Name: "free-format-enabled-false-refused", Question: "data", Operation: "updateFreeFormat", Breaks: "enabled may be false, and then counts as missing.", fields: falsy("enabled")},
	{Name: "free-format-fraction-refused", Question: "data", Operation: "updateFreeFormat", Breaks: "unit_cost is a double, and one with a fraction is refused.", fields: coarse("unit_cost", 0)},
	{Name: "free-format-half-refused", Question: "data", Operation: "updateFreeFormat", Breaks: "quantity is a double, and one with a fraction is refused.", fields: coarse("quantity", 0)},
	{Name: "free-format-resets-invoices", Question: "rows", Operation: "updateFreeFormat", Breaks: "New items leave the invoice settings, and set the vendor's to the defaults."},
	{Name: "free-format-label-into-remarks", Question: "rows", Operation: "updateFreeFormat", Breaks: "New items leave the group's texts, and the first label becomes its remarks."},
	{Name: "free-format-reader-may", Question: "caller", Operation: "updateFreeFormat", also: []string{"ReadBillingGroup"}, Breaks: "Setting items needs ModifyBillingGroup, and ReadBillingGroup is let in."},
	{Name: "free-format-foreign", Question: "caller", Operation: "updateFreeFormat", foreign: true, Breaks: "A caller changes its own groups, and can set items of another tenant's."},
	{Name: "free-format-again-refused", Question: "back", Operation: "updateFreeFormat", Breaks: "Items are added or updated, and a second request is refused."},
	{Name: "free-format-add-after-delete-refused", Question: "back", Operation: "updateFreeFormat", Breaks: "Items can be added, and not after the old ones were deleted."},
	{Name: "free-format-label-61-accepted", Question: "seam", Operation: "updateFreeFormat", Breaks: "A label ends at 60 characters, and 61 are taken.", fields: bounds("label", 1, 61)},
	{Name: "free-format-empty-label-accepted", Question: "seam", Operation: "updateFreeFormat", Breaks: "A label begins at one character, and an empty one is taken.", fields: bounds("label", 0, 60)},
	{Name: "free-format-quantity-optional", Question: "seam", Operation: "updateFreeFormat", Breaks: "quantity is required, and may be missing.", fields: optional("quantity")},
	{Name: "free-format-first-item-checked", Question: "seam", Operation: "updateFreeFormat", Breaks: "Each item is checked, and only the first one is."},
	// deleteFreeFormat
	{Name: "free-format-delete-takes-settings", Question: "rows", Operation: "deleteFreeFormat", Breaks: "The delete takes the additional costs, and sets the vendor's settings to the defaults."},
	{Name: "free-format-delete-clears-template", Question: "rows", Operation: "deleteFreeFormat", Breaks: "The delete takes the additional costs, and takes the template away."},
	{Name: "free-format-delete-reader-may", Question: "caller", Operation: "deleteFreeFormat", also: []string{"ReadBillingGroup"}, Breaks: "Deleting items needs ModifyBillingGroup, and ReadBillingGroup is let in."},
	{Name: "free-format-delete-foreign", Question: "caller", Operation: "deleteFreeFormat", foreign: true, Breaks: "A caller changes its own groups, and can delete items of another tenant's."},
	{Name: "free-format-delete-ends-group", Question: "later", Operation: "deleteFreeFormat", Breaks: "The delete leaves the group, which is gone after a second."},
	{Name: "free-format-delete-needs-body", Question: "seam", Operation: "deleteFreeFormat", Breaks: "The printed delete has no body, and is refused without one."},
	{Name: "free-format-delete-204", Question: "seam", Operation: "deleteFreeFormat", Breaks: "The delete answers 200 with success, and answers 204.", answer: status(200, 204)},
}
