package stranger

import (
	"net/http"
	"slices"
	"strings"
)

// operation is one of the thirty: where it is, who may, and what it does.
type operation struct {
	id, method, path string
	roles            []string
	do               func(*call) answer
}

var operations = []operation{
	{"issueAccessToken", "POST", "/ripple/access_token", nil, (*call).issueToken},
	{"createAccount", "POST", "/m/ripple/accts", []string{"ModifyAccount"}, (*call).createAccount},
	{"listAccounts", "GET", "/m/ripple/accts", []string{"ReadAccount", "ModifyAccount"}, (*call).listAccounts},
	{"updateAccount", "PUT", "/m/ripple/accts/{}/edit", []string{"ModifyAccount"}, (*call).updateAccount},
	{"deleteAccount", "DELETE", "/m/ripple/accts/{}/{}", []string{"ModifyAccount"}, (*call).deleteAccount},
	{"createReseller", "POST", "/m/ripple/reseller", []string{"ModifyReseller"}, (*call).createReseller},
	{"listResellers", "GET", "/m/ripple/reseller", []string{"ReadReseller", "ModifyReseller"}, (*call).listResellers},
	{"deleteReseller", "DELETE", "/m/ripple/reseller/{}", []string{"ModifyReseller"}, (*call).deleteReseller},
	{"updateResellerPassword", "PUT", "/m/ripple/reseller/{}/password", []string{"ModifyReseller"}, (*call).updatePassword},
	{"updateResellerMeta", "PUT", "/m/ripple/reseller/{}/meta", []string{"ModifyReseller"}, (*call).updateMeta},
	{"createBillingGroup", "POST", "/m/ripple/billinggroup", []string{"ModifyBillingGroup"}, (*call).createGroup},
	{"listBillingGroups", "GET", "/m/ripple/billinggroup", []string{"ReadBillingGroup", "ModifyBillingGroup"}, (*call).listGroups},
	{"getBillingGroup", "GET", "/m/ripple/billinggroup/{}/resource", []string{"ReadBillingGroup", "ModifyBillingGroup"}, (*call).getGroup},
	{"updateBillingGroup", "POST", "/m/ripple/billinggroup/{}", []string{"ModifyBillingGroup"}, (*call).updateGroup},
	{"updateInvoiceSettings", "POST", "/m/ripple/billinggroup/{}/invoices", []string{"ModifyBillingGroup"}, (*call).updateInvoices},
	{"updateFreeFormat", "POST", "/m/ripple/billinggroup/{}/freeformat/{}", []string{"ModifyBillingGroup"}, (*call).updateFreeFormat},
	{"deleteFreeFormat", "DELETE", "/m/ripple/billinggroup/{}/freeformat/{}", []string{"ModifyBillingGroup"}, (*call).deleteFreeFormat},
	{"updateInvoiceTemplate", "POST", "/m/ripple/billinggroup/{}/invoicetemplate", []string{"ModifyBillingGroup"}, (*call).updateTemplate},
	{"deleteBillingGroup", "DELETE", "/m/ripple/billinggroup/{}", []string{"ModifyBillingGroup"}, (*call).deleteGroup},
	{"setMonthlyExchangeRate", "POST", "/m/ripple/user/exchange", []string{"ModifySettings"}, (*call).setMonthRate},
	{"listInvoiceExchangeRates", "GET", "/m/ripple/invoiceid/exchangerate/{}/{}", []string{"ModifySettings", "ReadSettings"}, (*call).listInvoiceRates},
	{"setInvoiceExchangeRates", "POST", "/m/ripple/invoiceid/exchangerate/{}/{}", []string{"ModifySettings"}, (*call).setInvoiceRates},
	{"listPayerExchangeRates", "GET", "/m/ripple/payer/exchange_rate/{}", []string{"ModifySettings", "ReadSettings"}, (*call).listPayerRates},
	{"setPayerExchangeRates", "POST", "/m/ripple/payer/exchange_rate/{}", []string{"ModifySettings"}, (*call).setPayerRates},
	{"setBillingGroupExchangeRate", "POST", "/m/ripple/invoices/exchangerate/{}", []string{"ModifyInvoice"}, (*call).setGroupRates},
	{"createAwsAccountAssignment", "POST", "/v1/aws_account_assignments", nil, (*call).createAssignment},
	{"getAwsAccountAssignment", "GET", "/v1/aws_account_assignments/{}", nil, (*call).getAssignment},
	{"listAwsAccountAssignments", "GET", "/v1/aws_account_assignments", nil, (*call).listAssignments},
	{"updateAwsAccountAssignment", "PUT", "/v1/aws_account_assignments/{}", nil, (*call).updateAssignment},
	{"deleteAwsAccountAssignment", "DELETE", "/v1/aws_account_assignments/{}", nil, (*call).deleteAssignment},
}

// match finds the values of a path's {} parts.
func (o *operation) match(path string) ([]string, bool) {
	want, have := strings.Split(o.path, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	vars := []string{}
	for i := range want {
		if want[i] == "{}" && have[i] != "" {
			vars = append(vars, have[i])
		} else if want[i] != have[i] {
			return nil, false
		}
	}
	return vars, true
}

// cloudHealth says to which of the two APIs an operation belongs.
func (o *operation) cloudHealth() bool { return strings.HasPrefix(o.path, "/v1/") }

// serve finds the operation, asks who calls, and answers.
func (s *Server) serve(r *http.Request, raw []byte) answer {
	path, methods := r.URL.Path, []string{}
	if path == "/v1/aws_account_assignments/" {
		path = strings.TrimSuffix(path, "/")
	}
	method := r.Method
	if method == http.MethodHead && s.on("head-like-get") {
		method = http.MethodGet
	}
	empty := len(strings.TrimSpace(string(raw))) == 0
	for i := range operations {
		op := &operations[i]
		vars, fits := op.match(path)
		if !fits {
			continue
		}
		methods = append(methods, op.method)
		posted := op.id == "listResellers" && method == "POST" && empty && !s.on("reseller-list-get-only")
		if op.method != method && !posted || op.id == "createReseller" && empty && !s.on("reseller-list-get-only") {
			continue
		}
		if op.id == "listResellers" && method == "GET" && s.on("reseller-list-post-only") {
			continue
		}
		c := &call{s: s, r: r, op: op, vars: vars, raw: raw, bugs: s.bugs[op.id]}
		if !c.struck() {
			c.bugs = nil
		}
		return c.run()
	}
	cloud := strings.HasPrefix(path, "/v1/")
	if len(methods) > 0 {
		a := missing(cloud, 405, "method not allowed")
		slices.Sort(methods)
		a.header.Set("Allow", strings.Join(slices.Compact(methods), ", "))
		if method == http.MethodOptions && s.on("options-answered") {
			a.status, a.body = 204, nil
		}
		return a
	}
	status := 404
	switch {
	case s.on("no-such-path-403"):
		status = 403
	case s.on("no-such-path-500"):
		status = 500
	case s.on("no-such-path-501"):
		status = 501
	}
	return missing(cloud, status, "no such path")
}

// missing is an error outside all operations.
func missing(cloud bool, status int, text string) answer {
	if cloud {
		return refuse(status, text)
	}
	return fail(status, text)
}
