package stranger

import "slices"

// Bugs are all planted mistakes.
func Bugs() []Bug {
	out := slices.Concat(tokenBugs, accountBugs, resellerBugs, groupBugs, freeFormatBugs, rateBugs, assignmentBugs)
	for i := range out {
		if out[i].Source == "" {
			out[i].Source = sources[out[i].Operation]
		}
	}
	return out
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
