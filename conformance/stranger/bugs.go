package stranger

import "slices"

// Bugs are all planted mistakes.
func Bugs() []Bug {
	out := slices.Concat(tokenBugs, accountBugs, resellerBugs, groupBugs, freeFormatBugs, rateBugs, assignmentBugs)
	for _, b := range out {
		if slices.Contains(azureToo, b.Name) {
			b.of, b.vendor = b.Name, "azure"
			b.Name, b.Breaks = b.Name+"-azure", b.Breaks+" Only those of azure do."
			out = append(out, b)
		}
	}
	for i := range out {
		if out[i].Source == "" {
			out[i].Source = sources[out[i].Operation]
		}
	}
	return out
}

// azureToo are bugs that are planted for the rows of azure alone as well.
var azureToo = []string{
	"account-create-name-trimmed", "account-create-name-101-accepted", "account-create-refused-but-stored", "account-create-race-all-win",
	"account-list-group-name-frozen", "account-update-name-case-ignored",
	"account-update-touches-neighbour", "account-update-foreign", "account-update-reverts", "account-delete-unknown-200", "account-delete-foreign",
	"account-delete-raw-pipe-refused", "invoices-update-usagetable-refused", "invoices-update-zero-ignored", "invoices-update-tax-unchecked",
	"invoices-update-foreign", "invoices-update-reverts", "free-format-label-61-accepted",
}

// sources are the page and heading of each operation.
var sources = map[string]string{
	"issueAccessToken": "token", "createAccount": "account#create", "listAccounts": "account#list", "updateAccount": "account#update",
	"deleteAccount": "account#delete", "createReseller": "reseller#create", "listResellers": "reseller#list", "deleteReseller": "reseller#delete",
	"updateResellerPassword": "reseller#password", "updateResellerMeta": "reseller#meta", "createBillingGroup": "billinggroup#create",
	"listBillingGroups": "billinggroup#list", "getBillingGroup": "billinggroup#details", "updateBillingGroup": "billinggroup#update",
	"updateInvoiceSettings": "billinggroup#invoices", "updateFreeFormat": "billinggroup#freeformat", "deleteFreeFormat": "billinggroup#freeformat-delete",
	"updateInvoiceTemplate": "billinggroup#invoicetemplate", "deleteBillingGroup": "billinggroup#delete", "setMonthlyExchangeRate": "exchangerate#month",
	"listInvoiceExchangeRates": "exchangerate#invoice-list", "setInvoiceExchangeRates": "exchangerate#invoice-set",
	"listPayerExchangeRates": "exchangerate#payer-list", "setPayerExchangeRates": "exchangerate#payer-set",
	"setBillingGroupExchangeRate": "exchangerate#groups-set", "createAwsAccountAssignment": "assignment#create",
	"getAwsAccountAssignment": "assignment#read", "listAwsAccountAssignments": "assignment#list",
	"updateAwsAccountAssignment": "assignment#update", "deleteAwsAccountAssignment": "assignment#delete",
}
