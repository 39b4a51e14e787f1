package defect

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/openapi"
)

// spilledPromises are broken by what a write does beside what was asked.
var spilledPromises = []promise{
	{"cloudhealth.assignment.refused-write", "A refused create or update is kept.", spilled(http.StatusUnprocessableEntity, keepRefused, assigning...)},
	{"cloudhealth.customer.create.assignable", "A customer does not have the partner billing that its create asked for.", spilled(http.StatusOK, loseBilling, "createCustomer")},
	{"cloudhealth.customer.update.kept", "An update loses the folder.", spilled(http.StatusOK, loseFolder, "updateCustomer")},
	{"ripple.account.update.others", "The account after it gets the same name.", spilled(http.StatusOK, renameNextAccount, "updateAccount")},
	{"ripple.account.delete.others", "The account after it goes too.", spilled(http.StatusOK, deleteNextAccount, "deleteAccount")},
	{"ripple.billinggroup.update.others", "The group after it gets the same names.", spilled(http.StatusOK, renameNextGroup, "updateBillingGroup")},
	{"ripple.billinggroup.delete.others", "The group after it goes too.", spilled(http.StatusOK, deleteNextGroup, "deleteBillingGroup")},
	{"ripple.reseller.delete.others", "The reseller after it goes too.", spilled(http.StatusOK, deleteNextReseller, "deleteReseller")},
	{"ripple.billinggroup.update-invoices.rest", "The group loses its phone number.", spilled(http.StatusOK, losePhone, "updateInvoiceSettings")},
	{"ripple.billinggroup.update-invoices.other-vendor", "The other vendor gets the same settings.", spilled(http.StatusOK, copySettings, "updateInvoiceSettings")},
	{"ripple.billinggroup.update-invoice-template.rest", "The group loses its phone number.", spilled(http.StatusOK, losePhone, "updateInvoiceTemplate")},
	{"ripple.billinggroup.update-freeformat.rest", "The group loses its phone number.", spilled(http.StatusOK, losePhone, "updateFreeFormat")},
	{"ripple.billinggroup.delete-freeformat.rest", "The group loses its phone number.", spilled(http.StatusOK, losePhone, "deleteFreeFormat")},
	{"ripple.billinggroup.create.invoices.both", "Both vendors get the settings for aws.", spilled(http.StatusOK, mergeCreated, "createBillingGroup")},
	{"ripple.billinggroup.update.invoices", "An update gives both vendors the settings for aws.", spilled(http.StatusOK, mergeUpdated, "updateBillingGroup")},
	{"ripple.reseller.update-meta.rest", "The reseller goes to another group.", spilled(http.StatusOK, moveReseller, "updateResellerMeta")},
	{"ripple.reseller.update-password.rest", "The reseller goes to another group.", spilled(http.StatusOK, moveReseller, "updateResellerPassword")},
	{"ripple.reseller.update-meta.others", "The reseller after it gets the same meta.", spilled(http.StatusOK, spreadMeta, "updateResellerMeta")},
	{"ripple.exchangerate.invoice.others", "The vendor's other invoices get the rate too.", spilled(http.StatusOK, rateOtherInvoices, "setInvoiceExchangeRates")},
	{"ripple.exchangerate.monthly.rest", "Every payer gets the month's rate.", spilled(http.StatusOK, rateAllPayers, "setMonthlyExchangeRate")},
	{"ripple.exchangerate.group.rest", "Every payer gets the groups' rate.", spilled(http.StatusOK, rateAllPayers, "setBillingGroupExchangeRate")},
	{"ripple.exchangerate.payer.others", "The vendor's other payers get the rate too.", spilled(http.StatusOK, rateOtherPayers, "setPayerExchangeRates")},
}

// spill is what is done beside a write: before is the state that it found.
type spill func(before, after *store.Tx, w written)

// written is what a write asked for.
type written struct {
	path map[string]string
	body map[string]any
}

// text is a field of the body.
func (w written) text(field string) string {
	text, _ := w.body[field].(string)
	return text
}

// settings are the elements of the body's list of settings.
func (w written) settings() (all []map[string]any) {
	list, _ := w.body["settings"].([]any)
	for _, element := range list {
		if setting, ok := element.(map[string]any); ok {
			all = append(all, setting)
		}
	}
	return all
}

type spillKey struct{}

// spilled marks the requests of some operations, so that Spills does more where they
// are answered with a status.
func spilled(status int, does spill, ids ...string) wrapping {
	return func(c *openapi.Contract) rework {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, op := range operations(c, ids) {
					if !mutant.Of(op, r) {
						continue
					}
					asked := written{mutant.PathValues(op, r), mutant.Fields(op, r)}
					r = r.WithContext(context.WithValue(r.Context(), spillKey{}, func(answered int, before, after *store.Tx) {
						if answered == status {
							does(before, after, asked)
						}
					}))
					break
				}
				next.ServeHTTP(w, r)
			})
		}
	}
}

// Spills tells what is done to the state once a request is answered with a status:
// nothing, unless a defect says otherwise.
func Spills(ctx context.Context, state *store.Store) (done func(status int)) {
	does, ok := ctx.Value(spillKey{}).(func(int, *store.Tx, *store.Tx))
	if !ok {
		return func(int) {}
	}
	before := state.Read()
	return func(status int) {
		_ = state.Write(func(after *store.Tx) error { does(status, before, after); return nil })
	}
}

// beside is the row after the one that a test finds, or the one before where it is the
// last; nil where there is no other.
func beside[T any](rows []*T, finds func(*T) bool) *T {
	i := slices.IndexFunc(rows, finds)
	switch {
	case i < 0:
		return nil
	case i+1 < len(rows):
		return rows[i+1]
	case i > 0:
		return rows[i-1]
	}
	return nil
}

func renameNextAccount(_, after *store.Tx, w written) {
	other := beside(after.AccountsByVendor(w.text("vendor")), func(a *store.Account) bool { return a.CustomerID == w.path["customer_id"] })
	if other != nil {
		next := *other
		next.Name = w.text("name")
		after.UpdateAccount(next)
	}
}

func deleteNextAccount(before, after *store.Tx, w written) {
	other := beside(before.AccountsByVendor(w.path["vendor"]), func(a *store.Account) bool {
		return a.CustomerID+"|"+a.AccountID == w.path["id"]
	})
	if other != nil {
		after.DeleteAccount(other)
	}
}

func (w written) groupBeside(tx *store.Tx) *store.BillingGroup {
	return beside(slices.Collect(tx.BillingGroups()), func(g *store.BillingGroup) bool { return g.CompanyID == w.path["id"] })
}

func renameNextGroup(_, after *store.Tx, w written) {
	if other := w.groupBeside(after); other != nil {
		next := *other
		next.Name, next.CompanyName = w.text("billinggroup_name"), w.text("company_name")
		after.UpdateBillingGroup(next)
	}
}

func deleteNextGroup(before, after *store.Tx, w written) {
	if other := w.groupBeside(before); other != nil {
		after.DeleteBillingGroup(other)
	}
}

func deleteNextReseller(before, after *store.Tx, w written) {
	other := beside(slices.Collect(before.Resellers()), func(r *store.Reseller) bool { return r.UserID == w.path["user_id"] })
	if other != nil {
		after.DeleteReseller(other)
	}
}

func loseBilling(_, after *store.Tx, w written) {
	for _, c := range after.CustomersByName(w.text("name")) {
		next := *c
		next.PartnerBilling = false
		after.UpdateCustomer(next)
	}
}

func loseFolder(_, after *store.Tx, w written) {
	id, _ := strconv.ParseInt(w.path["id"], 10, 64)
	if c := after.Customer(id); c != nil {
		next := *c
		next.Folder = ""
		after.UpdateCustomer(next)
	}
}

func losePhone(_, after *store.Tx, w written) {
	if group := after.BillingGroup(w.path["id"]); group != nil {
		next := *group
		next.Phone = nil
		after.UpdateBillingGroup(next)
	}
}

func copySettings(_, after *store.Tx, w written) {
	vendor, other := w.text("vendor"), "azure"
	if vendor == other {
		other = "aws"
	}
	if group := after.BillingGroup(w.path["id"]); group != nil {
		after.UpdateBillingGroup(group.WithInvoices(other, group.Invoices[vendor]))
	}
}

// mergeInvoices gives both vendors the settings for aws, where a group has settings for both.
func mergeInvoices(after *store.Tx, group *store.BillingGroup) {
	if aws, ok := group.Invoices["aws"]; ok {
		if _, both := group.Invoices["azure"]; both {
			after.UpdateBillingGroup(group.WithInvoices("azure", aws))
		}
	}
}

func mergeCreated(_, after *store.Tx, w written) {
	groups := slices.Collect(after.BillingGroups())
	for _, group := range slices.Backward(groups) {
		if group.BillingGroupID == w.text("billinggroup_id") {
			mergeInvoices(after, group)
			return
		}
	}
}

func mergeUpdated(_, after *store.Tx, w written) {
	if group := after.BillingGroup(w.path["id"]); group != nil {
		mergeInvoices(after, group)
	}
}

func moveReseller(_, after *store.Tx, w written) {
	reseller := after.Reseller(w.path["user_id"])
	if reseller == nil {
		return
	}
	for group := range after.BillingGroups() {
		if group.CompanyID != reseller.CompanyID {
			next := *reseller
			next.CompanyID = group.CompanyID
			after.UpdateReseller(next)
			return
		}
	}
}

func spreadMeta(_, after *store.Tx, w written) {
	other := beside(slices.Collect(after.Resellers()), func(r *store.Reseller) bool { return r.UserID == w.path["user_id"] })
	sent, _ := w.body["meta"].(map[string]any)
	if other == nil {
		return
	}
	meta := map[string]bool{}
	for name, value := range sent {
		meta[name], _ = value.(bool)
	}
	after.UpdateReseller(other.WithMeta(meta))
}

func rateOtherInvoices(_, after *store.Tx, w written) {
	named := map[string]bool{}
	var rate float64
	for _, s := range w.settings() {
		id, _ := s["invoice_id"].(string)
		rate, _ = s["exchange_rate"].(float64)
		named[id] = true
	}
	for _, i := range after.InvoiceIDsByVendor(w.path["vendor"]) {
		if !named[i.InvoiceID] {
			after.SetInvoiceRate(store.InvoiceRate{Vendor: i.Vendor, Month: w.path["month"], AccountID: i.AccountID, InvoiceID: i.InvoiceID, Rate: rate})
		}
	}
}

func rateOtherPayers(_, after *store.Tx, w written) {
	named := map[string]bool{}
	var rate float64
	for _, s := range w.settings() {
		id, _ := s["account_id"].(string)
		rate, _ = s["exchange_rate"].(float64)
		named[id] = true
	}
	for payer := range after.Payers() {
		if !named[payer.AccountID] {
			after.SetPayerRate(store.PayerRate{Vendor: payer.Vendor, Month: w.path["month"], AccountID: payer.AccountID, Rate: rate})
		}
	}
}

// rateAllPayers gives each payer the rate of a month or of groups.
func rateAllPayers(_, after *store.Tx, w written) {
	month, rate := w.path["month"], w.body["exchange_rate"]
	if within, ok := rate.(map[string]any); ok {
		month, _ = within["month"].(string)
		rate = within["rate"]
	}
	value, _ := rate.(float64)
	for payer := range after.Payers() {
		after.SetPayerRate(store.PayerRate{Vendor: payer.Vendor, Month: month, AccountID: payer.AccountID, Rate: value})
	}
}

// keepRefused keeps a create with whatever fields it has, and the fields of an update.
func keepRefused(before, after *store.Tx, w written) {
	kept := store.Assignment{}
	id, _ := strconv.ParseInt(w.path["id"], 10, 64)
	if old := before.Assignment(id); old != nil {
		kept = *old
	}
	if owner := w.text("owner_id"); owner != "" {
		kept.OwnerID = owner
	}
	if payer := w.text("payer_account_owner_id"); payer != "" {
		kept.PayerAccountOwnerID = payer
	}
	if customer, ok := w.body["customer_id"].(float64); ok {
		kept.CustomerID = int64(customer)
	}
	if kept.ID == 0 {
		after.InsertAssignment(kept)
		return
	}
	after.UpdateAssignment(kept)
}
