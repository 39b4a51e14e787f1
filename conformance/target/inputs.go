package target

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// kind is what an input looks like.
type kind int

const (
	text    kind = iota // not empty
	account             // an AWS account id
	number              // a whole number above 0
	months              // a list of yyyy-mm
	domain              // of an email address
)

// supplied are the inputs that a deployment may supply, by the names that the scenarios
// have for them (scenarios/inputs.yaml).
var supplied = map[string]kind{
	"company_id": text, "other_company_id": text, "group_a": text, "group_b": text,
	"payer_id": account, "other_payer_id": account,
	"invoice_id": text, "invoice_payer_id": account, "other_invoice_id": text, "other_invoice_payer_id": account,
	"azure_payer_id": text, "other_azure_payer_id": text, "azure_invoice_id": text,
	"foreign_payer_id": text, "foreign_invoice_id": text,
	EmailDomain: domain, "project_id": text, "template_id": text, "other_template_id": text, Months: months,
	"customer": number, "other_customer": number, "unbilled_customer": number, "unknown_customer": number, "foreign_customer": number,
	"owner_a": account, "owner_b": account, "owner_c": account, "owner_d": account,
	"owner_e": account, "owner_f": account, "owner_g": account, "owner_h": account,
	"owner_x": account, "owner_head": account, "owner_alone": account, "owner_foreign": account,
}

// Months is the input that names the months whose rates may be set.
const Months = "months"

// EmailDomain is the input that names the domain of the emails that resellers are issued to.
const EmailDomain = "email_domain"

// InputNames lists what a target file may supply under inputs, sorted.
func InputNames() []string { return slices.Sorted(maps.Keys(supplied)) }

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	domainName = regexp.MustCompile(`^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+$`)
	yearMonth  = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`)
)

// ownInputs adds what the user's own scenarios take.
func (b *builder) ownInputs() {
	for _, name := range b.spots.inOrder("own_inputs", slices.Collect(maps.Keys(b.content.OwnInputs))) {
		place := "own_inputs." + name
		switch value := b.content.OwnInputs[name].(type) {
		case string, bool, uint64, int64, float64:
			b.Inputs[name] = value
		default:
			b.fail(place, "%s is a text, a number, true or false", name)
		}
		if _, taken := supplied[name]; taken {
			b.fail(place, "%s is an input of the suite; write it under inputs", name)
		}
	}
}

// inputs reads what the deployment supplies.
func (b *builder) inputs() map[string]any {
	out := map[string]any{}
	for _, name := range b.spots.inOrder("inputs", slices.Collect(maps.Keys(b.content.Inputs))) {
		value, place := b.content.Inputs[name], "inputs."+name
		wanted, known := supplied[name]
		if !known {
			b.fail(place, "no input is called %q; known here: %s", name, strings.Join(InputNames(), ", "))
			continue
		}
		if value == nil {
			continue
		}
		if wanted == months {
			out[name] = b.months(place, value)
			continue
		}
		asText, isText := value.(string)
		asNumber, isNumber := value.(uint64)
		switch {
		case wanted == number && (!isNumber || asNumber == 0):
			b.fail(place, "%s is a whole number above 0, without quotes", name)
		case wanted == account && (!isText || !accountID.MatchString(asText)):
			b.fail(place, "%s is an AWS account id: 12 digits, in quotes", name)
		case wanted == domain && !domainName.MatchString(asText):
			b.fail(place, "%s is a domain such as example.com, without @", name)
		case wanted == text && (!isText || asText == ""):
			b.fail(place, "%s is a text that is not empty, in quotes where it looks like a number", name)
		}
		for other, had := range out {
			if family(other) == family(name) && had == value {
				b.fail(place, "%s is the same as %s; each needs one of its own", name, other)
			}
		}
		out[name] = value
	}
	return out
}

// family is what inputs share that name different things of one kind.
func family(name string) string {
	if supplied[name] == number {
		return "customer"
	}
	for _, of := range []string{"owner_", "group_"} {
		if strings.HasPrefix(name, of) {
			return of
		}
	}
	if strings.HasSuffix(name, "invoice_payer_id") { // one payer may have several invoices
		return name
	}
	return strings.TrimPrefix(strings.TrimPrefix(name, "other_"), "foreign_")
}

// months reads a list of different months.
func (b *builder) months(place string, value any) []string {
	list, _ := value.([]any)
	var out []string
	for _, element := range list {
		month, _ := element.(string)
		if !yearMonth.MatchString(month) || slices.Contains(out, month) {
			b.fail(place, "%s holds %q, which is not a month such as 2026-01 in quotes, or is there twice; mend it", Months, fmt.Sprint(element))
		}
		out = append(out, month)
	}
	if len(out) == 0 {
		b.fail(place, "%s is a list of months such as [2026-01, 2026-02]", Months)
	}
	return out
}
