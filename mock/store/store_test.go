package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
)

func open(t testing.TB) *Store {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t testing.TB, s *Store, fn func(*Tx)) {
	t.Helper()
	if err := s.Write(func(tx *Tx) error { fn(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

func dumped(t testing.TB, s *Store) string {
	t.Helper()
	text, err := json.Marshal(s.Dump())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func customerIDs(accounts []*Account) []string {
	var ids []string
	for _, account := range accounts {
		ids = append(ids, account.CustomerID)
	}
	return ids
}

func TestForkLivesOnItsOwn(t *testing.T) {
	origin := open(t)
	write(t, origin, func(tx *Tx) { tx.InsertAccount(Account{CustomerID: "both"}) })
	fork := origin.Fork()
	write(t, origin, func(tx *Tx) {
		tx.InsertAccount(Account{CustomerID: "origin"})
	})
	write(t, fork, func(tx *Tx) {
		shared := tx.AccountsByCustomerID("both")[0]
		changed := *shared
		changed.Name = "renamed"
		tx.UpdateAccount(changed)
		equal(t, "the fork's next number", tx.InsertAccount(Account{CustomerID: "fork"}).Sequence, 2)
		tx.DeleteAccount(tx.AccountsByCustomerID("fork")[0])
		tx.InsertAssignment(Assignment{OwnerID: "fork"})
	})

	equal(t, "origin", customerIDs(slices.Collect(origin.Read().Accounts())), []string{"both", "origin"})
	equal(t, "fork", customerIDs(slices.Collect(fork.Read().Accounts())), []string{"both"})
	equal(t, "name in the origin", origin.Read().AccountsByCustomerID("both")[0].Name, "")
	equal(t, "name in the fork", fork.Read().AccountsByCustomerID("both")[0].Name, "renamed")
	equal(t, "assignments of the origin", origin.Read().AssignmentCount(), 0)
	write(t, origin, func(tx *Tx) {
		equal(t, "first assignment of the origin", tx.InsertAssignment(Assignment{}).ID, 1)
	})
}

func TestForkLeavesOutAWriteInProgress(t *testing.T) {
	s := open(t)
	var fork *Store
	write(t, s, func(tx *Tx) {
		tx.InsertCustomer(Customer{ID: 1})
		fork = s.Fork()
	})
	if fork.Read().Customer(1) != nil {
		t.Error("the fork has a row that was not committed")
	}
}

func TestReadKeepsTheMoment(t *testing.T) {
	s := open(t)
	before := s.Read()
	write(t, s, func(tx *Tx) { tx.InsertCustomer(Customer{ID: 1}) })
	if before.Customer(1) != nil {
		t.Error("a read shows a later write")
	}
	if s.Read().Customer(1) == nil {
		t.Error("a new read does not show the write")
	}
}

func TestAbortLeavesAllAsBefore(t *testing.T) {
	refused := errors.New("refused")
	change := func(tx *Tx) {
		changed := *tx.AccountsByCustomerID("kept")[0]
		changed.Name = "renamed"
		tx.UpdateAccount(changed)
		tx.InsertAccount(Account{CustomerID: "new"})
		tx.InsertAssignment(Assignment{OwnerID: "new"})
		tx.DeleteAssignment(tx.Assignment(1))
		tx.SetMonthlyRate(MonthlyRate{Month: "2020-01", Rate: 110})
		tx.Next("anything")
	}
	ends := map[string]func(s *Store) error{
		"error": func(s *Store) error {
			err := s.Write(func(tx *Tx) error { change(tx); return refused })
			if !errors.Is(err, refused) {
				return fmt.Errorf("got %w, want the function's own error", err)
			}
			return nil
		},
		"panic": func(s *Store) (err error) {
			defer func() {
				if recover() == nil {
					err = errors.New("the panic was swallowed")
				}
			}()
			return s.Write(func(tx *Tx) error { change(tx); panic("broken") })
		},
		"misuse": func(s *Store) error {
			err := s.Write(func(tx *Tx) error {
				change(tx)
				tx.DeleteAccount(&Account{Sequence: 99})
				return refused
			})
			if err == nil || errors.Is(err, refused) {
				return fmt.Errorf("got %w, want the misuse", err)
			}
			return nil
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			write(t, s, func(tx *Tx) {
				tx.InsertAccount(Account{CustomerID: "kept"})
				tx.InsertAssignment(Assignment{OwnerID: "kept"})
			})
			before := dumped(t, s)
			if err := end(s); err != nil {
				t.Fatal(err)
			}
			equal(t, "state", dumped(t, s), before)
			write(t, s, func(tx *Tx) {
				equal(t, "next account", tx.InsertAccount(Account{}).Sequence, 2)
				equal(t, "next assignment", tx.InsertAssignment(Assignment{}).ID, 2)
				equal(t, "next of another name", tx.Next("anything"), 1)
			})
		})
	}
}

func TestMisuseIsReported(t *testing.T) {
	misuses := map[string]func(*Tx){
		"update of nothing":    func(tx *Tx) { tx.UpdateAccount(Account{Sequence: 7}) },
		"deletion of nothing":  func(tx *Tx) { tx.DeleteReseller(&Reseller{Sequence: 7}) },
		"second of one key":    func(tx *Tx) { tx.InsertCustomer(Customer{ID: 1}) },
		"index that is not":    func(tx *Tx) { accounts.first(tx, "shoe_size", "42") },
		"list by what is not":  func(tx *Tx) { accounts.list(tx, "shoe_size", "42") },
		"value that no key is": func(tx *Tx) { customers.first(tx, primary, 1) },
	}
	for name, misuse := range misuses {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			write(t, s, func(tx *Tx) { tx.InsertCustomer(Customer{ID: 1}) })
			if err := s.Write(func(tx *Tx) error { misuse(tx); return nil }); err == nil {
				t.Error("no error")
			}
		})
	}
	t.Run("write through a reading transaction", func(t *testing.T) {
		tx := open(t).Read()
		tx.InsertCustomer(Customer{ID: 1})
		if tx.Err() == nil {
			t.Error("no error")
		}
	})
}

func TestDumpHasEveryTable(t *testing.T) {
	s := open(t)
	var empty map[string][]any
	if err := json.Unmarshal([]byte(dumped(t, s)), &empty); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables() {
		rows, there := empty[table.title()]
		switch given := table.title() == counters.title(); {
		case given && there:
			t.Error("numbers given out are shown as rows")
		case !given && rows == nil:
			t.Errorf("%s is no empty list in an empty store", table.title())
		}
	}
	if len(s.Sequences()) > 0 {
		t.Errorf("an empty store has given out %v", s.Sequences())
	}
	write(t, s, func(tx *Tx) {
		for _, id := range []int64{10, -1, 2} {
			tx.InsertCustomer(Customer{ID: id})
		}
	})
	var ids []int64
	for _, customer := range s.Dump()["customers"].([]*Customer) {
		ids = append(ids, customer.ID)
	}
	equal(t, "customers", ids, []int64{-1, 2, 10})
}

// One writer at a time makes check-and-insert atomic, however many ask.
func TestCheckAndInsertIsAtomic(t *testing.T) {
	s := open(t)
	taken := errors.New("taken")
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			_ = s.Write(func(tx *Tx) error {
				if len(tx.AccountsByCustomerID("one")) > 0 {
					return taken
				}
				tx.InsertAccount(Account{CustomerID: "one"})
				return nil
			})
			s.Fork().Dump()
		})
	}
	group.Wait()
	equal(t, "accounts", customerIDs(slices.Collect(s.Read().Accounts())), []string{"one"})
}

// forked keeps the compiler from leaving the fork out.
var forked *Store

func BenchmarkFork(b *testing.B) {
	for _, rows := range []int{10, 10_000, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			s := open(b)
			write(b, s, func(tx *Tx) {
				for i := range rows {
					tx.InsertAccount(Account{CustomerID: fmt.Sprintf("%012d", i), Vendor: "aws"})
				}
			})
			b.ReportAllocs()
			for b.Loop() {
				forked = s.Fork()
			}
		})
	}
}
