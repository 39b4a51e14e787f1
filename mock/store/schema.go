package store

import (
	"fmt"

	"github.com/hashicorp/go-memdb"
)

// tables lists every table of the store; each is defined in a file of its own.
func tables() []definition {
	return []definition{
		accounts,
		assignments,
		awsAccounts,
		billingGroups,
		counters,
		customers,
		groupRates,
		invoiceIDs,
		invoiceRates,
		monthlyRates,
		payerRates,
		payers,
		projects,
		resellers,
	}
}

func newSchema() (*memdb.DBSchema, error) {
	schema := &memdb.DBSchema{Tables: make(map[string]*memdb.TableSchema)}
	for _, t := range tables() {
		if _, taken := schema.Tables[t.title()]; taken {
			return nil, fmt.Errorf("two tables are called %s", t.title())
		}
		schema.Tables[t.title()] = t.schema()
	}
	return schema, nil
}
