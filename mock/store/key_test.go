package store

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestNoKeyBeginsAnother(t *testing.T) {
	values := []string{"", "a", "a\x00", "a\x00b", "ab", "\x00", "\x00\x00"}
	var encoded [][]byte
	for _, v := range values {
		for _, w := range values {
			k, err := key{v, w}.encode()
			if err != nil {
				t.Fatal(err)
			}
			encoded = append(encoded, k)
		}
	}
	for i, a := range encoded {
		for j, b := range encoded {
			if i != j && bytes.HasPrefix(b, a) {
				t.Errorf("key %d begins key %d", i, j)
			}
		}
	}
}

func TestNumbersSortByValue(t *testing.T) {
	var encoded [][]byte
	for _, n := range []int64{math.MinInt64, -256, -1, 0, 1, 255, 256, math.MaxInt64} {
		k, _ := key{n}.encode()
		encoded = append(encoded, k)
	}
	if !slices.IsSortedFunc(encoded, bytes.Compare) {
		t.Error("int64 keys are out of order")
	}
	small, _ := key{uint64(255)}.encode()
	large, _ := key{uint64(256)}.encode()
	if bytes.Compare(small, large) >= 0 {
		t.Error("uint64 keys are out of order")
	}
}

func TestInsertionOrder(t *testing.T) {
	s := open(t)
	var want []string
	write(t, s, func(tx *Tx) {
		for i := range 300 { // past one byte of the sequence
			id := fmt.Sprint((i * 7) % 300)
			want = append(want, id)
			tx.InsertAccount(Account{CustomerID: id, Vendor: "aws"})
		}
	})
	equal(t, "all", customerIDs(slices.Collect(s.Read().Accounts())), want)
	equal(t, "by vendor", customerIDs(s.Read().AccountsByVendor("aws")), want)
}
