package store

// AWSAccount is an AWS account of the CloudHealth partner. Family is the owner
// id of the account that heads its consolidated billing family, its own for
// the head itself, and empty for an account without a family.
type AWSAccount struct {
	ID      int64  `json:"id"`
	OwnerID string `json:"owner_id"`
	Name    string `json:"name"`
	Family  string `json:"family"`
	Head    bool   `json:"head"`
}

var awsAccounts = table[AWSAccount]{
	name:     "aws_accounts",
	id:       func(a *AWSAccount) key { return key{a.ID} },
	numbered: true,
	by: map[string]func(*AWSAccount) key{
		"owner_id": func(a *AWSAccount) key { return key{a.OwnerID} },
	},
}

// AWSAccount returns the AWS account of an owner id.
func (tx *Tx) AWSAccount(ownerID string) *AWSAccount {
	return awsAccounts.first(tx, "owner_id", ownerID)
}

// AWSAccountByID returns the AWS account of an id.
func (tx *Tx) AWSAccountByID(id int64) *AWSAccount {
	return awsAccounts.first(tx, primary, id)
}

// AWSAccountsPage returns at most limit AWS accounts by id, after the first offset ones.
func (tx *Tx) AWSAccountsPage(offset, limit int) []*AWSAccount {
	return awsAccounts.page(tx, offset, limit)
}

// AWSAccountCount returns the number of all AWS accounts.
func (tx *Tx) AWSAccountCount() int { return awsAccounts.count(tx) }

// InsertAWSAccount adds an AWS account under the next id and returns it.
func (tx *Tx) InsertAWSAccount(account AWSAccount) *AWSAccount {
	account.ID = int64(awsAccounts.next(tx))
	return awsAccounts.insert(tx, account)
}
