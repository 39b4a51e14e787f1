package ripple

import (
	"cmp"
	"context"

	"github.com/oapi-codegen/nullable"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/store"
)

// SetMonthlyExchangeRate sets or replaces the rate of a month
// (exchangerate#update-monthly-rate).
func (t *Twin) SetMonthlyExchangeRate(ctx context.Context, request gen.SetMonthlyExchangeRateRequestObject) (gen.SetMonthlyExchangeRateResponseObject, error) {
	rate := request.Body.ExchangeRate
	err := write(ctx, func(tx *store.Tx) error {
		tx.SetMonthlyRate(store.MonthlyRate{Month: rate.Month, Rate: rate.Rate})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.SetMonthlyExchangeRate200JSONResponse{SucceededJSONResponse: success}, nil
}

// ListInvoiceExchangeRates lists a vendor's invoices with their rates of a month
// (exchangerate#get-monthly-invoice-id-rates).
func (t *Twin) ListInvoiceExchangeRates(ctx context.Context, request gen.ListInvoiceExchangeRatesRequestObject) (gen.ListInvoiceExchangeRatesResponseObject, error) {
	tx, vendor := read(ctx), string(request.Vendor)
	list := gen.ListInvoiceExchangeRates200JSONResponse{}
	for _, invoice := range tx.InvoiceIDsByVendor(vendor) {
		row := gen.InvoiceExchangeRate{InvoiceId: invoice.InvoiceID, AccountId: invoice.AccountID}
		if set := tx.InvoiceRate(vendor, request.Month, invoice.AccountID, invoice.InvoiceID); set != nil {
			row.ExchangeRate = nullable.NewNullableWithValue(set.Rate)
		} else if t.unratedHidden() {
			continue
		} else {
			row.ExchangeRate = nullable.NewNullNullable[float64]()
		}
		list = append(list, row)
	}
	return list, nil
}

// SetInvoiceExchangeRates sets the rates of a vendor's invoices in a month, and
// answers the settings that name no invoice (exchangerate#set-monthly-invoice-id-rates).
func (t *Twin) SetInvoiceExchangeRates(ctx context.Context, request gen.SetInvoiceExchangeRatesRequestObject) (gen.SetInvoiceExchangeRatesResponseObject, error) {
	vendor, settings := string(request.Vendor), request.Body.Settings
	answer := gen.SetInvoiceExchangeRates200JSONResponse{
		Status: gen.InvoiceExchangeRatesChangedStatusSuccess, ErrorData: []gen.InvoiceExchangeRateError{},
	}
	for _, s := range settings {
		if err := t.rules.First(
			t.empty("ripple.exchangerate.invoice.set", "settings.account_id", s.AccountId),
			t.empty("ripple.exchangerate.invoice.set", "settings.invoice_id", s.InvoiceId),
		); err != nil {
			return nil, err
		}
	}
	err := write(ctx, func(tx *store.Tx) error {
		var rates []store.InvoiceRate
		for _, s := range settings {
			if tx.InvoiceID(vendor, s.InvoiceId, s.AccountId) != nil {
				rates = append(rates, store.InvoiceRate{Vendor: vendor, Month: request.Month, AccountID: s.AccountId, InvoiceID: s.InvoiceId, Rate: s.ExchangeRate})
				continue
			}
			if err := t.rules.First(invoiceKnown.When(t.unknownReported(), s.AccountId, s.InvoiceId)); err != nil {
				message := err.Error()
				answer.ErrorData = append(answer.ErrorData, gen.InvoiceExchangeRateError{
					AccountId: &s.AccountId, InvoiceId: &s.InvoiceId, ExchangeRate: &s.ExchangeRate, Message: &message,
				})
			}
		}
		if !t.applied(len(rates), len(settings)) {
			return nil
		}
		for _, rate := range rates {
			tx.SetInvoiceRate(rate)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// ListPayerExchangeRates lists the payers with their rates of a month
// (exchangerate#get-monthly-payer-account-id-rates).
func (t *Twin) ListPayerExchangeRates(ctx context.Context, request gen.ListPayerExchangeRatesRequestObject) (gen.ListPayerExchangeRatesResponseObject, error) {
	tx := read(ctx)
	list := gen.ListPayerExchangeRates200JSONResponse{}
	for payer := range tx.Payers() {
		row := gen.PayerExchangeRate{Id: payer.AccountID, Vendor: gen.Vendor(payer.Vendor), Name: payer.Name}
		if set := tx.PayerRate(payer.Vendor, request.Month, payer.AccountID); set != nil {
			row.ExchangeRate = nullable.NewNullableWithValue(set.Rate)
		} else if t.unratedHidden() {
			continue
		} else {
			row.ExchangeRate = nullable.NewNullNullable[float64]()
		}
		list = append(list, row)
	}
	return list, nil
}

// SetPayerExchangeRates sets the payers' rates of a month
// (exchangerate#set-monthly-payer-account-id-rates).
func (t *Twin) SetPayerExchangeRates(ctx context.Context, request gen.SetPayerExchangeRatesRequestObject) (gen.SetPayerExchangeRatesResponseObject, error) {
	settings := request.Body.Settings
	for _, s := range settings {
		if err := t.rules.First(t.empty("ripple.exchangerate.payer.set", "settings.account_id", s.AccountId)); err != nil {
			return nil, err
		}
	}
	err := write(ctx, func(tx *store.Tx) error {
		var rates []store.PayerRate
		for _, s := range settings {
			known := tx.Payer(string(s.Vendor), s.AccountId) != nil
			if err := t.rules.First(payerKnown.When(!known && s.AccountId != "" && s.Vendor.Valid() && t.unknownReported(), s.AccountId, s.Vendor)); err != nil {
				return err
			}
			if known {
				rates = append(rates, store.PayerRate{Vendor: string(s.Vendor), Month: request.Month, AccountID: s.AccountId, Rate: s.ExchangeRate})
			}
		}
		if !t.applied(len(rates), len(settings)) {
			return nil
		}
		for _, rate := range rates {
			tx.SetPayerRate(rate)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.SetPayerExchangeRates200JSONResponse{SucceededJSONResponse: success}, nil
}

// SetBillingGroupExchangeRate sets one rate for the invoices of several billing
// groups in a month (exchangerate#update-monthly-invoice-setting-rate).
func (t *Twin) SetBillingGroupExchangeRate(ctx context.Context, request gen.SetBillingGroupExchangeRateRequestObject) (gen.SetBillingGroupExchangeRateResponseObject, error) {
	b := request.Body
	err := write(ctx, func(tx *store.Tx) error {
		var rates []store.GroupRate
		for _, id := range b.BillingGroups {
			group := t.rated(tx, id)
			if err := t.rules.First(ratedGroupKnown.When(group == nil && t.unknownReported(), id)); err != nil {
				return err
			}
			if group != nil {
				rates = append(rates, store.GroupRate{Vendor: string(b.Vendor), Month: request.Month, CompanyID: group.CompanyID, Rate: b.ExchangeRate})
			}
		}
		if !t.applied(len(rates), len(b.BillingGroups)) {
			return nil
		}
		for _, rate := range rates {
			tx.SetGroupRate(rate)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.SetBillingGroupExchangeRate200JSONResponse{SucceededJSONResponse: success}, nil
}

// rated resolves an item of billing_groups to its group; nil where the id is unknown.
func (t *Twin) rated(tx *store.Tx, id string) *store.BillingGroup {
	if t.dialect.Is("ripple.exchangerate.group-ids", "company-id") {
		return tx.BillingGroup(id)
	}
	return cmp.Or(tx.BillingGroupsByBillingGroupID(id)...)
}

// unratedHidden reports whether the lists leave out what has no rate.
func (t *Twin) unratedHidden() bool {
	return t.dialect.Is("ripple.exchangerate.rows", "only-rated")
}

// unknownReported reports whether an id that does not exist is a fault.
func (t *Twin) unknownReported() bool {
	return t.dialect.Is("ripple.exchangerate.unknown", "reported")
}

// applied reports whether the items of a list that can be applied are, being so many
// of all that were sent.
func (t *Twin) applied(valid, sent int) bool {
	return valid == sent || t.dialect.Is("ripple.exchangerate.batch", "valid-applied")
}
