package ripple

import (
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/wire"
)

// The error codes and messages of each noun. Only the account's are documented; the
// others follow the dialect point ripple.error.other-code.
func accountRule(clause, words string) rule.Rule {
	return rule.Rule{Clause: clause, Status: 400, Code: "5005", Message: "account function exception", Words: words}
}

func billingGroupRule(clause, words string) rule.Rule {
	return rule.Rule{Clause: clause, Status: 400, Code: "5006", Message: "billinggroup function exception", Words: words}
}

func resellerRule(clause, words string) rule.Rule {
	return rule.Rule{Clause: clause, Status: 400, Code: "5007", Message: "reseller function exception", Words: words}
}

func exchangeRateRule(clause, words string) rule.Rule {
	return rule.Rule{Clause: clause, Status: 400, Code: "5008", Message: "exchangerate function exception", Words: words}
}

func projectRule(clause, words string) rule.Rule {
	return rule.Rule{Clause: clause, Status: 400, Code: "5009", Message: "project function exception", Words: words}
}

// Access, on every operation but the token's.
var (
	tokenRequired = rule.Rule{Clause: "ripple.error.auth", Reason: "authentication", Code: "4010", Message: "authentication exception", Words: "A valid access token is needed: %s."}
	settingsApart = rule.Rule{Clause: "ripple.exchangerate.group.settings-role", Reason: "role", Code: "4030", Message: "authorization exception", Words: "The role ModifySettings does not do for the rate of billing groups."}
	roleRequired  = rule.Rule{Clause: "ripple.error.auth", Reason: "role", Code: "4030", Message: "authorization exception", Words: "The token needs one of the roles %s."}
)

// Shape: requests that depart from the contract, by the reason they do.
var shape = map[string]rule.Rule{
	wire.Validation: {Clause: "ripple.error.validation", Reason: "validation", Code: "4000", Message: "validation exception", Words: "%s."},
	wire.Malformed:  {Clause: "ripple.request.malformed", Reason: "malformed", Code: "4001", Message: "request exception", Words: "%s."},
	wire.MediaType:  {Clause: "ripple.request.media-type", Reason: "media-type", Code: "4150", Message: "request exception", Words: "%s."},
	wire.Coding:     {Clause: "ripple.request.media-type", Status: 415, Code: "4150", Message: "request exception", Words: "%s."},
	wire.TooLarge:   {Clause: "ripple.request.malformed", Reason: "size", Code: "4130", Message: "request exception", Words: "%s."},
}

// notEmpty holds for every required text.
var notEmpty = formRule("ripple.string.empty", "%s: an empty text does not do for a required field.")

// Astray: paths and methods that no operation has.
var astray = map[string]rule.Rule{
	"route":  {Clause: "ripple.route.unknown", Reason: "route", Code: "4040", Message: "request exception", Words: "No operation has this path."},
	"method": {Clause: "ripple.route.unknown", Reason: "method", Code: "4050", Message: "request exception", Words: "No operation of this path has this method."},
}

// Token.
var (
	grantSupported = rule.Rule{Clause: "ripple.token.error", Status: 400, Code: "unsupported_grant_type", Words: "the grants are client_credentials and password"}
	formReadable   = rule.Rule{Clause: "ripple.token.error", Status: 400, Code: "invalid_request", Words: "the request cannot be read: %s"}
	formComplete   = rule.Rule{Clause: "ripple.token.client.required", Status: 400, Code: "invalid_request", Words: "%s is missing or not as documented"}
	userRequired   = rule.Rule{Clause: "ripple.token.grant.password.user-required", Status: 400, Code: "invalid_request", Words: "the grant password needs username and password"}
	// Where the dialect has the grant (ripple.token.refresh).
	refreshRequired = rule.Rule{Clause: "ripple.token.refresh", Status: 400, Code: "invalid_request", Words: "the grant refresh_token needs refresh_token"}
	refreshKnown    = rule.Rule{Clause: "ripple.token.grant.refresh.refused", Status: 400, Code: "invalid_grant", Words: "the refresh token was not given to this client, or has expired"}
	userKnown       = rule.Rule{Clause: "ripple.token.grant.password.refused", Status: 400, Code: "invalid_grant", Words: "the user is not known or the password is wrong"}
	clientKnown     = rule.Rule{Clause: "ripple.token.client.refused", Status: 401, Code: "invalid_client", Words: "the client is not known or its secret is wrong"}
	scopeSupported  = rule.Rule{Clause: "ripple.token.scope", Status: 400, Code: "invalid_scope", Words: "the only scope is openid"}
)

// Account.
var (
	awsCustomerID         = formRule("ripple.account.customer-id.aws", "The customer_id %q of an AWS account does not have 12 characters.")
	azureCustomerID       = formRule("ripple.account.customer-id.azure", "The customer_id %q of an Azure subscription does not have 16 to 36 characters.")
	azureCustomerForm     = formRule("ripple.account.charset", "The customer_id %q of an Azure subscription is not %s.")
	awsDigits             = formRule("ripple.account.charset", "The %s %q of an AWS account is not made of digits.")
	awsAccountID          = formRule("ripple.account.account-id.aws", "The account_id %q of an AWS payer does not have 12 characters.")
	azureAccountID        = formRule("ripple.account.account-id.azure", "The account_id %q of an Azure billing account does not have 7 characters.")
	updatedAwsAccountID   = formRule("ripple.account.update.account-id.aws", awsAccountID.Words)
	updatedAzureAccountID = formRule("ripple.account.update.account-id.azure", azureAccountID.Words)

	companyKnown     = accountRule("ripple.account.company-id", "The company_id %q names no billing group.")
	customerIDUnique = accountRule("ripple.account.customer-id.unique", "Customer id already exists.")
	updateUnknown    = accountRule("ripple.account.update.unknown", customerIDUnknown)
	deleteUnknown    = accountRule("ripple.account.delete.unknown", customerIDUnknown)
)

const customerIDUnknown = "Customer id is not exists."

// Reseller.
var (
	emailForm            = formRule("ripple.reseller.email", "email: %q is not an email address.")
	passwordGiven        = formRule("ripple.reseller.password", "password: it is needed with the input_type Custom.")
	resellerCompanyKnown = resellerRule("ripple.reseller.company-id", "The company_id %q names no billing group.")
	emailUnique          = resellerRule("ripple.reseller.email", "The email %q belongs to a reseller already.")
	resellerKnown        = unknown(resellerRule("ripple.error.not-found", "There is no reseller with the user_id %q."))
)

// Billing group.
var (
	azureSupportFee      = formRule("ripple.invoice.azure-support-fee", "support_fee: Azure has the support fees percent and fix, not %q.")
	templateGiven        = formRule("ripple.billinggroup.template-null", "invoice_template_id: an empty text names no template.")
	billingGroupKnown    = unknown(billingGroupRule("ripple.error.not-found", "There is no billing group with the company_id %q."))
	billingGroupIDUnique = billingGroupRule("ripple.billinggroup.duplicate-id", "The billinggroup_id %q belongs to another billing group.")
	billingGroupUnused   = billingGroupRule("ripple.billinggroup.delete-in-use", "The billing group %q is in use by accounts (%d) and resellers (%d).")
)

// Exchange rate.
var (
	invoiceKnown    = exchangeRateRule("ripple.exchangerate.unknown", "The payer %q has no invoice %q.")
	payerKnown      = exchangeRateRule("ripple.exchangerate.unknown", "The account_id %q is no payer of %s.")
	ratedGroupKnown = exchangeRateRule("ripple.exchangerate.unknown", "billing_groups: %q names no billing group.")
)

// Project.
var projectKnown = unknown(projectRule("ripple.error.not-found", "There is no project with the project_id %q."))

// unknown gives a rule the status of whatever does not exist.
func unknown(r rule.Rule) rule.Rule {
	r.Status, r.Reason = 0, "not-found"
	return r
}

// formRule is a rule on the form of a field that depends on another field, or that
// no schema keyword states.
func formRule(clause, words string) rule.Rule {
	r := shape[wire.Validation]
	r.Clause, r.Words = clause, words
	return r
}

// Rules lists every rule of the twin, for the defects that take one away.
func Rules() []rule.Rule {
	return []rule.Rule{
		notEmpty, settingsApart, formComplete, userRequired, userKnown, clientKnown,
		awsCustomerID, awsDigits, azureCustomerID, azureCustomerForm, awsAccountID, azureAccountID, updatedAwsAccountID, updatedAzureAccountID,
		companyKnown, customerIDUnique, updateUnknown, deleteUnknown,
		emailForm, passwordGiven, resellerCompanyKnown, emailUnique, resellerKnown,
		azureSupportFee, templateGiven, billingGroupKnown, billingGroupIDUnique, billingGroupUnused,
		invoiceKnown, payerKnown, ratedGroupKnown, projectKnown,
	}
}
