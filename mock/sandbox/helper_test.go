package sandbox_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

// process is the time of the process, as a test has it.
type process struct {
	mu sync.Mutex
	at time.Time
}

func newProcess() *process { return &process{at: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (p *process) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

func (p *process) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = p.at.Add(d)
}

// newStore is a store with the accounts of some customer ids.
func newStore(t testing.TB, customerIDs ...string) *store.Store {
	t.Helper()
	s, err := store.New()
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, customerIDs...)
	return s
}

func add(t testing.TB, s *store.Store, customerIDs ...string) {
	t.Helper()
	err := s.Write(func(tx *store.Tx) error {
		for _, id := range customerIDs {
			tx.InsertAccount(store.Account{CustomerID: id, AccountID: "1", CompanyID: "c", Vendor: "aws", Name: id})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// customers lists the customer ids of the accounts in a store, by insertion.
func customers(s *store.Store) []string {
	ids := []string{}
	for a := range s.Read().Accounts() {
		ids = append(ids, a.CustomerID)
	}
	return ids
}

// newSandboxes are sandboxes that begin with the account "first".
func newSandboxes(t testing.TB, change func(*sandbox.Config)) *sandbox.Sandboxes {
	t.Helper()
	config := sandbox.Config{Fixtures: newStore(t, "first"), Process: newProcess().now}
	if change != nil {
		change(&config)
	}
	return sandbox.New(config)
}

// logged is what the package logs from now on, one record each.
func logged(t testing.TB) func() []map[string]any {
	t.Helper()
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return func() []map[string]any {
		records := []map[string]any{}
		for decoder := json.NewDecoder(&out); decoder.More(); {
			var record map[string]any
			if err := decoder.Decode(&record); err != nil {
				t.Fatal(err)
			}
			records = append(records, record)
		}
		return records
	}
}
