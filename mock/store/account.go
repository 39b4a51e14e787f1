package store

import "iter"

// Account is a customer's cloud account as Ripple registers it. Sequence tells
// accounts apart and orders them by insertion.
type Account struct {
	CustomerID string  `json:"customer_id"`
	AccountID  string  `json:"account_id"`
	CompanyID  string  `json:"company_id"`
	Vendor     string  `json:"vendor"`
	Name       string  `json:"name"`
	Note       *string `json:"note"`
	Sequence   uint64  `json:"sequence"`
}

var accounts = table[Account]{
	name:     "accounts",
	id:       func(a *Account) key { return key{a.Sequence} },
	numbered: true,
	by: map[string]func(*Account) key{
		"customer_id": func(a *Account) key { return key{a.CustomerID} },
		"company_id":  func(a *Account) key { return key{a.CompanyID} },
		"vendor":      func(a *Account) key { return key{a.Vendor} },
	},
}

// Accounts goes through all accounts by insertion.
func (tx *Tx) Accounts() iter.Seq[*Account] {
	return accounts.all(tx)
}

// AccountsByCustomerID returns the accounts registered under a customer id.
func (tx *Tx) AccountsByCustomerID(id string) []*Account {
	return accounts.list(tx, "customer_id", id)
}

// AccountsByCompanyID returns the accounts of a billing group.
func (tx *Tx) AccountsByCompanyID(id string) []*Account {
	return accounts.list(tx, "company_id", id)
}

// AccountsByVendor returns the accounts at a vendor.
func (tx *Tx) AccountsByVendor(vendor string) []*Account {
	return accounts.list(tx, "vendor", vendor)
}

// InsertAccount adds an account under the next Sequence and returns it.
func (tx *Tx) InsertAccount(account Account) *Account {
	account.Sequence = accounts.next(tx)
	return accounts.insert(tx, account)
}

// UpdateAccount replaces the account of the same Sequence and returns it.
func (tx *Tx) UpdateAccount(account Account) *Account {
	return accounts.update(tx, account)
}

// DeleteAccount removes an account.
func (tx *Tx) DeleteAccount(account *Account) {
	accounts.remove(tx, account)
}
