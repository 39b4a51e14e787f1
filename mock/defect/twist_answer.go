package defect

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// answeredTwists are seen in the answers to certain requests, or to later ones.
var answeredTwists = []twist{
	{"seam/ripple.exchangerate.invoice.month.form", "ripple.exchangerate.invoice.month.form", "A month that is none is taken for a month.", anyMonth("setInvoiceExchangeRates")},
	{"seam/ripple.exchangerate.payer.month.form", "ripple.exchangerate.payer.month.form", "A month that is none is taken for a month.", anyMonth("setPayerExchangeRates")},
	{"seam/ripple.exchangerate.invoice.list.month.form", "ripple.exchangerate.invoice.list.month.form", "A month that is none is taken for a month.", anyMonth("listInvoiceExchangeRates")},
	{"seam/ripple.exchangerate.payer.list.month.form", "ripple.exchangerate.payer.list.month.form", "A month that is none is taken for a month.", anyMonth("listPayerExchangeRates")},
	{"seam/ripple.exchangerate.group.month.form", "ripple.exchangerate.group.month.form", "A month that is none is taken for a month.", anyMonth("setBillingGroupExchangeRate")},
	{"seam/ripple.account.delete.pair", "ripple.account.delete.pair", "A delete with the pipe as it is printed is refused.", refusedRaw},
	{"later/ripple.token.access-token.accepted", "ripple.token.access-token.accepted", "A token is refused from its third use on.", thirdUse},
	{"later/ripple.reseller.list.group.name", "ripple.reseller.list.group.name", "A reseller keeps the name that its group had when it was first listed.", keepingFirst("billinggroup_name", "email", "listResellers")},
	{"later/ripple.account.list.group.renamed", "ripple.account.list.group.renamed", "An account keeps the name that its group had when it was first listed.", keepingFirst("billinggroup_name", "customer_id", "listAccounts")},
	{"operation/cloudhealth.assignment.owner-id.unique", "cloudhealth.assignment.owner-id.unique", "An update to an owner_id that is taken is accepted.", lax("000000000002", "000000000002")},
	{"operation/cloudhealth.assignment.owner-id.known", "cloudhealth.assignment.owner-id.known", "An update to an owner_id that is not the partner's is accepted.", lax("999999999999", "999999999999")},
	{"operation/cloudhealth.assignment.owner-id.linked", "cloudhealth.assignment.owner-id.linked", "An update to the head of a family is accepted.", lax("000000000100", "000000000100")},
	{"operation/cloudhealth.assignment.payer.same-family", "cloudhealth.assignment.payer.same-family", "An update to a payer of another family is accepted.", lax("", "000000000201")},
}

var month = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])$`)

// anyMonth takes a last segment that is no month for January 2020.
func anyMonth(id string) wrapping {
	return func(c *openapi.Contract) rework {
		op := c.Operation(id)
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				i := strings.LastIndex(r.URL.Path, "/")
				if mutant.Of(op, r) && !month.MatchString(r.URL.Path[i+1:]) {
					r = r.Clone(r.Context())
					r.URL = &url.URL{Path: r.URL.Path[:i+1] + "2020-01"}
					r.RequestURI = r.URL.RequestURI()
				}
				next.ServeHTTP(w, r)
			})
		}
	}
}

func refusedRaw(c *openapi.Contract) rework {
	return refused("not-found", func(a asking) bool { return strings.Contains(a.RequestURI, "|") }, "deleteAccount")(c)
}

// thirdUse gives every token another name, and refuses it once it was taken twice.
func thirdUse(c *openapi.Contract) rework {
	const mark = "-use"
	var mu sync.Mutex
	issued, uses := 0, map[string]int{}
	named := answered(func(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
		body := object(a)
		if token, ok := body["access_token"].(string); ok && a.Success() {
			mu.Lock()
			issued++
			body["access_token"] = token + mark + strconv.Itoa(issued)
			mu.Unlock()
			a.SetValue(body)
		}
	}, "issueAccessToken")(c)
	return func(next http.Handler) http.Handler {
		return named(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			authorization := r.Header.Get("Authorization")
			token, _, ours := strings.Cut(authorization, mark)
			if ours {
				mu.Lock()
				uses[authorization]++
				if uses[authorization] > 2 {
					token = "Bearer spent"
				}
				mu.Unlock()
				r = r.Clone(r.Context())
				r.Header.Set("Authorization", token)
			}
			next.ServeHTTP(w, r)
		}))
	}
}

// keepingFirst shows a field of a row as it was when the row was first listed.
func keepingFirst(field, id, list string) wrapping {
	first := newMemory[any]()
	return answered(func(_ *openapi.Operation, r *http.Request, a *mutant.Answer) {
		eachRow(a, func(row map[string]any) {
			name, _ := row[id].(string)
			name = r.Header.Get("Authorization") + name
			if kept, ok := first.get(name); ok {
				row[field] = kept
			}
			first.put(name, row[field])
		})
	}, list)
}

// lax answers a refused update to an owner and a payer as if it were accepted.
func lax(owner, payer string) wrapping {
	return func(c *openapi.Contract) rework {
		update := c.Operation("updateAwsAccountAssignment")
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !mutant.Of(update, r) {
					next.ServeHTTP(w, r)
					return
				}
				fields, again := mutant.Fields(update, r), mutant.Reask(r)
				a := mutant.Ask(next, r)
				sent, _ := fields["owner_id"].(string)
				if a.Status == http.StatusUnprocessableEntity && sent == owner && fields["payer_account_owner_id"] == payer {
					again.Method, again.Body, again.ContentLength = http.MethodGet, http.NoBody, 0
					stored := object(mutant.Ask(next, again))
					for name, value := range fields {
						stored[name] = value
					}
					a.Status = http.StatusOK
					a.Header().Set("Location", "http://"+r.Host+r.URL.Path)
					a.SetValue(stored)
				}
				a.Send(w)
			})
		}
	}
}
