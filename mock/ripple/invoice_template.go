package ripple

import (
	"context"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/store"
)

// UpdateInvoiceTemplate chooses a billing group's invoice template, which need not
// exist (billinggroup#update-invoice-template).
func (t *Twin) UpdateInvoiceTemplate(ctx context.Context, request gen.UpdateInvoiceTemplateRequestObject) (gen.UpdateInvoiceTemplateResponseObject, error) {
	id := request.Body.InvoiceTemplateId
	if err := t.rules.First(
		templateGiven.When(t.empty("ripple.billinggroup.update-invoice-template", "invoice_template_id", id) != nil),
	); err != nil {
		return nil, err
	}
	err := t.changeBillingGroup(ctx, request.Id, func(_ *store.Tx, group store.BillingGroup) (store.BillingGroup, error) {
		group.InvoiceTemplateID = &id
		return group, nil
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateInvoiceTemplate200JSONResponse{SucceededJSONResponse: success}, nil
}
