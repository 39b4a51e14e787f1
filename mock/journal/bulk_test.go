package journal_test

import (
	"fmt"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/store"
)

// A large state that a sandbox has left is kept by the journal alone, and charged to it.
func TestLeftStatesAreCharged(t *testing.T) {
	const rows, limit = 2000, 20 << 20
	pool := journal.NewPool(journal.Limits{Bytes: limit})
	j := pool.New(0, "loaded")
	load := func() *store.Store {
		s, err := store.New()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Write(func(tx *store.Tx) error {
			for i := range rows {
				tx.InsertAssignment(store.Assignment{OwnerID: fmt.Sprint(i), PayerAccountOwnerID: fmt.Sprint(i)})
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for i := range 20 {
		state := load()
		for k := range 3 {
			j.Append(journal.Entry{Request: gen.Request{Id: fmt.Sprintf("%d-%d", i, k)}, After: state.Fork()})
		}
	}
	bulk := load().Bulk()
	if bulk == nil || bulk.Bytes < 1<<20 {
		t.Fatalf("%d rows are no bulk: %v", rows, bulk)
	}
	if most := int(limit/bulk.Bytes)*3 + 3; j.Len() > most || j.Len() < 3 || pool.Bytes() > limit {
		t.Errorf("%d entries and %d bytes are held of states of %d bytes each", j.Len(), pool.Bytes(), bulk.Bytes)
	}
	j.Close()
	if pool.Bytes() != 0 {
		t.Errorf("%d bytes are held by nobody", pool.Bytes())
	}
}
