package ripple

import (
	"context"

	gen "github.com/twinbill/twinbill/gen/ripple"
)

// GetUser shows the rates of all months, and the payers (up#user).
func (t *Twin) GetUser(ctx context.Context, _ gen.GetUserRequestObject) (gen.GetUserResponseObject, error) {
	tx := read(ctx)
	user := gen.GetUser200JSONResponse{ExchangeRate: []gen.MonthRate{}, PayAccounts: []gen.PayAccount{}}
	for rate := range tx.MonthlyRates() {
		user.ExchangeRate = append(user.ExchangeRate, gen.MonthRate{Month: rate.Month, Rate: rate.Rate})
	}
	for payer := range tx.Payers() {
		user.PayAccounts = append(user.PayAccounts, gen.PayAccount{Vendor: gen.Vendor(payer.Vendor), Id: payer.AccountID, Name: payer.Name})
	}
	return user, nil
}
