package store

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestDiff(t *testing.T) {
	before := filled(t)
	after := before.Fork()
	write(t, after, func(tx *Tx) {
		changed := *tx.AccountsByCustomerID("c")[0]
		changed.Name = "renamed"
		tx.UpdateAccount(changed)
		tx.UpdateAssignment(*tx.Assignment(1)) // rewritten as it was
		tx.InsertCustomer(Customer{ID: -6})
		tx.InsertCustomer(Customer{ID: 7})
		tx.DeleteReseller(tx.Reseller("u"))
		tx.SetGroupRate(GroupRate{Vendor: "aws", Month: "2020-01", CompanyID: "x", Rate: 2})
	})
	shown := func(from, to *Store) string {
		diff, err := from.Diff(to)
		if err != nil {
			t.Fatal(err)
		}
		short := map[string]string{}
		for name, d := range diff {
			short[name] = fmt.Sprintf("+%d -%d", len(d.Added), len(d.Removed))
			for _, c := range d.Changed {
				was, _ := json.Marshal(c.Before)
				is, _ := json.Marshal(c.After)
				if string(was) == string(is) {
					t.Errorf("%s %s has not changed", name, c.Key)
				}
				short[name] += " ~" + c.Key
			}
		}
		return fmt.Sprint(short)
	}
	equal(t, "forward", shown(before, after), "map[accounts:+0 -0 ~1 customers:+2 -0 group_rates:+0 -0 ~aws,2020-01,x resellers:+0 -1]")
	equal(t, "backward", shown(after, before), "map[accounts:+0 -0 ~1 customers:+0 -2 group_rates:+0 -0 ~aws,2020-01,x resellers:+1 -0]")
	equal(t, "none", shown(before, before.Fork()), "map[]")
	equal(t, "to nothing", shown(open(t), open(t)), "map[]")
}

// Rows that both stores share cost the walk alone: no allocation for each.
func TestDiffOfSharedRows(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		for i := range 1000 {
			tx.InsertAccount(Account{CustomerID: fmt.Sprint(i)})
		}
	})
	fork := s.Fork()
	allocations := testing.AllocsPerRun(10, func() {
		if diff, err := s.Diff(fork); err != nil || len(diff) > 0 {
			t.Errorf("differs by %v (%v)", diff, err)
		}
	})
	if allocations > 500 {
		t.Errorf("%v allocations for 1000 rows", allocations)
	}
}
