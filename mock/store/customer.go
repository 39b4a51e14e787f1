package store

// Customer is a customer of the CloudHealth partner.
type Customer struct {
	ID             int64  `json:"id"`
	Name           string `json:"name"`
	PartnerBilling bool   `json:"partner_billing"`
}

var customers = table[Customer]{
	name: "customers",
	id:   func(c *Customer) key { return key{c.ID} },
}

// Customer returns the customer of an id.
func (tx *Tx) Customer(id int64) *Customer {
	return customers.first(tx, primary, id)
}

// InsertCustomer adds a customer under its own id and returns it.
func (tx *Tx) InsertCustomer(customer Customer) *Customer {
	return customers.insert(tx, customer)
}
