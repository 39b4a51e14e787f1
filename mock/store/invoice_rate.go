package store

// InvoiceRate is the exchange rate of one invoice id in a month (yyyy-mm).
type InvoiceRate struct {
	Vendor    string  `json:"vendor"`
	Month     string  `json:"month"`
	AccountID string  `json:"account_id"`
	InvoiceID string  `json:"invoice_id"`
	Rate      float64 `json:"rate"`
}

var invoiceRates = table[InvoiceRate]{
	name: "invoice_rates",
	id: func(r *InvoiceRate) key {
		return key{r.Vendor, r.Month, r.AccountID, r.InvoiceID}
	},
}

// InvoiceRate returns the rate set for an invoice id of a payer in a month.
func (tx *Tx) InvoiceRate(vendor, month, accountID, invoiceID string) *InvoiceRate {
	return invoiceRates.first(tx, primary, vendor, month, accountID, invoiceID)
}

// SetInvoiceRate sets or replaces the rate of an invoice id in a month.
func (tx *Tx) SetInvoiceRate(rate InvoiceRate) {
	invoiceRates.put(tx, rate)
}
