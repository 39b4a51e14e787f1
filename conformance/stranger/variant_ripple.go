package stranger

import "math"

// limit is another check of one field in one operation.
func limit(op, name string, change func(*field)) func(string, *field) {
	return func(o string, f *field) {
		if o == op && f.name == name {
			change(f)
		}
	}
}

var accountVariants = []Variant{
	{Name: "account-list-extra-fields", Area: "accounts", Says: "The account list has more fields."},
	{Name: "account-payer-always-false", Area: "accounts", Says: "payer is false for every account."},
	{Name: "account-list-project-of-group", Area: "accounts", Says: "project_id is that of the billing group."},
	{Name: "account-list-azure-customer", Area: "accounts", Says: "Azure accounts have an azure_customer_id."},
	{Name: "account-list-vendor-optional", Area: "accounts", Says: "Without a vendor the list has all accounts."},
	{Name: "company-unknown-accepted", Area: "accounts, resellers", Says: "A company_id that no group has is stored."},
	{Name: "company-unknown-404", Area: "accounts, resellers", Says: "A company_id that no group has gets 404."},
	{Name: "payer-must-be-known", Area: "accounts", Says: "The payer of a new account must be registered."},
	{Name: "account-azure-guid-only", Area: "accounts", Says: "An id of Azure is a GUID."},
	{Name: "account-azure-digits-only", Area: "accounts", Says: "An id of Azure has digits alone."},
	{Name: "account-update-company-ignored", Area: "accounts", Says: "An update leaves the account in its billing group."},
	{Name: "account-update-note-null-ignored", Area: "accounts", Says: "A note of null on update leaves the old one."},
	{Name: "account-name-unique", Area: "accounts", Says: "Two accounts of one billing group may not have one name."},
}

var resellerVariants = []Variant{
	{Name: "user-ids-are-uuids", Area: "resellers", Says: "A user_id is a UUID."},
	{Name: "reseller-list-get-only", Area: "resellers", Says: "The reseller list has GET alone; POST creates."},
	{Name: "reseller-list-post-only", Area: "resellers", Says: "The reseller list has POST alone, as printed."},
	{Name: "reseller-list-extra-fields", Area: "resellers", Says: "The reseller list has more fields."},
	{Name: "reseller-update-times-null", Area: "resellers", Says: "The update times stay null."},
	{Name: "reseller-create-tells-id", Area: "resellers", Says: "A create tells the new user_id.", answer: func(c *call, a *answer) {
		if keys := []string(nil); c.op.id == "createReseller" && a.status == 200 {
			keys = c.ten.tab("reseller").keys
			a.body = obj{"status": "success", "user_id": keys[len(keys)-1]}
		}
	}},
	{Name: "stamps-with-fraction", Area: "resellers", Says: "Times have fractions of a second."},
	{Name: "stamps-in-utc", Area: "resellers", Says: "Times end in Z."},
	{Name: "stamps-zero-offset", Area: "resellers", Says: "Times have the offset +00:00."},
	{Name: "email-case-ignored", Area: "resellers", Says: "Emails that differ in case are the same."},
	{Name: "email-not-unique", Area: "resellers", Says: "Two resellers may have one email."},
	{Name: "email-taken-409", Area: "resellers", Says: "An email that is taken gets 409."},
	{Name: "password-with-auto-refused", Area: "resellers", Says: "A password with input_type Auto is refused."},
	{Name: "meta-replaced-whole", Area: "resellers", Says: "Flags that meta does not name become false."},
	{Name: "meta-unknown-refused", Area: "resellers", Says: "Flags that no page prints are refused."},
	{Name: "meta-aqua-link-hidden", Area: "resellers", Says: "aqua_link is taken and never shown."},
}

var groupVariants = []Variant{
	{Name: "names-with-odd-characters", Area: "ids", Says: "Ids have hyphens, underscores and dots."},
	{Name: "names-of-digits", Area: "ids", Says: "Ids are texts of digits, with leading zeros."},
	{Name: "lengths-in-bytes", Area: "all", Says: "The lengths of texts count bytes.", fields: func(_ string, f *field) { f.bytes = true }},
	{Name: "group-create-lengths-checked", Area: "billing groups", Says: "The lengths of the update hold at create too, but the printed example passes.", fields: func(op string, f *field) {
		if op == "createBillingGroup" && f.name == "phone" {
			f.min = 12
		}
	}},
	{Name: "phone-eleven-refused", Area: "billing groups", Says: "A phone has 12 characters, as the table says and the example does not.", fields: limit("updateBillingGroup", "phone", func(f *field) { f.min = 12 })},
	{Name: "tax-over-8-percent-refused", Area: "billing groups", Says: "tax_rate of an update ends at 0.08, as the table says and the example does not.", fields: limit("updateInvoiceSettings", "tax_rate", func(f *field) { f.max = 0.08 })},
	{Name: "invoice-enums-of-both-tables", Area: "billing groups", Says: "A create takes the values of the update's table too."},
	{Name: "group-create-azure-support-checked", Area: "billing groups", Says: "A create refuses AWS support for Azure."},
	{Name: "template-must-be-known", Area: "billing groups", Says: "An invoice template must exist."},
	{Name: "project-must-be-known", Area: "billing groups", Says: "A project must exist."},
	{Name: "template-null-refused", Area: "billing groups", Says: "An invoice template cannot be taken away."},
	{Name: "group-id-not-unique", Area: "billing groups", Says: "Two groups may have one billinggroup_id."},
	{Name: "group-name-unique", Area: "billing groups", Says: "Two groups may not have one billinggroup_name."},
	{Name: "invoice-defaults-absent", Area: "billing groups", Says: "A vendor without settings is not shown."},
	{Name: "invoice-defaults-null", Area: "billing groups", Says: "A vendor without settings is null."},
	{Name: "group-create-invoices-null", Area: "billing groups", Says: "A group made without invoices has null there."},
	{Name: "language-default-null", Area: "billing groups", Says: "A group made without a language has null there."},
	{Name: "group-create-answer-extra-fields", Area: "billing groups", Says: "The create answers with the name as well."},
	{Name: "group-aggregate-false-as-null", Area: "billing groups", Says: "inv_aggregate false is shown as null, as printed."},
	{Name: "group-extra-fields", Area: "billing groups", Says: "List and details have more fields."},
	{Name: "group-project-details", Area: "billing groups", Says: "A project shows its code, label and currency."},
	{Name: "group-account-list-filled", Area: "billing groups", Says: "account lists the accounts of the group."},
	{Name: "group-account-list-of-ids", Area: "billing groups", Says: "account lists the customer ids of the group."},
	{Name: "group-delete-cascades", Area: "billing groups", Says: "A deleted group takes its accounts and resellers along."},
	{Name: "group-delete-orphans", Area: "billing groups", Says: "A deleted group leaves accounts and resellers without a group."},
	{Name: "group-in-use-409", Area: "billing groups", Says: "Deleting a group in use gets 409."},
	{Name: "free-format-empty-refused", Area: "billing groups", Says: "An empty list of items is refused."},
	{Name: "free-format-appends", Area: "billing groups", Says: "New items are added to those that were there."},
	{Name: "free-format-none-404", Area: "billing groups", Says: "Deleting items where there are none gets 404."},
}

var rateVariants = []Variant{
	{Name: "month-404", Area: "rates", Says: "A wrong month gets 404."},
	{Name: "months-near-now-only", Area: "rates", Says: "Months more than 24 months away are refused."},
	{Name: "rate-list-extra-fields", Area: "rates", Says: "The rate lists have more fields."},
	{Name: "settings-empty-refused", Area: "rates", Says: "An empty list of settings is refused."},
	{Name: "invoice-unknown-400", Area: "rates", Says: "An unknown invoice gets 400."},
	{Name: "payer-rates-list-rated-only", Area: "rates", Says: "The payer list has only payers with a rate, as printed."},
	{Name: "unset-rates-are-the-months", Area: "rates", Says: "A payer or an invoice without a rate shows that of the month."},
	{Name: "payer-rate-unknown-ignored", Area: "rates", Says: "Settings of unknown payers are ignored."},
	{Name: "group-rates-internal-ids-only", Area: "rates", Says: "Billing groups go by company_id alone."},
	{Name: "group-rates-user-ids-only", Area: "rates", Says: "Billing groups go by billinggroup_id alone."},
	{Name: "group-rates-unknown-ignored", Area: "rates", Says: "Unknown billing groups are ignored."},
	{Name: "group-rates-unknown-404", Area: "rates", Says: "Unknown billing groups get 404."},
	{Name: "rates-negative-accepted", Area: "rates", Says: "Rates may be zero or less.", fields: func(_ string, f *field) {
		if f.name == "exchange_rate" || f.name == "rate" {
			f.min = -math.MaxFloat64
		}
	}},
}

var listVariants = []Variant{
	{Name: "lists-newest-first", Area: "lists", Says: "Lists have the newest row first."},
	{Name: "lists-by-id-text", Area: "lists", Says: "Lists are sorted by the text of the id."},
	{Name: "lists-scrambled", Area: "lists", Says: "Lists are in no plain order, though the same each time."},
	{Name: "lists-lag-300ms", Area: "lists", Says: "Lists are 300 ms behind."},
	{Name: "lists-lag-700ms", Area: "lists", Says: "Lists are 700 ms behind."},
	{Name: "lists-lag-varies", Area: "lists", Says: "Lists are up to 600 ms behind, each time another while."},
	{Name: "lists-lag-1500ms", Area: "lists", Says: "Lists are 1.5 s behind."},
	{Name: "busy-accounts", Area: "accounts", Says: "Others write accounts of their own meanwhile."},
	{Name: "busy-groups", Area: "billing groups", Says: "Others write billing groups of their own meanwhile."},
	{Name: "busy-resellers", Area: "resellers", Says: "Others write resellers of their own meanwhile."},
	{Name: "busy-assignments", Area: "assignments", Says: "Others write assignments of their own meanwhile."},
	{Name: "busy-rates", Area: "rates", Says: "Others set rates of 2031-05 meanwhile."},
}
