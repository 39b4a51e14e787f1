package store_test

import (
	"encoding/json"
	"testing"

	"github.com/twinbill/twinbill/mock/store"
)

// Whatever is written can be loaded again, so no number is given out that Load refuses.
func TestNumbersEnd(t *testing.T) {
	s, err := store.Load(map[string]json.RawMessage{}, map[string]uint64{"assignments": store.LargestNumber})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Write(func(tx *store.Tx) error {
		tx.InsertAssignment(store.Assignment{OwnerID: "1"})
		return nil
	})
	if err == nil {
		t.Error("a number beyond the largest is given out")
	}
	if got := s.Sequences()["assignments"]; got != store.LargestNumber {
		t.Errorf("the sequence is at %d", got)
	}
}
