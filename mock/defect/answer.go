package defect

import (
	"net/http"
	"strings"
	"time"

	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// answeredPromises are broken by what an answer says.
var answeredPromises = []promise{
	{"cloudhealth.assignment.create.echo", "The answer's customer_id is one higher.", answered(otherCustomer, "createAwsAccountAssignment")},
	{"cloudhealth.assignment.update.echo", "The answer's customer_id is one higher.", answered(otherCustomer, "updateAwsAccountAssignment")},
	{"cloudhealth.assignment.update.whole", "The fields that were not sent are empty in the answer.", answered(sentAlone, "updateAwsAccountAssignment")},
	{"cloudhealth.assignment.delete.no-content", "A delete answers with a body.", withContent},
	{"cloudhealth.assignment.errors", "The messages stand in one text.", answered(oneText, assigning...)},
	{"cloudhealth.error.body", "The text stands in a list, errors.", answered(listOfTexts)},
	{"ripple.account.list.group.renamed", "An entry keeps the group's first id and name.", keepingNames},
	{"ripple.reseller.list.times.offset", "Times carry the offset Z.", answered(inUTC, "listResellers")},
	{"ripple.reseller.password.hidden", "The list shows the password that was sent in place of the group's name.", leaking},
}

// answered changes the answers of some operations, or of all.
func answered(change func(op *openapi.Operation, r *http.Request, a *mutant.Answer), ids ...string) wrapping {
	return func(c *openapi.Contract) rework {
		return func(next http.Handler) http.Handler {
			for _, op := range operations(c, ids) {
				next = answering(op, next, change)
			}
			return next
		}
	}
}

func answering(op *openapi.Operation, next http.Handler, change func(*openapi.Operation, *http.Request, *mutant.Answer)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !mutant.Of(op, r) {
			next.ServeHTTP(w, r)
			return
		}
		asked := mutant.Reask(r)
		a := mutant.Ask(next, r)
		change(op, asked, a)
		a.Send(w)
	})
}

// object is the body of an answer, empty where it is none.
func object(a *mutant.Answer) map[string]any {
	value, _ := a.Value()
	fields, _ := value.(map[string]any)
	return fields
}

func otherCustomer(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
	if body := object(a); a.Success() {
		if id, ok := body["customer_id"].(float64); ok {
			body["customer_id"] = id + 1
			a.SetValue(body)
		}
	}
}

func sentAlone(op *openapi.Operation, r *http.Request, a *mutant.Answer) {
	if !a.Success() {
		return
	}
	body, sent := object(a), mutant.Fields(op, r)
	for name, value := range body {
		if _, ok := sent[name]; ok || name == "id" {
			continue
		}
		body[name] = 0
		if _, isText := value.(string); isText {
			body[name] = ""
		}
	}
	a.SetValue(body)
}

// withContent adds a body whatever the status: HTTP carries none beside 204, so that over
// the network it shows where cloudhealth.delete.status is read as 200.
func withContent(c *openapi.Contract) rework {
	op := c.Operation("deleteAwsAccountAssignment")
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			if w.Header().Get("Twinbill-Clause") == "" && mutant.Of(op, r) {
				_, _ = w.Write([]byte("{}"))
			}
		})
	}
}

func oneText(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
	if messages, ok := object(a)["errors"].([]any); ok {
		texts := make([]string, len(messages))
		for i, message := range messages {
			texts[i], _ = message.(string)
		}
		a.SetValue(map[string]any{"errors": strings.Join(texts, " ")})
	}
}

func listOfTexts(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
	if text, ok := object(a)["error"]; ok && !a.Success() {
		a.SetValue(map[string]any{"errors": []any{text}})
	}
}

// inUTC shows the times of a list at another offset.
func inUTC(op *openapi.Operation, _ *http.Request, a *mutant.Answer) {
	eachRow(a, func(row map[string]any) {
		for _, f := range op.ResponseFields() {
			name := f.Path[len(f.Path)-1]
			text, _ := row[name].(string)
			if at, err := time.Parse(time.RFC3339, text); err == nil && f.Schema.Format == "date-time" {
				row[name] = at.UTC().Format(time.RFC3339)
			}
		}
	})
}

// eachRow changes the objects of an answer that is a list.
func eachRow(a *mutant.Answer, change func(row map[string]any)) {
	value, _ := a.Value()
	rows, ok := value.([]any)
	if !ok {
		return
	}
	for _, row := range rows {
		if fields, ok := row.(map[string]any); ok {
			change(fields)
		}
	}
	a.SetValue(rows)
}

// leaking keeps the passwords of resellers by email, and shows them.
func leaking(c *openapi.Contract) rework {
	passwords := newMemory[string]()
	return func(next http.Handler) http.Handler {
		next = answered(func(op *openapi.Operation, r *http.Request, a *mutant.Answer) {
			sent := mutant.Fields(op, r)
			email, _ := sent["email"].(string)
			if password, ok := sent["password"].(string); ok && a.Success() {
				passwords.put(email, password)
			}
		}, "createReseller")(c)(next)
		return answered(func(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
			eachRow(a, func(row map[string]any) {
				email, _ := row["email"].(string)
				if password, ok := passwords.get(email); ok {
					row["billinggroup_name"] = password
				}
			})
		}, "listResellers")(c)(next)
	}
}

// keepingNames keeps what billing groups were called before their first update, and shows
// it in the list of accounts.
func keepingNames(c *openapi.Contract) rework {
	before := newMemory[map[string]any]()
	update, groups := c.Operation("updateBillingGroup"), c.Operation("listBillingGroups")
	return func(next http.Handler) http.Handler {
		listed := answered(func(_ *openapi.Operation, _ *http.Request, a *mutant.Answer) {
			eachRow(a, func(row map[string]any) {
				id, _ := row["company_id"].(string)
				if first, ok := before.get(id); ok {
					row["billinggroup_id"], row["billinggroup_name"] = first["billinggroup_id"], first["billinggroup_name"]
				}
			})
		}, "listAccounts")(c)(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if mutant.Of(update, r) {
				eachRow(mutant.Ask(next, reading(groups, r)), func(row map[string]any) {
					id, _ := row["company_id"].(string)
					if _, known := before.get(id); !known && id == mutant.PathValues(update, r)["id"] {
						before.put(id, row)
					}
				})
			}
			listed.ServeHTTP(w, r)
		})
	}
}

// reading is a request for a list, by whoever sent another one.
func reading(list *openapi.Operation, r *http.Request) *http.Request {
	out := mutant.Reask(r)
	out.Method, out.URL.Path, out.URL.RawPath = list.Method, list.Base+list.Path, ""
	out.Body, out.ContentLength = http.NoBody, 0
	out.Header.Del("Content-Type")
	return out
}
