package journal_test

import (
	"fmt"
	"strings"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/store"
)

// TestReplacedRowsAreCharged writes a row of 1 MB again and again, and takes it back in
// between: what the journal keeps alive of it is on its account.
func TestReplacedRowsAreCharged(t *testing.T) {
	const size, limit = 1 << 20, 20 << 20
	note := strings.Repeat("x", size)
	for name, next := range map[string]func(t *testing.T, s *store.Store, i int) *store.Store{
		"updated": func(t *testing.T, s *store.Store, i int) *store.Store {
			write(t, s, func(tx *store.Tx) {
				account := *tx.AccountsByCustomerID("a")[0]
				account.Note = new(note + fmt.Sprint(i))
				tx.UpdateAccount(account)
			})
			return s
		},
		"created and deleted": func(t *testing.T, s *store.Store, _ int) *store.Store {
			write(t, s, func(tx *store.Tx) {
				for _, b := range tx.AccountsByCustomerID("b") {
					tx.DeleteAccount(b)
				}
				tx.InsertAccount(store.Account{CustomerID: "b", Note: new(note + "b")})
			})
			return s
		},
		"taken back": func(t *testing.T, s *store.Store, i int) *store.Store {
			now := s.Anew()
			write(t, now, func(tx *store.Tx) {
				account := *tx.AccountsByCustomerID("a")[0]
				account.Note = new(note + fmt.Sprint(i))
				tx.UpdateAccount(account)
			})
			now.Anew()
			return now
		},
	} {
		t.Run(name, func(t *testing.T) {
			pool := journal.NewPool(journal.Limits{Bytes: limit})
			j := pool.New(0, "busy")
			s, err := store.New()
			if err != nil {
				t.Fatal(err)
			}
			write(t, s, func(tx *store.Tx) { tx.InsertAccount(store.Account{CustomerID: "a", Note: new("first")}) })
			for i := range 50 {
				state := next(t, s, i)
				if name != "taken back" {
					s = state
				}
				for k, after := range []*store.Store{state.Fork(), nil, state.Fork()} { // one that met no operation is between
					j.Append(journal.Entry{Request: gen.Request{Id: fmt.Sprintf("%d-%d", i, k)}, After: after, Wrote: k == 0})
				}
			}
			if most := 3*limit/size + 6; j.Len() > most || j.Len() < 30 || pool.Bytes() > limit {
				t.Errorf("%d entries and %d bytes are held, of rows of %d bytes each", j.Len(), pool.Bytes(), size)
			}
			j.Close()
			if pool.Bytes() != 0 {
				t.Errorf("%d bytes are held by nobody", pool.Bytes())
			}
		})
	}
}

// TestSmallLoadedStatesAreCharged puts state after state in the place of a sandbox's, each
// of fewer rows than one transaction makes a bulk of.
func TestSmallLoadedStatesAreCharged(t *testing.T) {
	const rows, limit = 300, 20 << 20
	pool := journal.NewPool(journal.Limits{Bytes: limit})
	j := pool.New(0, "loaded")
	for i := range 100 {
		s, err := store.New()
		if err != nil {
			t.Fatal(err)
		}
		write(t, s, func(tx *store.Tx) {
			for n := range rows {
				tx.InsertAccount(store.Account{CustomerID: fmt.Sprint(n), Note: new(strings.Repeat("x", 1000))})
			}
		})
		j.Append(journal.Entry{Request: gen.Request{Id: fmt.Sprint(i)}, After: s.Fork()})
	}
	if most := limit / (rows * 1000); j.Len() > most || j.Len() < 5 || pool.Bytes() > limit {
		t.Errorf("%d entries and %d bytes are held, of states of %d rows each", j.Len(), pool.Bytes(), rows)
	}
}

func write(t *testing.T, s *store.Store, fn func(*store.Tx)) {
	t.Helper()
	if err := s.Write(func(tx *store.Tx) error { fn(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}
