package store

// PayerRate is the exchange rate of one payer account in a month (yyyy-mm).
type PayerRate struct {
	Vendor    string  `json:"vendor"`
	Month     string  `json:"month"`
	AccountID string  `json:"account_id"`
	Rate      float64 `json:"rate"`
}

var payerRates = table[PayerRate]{
	name: "payer_rates",
	id:   func(r *PayerRate) key { return key{r.Vendor, r.Month, r.AccountID} },
}

// PayerRate returns the rate set for a payer account in a month.
func (tx *Tx) PayerRate(vendor, month, accountID string) *PayerRate {
	return payerRates.first(tx, primary, vendor, month, accountID)
}

// SetPayerRate sets or replaces the rate of a payer account in a month.
func (tx *Tx) SetPayerRate(rate PayerRate) {
	payerRates.put(tx, rate)
}
