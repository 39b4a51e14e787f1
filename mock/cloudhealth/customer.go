package cloudhealth

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	gen "github.com/twinbill/twinbill/gen/cloudhealth"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

// mostTags is how many tags a customer has at most.
const mostTags = 20

// CreateCustomer creates a customer (up#customers).
func (t *Twin) CreateCustomer(ctx context.Context, _ gen.CreateCustomerRequestObject) (gen.CreateCustomerResponseObject, error) {
	var created *store.Customer
	err := write(ctx, func(tx *store.Tx) error {
		next, err := t.described(ctx, tx, store.Customer{Classification: string(gen.ClassificationManagedWithoutAccess)})
		if err != nil {
			return err
		}
		next.CreatedAt = next.UpdatedAt
		created = tx.AddCustomer(next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateCustomer200JSONResponse(customer(created)), nil
}

// GetCustomer reads a customer (up#customers).
func (t *Twin) GetCustomer(ctx context.Context, in gen.GetCustomerRequestObject) (gen.GetCustomerResponseObject, error) {
	found := read(ctx).Customer(in.Id)
	if found == nil {
		return nil, unknown(customerRead, in.Id)
	}
	return gen.GetCustomer200JSONResponse(customer(found)), nil
}

// ListCustomers lists a page of the customers by id (up#customers).
func (t *Twin) ListCustomers(ctx context.Context, in gen.ListCustomersRequestObject) (gen.ListCustomersResponseObject, error) {
	tx := read(ctx)
	p := t.pageOf(in.Params.Page, in.Params.PerPage, tx.CustomerCount())
	list := []gen.Customer{}
	if !p.beyond() {
		for _, c := range tx.CustomersPage(p.offset(), p.size) {
			list = append(list, customer(c))
		}
	}
	return gen.ListCustomers200JSONResponse{
		Body:    gen.CustomerList{Customers: list},
		Headers: gen.ListCustomers200ResponseHeaders{Link: p.link(request(ctx))},
	}, nil
}

// UpdateCustomer changes the fields of a customer that are sent (up#customers).
func (t *Twin) UpdateCustomer(ctx context.Context, in gen.UpdateCustomerRequestObject) (gen.UpdateCustomerResponseObject, error) {
	var updated *store.Customer
	err := write(ctx, func(tx *store.Tx) error {
		before := tx.Customer(in.Id)
		if before == nil {
			return unknown(customerRead, in.Id)
		}
		next, err := t.described(ctx, tx, *before)
		if err != nil {
			return err
		}
		updated = tx.UpdateCustomer(next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateCustomer200JSONResponse(customer(updated)), nil
}

// DeleteCustomer removes a customer (up#customers). Its assignments stay: no source
// says more of a delete.
func (t *Twin) DeleteCustomer(ctx context.Context, in gen.DeleteCustomerRequestObject) (gen.DeleteCustomerResponseObject, error) {
	err := write(ctx, func(tx *store.Tx) error {
		old := tx.Customer(in.Id)
		if old == nil {
			return unknown(customerRead, in.Id)
		}
		tx.DeleteCustomer(old)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.DeleteCustomer204Response{}, nil
}

// described is a customer with what the request's body says of it; a field that is
// null or not there stays as it was.
func (t *Twin) described(ctx context.Context, tx *store.Tx, c store.Customer) (store.Customer, error) {
	sent := fields(ctx)
	var broken []*rule.Refusal
	if name, ok := sent["name"].(string); ok {
		taken := slices.ContainsFunc(tx.CustomersByName(name), func(other *store.Customer) bool { return other.ID != c.ID })
		broken = append(broken, customerNameUnique.When(taken, name))
		c.Name = name
	}
	if classification, ok := sent["classification"].(string); ok {
		c.Classification = classification
	}
	if contact, ok := sent["billing_contact"].(string); ok {
		c.BillingContact = &contact
	}
	if billing, ok := sent["partner_billing_configuration"].(map[string]any); ok {
		if enabled := billing["enabled"]; enabled != nil {
			on, readable := flag(enabled)
			broken = append(broken, enabledForm.When(!readable, shown(enabled)))
			c.PartnerBilling = on
		}
		if folder, ok := billing["folder"].(string); ok {
			c.Folder = folder
		}
	}
	address, _ := sent["address"].(map[string]any)
	for _, field := range []string{"street1", "street2", "city", "state", "zipcode", "country"} {
		if address[field] == nil {
			continue
		}
		text, readable := textOf(address[field])
		broken = append(broken, zipcodeForm.When(!readable, shown(address[field])))
		c = c.WithAddress(field, text)
	}
	if tags, ok := sent["tags"].([]any); ok {
		broken = append(broken, tagsMost.When(len(tags) > mostTags, len(tags)))
		c.Tags = nil
		for _, element := range tags {
			tag, _ := element.(map[string]any)
			key, _ := tag["key"].(string)
			value, _ := tag["value"].(string)
			c.Tags = append(c.Tags, store.CustomerTag{Key: key, Value: value})
		}
	}
	c.UpdatedAt = sandbox.From(ctx).Now().UTC().Truncate(time.Second)
	return c, t.refusal(broken...)
}

// flag is a boolean, which may be sent as a text.
func flag(v any) (on, readable bool) {
	switch v {
	case true, "true":
		return true, true
	case false, "false":
		return false, true
	}
	return false, false
}

// textOf is a text, which may be sent as a number.
func textOf(v any) (text string, readable bool) {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case json.Number: // one that no float holds
		return v.String(), true
	case string:
		return v, true
	}
	return "", false
}

// customer is a stored customer as answers show it.
func customer(c *store.Customer) gen.Customer {
	out := gen.Customer{
		Id: c.ID, Name: c.Name, Classification: gen.CustomerClassification(c.Classification), BillingContact: c.BillingContact,
		Address: map[string]string{}, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
	out.PartnerBillingConfiguration.Enabled, out.PartnerBillingConfiguration.Folder = c.PartnerBilling, c.Folder
	for field, value := range c.Address {
		out.Address[field] = value
	}
	if len(c.Tags) > 0 {
		tags := make([]map[string]string, len(c.Tags))
		for i, tag := range c.Tags {
			tags[i] = map[string]string{"key": tag.Key, "value": tag.Value}
		}
		out.Tags = &tags
	}
	return out
}
