package store

// MonthlyRate is the exchange rate of a month (yyyy-mm).
type MonthlyRate struct {
	Month string  `json:"month"`
	Rate  float64 `json:"rate"`
}

var monthlyRates = table[MonthlyRate]{
	name: "monthly_rates",
	id:   func(r *MonthlyRate) key { return key{r.Month} },
}

// MonthlyRate returns the rate set for a month.
func (tx *Tx) MonthlyRate(month string) *MonthlyRate {
	return monthlyRates.first(tx, primary, month)
}

// SetMonthlyRate sets or replaces the rate of a month.
func (tx *Tx) SetMonthlyRate(rate MonthlyRate) {
	monthlyRates.put(tx, rate)
}
