package defect

import (
	"html"
	"math"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/twinbill/twinbill/mock/store"
)

// storedTwists are seen in what is stored of certain texts and numbers, or of a second
// write.
var storedTwists = []twist{
	{"data/ripple.account.list.name/trimmed", "ripple.account.list.name", "Blanks at the ends of a name are lost on create.", account("createAccount", func(_, a *store.Account, _ written) { a.Name = strings.TrimSpace(a.Name) })},
	{"data/ripple.account.list.name/cut", "ripple.account.list.name", "A name is cut at 64 characters on create.", account("createAccount", func(_, a *store.Account, _ written) { a.Name = cut(a.Name, 64) })},
	{"data/ripple.account.list.identity/number", "ripple.account.list.identity", "A customer_id is stored as a number.", account("createAccount", func(_, a *store.Account, _ written) { a.CustomerID = strings.TrimLeft(a.CustomerID, "0") })},
	{"data/ripple.account.create.note.kept/escaped", "ripple.account.create.note.kept", "Markup in a note is escaped on create.", note("createAccount", html.EscapeString)},
	{"data/ripple.account.create.note.kept/lines", "ripple.account.create.note.kept", "The lines of a note are joined on create.", note("createAccount", oneLine)},
	{"data/ripple.account.update.name.kept/composed", "ripple.account.update.name.kept", "A name is composed on update.", account("updateAccount", func(_, a *store.Account, _ written) { a.Name = composed.Replace(a.Name) })},
	{"data/ripple.account.update.name.kept/bytes", "ripple.account.update.name.kept", "A name is cut at 255 bytes on update.", account("updateAccount", func(_, a *store.Account, _ written) { a.Name = strings.ToValidUTF8(a.Name[:min(255, len(a.Name))], "") })},
	{"data/ripple.account.update.note.kept/plane", "ripple.account.update.note.kept", "What lies beyond the basic plane becomes a question mark on update.", note("updateAccount", basicPlane)},
	{"data/ripple.account.update.note.kept/escapes", "ripple.account.update.note.kept", "Backslashes in a note are lost on update.", note("updateAccount", func(text string) string { return strings.ReplaceAll(text, `\`, "") })},
	{"operation/ripple.account.update.company-id.kept", "ripple.account.update.company-id.kept", "The company_id is ignored on update where the name stays.", account("updateAccount", func(before, a *store.Account, _ written) {
		if a.Name == before.Name {
			a.CompanyID = before.CompanyID
		}
	})},
	{"back/ripple.account.update.note.kept", "ripple.account.update.note.kept", "A note is ignored on update where the name and the payer stay.", account("updateAccount", func(before, a *store.Account, _ written) {
		if a.Name == before.Name && a.AccountID == before.AccountID {
			a.Note = before.Note
		}
	})},

	{"data/ripple.billinggroup.create.group-name.kept", "ripple.billinggroup.create.group-name.kept", "Blanks at the ends of a name are lost on create.", group("createBillingGroup", func(_, g *store.BillingGroup) { g.Name = strings.TrimSpace(g.Name) })},
	{"data/ripple.billinggroup.create.phone.kept", "ripple.billinggroup.create.phone.kept", "The hyphens that the page prints become ASCII on create.", group("createBillingGroup", func(_, g *store.BillingGroup) {
		change(&g.Phone, func(text string) string { return strings.ReplaceAll(text, "\u2010", "-") })
	})},
	{"data/ripple.billinggroup.create.postal.kept", "ripple.billinggroup.create.postal.kept", "A postal is stored as a number on create.", group("createBillingGroup", func(_, g *store.BillingGroup) {
		change(&g.Postal, func(text string) string { return strings.TrimLeft(text, "0") })
	})},
	{"data/ripple.billinggroup.create.address.kept", "ripple.billinggroup.create.address.kept", "An address is cut at 80 characters on create.", group("createBillingGroup", func(_, g *store.BillingGroup) { change(&g.Address, func(text string) string { return cut(text, 80) }) })},
	{"data/ripple.billinggroup.create.remarks.kept", "ripple.billinggroup.create.remarks.kept", "The lines of remarks are joined on create.", group("createBillingGroup", func(_, g *store.BillingGroup) { change(&g.Remarks, oneLine) })},
	{"data/ripple.billinggroup.create.inv-aggregate.kept", "ripple.billinggroup.create.inv-aggregate.kept", "inv_aggregate is false on create where the invoice is in English.", group("createBillingGroup", func(_, g *store.BillingGroup) {
		*g.InvAggregate = *g.InvAggregate && (g.Language == nil || *g.Language != "en")
	})},
	{"data/ripple.billinggroup.create.invoices.aws.kept", "ripple.billinggroup.create.invoices.aws.kept", "Fixed amounts are stored without their fractions.", group("createBillingGroup", func(_, g *store.BillingGroup) {
		if aws, ok := g.Invoices["aws"]; ok {
			aws.SupportFix, aws.SubstitutionFix = math.Trunc(aws.SupportFix), math.Trunc(aws.SubstitutionFix)
			*g = g.WithInvoices("aws", aws)
		}
	})},
	{"data/ripple.billinggroup.update.personal.as-contact", "ripple.billinggroup.update.personal.as-contact", "Half-width letters become full-width on update.", group("updateBillingGroup", func(_, g *store.BillingGroup) {
		change(&g.Personal, func(text string) string { return strings.ReplaceAll(text, "ｶ", "カ") })
	})},
	{"data/ripple.billinggroup.update.company-name.as-name", "ripple.billinggroup.update.company-name.as-name", "Full-width letters become half-width on update.", group("updateBillingGroup", func(_, g *store.BillingGroup) { g.CompanyName = strings.ReplaceAll(g.CompanyName, "Ａ", "A") })},
	{"data/ripple.billinggroup.update.remarks.kept", "ripple.billinggroup.update.remarks.kept", "Remarks that look like a number become one on update.", group("updateBillingGroup", func(_, g *store.BillingGroup) {
		change(&g.Remarks, func(text string) string { return strings.TrimSuffix(text, ".00") })
	})},
	{"back/ripple.billinggroup.update.inv-aggregate.kept", "ripple.billinggroup.update.inv-aggregate.kept", "inv_aggregate never goes back to false.", group("updateBillingGroup", func(before, g *store.BillingGroup) { *g.InvAggregate = *g.InvAggregate || *before.InvAggregate })},
	{"back/ripple.billinggroup.update.language.kept", "ripple.billinggroup.update.language.kept", "The language never goes back to ja.", group("updateBillingGroup", func(before, g *store.BillingGroup) {
		if *before.Language == "en" {
			g.Language = before.Language
		}
	})},
	{"back/ripple.reseller.update-meta.kept", "ripple.reseller.update-meta.kept", "A meta key that is true never goes back to false.", spilled(http.StatusOK, keepTrue, "updateResellerMeta")},
}

// composed puts letters and their marks together.
var composed = strings.NewReplacer("e\u0301", "\u00e9", "A\u030a", "\u00c5", "o\u0308", "\u00f6")

func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func basicPlane(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xffff {
			return '?'
		}
		return r
	}, text)
}

// change changes a text that may be null.
func change(text **string, with func(string) string) {
	if *text != nil {
		changed := with(**text)
		*text = &changed
	}
}

// account changes what an operation stored of an account; before is what it was, empty
// where it is new.
func account(id string, does func(before, a *store.Account, w written)) wrapping {
	return spilled(http.StatusOK, func(before, after *store.Tx, w written) {
		customer := w.text("customer_id")
		if customer == "" {
			customer = w.path["customer_id"]
		}
		was := &store.Account{}
		for _, a := range before.AccountsByCustomerID(customer) {
			was = a
		}
		for _, a := range after.AccountsByCustomerID(customer) {
			next := *a
			does(was, &next, w)
			after.UpdateAccount(next)
		}
	}, id)
}

func note(id string, with func(string) string) wrapping {
	return account(id, func(_, a *store.Account, _ written) { change(&a.Note, with) })
}

// group changes what an operation stored of a billing group; before is what it was, empty
// where it is new.
func group(id string, does func(before, g *store.BillingGroup)) wrapping {
	return spilled(http.StatusOK, func(before, after *store.Tx, w written) {
		was := before.BillingGroup(w.path["id"])
		stored := after.BillingGroup(w.path["id"])
		if stored == nil {
			of := after.BillingGroupsByBillingGroupID(w.text("billinggroup_id"))
			stored, was = of[len(of)-1], &store.BillingGroup{}
		}
		next := *stored
		if next.InvAggregate != nil {
			aggregate := *next.InvAggregate
			next.InvAggregate = &aggregate
		}
		does(was, &next)
		after.UpdateBillingGroup(next)
	}, id)
}

func keepTrue(before, after *store.Tx, w written) {
	was, is := before.Reseller(w.path["user_id"]), after.Reseller(w.path["user_id"])
	if was == nil || is == nil {
		return
	}
	stay := map[string]bool{}
	for key, on := range was.Meta {
		if on {
			stay[key] = true
		}
	}
	after.UpdateReseller(is.WithMeta(stay))
}

// before is the row that comes before the one that a test finds; nil where none does.
func before[T any](rows []*T, finds func(*T) bool) *T {
	if i := slices.IndexFunc(rows, finds); i > 0 {
		return rows[i-1]
	}
	return nil
}
