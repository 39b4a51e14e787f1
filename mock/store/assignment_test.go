package store

import (
	"fmt"
	"testing"
)

func TestAssignments(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		tx.InsertAssignment(Assignment{OwnerID: "A", CustomerID: 1, PayerAccountOwnerID: "A"})
		tx.InsertAssignment(Assignment{OwnerID: "B", CustomerID: 1, PayerAccountOwnerID: "A"})
		tx.InsertAssignment(Assignment{OwnerID: "C", CustomerID: 2, PayerAccountOwnerID: "C"})
	})
	tx := s.Read()
	equal(t, "by id", tx.Assignment(2).OwnerID, "B")
	equal(t, "by owner", tx.AssignmentByOwner("C").ID, 3)
	equal(t, "by customer", len(tx.AssignmentsByCustomer(1)), 2)
	equal(t, "by payer", len(tx.AssignmentsByPayer("A")), 2)
	if tx.Assignment(4) != nil || tx.AssignmentByOwner("D") != nil {
		t.Error("an unknown assignment is found")
	}

	write(t, s, func(tx *Tx) {
		changed := *tx.Assignment(2)
		changed.PayerAccountOwnerID = "B"
		tx.UpdateAssignment(changed)
		tx.DeleteAssignment(tx.Assignment(3))
		equal(t, "an id is not given twice", tx.InsertAssignment(Assignment{OwnerID: "D"}).ID, 4)
	})
	equal(t, "by payer", len(s.Read().AssignmentsByPayer("A")), 1)
	equal(t, "count", s.Read().AssignmentCount(), 3)
}

func TestAssignmentsPage(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		for range 5 {
			tx.InsertAssignment(Assignment{})
		}
	})
	for _, page := range []struct {
		offset, limit int
		want          []int64
	}{
		{0, 2, []int64{1, 2}},
		{2, 2, []int64{3, 4}},
		{4, 2, []int64{5}},
		{5, 2, []int64{}},
		{0, 0, []int64{}},
		{-1, 1, []int64{1}},
		{0, 100, []int64{1, 2, 3, 4, 5}},
	} {
		ids := []int64{}
		for _, assignment := range s.Read().AssignmentsPage(page.offset, page.limit) {
			ids = append(ids, assignment.ID)
		}
		equal(t, fmt.Sprintf("%d from %d", page.limit, page.offset), ids, page.want)
	}
}

func TestAWSAccounts(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		tx.InsertAWSAccount(AWSAccount{OwnerID: "000000000100", Family: "000000000100", Head: true})
		tx.InsertAWSAccount(AWSAccount{OwnerID: "000000000001", Family: "000000000100"})
	})
	equal(t, "head", s.Read().AWSAccount("000000000100").Head, true)
	equal(t, "family", s.Read().AWSAccount("000000000001").Family, "000000000100")
	if s.Read().AWSAccount("000000000002") != nil {
		t.Error("an unknown AWS account is found")
	}
}
