package defect

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// refusedPromises are broken by refusing what is promised to be accepted.
var refusedPromises = []promise{
	{"cloudhealth.auth.bearer", "A key that is sent as a bearer token is refused.", refused("authentication-missing", bearer)},
	{"cloudhealth.auth.query", "A key that is sent in the query is refused.", refused("authentication-missing", keyInQuery)},
	{"cloudhealth.media.request", "A body sent as application/json is refused.", refused("media-type", sentAs("application/json"))},
	{"cloudhealth.media.accept-json", "Accept: application/json is refused.", refused(notAcceptable, accepting("application/json"))},
	{"cloudhealth.media.accept-any", "Accept: */* is refused.", refused(notAcceptable, accepting("*/*"))},
	{"cloudhealth.assignment.delete.content-type", "A delete with a Content-Type is refused.", refused("media-type", sentAs(""), "deleteAwsAccountAssignment")},
	{"cloudhealth.assignment.update.subset", "An update without all the fields is refused.", refused("validation", partial, "updateAwsAccountAssignment")},
	{"cloudhealth.assignment.pattern.standalone", "A customer's second account that is its own payer is refused.", refused("validation", secondStandalone, assigning...)},
	{"cloudhealth.assignment.pattern.consolidated", "An account with another payer is refused.", refused("validation", linked, assigning...)},
	{"cloudhealth.assignment.id.computed", "A create without an id is refused.", refused("validation", withoutID, "createAwsAccountAssignment")},
	{"cloudhealth.assignment.update.own-values", "An update that sends the stored owner_id is refused.", refused("validation", ownOwner, "updateAwsAccountAssignment")},

	{"ripple.account.delete.pair", "A delete by the pair is refused.", refused("not-found", paired, "deleteAccount")},
	{"ripple.billinggroup.delete.by-company-id", "The id in the path of a delete is taken for a billinggroup_id.", refused("not-found", byCompanyID, "deleteBillingGroup")},
	{"ripple.billinggroup.update.by-company-id", "The id in the path of an update is taken for a billinggroup_id.", refused("not-found", byCompanyID, "updateBillingGroup")},
	{"ripple.billinggroup.update-invoices.by-company-id", "The id in the path of an invoice update is taken for a billinggroup_id.", refused("not-found", byCompanyID, "updateInvoiceSettings")},
	{"ripple.account.create.media-type.parameter", "A Content-Type that ends in a semicolon is refused.", refused("media-type", parameter, "createAccount")},
	{"ripple.billinggroup.create.media-type.parameter", "A Content-Type that ends in a semicolon is refused.", refused("media-type", parameter, "createBillingGroup")},
	{"ripple.reseller.create.media-type.parameter", "A Content-Type that ends in a semicolon is refused.", refused("media-type", parameter, "createReseller")},
	{"ripple.billinggroup.delete-freeformat.media-type", "A delete with a Content-Type is refused.", refused("media-type", sentAs(""), "deleteFreeFormat")},
	{"ripple.billinggroup.create.minimal", "A create with the required fields alone is refused.", refused("validation", minimal, "createBillingGroup")},
	{"ripple.exchangerate.group.several", "A list of more than one group is refused.", refused("validation", several("billing_groups"), "setBillingGroupExchangeRate")},
	{"ripple.reseller.input-type.auto", "A create without a password is refused.", refused("validation", withoutPassword, "createReseller")},
	{"ripple.reseller.input-type.custom", "A create with a password is refused.", refused("validation", withPassword, "createReseller")},
	{"ripple.reseller.update-password.auto", "An update without a password is refused.", refused("validation", withoutPassword, "updateResellerPassword")},
	{"ripple.reseller.update-password.custom", "An update with a password is refused.", refused("validation", withPassword, "updateResellerPassword")},
	{"ripple.token.grant.client-credentials", "The grant client_credentials is refused.", refused("validation", grant("client_credentials"), "issueAccessToken")},
	{"ripple.token.grant.password", "The grant password is refused.", refused("validation", grant("password"), "issueAccessToken")},
	{"ripple.token.request.form", "A URL-encoded form is refused.", refused("media-type", sentAs("application/x-www-form-urlencoded"), "issueAccessToken")},
	{"ripple.token.request.multipart", "Multipart form data without a query is refused.", refused("media-type", multipartAlone, "issueAccessToken")},
	{"ripple.token.request.query-and-files", "A multipart body with files is refused.", refused("media-type", filed, "issueAccessToken")},
}

// admittedPromises are broken by accepting what is promised to be refused.
var admittedPromises = []promise{
	{"ripple.token.grant.refresh.refused", "Any refresh token yields a token.", refreshed},
}

// refreshed takes any refresh token for the client's own secret.
func refreshed(c *openapi.Contract) rework {
	op := c.Operation("issueAccessToken")
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if mutant.Of(op, r) && sentAs("application/x-www-form-urlencoded")(asking{Request: r}) {
				body, _ := io.ReadAll(r.Body)
				body = bytes.Replace(body, []byte("grant_type=refresh_token"), []byte("grant_type=client_credentials"), 1)
				r = r.Clone(r.Context())
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// repeatedPromises are broken by refusing the same a second time.
var repeatedPromises = []promise{
	{"ripple.billinggroup.update-freeformat.again", "Items are refused where there are some already.", once("", "updateFreeFormat")},
	{"ripple.exchangerate.group.again", "The groups' rate of a month is refused where there is one.", once("", "setBillingGroupExchangeRate")},
	{"ripple.exchangerate.monthly.again", "The rate of a month is refused where there is one.", once("exchange_rate", "setMonthlyExchangeRate")},
}

// assigning are the operations that assign an AWS account.
var assigning = []string{"createAwsAccountAssignment", "updateAwsAccountAssignment"}

// notAcceptable stands for the status 406, which no API documents.
const notAcceptable = "accept"

// asking is a request that would succeed.
type asking struct {
	*http.Request
	contract *openapi.Contract
	op       *openapi.Operation
	fields   map[string]any // of the body
	answer   any            // what it would be answered, decoded
	next     http.Handler
}

// refused refuses the requests of some operations, or of all, that would succeed and
// that a test finds, with the status of a reason of x-refusals.
func refused(reason string, finds func(asking) bool, ids ...string) wrapping {
	return func(c *openapi.Contract) rework {
		return func(next http.Handler) http.Handler {
			for _, op := range operations(c, ids) {
				next = refusing(c, op, status(c, op, reason), finds)(next)
			}
			return next
		}
	}
}

func refusing(c *openapi.Contract, op *openapi.Operation, status int, finds func(asking) bool) rework {
	words := mutant.Refusal(op, status)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !mutant.Of(op, r) || mutant.Loses(r.Context()) {
				next.ServeHTTP(w, r)
				return
			}
			would := mutant.Ask(next, mutant.Reask(r))
			a := asking{Request: r, contract: c, op: op, fields: mutant.Fields(op, r), next: next}
			a.answer, _ = would.Value()
			if !would.Success() || !finds(a) {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write(words)
		})
	}
}

// status is that with which an operation refuses for a reason.
func status(c *openapi.Contract, op *openapi.Operation, reason string) int {
	switch {
	case reason == notAcceptable:
		return http.StatusNotAcceptable
	case reason == "validation" && !op.Authenticated():
		return http.StatusBadRequest // as the token's own errors
	}
	return c.Refusal(reason).Status
}

// once refuses the second success for the same path, and value of a field if one is
// named.
func once(field, id string) wrapping {
	return func(c *openapi.Contract) rework {
		seen := newMemory[bool]()
		return refused("validation", func(a asking) bool {
			_, known := seen.get(keyed(a, field))
			seen.put(keyed(a, field), true)
			return known
		}, id)(c)
	}
}

// keyed is whose write it is and what it is about: the path, and the month within a field
// if one is named.
func keyed(a asking, field string) string {
	within, _ := a.fields[field].(map[string]any)
	month, _ := within["month"].(string)
	return a.Header.Get("Authorization") + " " + a.URL.Path + " " + month
}

func bearer(a asking) bool     { return a.Header.Get("Authorization") != "" }
func keyInQuery(a asking) bool { return a.URL.Query().Has("api_key") }

// sentAs finds the requests with a Content-Type, whichever where it is empty.
func sentAs(mediaType string) func(asking) bool {
	return func(a asking) bool {
		have := a.Header.Get("Content-Type")
		return have != "" && strings.HasPrefix(have, mediaType)
	}
}

func parameter(a asking) bool { return strings.Contains(a.Header.Get("Content-Type"), ";") }

func accepting(mediaType string) func(asking) bool {
	return func(a asking) bool { return a.Header.Get("Accept") == mediaType }
}

// partial finds the bodies in which some field of the operation is missing.
func partial(a asking) bool { return len(a.fields) < len(a.op.BodySchema().Properties) }

// minimal finds the bodies that have the required fields and no others.
func minimal(a asking) bool {
	sent := slices.Sorted(maps.Keys(a.fields))
	return slices.Equal(sent, slices.Sorted(slices.Values(a.op.BodySchema().Required)))
}

func several(field string) func(asking) bool {
	return func(a asking) bool {
		list, _ := a.fields[field].([]any)
		return len(list) > 1
	}
}

func withPassword(a asking) bool {
	password, _ := a.fields["password"].(string)
	return password != ""
}

func withoutPassword(a asking) bool { return !withPassword(a) }

func grant(name string) func(asking) bool {
	return func(a asking) bool {
		sent, _ := a.fields["grant_type"].(string)
		return sent == name || sent == "" && a.URL.Query().Get("grant_type") == name
	}
}

func multipartAlone(a asking) bool {
	return a.URL.RawQuery == "" && strings.HasPrefix(a.Header.Get("Content-Type"), "multipart/form-data")
}

func filed(a asking) bool {
	return a.URL.RawQuery != "" && bytes.Contains(mutant.Body(a.Request), []byte("filename="))
}

func withoutID(a asking) bool { return a.fields["id"] == nil }

// ownOwner finds the updates whose owner_id is the stored one.
func ownOwner(a asking) bool {
	r := mutant.Reask(a.Request)
	r.Method, r.Body, r.ContentLength = http.MethodGet, http.NoBody, 0
	r.Header.Del("Content-Type")
	stored, _ := mutant.Ask(a.next, r).Value()
	assigned, _ := stored.(map[string]any)
	return a.fields["owner_id"] != nil && a.fields["owner_id"] == assigned["owner_id"]
}

func paired(a asking) bool { return strings.Contains(mutant.PathValues(a.op, a.Request)["id"], "|") }

// byCompanyID finds the paths whose id is no group's billinggroup_id.
func byCompanyID(a asking) bool {
	id, known := mutant.PathValues(a.op, a.Request)["id"], false
	eachRow(mutant.Ask(a.next, reading(a.contract.Operation("listBillingGroups"), a.Request)), func(row map[string]any) {
		known = known || row["billinggroup_id"] == id
	})
	return !known
}

// linked finds what would give an account another payer.
func linked(a asking) bool {
	assigned, _ := a.answer.(map[string]any)
	return assigned["payer_account_owner_id"] != assigned["owner_id"]
}

// secondStandalone finds what would make an account its own payer beside another of
// the customer.
func secondStandalone(a asking) bool {
	assigned, _ := a.answer.(map[string]any)
	if linked(a) {
		return false
	}
	r := reading(a.contract.Operation("listAwsAccountAssignments"), a.Request)
	query := r.URL.Query()
	query.Set("per_page", "100")
	r.URL.RawQuery = query.Encode()
	value, _ := mutant.Ask(a.next, r).Value()
	list, _ := value.(map[string]any)
	rows, _ := list["aws_account_assignments"].([]any)
	return slices.ContainsFunc(rows, func(row any) bool {
		other, _ := row.(map[string]any)
		return other["customer_id"] == assigned["customer_id"] && other["owner_id"] != assigned["owner_id"]
	})
}
