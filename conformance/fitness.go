package conformance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/probe"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/openapi"
)

// Fitness says whether something that is supplied does for the checks.
type Fitness string

// What a deployment can say of what is supplied.
const (
	Fit     Fitness = "fit"
	Unfit   Fitness = "unfit"
	Unknown Fitness = "unknown" // nothing that can be read says
)

// Finding is what a deployment says about one or several inputs.
type Finding struct {
	Fitness Fitness
	Inputs  []string
	Says    string
	Costs   []string // ids of the checks that need one of the inputs
}

// Examine asks a deployment, by reads alone, whether what is supplied does for the
// checks, and returns what it says and how many requests it took. Where no credential
// is supplied, nothing is sent.
func Examine(ctx context.Context, config Config) ([]Finding, int, error) {
	if len(config.APIs) == 0 {
		config.APIs = openapi.APIs()
	}
	contracts, err := load(config.APIs, config.Declared)
	if err != nil {
		return nil, 0, err
	}
	config.Target.PaceByDefault()
	r := newRun(ctx, config, false)
	defer r.stop(nil)
	r.contracts = contracts
	x := &examination{ctx: ctx, supply: r.supply}
	admitting := map[openapi.API]string{openapi.Ripple: config.Credentials.Ripple.ID, openapi.CloudHealth: config.Credentials.CloudHealth.Key}
	r.config.APIs = slices.DeleteFunc(slices.Clone(config.APIs), func(api openapi.API) bool { return admitting[api] == "" })
	if len(r.config.APIs) > 0 {
		if _, err := contact(ctx, config); err != nil {
			return nil, 0, err
		}
	}
	if err := r.preflight(); err != nil {
		return nil, 0, err
	}
	for _, e := range r.first {
		if e.Operation != issueToken {
			x.requests++
		}
	}
	for _, api := range r.config.APIs {
		switch api {
		case openapi.Ripple:
			x.ripple(contracts[api])
		case openapi.CloudHealth:
			x.cloudHealth(contracts[api])
		}
	}
	x.requests += int(r.supply.asked.Load())
	all, err := assemble(contracts, config.Scenarios...)
	if err != nil {
		return nil, 0, err
	}
	for i := range x.findings {
		x.findings[i].Costs = all.needing(x.findings[i].Inputs)
	}
	return x.findings, x.requests, nil
}

// examination is a conversation about what is supplied.
type examination struct {
	ctx      context.Context
	supply   *supply
	findings []Finding
	requests int
}

func (x *examination) say(f Fitness, inputs []string, format string, args ...any) {
	x.findings = append(x.findings, Finding{Fitness: f, Inputs: inputs, Says: fmt.Sprintf(format, args...)})
}

// mostRead bounds the pages that are read of one list.
const mostRead = 5

// rows reads a list, or says why it cannot be read. whole is false where it goes on.
func (x *examination) rows(contract *openapi.Contract, credential, operation, field string, path map[string]string) (rows []any, whole bool, why string) {
	op := contract.Operation(operation)
	request := &target.Request{Operation: op, Path: path, Header: http.Header{}, Query: url.Values{}}
	if contract.API == openapi.Ripple {
		request.Header.Set("Authorization", "Bearer "+credential)
	} else {
		request.Query = url.Values{"api_key": {credential}, "per_page": {"100"}}
	}
	for page := 1; page <= mostRead; page++ {
		if field != "" {
			request.Query.Set("page", fmt.Sprint(page))
		}
		x.requests++
		e := x.supply.target.Send(x.ctx, request)
		if err := unheard(e); err != nil {
			return rows, false, err.Error()
		}
		list, listed := at(e.JSON(), field)
		found, isList := list.([]any)
		if e.Status/100 != 2 || !listed || !isList {
			return rows, false, fmt.Sprintf("%s answered %s", operation, answered(e))
		}
		rows = append(rows, found...)
		if field == "" || len(found) < 100 {
			return rows, true, ""
		}
		request = request.Clone()
	}
	return rows, false, ""
}

// ripple asks for tokens, groups, payers, invoices and months.
func (x *examination) ripple(contract *openapi.Contract) {
	token := ""
	var clients []string             // one line for each
	serving := map[string][]string{} // client → inputs
	for _, name := range slices.Sorted(maps.Keys(scenarios.LoadInputs().Tokens)) {
		if client, _, err := x.supply.client("", name); err == nil {
			if serving[client.ID] == nil {
				clients = append(clients, client.ID)
			}
			serving[client.ID] = append(serving[client.ID], name)
		}
	}
	for _, client := range clients {
		inputs := serving[client]
		got, err := x.supply.token(x.ctx, "", inputs[0])
		if err != nil {
			x.say(Unfit, inputs, "%s: %v", target.Where(inputs[0]), err)
		} else {
			x.say(Fit, inputs, "%s is issued", strings.Join(inputs, ", "))
		}
		if slices.Contains(inputs, "ripple_token") {
			token = got
		}
	}
	for _, role := range slices.Sorted(maps.Keys(x.supply.credentials.Ripple.Roles)) {
		token, err := x.supply.tokenAlone(x.ctx, role)
		if err != nil {
			x.say(Unfit, []string{role}, "ripple.roles.%s: %v", role, err)
			continue
		}
		if more := x.readsMore(contract, token, role); more != "" {
			x.say(Unknown, []string{role}, "ripple.roles.%s: its token reads %s as well: it holds more than this role, or the target lets it", role, more)
			continue
		}
		x.say(Fit, []string{role}, "a token of the role %s alone is issued", role)
	}
	x.user(contract)
	if token == "" {
		return
	}
	groups, whole, why := x.rows(contract, token, "listBillingGroups", "", nil)
	x.listed("a billing group", "company_id", groups, whole, why, "company_id", "other_company_id", "group_a", "group_b")
	payers, unset := []any(nil), false
	var accepted []string
	for _, month := range x.supply.months {
		rows, _, why := x.rows(contract, token, "listPayerExchangeRates", "", map[string]string{"month": month})
		if why != "" {
			if refused, err := x.supply.refuses(x.ctx, contract, month); refused || err != nil {
				x.say(Unknown, nil, "month %s is not accepted, and not used: %s", month, why)
				continue
			}
		}
		accepted = append(accepted, month)
		x.say(Fit, scenarios.Months(), "month %s is accepted", month)
		payers = append(payers, rows...)
		unset = unset || anyUnset(rows)
	}
	if len(accepted) < 2 {
		x.say(Unfit, scenarios.Months(), "months: %d of %d are accepted, and two are needed; name others", len(accepted), len(x.supply.months))
	}
	x.foreign("a payer", "id", payers, "foreign_payer_id")
	x.listed("a payer", "id", payers, unset, "", "payer_id", "other_payer_id", "azure_payer_id", "other_azure_payer_id")
	for _, vendor := range []string{"aws", "azure"} {
		inputs := []string{"invoice_id", "other_invoice_id"}
		if vendor == "azure" {
			inputs = []string{"azure_invoice_id"}
		}
		rows, _, why := x.rows(contract, token, "listInvoiceExchangeRates", "", map[string]string{"vendor": vendor, "month": slices.Concat(accepted, x.supply.months)[0]})
		x.listed("an invoice", "invoice_id", rows, anyUnset(rows), why, inputs...)
		x.foreign("an invoice", "invoice_id", rows, "foreign_invoice_id")
		x.payerOf(rows, "invoice_id", "invoice_payer_id")
		x.payerOf(rows, "other_invoice_id", "other_invoice_payer_id")
	}
	for _, unlisted := range []struct{ input, what string }{{"template_id", "invoice templates"}, {"other_template_id", "invoice templates"}, {"project_id", "projects"}} {
		if given, ok := x.supply.given[unlisted.input]; ok {
			x.say(Unknown, []string{unlisted.input}, "%s: no documented operation lists %s, so that nothing says whether %v is one", unlisted.input, unlisted.what, given)
		}
	}
}

// user asks for a token by the password grant.
func (x *examination) user(contract *openapi.Contract) {
	e := x.supply.byPassword(x.ctx, contract)
	if e == nil {
		return
	}
	x.requests++
	inputs := []string{"ripple_username", "ripple_password"}
	if token, _ := at(e.JSON(), "/access_token"); e.Status/100 != 2 || token == nil {
		x.say(Unfit, inputs, "ripple.user: no token by the password grant (%d %s)", e.Status, problem(e))
		return
	}
	x.say(Fit, inputs, "a token of ripple.user is issued")
}

// readsMore is a list that a token reads, and that its one role does not cover; empty
// where none is.
func (x *examination) readsMore(contract *openapi.Contract, token, role string) string {
	for _, operation := range []string{"listBillingGroups", "listResellers"} {
		op := contract.Operation(operation)
		if slices.Contains(op.Roles, role) || contract.Covers(role, op) {
			continue
		}
		if _, whole, _ := x.rows(contract, token, operation, "", nil); whole {
			return operation
		}
	}
	return ""
}

// foreign says where what is to be another partner's is listed as the partner's own.
func (x *examination) foreign(what, field string, rows []any, name string) {
	if given, ok := x.supply.given[name]; ok && x.count(rows, field, given) > 0 {
		x.say(Unfit, []string{name}, "%s: %v is %s of this partner's", name, given, what)
	}
}

// payerOf says where an invoice belongs to another payer than is supplied.
func (x *examination) payerOf(rows []any, invoice, payer string) {
	for _, row := range rows {
		id, _ := at(row, "/invoice_id")
		of, has := at(row, "/account_id")
		if given := x.supply.given[payer]; has && given != nil && exact.Text(id) == fmt.Sprint(x.supply.given[invoice]) && exact.Text(of) != fmt.Sprint(given) {
			x.say(Unfit, []string{payer}, "%s: %s %v belongs to %v, not to %v", payer, invoice, exact.Text(id), exact.Text(of), given)
		}
	}
}

// anyUnset reports whether a row without a rate is listed, so that the list is of all
// that is known, not of what has a rate.
func anyUnset(rows []any) bool {
	return slices.ContainsFunc(rows, func(row any) bool { rate, has := at(row, "/exchange_rate"); return has && rate == nil })
}

// listed says of inputs whether a list holds them. Where the list need not be whole, what
// it lacks is unknown.
func (x *examination) listed(what, field string, rows []any, whole bool, why string, inputs ...string) {
	for _, name := range inputs {
		given, ok := x.supply.given[name]
		switch {
		case !ok:
		case x.count(rows, field, given) > 0:
			x.say(Fit, []string{name}, "%s: %v is %s", name, given, what)
		case why != "":
			x.say(Unknown, []string{name}, "%s: whether %v is %s cannot be read: %s", name, given, what, why)
		case !whole:
			x.say(Unknown, []string{name}, "%s: %v is not among what is listed, which may not be all", name, given)
		default:
			x.say(Unfit, []string{name}, "%s: %v is not %s", name, given, what)
		}
	}
}

func (x *examination) count(rows []any, field string, given any) int {
	n := 0
	for _, row := range rows {
		if value, ok := at(row, "/"+field); ok && exact.Text(value) == fmt.Sprint(given) {
			n++
		}
	}
	return n
}

// cloudHealth asks for assignments, and for the customers and accounts of a deployment
// that lists them too.
func (x *examination) cloudHealth(contract *openapi.Contract) {
	keys := x.supply.credentials.CloudHealth
	assigned, whole, why := x.rows(contract, keys.Key, "listAwsAccountAssignments", "/aws_account_assignments", nil)
	if why != "" {
		x.say(Unfit, []string{"cloudhealth_key"}, "cloudhealth_key: %s", why)
		return
	}
	x.say(Fit, []string{"cloudhealth_key"}, "cloudhealth_key is admitted")
	if keys.OtherKey != "" {
		if _, _, why := x.rows(contract, keys.OtherKey, "listAwsAccountAssignments", "/aws_account_assignments", nil); why != "" {
			x.say(Unfit, []string{"cloudhealth_other_key"}, "cloudhealth_other_key: %s", why)
		} else {
			x.say(Fit, []string{"cloudhealth_other_key"}, "cloudhealth_other_key is admitted")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.supply.given)) {
		switch why := x.supply.taken(name, assigned); {
		case why != "":
			x.say(Unfit, []string{name}, "%s", why)
		case !whole && (strings.HasPrefix(name, "owner_") || strings.HasSuffix(name, "customer")):
			x.say(Unknown, []string{name}, "%s: not all assignments were read", name)
		}
	}
	x.customers(contract, keys.Key)
	x.accounts(contract, keys.Key)
}

// customers holds the customers that are supplied to the list of them.
func (x *examination) customers(contract *openapi.Contract, key string) {
	rows, whole, why := x.rows(contract, key, "listCustomers", "/customers", nil)
	names := []string{"customer", "other_customer", "unbilled_customer"}
	if why != "" {
		x.say(Unknown, names, "customers cannot be read on the documented operations: %s", why)
		return
	}
	x.listed("a customer", "id", rows, whole, "", names...)
	for _, name := range []string{"unknown_customer", "foreign_customer"} {
		if given, ok := x.supply.given[name]; ok && x.count(rows, "id", given) > 0 {
			x.say(Unfit, []string{name}, "%s: %v is one of the partner's customers", name, given)
		}
	}
	for _, name := range names {
		for _, row := range rows {
			id, _ := at(row, "/id")
			billed, has := at(row, "/partner_billing_configuration/enabled")
			if given, ok := x.supply.given[name]; ok && has && exact.Text(id) == fmt.Sprint(given) && (billed == true) == (name == "unbilled_customer") {
				x.say(Unfit, []string{name}, "%s: partner billing of %v is enabled: %v", name, given, billed)
			}
		}
	}
}

// accounts holds the AWS accounts that are supplied to the list of them.
func (x *examination) accounts(contract *openapi.Contract, key string) {
	rows, whole, why := x.rows(contract, key, "listAwsAccounts", "/aws_accounts", nil)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(x.supply.given)), func(name string) bool { return !strings.HasPrefix(name, "owner_") })
	if why != "" {
		x.say(Unknown, names, "families of AWS accounts cannot be read on the documented operations: %s", why)
		return
	}
	kinds := map[string]string{"owner_head": "Consolidated", "owner_alone": "Standalone"}
	for _, name := range names {
		given := x.supply.given[name]
		if name == "owner_foreign" {
			if x.count(rows, "owner_id", given) > 0 {
				x.say(Unfit, []string{name}, "%s: %v is one of the partner's AWS accounts", name, given)
			}
			continue
		}
		x.listed("one of the partner's AWS accounts", "owner_id", rows, whole, "", name)
		wanted := kinds[name]
		if wanted == "" {
			wanted = "Linked"
		}
		for _, row := range rows {
			id, _ := at(row, "/owner_id")
			kind, _ := at(row, "/account_type")
			if exact.Text(id) == given && kind != wanted && kind != "Unknown" {
				x.say(Unfit, []string{name}, "%s: %v is %v, not %s", name, given, kind, wanted)
			}
		}
	}
}

// needing lists the checks that cannot do without one of the inputs: the scenarios that
// take it, and the probes of which every valid request does.
func (s *suite) needing(inputs []string) []string {
	takes := func(c *scenarios.Scenario) bool {
		return slices.ContainsFunc(c.Inputs, func(name string) bool { return slices.Contains(inputs, name) })
	}
	var out []string
	for _, c := range slices.Concat(s.readings, s.scenarios) {
		if takes(c.scenario) {
			out = append(out, c.ID)
		}
	}
	for _, g := range s.probes {
		all := !slices.ContainsFunc(g.baselines, func(b *scenarios.Scenario) bool { return !takes(b) })
		for _, p := range g.probes {
			role, _ := p.probe.Value.(string)
			if all || p.probe.Kind == probe.Role && slices.Contains(inputs, role) {
				out = append(out, p.ID)
			}
		}
	}
	return out
}
