package store

import "iter"

// Payer is an account at a vendor that pays for others.
type Payer struct {
	Vendor    string `json:"vendor"`
	AccountID string `json:"account_id"`
	Name      string `json:"name"`
	Sequence  uint64 `json:"sequence"`
}

var payers = table[Payer]{
	name:     "payers",
	id:       func(p *Payer) key { return key{p.Sequence} },
	numbered: true,
	by: map[string]func(*Payer) key{
		"account_id": func(p *Payer) key { return key{p.Vendor, p.AccountID} },
	},
}

// Payers goes through all payers by insertion.
func (tx *Tx) Payers() iter.Seq[*Payer] {
	return payers.all(tx)
}

// Payer returns the payer of an account id at a vendor.
func (tx *Tx) Payer(vendor, accountID string) *Payer {
	return payers.first(tx, "account_id", vendor, accountID)
}

// InsertPayer adds a payer under the next Sequence and returns it.
func (tx *Tx) InsertPayer(payer Payer) *Payer {
	payer.Sequence = payers.next(tx)
	return payers.insert(tx, payer)
}
