package ripple

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/oapi-codegen/nullable"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/store"
)

// CreateAccount registers a customer account (account#create).
func (t *Twin) CreateAccount(ctx context.Context, request gen.CreateAccountRequestObject) (gen.CreateAccountResponseObject, error) {
	a := request.Body
	err := write(ctx, func(tx *store.Tx) error {
		if err := t.rules.First(
			t.empty("ripple.account.create", "customer_id", a.CustomerId),
			t.empty("ripple.account.create", "account_id", a.AccountId),
			t.empty("ripple.account.create", "company_id", a.CompanyId),
			awsCustomerID.When(a.Vendor == gen.Aws && !characters(a.CustomerId, 12, 12), a.CustomerId),
			awsDigits.When(a.Vendor == gen.Aws && !digits(a.CustomerId), "customer_id", a.CustomerId),
			azureCustomerID.When(a.Vendor == gen.Azure && !characters(a.CustomerId, 16, 36), a.CustomerId),
			t.subscription(a),
			awsAccountID.When(a.Vendor == gen.Aws && !characters(a.AccountId, 12, 12), a.AccountId),
			awsDigits.When(a.Vendor == gen.Aws && !digits(a.AccountId), "account_id", a.AccountId),
			azureAccountID.When(a.Vendor == gen.Azure && !characters(a.AccountId, 7, 7), a.AccountId),
			companyKnown.When(t.unknownCompany(tx, a.CompanyId), a.CompanyId),
			customerIDUnique.When(t.registered(tx, a)),
		); err != nil {
			return err
		}
		tx.InsertAccount(store.Account{
			CustomerID: a.CustomerId, AccountID: a.AccountId, CompanyID: a.CompanyId,
			Vendor: string(a.Vendor), Name: a.Name, Note: pointer(a.Note),
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateAccount200JSONResponse{SucceededJSONResponse: success}, nil
}

// ListAccounts lists the accounts of a vendor, each with its billing group
// (account#list).
func (t *Twin) ListAccounts(ctx context.Context, request gen.ListAccountsRequestObject) (gen.ListAccountsResponseObject, error) {
	tx := read(ctx)
	accounts := slices.Collect(tx.Accounts())
	if vendor := request.Params.Vendor; vendor != "" {
		accounts = tx.AccountsByVendor(string(vendor))
	}
	list := gen.ListAccounts200JSONResponse{}
	for _, a := range accounts {
		list = append(list, t.account(tx, a))
	}
	return list, nil
}

// UpdateAccount replaces what is known of an account (account#update).
func (t *Twin) UpdateAccount(ctx context.Context, request gen.UpdateAccountRequestObject) (gen.UpdateAccountResponseObject, error) {
	a := request.Body
	err := write(ctx, func(tx *store.Tx) error {
		old := account(tx, request.CustomerId, string(a.Vendor))
		if err := t.rules.First(
			t.empty("ripple.account.update", "account_id", a.AccountId),
			t.empty("ripple.account.update", "company_id", a.CompanyId),
			updatedAwsAccountID.When(a.Vendor == gen.Aws && !characters(a.AccountId, 12, 12), a.AccountId),
			awsDigits.When(a.Vendor == gen.Aws && !digits(a.AccountId), "account_id", a.AccountId),
			updatedAzureAccountID.When(a.Vendor == gen.Azure && !characters(a.AccountId, 7, 7), a.AccountId),
			updateUnknown.When(old == nil && a.Vendor.Valid()),
			companyKnown.When(t.unknownCompany(tx, a.CompanyId), a.CompanyId),
		); err != nil {
			return err
		}
		if old == nil {
			return nil // only where a defect has taken the rule away
		}
		next := *old
		next.AccountID, next.Name = a.AccountId, a.Name
		if t.dialect.Is("ripple.account.update-company-id", "moves") {
			next.CompanyID = a.CompanyId
		}
		next.Note = updated(t, old.Note, a.Note)
		tx.UpdateAccount(next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateAccount200JSONResponse{SucceededJSONResponse: success}, nil
}

// DeleteAccount removes the account that a pair of ids names (account#delete).
func (t *Twin) DeleteAccount(ctx context.Context, request gen.DeleteAccountRequestObject) (gen.DeleteAccountResponseObject, error) {
	err := write(ctx, func(tx *store.Tx) error {
		old := t.paired(tx, request.Id, string(request.Vendor))
		if err := t.rules.First(deleteUnknown.When(old == nil)); err != nil {
			return err
		}
		if old != nil {
			tx.DeleteAccount(old)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.DeleteAccount200JSONResponse{SucceededJSONResponse: success}, nil
}

// paired finds the account of a vendor that a pair names: its customer_id, a pipe and
// its account_id. An id of Azure may hold pipes itself, so that any of the pipes may
// be the one between.
func (t *Twin) paired(tx *store.Tx, pair, vendor string) *store.Account {
	var loose *store.Account
	for i, r := range pair {
		if r != '|' {
			continue
		}
		for _, a := range tx.AccountsByCustomerID(pair[:i]) {
			switch {
			case a.Vendor != vendor:
			case a.AccountID == pair[i+1:]:
				return a
			case t.dialect.Is("ripple.account.delete-account-id", "ignored"):
				loose = a
			}
		}
	}
	return loose
}

// account finds an account of a vendor by its customer id.
func account(tx *store.Tx, customerID, vendor string) *store.Account {
	for _, a := range tx.AccountsByCustomerID(customerID) {
		if a.Vendor == vendor {
			return a
		}
	}
	return nil
}

// accountOf finds an account by both of its ids.
func accountOf(tx *store.Tx, customerID, accountID string) *store.Account {
	for _, a := range tx.AccountsByCustomerID(customerID) {
		if a.AccountID == accountID {
			return a
		}
	}
	return nil
}

// registered reports whether an account is taken, by what the dialect holds to be its
// key.
func (t *Twin) registered(tx *store.Tx, a *gen.AccountCreate) bool {
	switch t.dialect.Reading("ripple.account.key") {
	case "with-account-id":
		return accountOf(tx, a.CustomerId, a.AccountId) != nil
	case "per-vendor":
		return account(tx, a.CustomerId, string(a.Vendor)) != nil
	default:
		return len(tx.AccountsByCustomerID(a.CustomerId)) > 0
	}
}

func (t *Twin) unknownCompany(tx *store.Tx, companyID string) bool {
	return companyID != "" && t.dialect.Is("ripple.account.company-id", "refused") && tx.BillingGroup(companyID) == nil
}

// guid is the form of a GUID.
var guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// subscription refuses a customer_id of Azure whose characters the dialect does not take.
func (t *Twin) subscription(a *gen.AccountCreate) *rule.Refusal {
	id := a.CustomerId
	if a.Vendor != gen.Azure || id == "" {
		return nil
	}
	switch t.dialect.Reading("ripple.account.charset") {
	case "azure-guid":
		return azureCustomerForm.When(!guid.MatchString(id), id, "a GUID")
	case "digits":
		return azureCustomerForm.When(!digits(id), id, "made of digits")
	}
	return nil
}

// account is a stored account as the list shows it.
func (t *Twin) account(tx *store.Tx, a *store.Account) gen.Account {
	out := gen.Account{
		CustomerId: a.CustomerID, CustomerName: a.Name, AccountId: a.AccountID, CompanyId: a.CompanyID,
		Vendor: gen.Vendor(a.Vendor), Note: nullableOf(a.Note),
		Payer:           a.CustomerID == a.AccountID && t.dialect.Is("ripple.account.payer", "same-id"),
		ServiceDiscount: nullable.NewNullNullable[float64](),
		ProjectId:       nullable.NewNullNullable[string](),
		AzureCustomerId: nullable.NewNullNullable[string](),
	}
	if group := tx.BillingGroup(a.CompanyID); group != nil {
		out.BillinggroupId, out.BillinggroupName = group.BillingGroupID, group.Name
		out.ProjectId = nullableOf(group.ProjectID)
	}
	return out
}

// digits reports whether a text is made of decimal digits alone.
func digits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// characters reports whether a text, if it is anything, has a number of characters
// within bounds.
func characters(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return n == 0 || n >= least && n <= most
}
