package ripple

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/openapi"
)

const (
	aws   = string(gen.Aws)
	azure = string(gen.Azure)
)

// printedSettings are the invoice settings that the page prints for a vendor nobody
// has sent any for (billinggroup#list; dialect point
// ripple.billinggroup.invoice-defaults). They stand in the contract's example.
func printedSettings(contract *openapi.Contract) gen.InvoiceSettings {
	var groups []gen.BillingGroup
	examples := contract.Operation("listBillingGroups").Spec.Responses.Status(http.StatusOK).Value.Content["application/json"].Examples
	data, err := json.Marshal(examples["page"].Value.Value)
	if err == nil {
		err = json.Unmarshal(data, &groups)
	}
	var invoices gen.InvoicesByVendor
	if err == nil && len(groups) > 0 {
		invoices, err = groups[0].Invoices.Get()
	}
	if err != nil || invoices[gen.Azure] == nil {
		panic(fmt.Errorf("ripple.yaml: the page example of listBillingGroups shows no settings: %w", err))
	}
	return *invoices[gen.Azure]
}

// UpdateInvoiceSettings replaces a vendor's invoice settings
// (billinggroup#update-invoice-setting).
func (t *Twin) UpdateInvoiceSettings(ctx context.Context, request gen.UpdateInvoiceSettingsRequestObject) (gen.UpdateInvoiceSettingsResponseObject, error) {
	vendor, settings := string(request.Body.Vendor), store.InvoiceSettings(request.Body.Invoices)
	limited := !t.dialect.Is("ripple.invoice.azure-support-fee", "off")
	if err := t.rules.First(
		azureSupportFee.When(limited && foreignSupportFee(map[string]store.InvoiceSettings{vendor: settings}), settings.SupportFee),
	); err != nil {
		return nil, err
	}
	err := t.changeBillingGroup(ctx, request.Id, func(_ *store.Tx, group store.BillingGroup) (store.BillingGroup, error) {
		return group.WithInvoices(vendor, settings), nil
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateInvoiceSettings200JSONResponse{SucceededJSONResponse: success}, nil
}

// invoicesOf are the invoice settings that a create sent, by vendor.
func invoicesOf(sent *gen.InvoicesByVendorCreate) map[string]store.InvoiceSettings {
	invoices := map[string]store.InvoiceSettings{}
	if sent != nil && sent.Aws != nil {
		invoices[aws] = store.InvoiceSettings(*sent.Aws)
	}
	if sent != nil && sent.Azure != nil {
		invoices[azure] = store.InvoiceSettings(*sent.Azure)
	}
	return invoices
}

// foreignSupportFee reports whether Azure's settings hold a support fee that is AWS's.
func foreignSupportFee(invoices map[string]store.InvoiceSettings) bool {
	settings, sent := invoices[azure]
	return sent && settings.SupportFee != "percent" && settings.SupportFee != "fix"
}

// invoices are a billing group's invoice settings as they are shown: those of the
// vendors that were sent, and what the dialect has for the others.
func (t *Twin) invoices(group *store.BillingGroup) gen.InvoicesByVendor {
	out := gen.InvoicesByVendor{}
	switch t.dialect.Reading("ripple.billinggroup.invoice-defaults") {
	case "printed":
		out[gen.Aws], out[gen.Azure] = &t.printed, &t.printed
	case "null":
		out[gen.Aws], out[gen.Azure] = nil, nil
	}
	for vendor, settings := range group.Invoices {
		shown := gen.InvoiceSettings(settings)
		out[gen.Vendor(vendor)] = &shown
	}
	return out
}
