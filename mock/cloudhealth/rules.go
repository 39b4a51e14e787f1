package cloudhealth

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// Access, on every operation.
var (
	keyMissing = rule.Rule{Clause: "cloudhealth.auth.statuses", Reason: "authentication-missing", Words: "An API key is needed: send api_key in the query, or a bearer token in the Authorization header."}
	keyWrong   = rule.Rule{Clause: "cloudhealth.auth.statuses", Reason: "authentication-wrong", Words: "%s."}
)

// Shape: requests that depart from the contract, by the reason they do.
var shape = map[string]rule.Rule{
	wire.Validation: {Clause: "cloudhealth.assignment.invalid", Reason: "validation", Words: "Invalid request: %s."},
	wire.Malformed:  {Clause: "cloudhealth.malformed", Reason: "malformed", Words: "Malformed request: %s."},
	wire.MediaType:  {Clause: "cloudhealth.media-type", Reason: "media-type", Words: "Wrong Content-Type: %s."},
	wire.Coding:     {Clause: "cloudhealth.media-type", Status: http.StatusUnsupportedMediaType, Words: "Wrong Content-Encoding: %s."},
	wire.TooLarge:   {Clause: "cloudhealth.error.size", Reason: "size", Words: "Request too large: %s."},
}

// Astray: paths and methods that no operation has, and ids that nothing has.
var (
	astray = map[string]rule.Rule{
		"route":  {Clause: "cloudhealth.error.route", Reason: "route", Words: "No operation has this path."},
		"method": {Clause: "cloudhealth.error.route", Reason: "method", Words: "No operation of this path has this method."},
	}
	assignmentKnown = rule.Rule{Clause: "cloudhealth.not-found", Reason: "not-found", Words: "There is no AWS account assignment with id %s."}
	customerRead    = rule.Rule{Clause: "cloudhealth.not-found", Reason: "not-found", Words: "There is no customer with id %s."}
	awsAccountRead  = rule.Rule{Clause: "cloudhealth.not-found", Reason: "not-found", Words: "There is no AWS account with id %s."}
)

// The validation criteria of a create or update, in the page's order.
var (
	fieldRequired   = criterion("cloudhealth.assignment.invalid", "%s is required.") // its clause is the field's
	ownerKnown      = criterion("cloudhealth.assignment.owner-id.known", "owner_id %q is not one of the partner's AWS accounts.")
	ownerUnique     = criterion("cloudhealth.assignment.owner-id.unique", "owner_id %q already belongs to another assignment.")
	ownerLinked     = criterion("cloudhealth.assignment.owner-id.linked", "owner_id %q is not linked in the consolidated billing family of another AWS account.")
	customerKnown   = criterion("cloudhealth.assignment.customer-id.known", "customer_id %d is not one of the partner's customers.")
	customerBilling = criterion("cloudhealth.assignment.customer-id.partner-billing", "customer_id %d does not have partner billing enabled.")
	patternKept     = criterion("cloudhealth.assignment.pattern", "payer_account_owner_id %q would leave the assignments of customer_id %d neither all standalone nor one consolidated with all others linked to it.")
	payerAssigned   = criterion("cloudhealth.assignment.payer.assigned", "payer_account_owner_id %q is not assigned to customer_id %d yet.")
	payerOwn        = criterion("cloudhealth.assignment.payer.own-payer", "payer_account_owner_id %q is not its own payer: it is linked to %q.")
	payerFamily     = criterion("cloudhealth.assignment.payer.same-family", "payer_account_owner_id %q is not in the same consolidated billing family as owner_id %q.")
)

// Whether the criteria are judged at all, on a create and on an update.
var validated = []rule.Rule{
	{Clause: "cloudhealth.assignment.create.validated"}, {Clause: "cloudhealth.assignment.update.validated"},
}

// What a reading of the dialect refuses.
var (
	sourceKept      = criterion("cloudhealth.update.source", "customer_id %d would be left with assignments neither all standalone nor one consolidated with all others linked to it.")
	ownerFixed      = criterion("cloudhealth.update.owner", "owner_id %q cannot be changed to %q.")
	customerFixed   = criterion("cloudhealth.update.customer", "customer_id %d cannot be changed to %d.")
	changeNamed     = criterion("cloudhealth.update.empty", "One of owner_id, customer_id and payer_account_owner_id is required.")
	nothingLinked   = criterion("cloudhealth.delete.consolidated", "owner_id %q is the payer of other assignments.")
	pageSizeAllowed = criterion("cloudhealth.per-page", "per_page %s is above the largest page size.")
	pageKnown       = rule.Rule{Clause: "cloudhealth.page-beyond", Status: 404, Words: "There is no page %d."}
)

// Customer.
var (
	customerNameUnique = criterion("cloudhealth.customer.name.unique", "name %q already belongs to another customer.")
	enabledForm        = criterion("cloudhealth.customer.partner-billing.form", "partner_billing_configuration.enabled %s is neither true nor false.")
	zipcodeForm        = criterion("cloudhealth.customer.zipcode.form", "address.zipcode %s is neither a text nor a number.")
	tagsMost           = criterion("cloudhealth.customer.tags.most", "There are %d tags; a customer has at most 20.")
)

func criterion(clause, words string) rule.Rule {
	return rule.Rule{Clause: clause, Reason: "validation", Words: words}
}

// Rules lists every rule of the twin, for the defects that take one away.
func Rules() []rule.Rule {
	return append([]rule.Rule{
		ownerKnown, ownerUnique, ownerLinked, customerKnown, customerBilling,
		patternKept, payerAssigned, payerOwn, payerFamily,
		customerNameUnique, enabledForm, zipcodeForm, tagsMost,
		sourceKept, ownerFixed, customerFixed, changeNamed, nothingLinked, pageSizeAllowed, pageKnown,
	}, validated...)
}

// missing refuses a create without a required field.
func missing(op *openapi.Operation, field string) *rule.Refusal {
	r := fieldRequired
	r.Clause = op.Slug + "." + strings.ReplaceAll(field, "_", "-") + ".required"
	return r.When(true, field)
}

// violated words a departure from the contract, with the field and its value.
func violated(v openapi.Violation) *rule.Refusal {
	r, says := shape[wire.Validation], v.Says
	switch {
	case v.Place == openapi.InQuery:
		return pageSizeAllowed.When(true, shown(v.Value))
	case leftOut(v):
		r.Words, says = fieldRequired.Words, v.Field()
	case len(v.Path) > 0:
		says = v.Field() + " " + shown(v.Value) + ": " + v.Says
	}
	if v.Clause != "" {
		r.Clause = v.Clause
	}
	return r.When(true, says)
}

// shown is a value as JSON, cut short where it is long.
func shown(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	const most = 80
	if text := []rune(string(data)); len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(data)
}
