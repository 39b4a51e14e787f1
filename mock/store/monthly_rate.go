package store

import "iter"

// MonthlyRate is the exchange rate of a month (yyyy-mm).
type MonthlyRate struct {
	Month string  `json:"month"`
	Rate  float64 `json:"rate"`
}

var monthlyRates = table[MonthlyRate]{
	name: "monthly_rates",
	id:   func(r *MonthlyRate) key { return key{r.Month} },
}

// MonthlyRates goes through the rates of all months by month.
func (tx *Tx) MonthlyRates() iter.Seq[*MonthlyRate] {
	return monthlyRates.all(tx)
}

// MonthlyRate returns the rate set for a month.
func (tx *Tx) MonthlyRate(month string) *MonthlyRate {
	return monthlyRates.first(tx, primary, month)
}

// SetMonthlyRate sets or replaces the rate of a month.
func (tx *Tx) SetMonthlyRate(rate MonthlyRate) {
	monthlyRates.put(tx, rate)
}
