package store

import (
	"iter"
	"time"
)

// Customer is a customer of the CloudHealth partner. Address is keyed by the fields
// that were given; a tag has a key and a value.
type Customer struct {
	ID             int64             `json:"id"`
	Name           string            `json:"name"`
	Classification string            `json:"classification"`
	BillingContact *string           `json:"billing_contact"`
	PartnerBilling bool              `json:"partner_billing"`
	Folder         string            `json:"folder"`
	Address        map[string]string `json:"address"`
	Tags           []CustomerTag     `json:"tags"`
	CreatedAt      time.Time         `json:"created_at"`
	UpdatedAt      time.Time         `json:"updated_at"`
}

// CustomerTag is what a partner notes of a customer under a key.
type CustomerTag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// WithAddress returns a copy of c in which a field of the address has a value.
func (c Customer) WithAddress(field, value string) Customer {
	c.Address = with(c.Address, field, value)
	return c
}

var customers = table[Customer]{
	name: "customers",
	id:   func(c *Customer) key { return key{c.ID} },
	by: map[string]func(*Customer) key{
		"name": func(c *Customer) key { return key{c.Name} },
	},
}

// Customers goes through all customers by id.
func (tx *Tx) Customers() iter.Seq[*Customer] {
	return customers.all(tx)
}

// Customer returns the customer of an id.
func (tx *Tx) Customer(id int64) *Customer {
	return customers.first(tx, primary, id)
}

// CustomersByName returns the customers of a name, by id.
func (tx *Tx) CustomersByName(name string) []*Customer {
	return customers.list(tx, "name", name)
}

// CustomersPage returns at most limit customers by id, after the first offset ones.
func (tx *Tx) CustomersPage(offset, limit int) []*Customer {
	return customers.page(tx, offset, limit)
}

// CustomerCount returns the number of all customers.
func (tx *Tx) CustomerCount() int { return customers.count(tx) }

// InsertCustomer adds a customer under its own id and returns it.
func (tx *Tx) InsertCustomer(customer Customer) *Customer {
	return customers.insert(tx, customer)
}

// AddCustomer adds a customer under the next id that none has and returns it.
func (tx *Tx) AddCustomer(customer Customer) *Customer {
	for customer.ID = 0; customer.ID == 0 || tx.Customer(customer.ID) != nil; {
		customer.ID = int64(tx.Next(customers.name))
	}
	return customers.insert(tx, customer)
}

// UpdateCustomer replaces the customer of the same id and returns it.
func (tx *Tx) UpdateCustomer(customer Customer) *Customer {
	return customers.update(tx, customer)
}

// DeleteCustomer removes a customer, and nothing that refers to it.
func (tx *Tx) DeleteCustomer(customer *Customer) {
	customers.remove(tx, customer)
}
