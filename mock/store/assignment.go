package store

// Assignment is an AWS account given to a CloudHealth customer, and the account
// whose bills carry its costs.
type Assignment struct {
	ID                  int64  `json:"id"`
	OwnerID             string `json:"owner_id"`
	CustomerID          int64  `json:"customer_id"`
	PayerAccountOwnerID string `json:"payer_account_owner_id"`
}

var assignments = table[Assignment]{
	name:     "assignments",
	id:       func(a *Assignment) key { return key{a.ID} },
	numbered: true,
	by: map[string]func(*Assignment) key{
		"owner_id":    func(a *Assignment) key { return key{a.OwnerID} },
		"customer_id": func(a *Assignment) key { return key{a.CustomerID} },
		"payer":       func(a *Assignment) key { return key{a.PayerAccountOwnerID} },
	},
}

// Assignment returns the assignment of an id.
func (tx *Tx) Assignment(id int64) *Assignment {
	return assignments.first(tx, primary, id)
}

// AssignmentByOwner returns the assignment of an AWS account.
func (tx *Tx) AssignmentByOwner(ownerID string) *Assignment {
	return assignments.first(tx, "owner_id", ownerID)
}

// AssignmentsByCustomer returns the assignments to a customer by id.
func (tx *Tx) AssignmentsByCustomer(customerID int64) []*Assignment {
	return assignments.list(tx, "customer_id", customerID)
}

// AssignmentsByPayer returns the assignments that an AWS account pays for, its
// own included, by id.
func (tx *Tx) AssignmentsByPayer(ownerID string) []*Assignment {
	return assignments.list(tx, "payer", ownerID)
}

// AssignmentsPage returns at most limit assignments by id, after the first
// offset ones.
func (tx *Tx) AssignmentsPage(offset, limit int) []*Assignment {
	return assignments.page(tx, offset, limit)
}

// AssignmentCount returns the number of all assignments.
func (tx *Tx) AssignmentCount() int {
	return assignments.count(tx)
}

// InsertAssignment adds an assignment under the next id and returns it.
func (tx *Tx) InsertAssignment(assignment Assignment) *Assignment {
	assignment.ID = int64(assignments.next(tx))
	return assignments.insert(tx, assignment)
}

// UpdateAssignment replaces the assignment of the same id and returns it.
func (tx *Tx) UpdateAssignment(assignment Assignment) *Assignment {
	return assignments.update(tx, assignment)
}

// DeleteAssignment removes an assignment.
func (tx *Tx) DeleteAssignment(assignment *Assignment) {
	assignments.remove(tx, assignment)
}
