package cloudhealth

import (
	"context"

	gen "github.com/twinbill/twinbill/gen/cloudhealth"
	"github.com/twinbill/twinbill/mock/store"
)

// ListAwsAccounts lists a page of the AWS accounts by id (up#aws-accounts).
func (t *Twin) ListAwsAccounts(ctx context.Context, in gen.ListAwsAccountsRequestObject) (gen.ListAwsAccountsResponseObject, error) {
	tx := read(ctx)
	p := t.pageOf(in.Params.Page, in.Params.PerPage, tx.AWSAccountCount())
	list := []gen.AwsAccount{}
	if !p.beyond() {
		for _, a := range tx.AWSAccountsPage(p.offset(), p.size) {
			list = append(list, awsAccount(tx, a))
		}
	}
	return gen.ListAwsAccounts200JSONResponse{
		Body:    gen.AwsAccountList{AwsAccounts: list},
		Headers: gen.ListAwsAccounts200ResponseHeaders{XTotal: p.total, XPerPage: p.size, Link: p.link(request(ctx))},
	}, nil
}

// GetAwsAccount reads an AWS account (up#aws-accounts).
func (t *Twin) GetAwsAccount(ctx context.Context, in gen.GetAwsAccountRequestObject) (gen.GetAwsAccountResponseObject, error) {
	tx := read(ctx)
	found := tx.AWSAccountByID(in.Id)
	if found == nil {
		return nil, unknown(awsAccountRead, in.Id)
	}
	return gen.GetAwsAccount200JSONResponse(awsAccount(tx, found)), nil
}

// awsAccount is a stored AWS account as answers show it.
func awsAccount(tx *store.Tx, a *store.AWSAccount) gen.AwsAccount {
	out := gen.AwsAccount{Id: a.ID, Name: a.Name, OwnerId: &a.OwnerID, AccountType: gen.Standalone}
	switch {
	case a.Head:
		out.AccountType = gen.Consolidated
	case a.Family != "":
		out.AccountType = gen.Linked
	}
	if head := tx.AWSAccount(a.Family); head != nil {
		out.ClusterName = &head.Name
	}
	return out
}
