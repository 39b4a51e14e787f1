package defect

import (
	"net/http"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// rowPromises are broken by one field of an answer, each with a value of the right type.
var rowPromises = []promise{
	{"cloudhealth.assignment.get.stored", "The customer_id of a read is one higher.", answered(otherCustomer, "getAwsAccountAssignment")},
	{"cloudhealth.aws-account.get.stored", "The id of a read is one higher.", answered(otherID, "getAwsAccount")},
	{"cloudhealth.assignment.update.id", "The id that an update answers is one higher.", answered(otherID, "updateAwsAccountAssignment")},
	{"cloudhealth.assignment.id.unique", "Every create answers the id 1.", answered(with("id", 1), "createAwsAccountAssignment")},
	{"ripple.account.list.group.id", "An entry's billinggroup_id is its company_id.", rows(same("billinggroup_id", "company_id"), "listAccounts")},
	{"ripple.account.list.group.name", "An entry's billinggroup_name is its company_id.", rows(same("billinggroup_name", "company_id"), "listAccounts")},
	{"ripple.account.list.name", "An entry's customer_name is its customer_id.", rows(same("customer_name", "customer_id"), "listAccounts")},
	{"ripple.reseller.list.group.id", "A reseller's billinggroup_id is its company_id.", rows(same("billinggroup_id", "company_id"), "listResellers")},
	{"ripple.reseller.list.group.name", "A reseller's billinggroup_name is its company_id.", rows(same("billinggroup_name", "company_id"), "listResellers")},
	{"ripple.reseller.user-id.generated", "A reseller's user_id is empty.", rows(set("user_id", ""), "listResellers")},
	{"ripple.billinggroup.list.account.empty", "Every group has an account.", rows(set("account", []any{map[string]any{}}), "listBillingGroups")},
	{"ripple.billinggroup.list.tag.empty", "Every group has a tag.", rows(set("tag", []any{"tag"}), "listBillingGroups")},
	{"ripple.billinggroup.list.qrcode.unset", "Every group has a qrcode.", rows(set("qrcode", true), "listBillingGroups")},
	{"ripple.billinggroup.create.id.echoed", "A create answers the billinggroup_id in capitals.", answered(inCapitals, "createBillingGroup")},
	{"ripple.billinggroup.company-id.generated", "The company_id that a create answers is blank.", answered(with("company_id", " "), "createBillingGroup")},
	{"ripple.billinggroup.get.company-id", "The answer is the group beside the one in the path.", groupBeside},
	{"ripple.exchangerate.invoice.error-data.empty", "error_data lists the rates that were set.", answered(asErrors, "setInvoiceExchangeRates")},
	{"ripple.user.exchange-rate.kept", "The record holds no rate.", answered(with("exchange_rate", []any{}), "getUser")},
	{"ripple.user.exchange-rate.replaced", "The record holds each rate twice.", answered(ratesTwice, "getUser")},
	{"ripple.token.access-token.jwt", "The parts of an access token are joined by tildes.", joinedByTildes},
	{"ripple.token.access-token.accepted", "The API refuses every access token after the first.", firstTokenAlone},
}

// rows changes each object of a list that operations answer.
func rows(change func(row map[string]any), ids ...string) wrapping {
	return answered(func(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
		if a.Success() {
			eachRow(a, change)
		}
	}, ids...)
}

// same gives a field the value of another one.
func same(field, other string) func(map[string]any) {
	return func(row map[string]any) { row[field] = row[other] }
}

// set gives a field a value.
func set(field string, value any) func(map[string]any) {
	return func(row map[string]any) { row[field] = value }
}

// with gives a field of a success a value.
func with(field string, value any) func(*openapi.Operation, *http.Request, *mutant.Answer) {
	return func(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
		if body := object(a); a.Success() && body != nil {
			body[field] = value
			a.SetValue(body)
		}
	}
}

func otherID(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
	if body := object(a); a.Success() {
		if id, ok := body["id"].(float64); ok {
			body["id"] = id + 1
			a.SetValue(body)
		}
	}
}

func inCapitals(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
	if body := object(a); a.Success() {
		if id, ok := body["billinggroup_id"].(string); ok {
			body["billinggroup_id"] = strings.ToUpper(id) + "X" // whatever letters it has
			a.SetValue(body)
		}
	}
}

func asErrors(op *openapi.Operation, r *http.Request, a *mutant.Answer) {
	if body := object(a); a.Success() && body != nil {
		body["error_data"] = mutant.Fields(op, r)["settings"]
		a.SetValue(body)
	}
}

func ratesTwice(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
	if body := object(a); a.Success() {
		if rates, ok := body["exchange_rate"].([]any); ok {
			body["exchange_rate"] = append(rates, rates...)
			a.SetValue(body)
		}
	}
}

// groupBeside asks for the group that stands beside the one in the path.
func groupBeside(c *openapi.Contract) rework {
	get, list := c.Operation("getBillingGroup"), c.Operation("listBillingGroups")
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if mutant.Of(get, r) {
				var ids []*string
				eachRow(mutant.Ask(next, reading(list, r)), func(row map[string]any) {
					id, _ := row["company_id"].(string)
					ids = append(ids, &id)
				})
				id := mutant.PathValues(get, r)["id"]
				if other := beside(ids, func(have *string) bool { return *have == id }); other != nil {
					r = mutant.Reask(r)
					r.URL.Path, r.URL.RawPath = strings.Replace(r.URL.Path, id, *other, 1), ""
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// joinedByTildes shows access tokens another way, and takes them so.
func joinedByTildes(c *openapi.Contract) rework {
	issued := answered(func(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
		if body := object(a); a.Success() {
			if token, ok := body["access_token"].(string); ok {
				body["access_token"] = strings.ReplaceAll(token, ".", "~")
				a.SetValue(body)
			}
		}
	}, "issueAccessToken")(c)
	return func(next http.Handler) http.Handler {
		next = issued(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if have := r.Header.Get("Authorization"); strings.Contains(have, "~") {
				r = r.Clone(r.Context())
				r.Header.Set("Authorization", strings.ReplaceAll(have, "~", "."))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// firstTokenAlone spoils the signature of each access token after the first, so that the
// API refuses it.
func firstTokenAlone(c *openapi.Contract) rework {
	issued := newMemory[bool]()
	return answered(func(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
		body := object(a)
		token, ok := body["access_token"].(string)
		if !ok || !a.Success() {
			return
		}
		if _, again := issued.get("a token"); again {
			parts := strings.Split(token, ".")
			signature := []byte(parts[len(parts)-1])
			slices.Reverse(signature)
			parts[len(parts)-1] = string(signature)
			body["access_token"] = strings.Join(parts, ".")
			a.SetValue(body)
		}
		issued.put("a token", true)
	}, "issueAccessToken")(c)
}
