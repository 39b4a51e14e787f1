package store

import "testing"

func TestBillingGroups(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		tx.InsertBillingGroup(BillingGroup{CompanyID: "z", BillingGroupID: "one"})
		tx.InsertBillingGroup(BillingGroup{CompanyID: "a", BillingGroupID: "one"})
	})
	companies := func() (ids []string) {
		for group := range s.Read().BillingGroups() {
			ids = append(ids, group.CompanyID)
		}
		return ids
	}
	equal(t, "all", companies(), []string{"z", "a"})
	equal(t, "by id", s.Read().BillingGroup("a").Sequence, 2)
	equal(t, "by the partner's id", len(s.Read().BillingGroupsByBillingGroupID("one")), 2)
	if s.Read().BillingGroup("unknown") != nil {
		t.Error("an unknown id finds a billing group")
	}

	write(t, s, func(tx *Tx) {
		renamed := *tx.BillingGroup("z")
		renamed.BillingGroupID = "two"
		tx.UpdateBillingGroup(renamed)
		tx.DeleteBillingGroup(tx.BillingGroup("a"))
	})
	equal(t, "all", companies(), []string{"z"})
	equal(t, "under the old id", len(s.Read().BillingGroupsByBillingGroupID("one")), 0)
}

func TestBillingGroupCopies(t *testing.T) {
	items := []FreeFormatItem{{Label: "first"}}
	stored := BillingGroup{}.
		WithInvoices("aws", InvoiceSettings{Currency: "jpy"}).
		WithFreeFormat("aws", items)
	items[0].Label = "changed by the caller"

	changed := stored.
		WithInvoices("aws", InvoiceSettings{Currency: "usd"}).
		WithInvoices("azure", InvoiceSettings{}).
		WithFreeFormat("aws", nil).
		WithFreeFormat("azure", items)
	cleared := stored.WithoutFreeFormat("aws")

	equal(t, "invoices", stored.Invoices, map[string]InvoiceSettings{"aws": {Currency: "jpy"}})
	equal(t, "items", stored.FreeFormat, map[string][]FreeFormatItem{"aws": {{Label: "first"}}})
	equal(t, "changed invoices", changed.Invoices["aws"].Currency, "usd")
	equal(t, "changed items", len(changed.FreeFormat["aws"]), 0)
	equal(t, "cleared items", len(cleared.FreeFormat), 0)
	equal(t, "cleared of nothing", len(BillingGroup{}.WithoutFreeFormat("aws").FreeFormat), 0)
}
