package cloudhealth

import (
	"slices"

	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/openapi"
)

// proposal is an assignment as a create or update would have it.
type proposal struct {
	op      *openapi.Operation
	before  *store.Assignment // nil on create
	after   store.Assignment
	missing []string // required fields that were not sent
}

// criteria are the validation criteria of the page, in its order, each with whether
// the proposal breaks it. Each is judged as far as the fields at hand allow, and a
// fault is told once: an account that is unknown has no family to judge, and a link
// to a payer that will not do is not held to the pattern as well.
func (p proposal) criteria(tx *store.Tx) []*rule.Refusal {
	var refusals []*rule.Refusal
	for _, field := range p.missing {
		refusals = append(refusals, missing(p.op, field))
	}

	a := p.after
	sent := func(field string) bool { return !slices.Contains(p.missing, field) }
	ownerSent, payerSent, customerSent := sent("owner_id"), sent("payer_account_owner_id"), sent("customer_id")
	owner := tx.AWSAccount(a.OwnerID)
	holder := tx.AssignmentByOwner(a.OwnerID)
	customer := tx.Customer(a.CustomerID)
	others := without(a.ID, tx.AssignmentsByCustomer(a.CustomerID))

	complete := ownerSent && payerSent && customerSent
	linked := complete && a.PayerAccountOwnerID != a.OwnerID
	payer := assigned(a.PayerAccountOwnerID, others)
	payerFits := !linked || payer != nil && standsAlone(payer)

	refusals = append(refusals,
		ownerKnown.When(ownerSent && owner == nil, a.OwnerID),
		ownerUnique.When(ownerSent && holder != nil && holder.ID != a.ID, a.OwnerID),
		ownerLinked.When(owner != nil && (owner.Head || owner.Family == ""), a.OwnerID),
		customerKnown.When(customerSent && customer == nil, a.CustomerID),
		customerBilling.When(customerSent && customer != nil && !customer.PartnerBilling, a.CustomerID),
		patternKept.When(complete && payerFits && !inPattern(append(others, &a)), a.PayerAccountOwnerID, a.CustomerID),
		payerAssigned.When(linked && payer == nil, a.PayerAccountOwnerID, a.CustomerID),
	)
	if linked && payer != nil {
		refusals = append(refusals,
			payerOwn.When(!standsAlone(payer), a.PayerAccountOwnerID, payer.PayerAccountOwnerID),
			payerFamily.When(!sameFamily(owner, tx.AWSAccount(payer.OwnerID)), a.PayerAccountOwnerID, a.OwnerID),
		)
	}
	return refusals
}

// inPattern reports whether the assignments of a customer are all standalone, or one
// consolidated with every other linked to it.
func inPattern(all []*store.Assignment) bool {
	var own, links []*store.Assignment
	for _, a := range all {
		if standsAlone(a) {
			own = append(own, a)
		} else {
			links = append(links, a)
		}
	}
	if len(links) == 0 {
		return true
	}
	return len(own) == 1 && !slices.ContainsFunc(links, func(a *store.Assignment) bool {
		return a.PayerAccountOwnerID != own[0].OwnerID
	})
}

// standsAlone reports whether an assignment is its own payer.
func standsAlone(a *store.Assignment) bool { return a.PayerAccountOwnerID == a.OwnerID }

// assigned finds the assignment of an AWS account in a list.
func assigned(ownerID string, list []*store.Assignment) *store.Assignment {
	for _, a := range list {
		if a.OwnerID == ownerID {
			return a
		}
	}
	return nil
}

// without is a list less the assignment of an id.
func without(id int64, list []*store.Assignment) []*store.Assignment {
	return slices.DeleteFunc(list, func(a *store.Assignment) bool { return a.ID == id })
}

// sameFamily reports whether two AWS accounts have one head of family. An account the
// partner does not have is not judged.
func sameFamily(a, b *store.AWSAccount) bool {
	return a == nil || b == nil || a.Family != "" && a.Family == b.Family
}
