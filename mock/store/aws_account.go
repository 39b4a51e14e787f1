package store

// AWSAccount is an AWS account of the CloudHealth partner. Family is the owner
// id of the account that heads its consolidated billing family, its own for
// the head itself, and empty for an account without a family.
type AWSAccount struct {
	OwnerID string `json:"owner_id"`
	Name    string `json:"name"`
	Family  string `json:"family"`
	Head    bool   `json:"head"`
}

var awsAccounts = table[AWSAccount]{
	name: "aws_accounts",
	id:   func(a *AWSAccount) key { return key{a.OwnerID} },
}

// AWSAccount returns the AWS account of an owner id.
func (tx *Tx) AWSAccount(ownerID string) *AWSAccount {
	return awsAccounts.first(tx, primary, ownerID)
}

// InsertAWSAccount adds an AWS account under its owner id and returns it.
func (tx *Tx) InsertAWSAccount(account AWSAccount) *AWSAccount {
	return awsAccounts.insert(tx, account)
}
