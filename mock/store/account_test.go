package store

import (
	"slices"
	"testing"
)

func TestAccounts(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		tx.InsertAccount(Account{CustomerID: "b", CompanyID: "x", Vendor: "aws"})
		tx.InsertAccount(Account{CustomerID: "a", CompanyID: "y", Vendor: "azure"})
		tx.InsertAccount(Account{CustomerID: "a", CompanyID: "x", Vendor: "azure"})
		tx.InsertAccount(Account{CustomerID: "a\x00", CompanyID: ""})
	})
	tx := s.Read()
	equal(t, "all", customerIDs(slices.Collect(tx.Accounts())), []string{"b", "a", "a", "a\x00"})
	equal(t, "customer a", customerIDs(tx.AccountsByCustomerID("a")), []string{"a", "a"})
	equal(t, "company x", customerIDs(tx.AccountsByCompanyID("x")), []string{"b", "a"})
	equal(t, "no company", customerIDs(tx.AccountsByCompanyID("")), []string{"a\x00"})
	equal(t, "azure", customerIDs(tx.AccountsByVendor("azure")), []string{"a", "a"})
	equal(t, "unknown", tx.AccountsByCustomerID("c"), nil)

	write(t, s, func(tx *Tx) {
		moved := *tx.AccountsByCustomerID("b")[0]
		moved.CompanyID = "y"
		tx.UpdateAccount(moved)
		tx.DeleteAccount(tx.AccountsByCompanyID("y")[1])
		equal(t, "own writes show", customerIDs(tx.AccountsByCompanyID("y")), []string{"b"})
	})
	tx = s.Read()
	equal(t, "company x", customerIDs(tx.AccountsByCompanyID("x")), []string{"a"})
	equal(t, "company y", customerIDs(tx.AccountsByCompanyID("y")), []string{"b"})
}

func TestDeleteWhileGoingThrough(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		for _, id := range []string{"a", "b", "c"} {
			tx.InsertAccount(Account{CustomerID: id})
		}
		for account := range tx.Accounts() {
			tx.DeleteAccount(account)
		}
	})
	equal(t, "left", len(slices.Collect(s.Read().Accounts())), 0)
}
