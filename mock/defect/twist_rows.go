package defect

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/twinbill/twinbill/mock/store"
)

// neighbourTwists are seen in the rows around the one that a write is about.
var neighbourTwists = []twist{
	{"rows/ripple.account.update.others/before", "ripple.account.update.others", "An update changes the name of the account before its own too.", spilled(http.StatusOK, renameAccountBefore, "updateAccount")},
	{"rows/ripple.account.delete.others/payer", "ripple.account.delete.others", "A delete takes every account of the payer.", spilled(http.StatusOK, deletePayersAccounts, "deleteAccount")},
	{"rows/ripple.billinggroup.update.others/before", "ripple.billinggroup.update.others", "An update changes the name of the group before its own too.", spilled(http.StatusOK, renameGroupBefore, "updateBillingGroup")},
	{"rows/ripple.billinggroup.update-invoices.others", "ripple.billinggroup.update-invoices.others", "An invoice update sets the group after its own too.", spilled(http.StatusOK, setNextGroup, "updateInvoiceSettings")},
	{"rows/ripple.reseller.update-password.others", "ripple.reseller.update-password.others", "A password update shows at the reseller after its own too.", spilled(http.StatusOK, stampNextReseller, "updateResellerPassword")},
	{"rows/cloudhealth.assignment.update.others", "cloudhealth.assignment.update.others", "An update moves the assignments of the same payer to the next customer.", spilled(http.StatusOK, moveSiblings, "updateAwsAccountAssignment")},
	{"rows/cloudhealth.assignment.delete.others", "cloudhealth.assignment.delete.others", "A delete takes the assignments of the same payer.", spilled(http.StatusNoContent, deleteSiblings, "deleteAwsAccountAssignment")},
}

func renameAccountBefore(_, after *store.Tx, w written) {
	rows := after.AccountsByVendor(w.text("vendor"))
	if other := before(rows, func(a *store.Account) bool { return a.CustomerID == w.path["customer_id"] }); other != nil {
		next := *other
		next.Name = w.text("name")
		after.UpdateAccount(next)
	}
}

func deletePayersAccounts(before, after *store.Tx, w written) {
	for _, gone := range before.AccountsByVendor(w.path["vendor"]) {
		if gone.CustomerID+"|"+gone.AccountID != w.path["id"] {
			continue
		}
		for _, a := range after.AccountsByVendor(gone.Vendor) {
			if a.AccountID == gone.AccountID {
				after.DeleteAccount(a)
			}
		}
	}
}

func renameGroupBefore(_, after *store.Tx, w written) {
	rows := slices.Collect(after.BillingGroups())
	if other := before(rows, func(g *store.BillingGroup) bool { return g.CompanyID == w.path["id"] }); other != nil {
		next := *other
		next.Name = w.text("billinggroup_name")
		after.UpdateBillingGroup(next)
	}
}

func setNextGroup(_, after *store.Tx, w written) {
	group, other := after.BillingGroup(w.path["id"]), w.groupBeside(after)
	if group != nil && other != nil {
		after.UpdateBillingGroup(other.WithInvoices(w.text("vendor"), group.Invoices[w.text("vendor")]))
	}
}

func stampNextReseller(_, after *store.Tx, w written) {
	other := beside(slices.Collect(after.Resellers()), func(r *store.Reseller) bool { return r.UserID == w.path["user_id"] })
	if own := after.Reseller(w.path["user_id"]); own != nil && other != nil {
		next := *other
		next.PasswordUpdateTime = own.PasswordUpdateTime
		after.UpdateReseller(next)
	}
}

// siblings are the other assignments of an assignment's payer.
func siblings(tx *store.Tx, of *store.Assignment) (all []*store.Assignment) {
	for _, a := range tx.AssignmentsByCustomer(of.CustomerID) {
		if a.ID != of.ID && a.OwnerID != a.PayerAccountOwnerID && a.PayerAccountOwnerID == of.PayerAccountOwnerID {
			all = append(all, a)
		}
	}
	return all
}

func (w written) id() int64 {
	id, _ := strconv.ParseInt(w.path["id"], 10, 64)
	return id
}

func moveSiblings(_, after *store.Tx, w written) {
	of := after.Assignment(w.id())
	if of == nil {
		return
	}
	for _, a := range siblings(after, of) {
		next := *a
		next.CustomerID++
		after.UpdateAssignment(next)
	}
}

func deleteSiblings(before, after *store.Tx, w written) {
	of := before.Assignment(w.id())
	if of == nil {
		return
	}
	for _, a := range siblings(after, of) {
		after.DeleteAssignment(a)
	}
}
