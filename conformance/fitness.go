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
	contracts, err := load(config.APIs, config.Declared)
	if err != nil {
		return nil, 0, err
	}
	config.Target.PaceByDefault()
	r := newRun(ctx, config, false)
	defer r.stop(nil)
	r.contracts = contracts
	x := &examination{ctx: ctx, supply: r.supply}
	if c := contracts[openapi.Ripple]; c != nil && config.Credentials.Ripple.ID != "" {
		x.ripple(c)
	}
	if c := contracts[openapi.CloudHealth]; c != nil && config.Credentials.CloudHealth.Key != "" {
		x.cloudHealth(c)
	}
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
	for _, name := range slices.Sorted(maps.Keys(scenarios.LoadInputs().Tokens)) {
		if x.supply.missing(name) != nil {
			continue
		}
		x.requests++
		got, err := x.supply.token(x.ctx, "", name)
		switch {
		case err != nil:
			x.say(Unfit, []string{name}, "%s: %v", name, err)
		case name == "ripple_token":
			token = got
			fallthrough
		default:
			x.say(Fit, []string{name}, "%s is issued", name)
		}
	}
	for _, role := range slices.Sorted(maps.Keys(x.supply.credentials.Ripple.Roles)) {
		x.requests++
		if _, err := x.supply.tokenAlone(x.ctx, role); err != nil {
			x.say(Unfit, []string{role}, "ripple.roles.%s: %v", role, err)
			continue
		}
		x.say(Fit, []string{role}, "a token of the role %s alone is issued", role)
	}
	if token == "" {
		return
	}
	groups, whole, why := x.rows(contract, token, "listBillingGroups", "", nil)
	x.listed("a billing group", "company_id", groups, whole, why, "company_id", "other_company_id", "group_a", "group_b")
	payers, unset := []any(nil), false
	for _, month := range x.supply.months {
		rows, _, why := x.rows(contract, token, "listPayerExchangeRates", "", map[string]string{"month": month})
		if why != "" {
			x.say(Unfit, scenarios.Months(), "month %s is not accepted: %s", month, why)
			continue
		}
		x.say(Fit, scenarios.Months(), "month %s is accepted", month)
		payers = append(payers, rows...)
		unset = unset || anyUnset(rows)
	}
	x.listed("a payer", "id", payers, unset, "", "payer_id", "other_payer_id", "azure_payer_id", "other_azure_payer_id")
	for _, vendor := range []string{"aws", "azure"} {
		inputs := []string{"invoice_id", "other_invoice_id"}
		if vendor == "azure" {
			inputs = []string{"azure_invoice_id"}
		}
		rows, _, why := x.rows(contract, token, "listInvoiceExchangeRates", "", map[string]string{"vendor": vendor, "month": x.supply.months[0]})
		x.listed("an invoice", "invoice_id", rows, anyUnset(rows), why, inputs...)
	}
	for _, unlisted := range []struct{ input, what string }{{"template_id", "invoice templates"}, {"other_template_id", "invoice templates"}, {"project_id", "projects"}} {
		if given, ok := x.supply.given[unlisted.input]; ok {
			x.say(Unknown, []string{unlisted.input}, "%s: no documented operation lists %s, so that nothing says whether %v is one", unlisted.input, unlisted.what, given)
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
