package sandbox_test

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"

	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

// sizes are the rows that a sandbox is measured with.
var sizes = []int{10, 10_000, 1_000_000}

// filled are the stores of so many rows, made once.
var filled = map[int]*store.Store{}

func rows(t testing.TB, n int) *store.Store {
	t.Helper()
	if filled[n] == nil {
		s, err := store.New()
		if err != nil {
			t.Fatal(err)
		}
		err = s.Write(func(tx *store.Tx) error {
			for i := range n {
				tx.InsertAWSAccount(store.AWSAccount{OwnerID: strconv.Itoa(i)})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		filled[n] = s
	}
	return filled[n]
}

// operations are those whose cost does not depend on the number of rows. Each leaves its
// sandboxes as it found them.
var operations = []struct {
	name string
	do   func(testing.TB, *sandbox.Sandboxes, *sandbox.Sandbox)
}{
	{"fork", func(t testing.TB, s *sandbox.Sandboxes, sb *sandbox.Sandbox) {
		if _, err := s.Fork(sb, "fork"); err != nil {
			t.Fatal(err)
		}
		s.Delete("fork")
	}},
	{"first request", func(_ testing.TB, s *sandbox.Sandboxes, _ *sandbox.Sandbox) {
		s.Get("new")
		s.Delete("new")
	}},
	{"snapshot", func(t testing.TB, _ *sandbox.Sandboxes, sb *sandbox.Sandbox) {
		if _, err := sb.TakeSnapshot("s"); err != nil {
			t.Fatal(err)
		}
		sb.DeleteSnapshot("s")
	}},
	{"restore", func(t testing.TB, _ *sandbox.Sandboxes, sb *sandbox.Sandbox) {
		snapshot, ok := sb.Snapshot("kept")
		if !ok {
			t.Fatal("the snapshot is gone")
		}
		sb.Replace(snapshot.State())
	}},
	{"reset", func(t testing.TB, s *sandbox.Sandboxes, _ *sandbox.Sandbox) {
		s.Reset("reset")
	}},
}

// measured are sandboxes that begin with so many rows, and one of them.
func measured(t testing.TB, rowCount int) (*sandbox.Sandboxes, *sandbox.Sandbox) {
	t.Helper()
	sandboxes := newSandboxes(t, func(c *sandbox.Config) { c.Fixtures = rows(t, rowCount) })
	sb := sandboxes.Get("a")
	if _, err := sb.TakeSnapshot("kept"); err != nil {
		t.Fatal(err)
	}
	return sandboxes, sb
}

// TestCostOfRows holds the allocations of each operation to be the same for ten rows and
// for ten thousand.
func TestCostOfRows(t *testing.T) {
	for _, operation := range operations {
		of := func(rowCount int) float64 {
			sandboxes, sb := measured(t, rowCount)
			return testing.AllocsPerRun(100, func() { operation.do(t, sandboxes, sb) })
		}
		if few, many := of(sizes[0]), of(sizes[1]); few != many {
			t.Errorf("%s: %v allocations with %d rows, %v with %d", operation.name, few, sizes[0], many, sizes[1])
		}
	}
}

func bench(b *testing.B, name string) {
	for _, operation := range operations {
		if operation.name != name {
			continue
		}
		for _, n := range sizes {
			b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
				sandboxes, sb := measured(b, n)
				runtime.GC() // what the rows left
				b.ReportAllocs()
				for b.Loop() {
					operation.do(b, sandboxes, sb)
				}
			})
		}
	}
}

func BenchmarkFork(b *testing.B)     { bench(b, "fork") }
func BenchmarkSnapshot(b *testing.B) { bench(b, "snapshot") }
func BenchmarkRestore(b *testing.B)  { bench(b, "restore") }
