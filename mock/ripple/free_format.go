package ripple

import (
	"context"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/store"
)

// UpdateFreeFormat replaces the lines added by hand to a vendor's invoices
// (billinggroup#update-free-format). An empty list clears them.
func (t *Twin) UpdateFreeFormat(ctx context.Context, request gen.UpdateFreeFormatRequestObject) (gen.UpdateFreeFormatResponseObject, error) {
	var items []store.FreeFormatItem
	for _, item := range request.Body.AdditionalItems {
		items = append(items, store.FreeFormatItem{
			Enabled: item.Enabled, Label: item.Label, UnitCost: item.UnitCost, Quantity: item.Quantity, Total: item.Total,
		})
	}
	err := t.changeBillingGroup(ctx, request.Id, func(_ *store.Tx, group store.BillingGroup) (store.BillingGroup, error) {
		return group.WithFreeFormat(string(request.Vendor), items), nil
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateFreeFormat200JSONResponse{SucceededJSONResponse: success}, nil
}

// DeleteFreeFormat removes the lines added by hand to a vendor's invoices, where
// there are any (billinggroup#delete-free-format).
func (t *Twin) DeleteFreeFormat(ctx context.Context, request gen.DeleteFreeFormatRequestObject) (gen.DeleteFreeFormatResponseObject, error) {
	err := t.changeBillingGroup(ctx, request.Id, func(_ *store.Tx, group store.BillingGroup) (store.BillingGroup, error) {
		return group.WithoutFreeFormat(string(request.Vendor)), nil
	})
	if err != nil {
		return nil, err
	}
	return gen.DeleteFreeFormat200JSONResponse{SucceededJSONResponse: success}, nil
}
