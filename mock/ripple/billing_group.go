package ripple

import (
	"context"

	"github.com/oapi-codegen/nullable"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

// CreateBillingGroup creates a billing group and answers the company_id it is known
// by from then on (billinggroup#create).
func (t *Twin) CreateBillingGroup(ctx context.Context, request gen.CreateBillingGroupRequestObject) (gen.CreateBillingGroupResponseObject, error) {
	b := request.Body
	invoices := invoicesOf(b.Invoices)
	var created *store.BillingGroup
	err := write(ctx, func(tx *store.Tx) error {
		if err := t.rules.First(
			t.empty("ripple.billinggroup.create", "billinggroup_id", b.BillinggroupId),
			t.empty("ripple.billinggroup.create", "billinggroup_name", b.BillinggroupName),
			t.empty("ripple.billinggroup.create", "company_name", b.CompanyName),
			azureSupportFee.When(t.dialect.Is("ripple.invoice.azure-support-fee", "both") && foreignSupportFee(invoices), invoices[azure].SupportFee),
			billingGroupIDUnique.When(t.billingGroupIDTaken(tx, b.BillinggroupId, ""), b.BillinggroupId),
		); err != nil {
			return err
		}
		created = tx.InsertBillingGroup(store.BillingGroup{
			CompanyID:      newID(tx, sandbox.From(ctx).Seed, "company_id", func(id string) bool { return tx.BillingGroup(id) != nil }),
			BillingGroupID: b.BillinggroupId, Name: b.BillinggroupName, CompanyName: b.CompanyName,
			Phone: pointer(b.Phone), Postal: pointer(b.Postal), Address: pointer(b.Address),
			BillingTitle: pointer(b.BillingTitle), Personal: pointer(b.Personal), Remarks: pointer(b.Remarks),
			InvAggregate: &b.InvAggregate, ProjectID: pointer(b.ProjectId), InvoiceTemplateID: pointer(b.InvoiceTemplateId),
			Language: pointer(b.Language), DisplayCost: pointer(b.DisplayCost), ExchangeRateType: pointer(b.ExchangeRateType),
			Invoices: invoices,
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateBillingGroup200JSONResponse{
		Status: gen.BillingGroupCreatedStatusSuccess, CompanyId: created.CompanyID, BillinggroupId: created.BillingGroupID,
	}, nil
}

// ListBillingGroups lists the billing groups (billinggroup#list).
func (t *Twin) ListBillingGroups(ctx context.Context, _ gen.ListBillingGroupsRequestObject) (gen.ListBillingGroupsResponseObject, error) {
	tx := read(ctx)
	list := gen.ListBillingGroups200JSONResponse{}
	for group := range tx.BillingGroups() {
		list = append(list, t.billingGroup(tx, group))
	}
	return list, nil
}

// GetBillingGroup shows the billing group of a company_id
// (billinggroup#list-details).
func (t *Twin) GetBillingGroup(ctx context.Context, request gen.GetBillingGroupRequestObject) (gen.GetBillingGroupResponseObject, error) {
	tx := read(ctx)
	group := tx.BillingGroup(request.Id)
	if err := t.rules.First(billingGroupKnown.When(group == nil, request.Id)); err != nil {
		return nil, err
	}
	if group == nil { // only where a defect has taken the rule away
		group = &store.BillingGroup{CompanyID: request.Id}
	}
	return gen.GetBillingGroup200JSONResponse(t.billingGroup(tx, group)), nil
}

// UpdateBillingGroup replaces what is known of a billing group, its invoice settings
// aside (billinggroup#update).
func (t *Twin) UpdateBillingGroup(ctx context.Context, request gen.UpdateBillingGroupRequestObject) (gen.UpdateBillingGroupResponseObject, error) {
	b := request.Body
	if err := t.rules.First(
		t.empty("ripple.billinggroup.update", "billinggroup_id", b.BillinggroupId),
		t.empty("ripple.billinggroup.update", "billinggroup_name", b.BillinggroupName),
		t.empty("ripple.billinggroup.update", "company_name", b.CompanyName),
	); err != nil {
		return nil, err
	}
	err := t.changeBillingGroup(ctx, request.Id, func(tx *store.Tx, group store.BillingGroup) (store.BillingGroup, error) {
		if err := t.rules.First(
			billingGroupIDUnique.When(t.billingGroupIDTaken(tx, b.BillinggroupId, group.CompanyID), b.BillinggroupId),
		); err != nil {
			return group, err
		}
		group.BillingGroupID, group.Name, group.CompanyName = b.BillinggroupId, b.BillinggroupName, b.CompanyName
		group.Phone = updated(t, group.Phone, b.Phone)
		group.Postal = updated(t, group.Postal, b.Postal)
		group.Address = updated(t, group.Address, b.Address)
		group.BillingTitle = updated(t, group.BillingTitle, b.BillingTitle)
		group.Personal = updated(t, group.Personal, b.Personal)
		group.Remarks = updated(t, group.Remarks, b.Remarks)
		group.InvAggregate = updated(t, group.InvAggregate, b.InvAggregate)
		group.ProjectID = updated(t, group.ProjectID, b.ProjectId)
		group.Language = updated(t, group.Language, b.Language)
		return group, nil
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateBillingGroup200JSONResponse{SucceededJSONResponse: success}, nil
}

// DeleteBillingGroup removes the billing group of a company_id
// (billinggroup#delete). What becomes of a group in use is the dialect point
// ripple.billinggroup.delete-in-use.
func (t *Twin) DeleteBillingGroup(ctx context.Context, request gen.DeleteBillingGroupRequestObject) (gen.DeleteBillingGroupResponseObject, error) {
	err := write(ctx, func(tx *store.Tx) error {
		group := tx.BillingGroup(request.Id)
		accounts, resellers := tx.AccountsByCompanyID(request.Id), tx.ResellersByCompanyID(request.Id)
		inUse := t.dialect.Reading("ripple.billinggroup.delete-in-use")
		if err := t.rules.First(
			billingGroupKnown.When(group == nil, request.Id),
			billingGroupUnused.When(inUse == "refused" && len(accounts)+len(resellers) > 0, request.Id, len(accounts), len(resellers)),
		); err != nil {
			return err
		}
		if group == nil {
			return nil // only where a defect has taken the rule away
		}
		tx.DeleteBillingGroup(group)
		if inUse != "cascades" {
			return nil
		}
		for _, a := range accounts {
			tx.DeleteAccount(a)
		}
		for _, r := range resellers {
			tx.DeleteReseller(r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.DeleteBillingGroup200JSONResponse{SucceededJSONResponse: success}, nil
}

// changeBillingGroup replaces the billing group of a company_id by what change makes
// of it. An unknown company_id is refused, and an error changes nothing.
func (t *Twin) changeBillingGroup(ctx context.Context, companyID string, change func(*store.Tx, store.BillingGroup) (store.BillingGroup, error)) error {
	return write(ctx, func(tx *store.Tx) error {
		group := tx.BillingGroup(companyID)
		if err := t.rules.First(billingGroupKnown.When(group == nil, companyID)); err != nil {
			return err
		}
		if group == nil {
			return nil // only where a defect has taken the rule away
		}
		next, err := change(tx, *group)
		if err != nil {
			return err
		}
		tx.UpdateBillingGroup(next)
		return nil
	})
}

// billingGroupIDTaken reports whether a billing group other than that of a company_id
// has a billinggroup_id that has to be unique.
func (t *Twin) billingGroupIDTaken(tx *store.Tx, id, companyID string) bool {
	if !t.dialect.Is("ripple.billinggroup.duplicate-id", "unique") {
		return false
	}
	for _, group := range tx.BillingGroupsByBillingGroupID(id) {
		if group.CompanyID != companyID {
			return true
		}
	}
	return false
}

// member is an account as its group shows it (ripple.billinggroup.account-array).
type member struct {
	CustomerID   string `json:"customer_id"`
	CustomerName string `json:"customer_name"`
	AccountID    string `json:"account_id"`
	Vendor       string `json:"vendor"`
}

// billingGroup is a stored billing group as the list and the details show it.
func (t *Twin) billingGroup(tx *store.Tx, group *store.BillingGroup) gen.BillingGroup {
	out := gen.BillingGroup{
		CompanyId: group.CompanyID, BillinggroupId: group.BillingGroupID, BillinggroupName: group.Name,
		Name: group.CompanyName, Invoices: nullable.NewNullableWithValue(t.invoices(group)),
		Contact: nullableOf(group.Personal), Address: nullableOf(group.Address), Postal: nullableOf(group.Postal), Phone: nullableOf(group.Phone),
		Title: nullableOf(group.BillingTitle), Remarks: nullableOf(group.Remarks), InvAggregate: nullableOf(group.InvAggregate),
		ProjectId: nullableOf(group.ProjectID), Language: nullableOf(group.Language), InvoiceTemplateId: nullableOf(group.InvoiceTemplateID),
		ReqGenerate:     nullable.NewNullNullable[string](),
		ProjectCode:     nullable.NewNullNullable[string](),
		ProjectLabel:    nullable.NewNullNullable[string](),
		ProjectCurrency: nullable.NewNullNullable[string](),
		CustomFields:    nullable.NewNullNullable[[]any](),
		UntaggedGroups:  nullable.NewNullNullable[[]any](),
		Account:         []any{},
		Tag:             []any{},
	}
	if t.dialect.Is("ripple.billinggroup.readback", "null") {
		out.Title, out.Remarks, out.InvAggregate = nullable.NewNullNullable[string](), nullable.NewNullNullable[string](), nullable.NewNullNullable[bool]()
	}
	if project := projectOf(tx, group); project != nil {
		out.ProjectCode, out.ProjectLabel, out.ProjectCurrency = nullableOf(&project.Code), nullableOf(&project.Label), nullableOf(&project.Currency)
	}
	for _, a := range tx.AccountsByCompanyID(group.CompanyID) {
		out.Account = append(out.Account, member{CustomerID: a.CustomerID, CustomerName: a.Name, AccountID: a.AccountID, Vendor: a.Vendor})
	}
	return out
}
