package cloudhealth

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	gen "github.com/twinbill/twinbill/gen/cloudhealth"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/mock/wire"
)

// CreateAwsAccountAssignment assigns an AWS account to a customer
// (assignment#create-an-aws-account-assignment).
func (t *Twin) CreateAwsAccountAssignment(ctx context.Context, in gen.CreateAwsAccountAssignmentRequestObject) (gen.CreateAwsAccountAssignmentResponseObject, error) {
	p := proposal{op: t.contract.Operation("createAwsAccountAssignment")}
	p.after = store.Assignment{
		OwnerID: in.Body.OwnerId, CustomerID: in.Body.CustomerId, PayerAccountOwnerID: in.Body.PayerAccountOwnerId,
	}
	sent := fields(ctx)
	if sent["payer_account_owner_id"] == nil && t.dialect.Is("cloudhealth.payer-required", "defaults-to-owner") {
		p.after.PayerAccountOwnerID = p.after.OwnerID
	}
	for _, field := range p.op.BodySchema().Required {
		if sent[field] == nil {
			p.missing = append(p.missing, field)
		}
	}
	var created *store.Assignment
	err := write(ctx, func(tx *store.Tx) error {
		if err := t.refusal(t.judged(tx, p)...); err != nil {
			return err
		}
		created = tx.InsertAssignment(p.after)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateAwsAccountAssignment200JSONResponse{
		Body:    assignment(created),
		Headers: gen.CreateAwsAccountAssignment200ResponseHeaders{Location: t.location(ctx, created.ID)},
	}, nil
}

// GetAwsAccountAssignment reads an assignment
// (assignment#read-an-aws-account-assignment).
func (t *Twin) GetAwsAccountAssignment(ctx context.Context, in gen.GetAwsAccountAssignmentRequestObject) (gen.GetAwsAccountAssignmentResponseObject, error) {
	found := read(ctx).Assignment(in.Id)
	if found == nil {
		return nil, unknown(assignmentKnown, in.Id)
	}
	return gen.GetAwsAccountAssignment200JSONResponse(assignment(found)), nil
}

// ListAwsAccountAssignments lists a page of the assignments by id
// (assignment#read-all-aws-account-assignments).
func (t *Twin) ListAwsAccountAssignments(ctx context.Context, in gen.ListAwsAccountAssignmentsRequestObject) (gen.ListAwsAccountAssignmentsResponseObject, error) {
	tx := read(ctx)
	p := t.pageOf(in.Params.Page, in.Params.PerPage, tx.AssignmentCount())
	if err := t.refusal(pageKnown.When(p.beyond() && t.dialect.Is("cloudhealth.page-beyond", "404"), p.number)); err != nil {
		return nil, err
	}
	list := []gen.Assignment{}
	if !p.beyond() {
		for _, a := range tx.AssignmentsPage(p.offset(), p.size) {
			list = append(list, assignment(a))
		}
	}
	return gen.ListAwsAccountAssignments200JSONResponse{
		Body:    gen.AssignmentList{AwsAccountAssignments: list},
		Headers: gen.ListAwsAccountAssignments200ResponseHeaders{XTotal: p.total, XPerPage: p.size, Link: p.link(request(ctx))},
	}, nil
}

// UpdateAwsAccountAssignment changes the fields of an assignment that are sent
// (assignment#update-an-aws-account-assignment).
func (t *Twin) UpdateAwsAccountAssignment(ctx context.Context, in gen.UpdateAwsAccountAssignmentRequestObject) (gen.UpdateAwsAccountAssignmentResponseObject, error) {
	var updated *store.Assignment
	err := write(ctx, func(tx *store.Tx) error {
		before := tx.Assignment(in.Id)
		if before == nil {
			return unknown(assignmentKnown, in.Id)
		}
		p := proposal{op: t.contract.Operation("updateAwsAccountAssignment"), before: before, after: *before}
		keep(&p.after.OwnerID, in.Body.OwnerId)
		keep(&p.after.CustomerID, in.Body.CustomerId)
		keep(&p.after.PayerAccountOwnerID, in.Body.PayerAccountOwnerId)
		empty := in.Body.OwnerId == nil && in.Body.CustomerId == nil && in.Body.PayerAccountOwnerId == nil
		if err := t.refusal(append(t.rulings(tx, p, empty), t.judged(tx, p)...)...); err != nil {
			return err
		}
		updated = tx.UpdateAssignment(p.after)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateAwsAccountAssignment200JSONResponse{
		Body:    assignment(updated),
		Headers: gen.UpdateAwsAccountAssignment200ResponseHeaders{Location: t.location(ctx, updated.ID)},
	}, nil
}

// judged are the criteria, unless a defect has taken all of them away from the operation.
func (t *Twin) judged(tx *store.Tx, p proposal) []*rule.Refusal {
	if !t.rules.Holds(p.op.Slug + ".validated") {
		return nil
	}
	return p.criteria(tx)
}

// rulings are the reasons to refuse an update on which the page is silent, as far as
// the dialect follows them.
func (t *Twin) rulings(tx *store.Tx, p proposal, empty bool) []*rule.Refusal {
	old, next := p.before, p.after
	moves := next.CustomerID != old.CustomerID
	left := without(old.ID, tx.AssignmentsByCustomer(old.CustomerID))
	return []*rule.Refusal{
		changeNamed.When(empty && t.dialect.Is("cloudhealth.update.empty", "refused")),
		ownerFixed.When(next.OwnerID != old.OwnerID && t.dialect.Is("cloudhealth.update.owner", "refused"), old.OwnerID, next.OwnerID),
		customerFixed.When(moves && t.dialect.Is("cloudhealth.update.customer", "refused"), old.CustomerID, next.CustomerID),
		sourceKept.When(moves && !inPattern(left) && t.dialect.Is("cloudhealth.update.source", "both"), old.CustomerID),
	}
}

// DeleteAwsAccountAssignment ends an assignment
// (assignment#delete-an-aws-account-assignment).
func (t *Twin) DeleteAwsAccountAssignment(ctx context.Context, in gen.DeleteAwsAccountAssignmentRequestObject) (gen.DeleteAwsAccountAssignmentResponseObject, error) {
	err := write(ctx, func(tx *store.Tx) error {
		old := tx.Assignment(in.Id)
		if old == nil {
			return unknown(assignmentKnown, in.Id)
		}
		linked := len(without(old.ID, tx.AssignmentsByPayer(old.OwnerID))) > 0
		if err := t.refusal(nothingLinked.When(linked && t.dialect.Is("cloudhealth.delete.consolidated", "refused"), old.OwnerID)); err != nil {
			return err
		}
		tx.DeleteAssignment(old)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return deleted(t.contract.Operation("deleteAwsAccountAssignment").Success), nil
}

// deleted is the status of a delete's answer, which the contract gives
// (cloudhealth.delete.status).
type deleted int

// VisitDeleteAwsAccountAssignmentResponse writes the answer, which has no body.
func (d deleted) VisitDeleteAwsAccountAssignmentResponse(w http.ResponseWriter) error {
	w.WriteHeader(int(d))
	return nil
}

// fields are the fields of a request's body; one that is null is nil, like one that
// is not there.
func fields(ctx context.Context) map[string]any {
	sent, _ := wire.Decoded(request(ctx)).(map[string]any)
	return sent
}

// keep sets a value where one was sent.
func keep[T any](value, sent *T) {
	if sent != nil {
		*value = *sent
	}
}

// assignment is a stored assignment as answers show it.
func assignment(a *store.Assignment) gen.Assignment {
	return gen.Assignment{Id: a.ID, OwnerId: a.OwnerID, CustomerId: a.CustomerID, PayerAccountOwnerId: a.PayerAccountOwnerID}
}

// location is where an assignment can be read, without the key
// (cloudhealth.location).
func (t *Twin) location(ctx context.Context, id int64) string {
	get := t.contract.Operation("getAwsAccountAssignment")
	path := get.Base + strings.ReplaceAll(get.Path, "{id}", number(id))
	if t.dialect.Is("cloudhealth.location", "relative") {
		return path
	}
	return wire.Origin(request(ctx)) + path
}

func number(id int64) string { return strconv.FormatInt(id, 10) }
