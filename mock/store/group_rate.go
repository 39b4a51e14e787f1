package store

// GroupRate is the exchange rate of one billing group in a month (yyyy-mm).
type GroupRate struct {
	Vendor    string  `json:"vendor"`
	Month     string  `json:"month"`
	CompanyID string  `json:"company_id"`
	Rate      float64 `json:"rate"`
}

var groupRates = table[GroupRate]{
	name: "group_rates",
	id:   func(r *GroupRate) key { return key{r.Vendor, r.Month, r.CompanyID} },
}

// GroupRate returns the rate set for a billing group in a month.
func (tx *Tx) GroupRate(vendor, month, companyID string) *GroupRate {
	return groupRates.first(tx, primary, vendor, month, companyID)
}

// SetGroupRate sets or replaces the rate of a billing group in a month.
func (tx *Tx) SetGroupRate(rate GroupRate) {
	groupRates.put(tx, rate)
}
