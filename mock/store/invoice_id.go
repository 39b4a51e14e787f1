package store

// InvoiceID is an invoice that a vendor writes to a payer account.
type InvoiceID struct {
	Vendor    string `json:"vendor"`
	InvoiceID string `json:"invoice_id"`
	AccountID string `json:"account_id"`
	Sequence  uint64 `json:"sequence"`
}

var invoiceIDs = table[InvoiceID]{
	name:     "invoice_ids",
	id:       func(i *InvoiceID) key { return key{i.Sequence} },
	numbered: true,
	by: map[string]func(*InvoiceID) key{
		"vendor":     func(i *InvoiceID) key { return key{i.Vendor} },
		"invoice_id": func(i *InvoiceID) key { return key{i.Vendor, i.InvoiceID, i.AccountID} },
	},
}

// InvoiceIDsByVendor returns a vendor's invoice ids by insertion.
func (tx *Tx) InvoiceIDsByVendor(vendor string) []*InvoiceID {
	return invoiceIDs.list(tx, "vendor", vendor)
}

// InvoiceID returns the invoice id of a payer account at a vendor.
func (tx *Tx) InvoiceID(vendor, invoiceID, accountID string) *InvoiceID {
	return invoiceIDs.first(tx, "invoice_id", vendor, invoiceID, accountID)
}

// InsertInvoiceID adds an invoice id under the next Sequence and returns it.
func (tx *Tx) InsertInvoiceID(id InvoiceID) *InvoiceID {
	id.Sequence = invoiceIDs.next(tx)
	return invoiceIDs.insert(tx, id)
}
