package sandbox_test

import (
	"bytes"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

func saved(t testing.TB, sandboxes *sandbox.Sandboxes) string {
	t.Helper()
	var b strings.Builder
	if err := sandboxes.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestStateFile carries sandboxes over to another process, a day later: rows, numbers
// given out, seed and clock are those that were saved.
func TestStateFile(t *testing.T) {
	p := newProcess()
	begin := func(c *sandbox.Config) { c.Process, c.Seed = p.now, 1 }
	before := newSandboxes(t, begin)
	newYear := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := before.Create("frozen", new(int64(7)), &sandbox.Setting{Time: &newYear, Frozen: new(true)}); err != nil {
		t.Fatal(err)
	}
	before.Get("moved").Clock.Set(sandbox.Setting{Time: &newYear})
	plain := before.Get("plain \u00e9\n\"")
	add(t, plain.Store(), "second", "third")
	if err := plain.Store().Write(func(tx *store.Tx) error {
		tx.DeleteAccount(tx.AccountsByCustomerID("third")[0])
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	file := saved(t, before)

	p.pass(24 * time.Hour)
	after := newSandboxes(t, begin)
	replaced := after.Get("moved")
	add(t, replaced.Store(), "of nobody")
	changes := after.Changes()
	if err := after.Restore(strings.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	if after.Changes() == changes {
		t.Error("a restore is no change")
	}
	if got, want := names(after.List()), names(before.List()); !slices.Equal(got, want) {
		t.Fatalf("restored: %v, want %v", got, want)
	}
	for _, want := range before.List() {
		got := after.Get(want.Name)
		if got == replaced || got.Seed != want.Seed || !got.Created.Equal(want.Created) || !slices.Equal(customers(got.Store()), customers(want.Store())) {
			t.Errorf("%q: seed %d, made %v, %v; want %d, %v, %v", want.Name,
				got.Seed, got.Created, customers(got.Store()), want.Seed, want.Created, customers(want.Store()))
		}
		if !got.Now().Equal(want.Now()) || got.Clock.Frozen() != want.Clock.Frozen() {
			t.Errorf("%q: clock at %v, want %v", want.Name, got.Now(), want.Now())
		}
	}
	if now := after.Get("moved").Now(); !now.Equal(newYear.Add(24 * time.Hour)) {
		t.Errorf("a clock that runs has not run on: %v", now)
	}
	add(t, after.Get(plain.Name).Store(), "fourth")
	if number := after.Get(plain.Name).Store().Read().AccountsByCustomerID("fourth")[0].Sequence; number != 4 {
		t.Errorf("the number %d is given out a second time", number)
	}
	if again := saved(t, before); again != file {
		t.Errorf("saved again: %s\nnot %s", again, file)
	}
}

// TestStateFileRefused holds the mistakes of a file to one line that says what is wrong;
// no sandbox is made of it.
func TestStateFileRefused(t *testing.T) {
	const good = `{"name":"good","seed":1,"created":"2026-05-01T12:00:00Z","state":{},"sequences":{}}`
	for _, test := range []struct{ name, file, says string }{
		{"empty", "", "not a state file"},
		{"no JSON", "hello", "not a state file"},
		{"cut short", `{"format":"twinbill-state/1","sandboxes":[` + good, "not a state file"},
		{"another value follows", `{"format":"twinbill-state/1","sandboxes":[` + good + `]} {}`, "something follows"},
		{"a brace follows", `{"format":"twinbill-state/1","sandboxes":[` + good + `]}}`, "something follows"},
		{"no format", `{"sandboxes":[` + good + `]}`, `format is ""`},
		{"another format", `{"format":"twinbill-state/3","sandboxes":[` + good + `]}`, `"twinbill-state/3"`},
		{"a base that is none", `{"format":"twinbill-state/2","sandboxes":[` + good + `,{"name":"bad","base":"other","state":{}}]}`, `sandbox "bad": its base "other"`},
		{"a base on a base", `{"format":"twinbill-state/2","sandboxes":[` + good + `,{"name":"a","base":"good","state":{}},{"name":"bad","base":"a","state":{}}]}`, `sandbox "bad": its base "a"`},
		{"a row gone that was not there", `{"format":"twinbill-state/2","sandboxes":[` + good + `,{"name":"bad","base":"good","state":{},"gone":{"assignments":[{"id":1,"owner_id":"1","customer_id":1,"payer_account_owner_id":"1"}]}}]}`, `sandbox "bad": assignments[0]: there is no row`},
		{"an unknown field", `{"format":"twinbill-state/1","sandboxes":[` + good + `],"more":1}`, `"more"`},
		{"a name twice", `{"format":"twinbill-state/1","sandboxes":[` + good + "," + good + `]}`, `"good"`},
		{"no name", `{"format":"twinbill-state/1","sandboxes":[` + good + `,{"seed":1}]}`, `""`},
		{"too long a name", `{"format":"twinbill-state/1","sandboxes":[` + good + `,{"name":"` + strings.Repeat("x", sandbox.LongestName+1) + `"}]}`, "no name of a sandbox"},
		{"an unknown table", `{"format":"twinbill-state/1","sandboxes":[` + good + `,{"name":"bad","state":{"tables":[]}}]}`, `sandbox "bad": `},
		{"a row of another form", `{"format":"twinbill-state/1","sandboxes":[` + good + `,{"name":"bad","state":{"accounts":[{}]}}]}`, `sandbox "bad": accounts[0]`},
		{"a clock that stands nowhere", `{"format":"twinbill-state/1","sandboxes":[` + good + `,{"name":"bad","clock":{"at":"noon"}}]}`, "not a state file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sandboxes := newSandboxes(t, nil)
			err := sandboxes.Restore(strings.NewReader(test.file))
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line that says %s", err, test.says)
			}
			if list := names(sandboxes.List()); len(list) != 0 {
				t.Errorf("made all the same: %v", list)
			}
		})
	}
}

// TestStateFileSharesRows saves sandboxes that differ a little from one another: what they
// share is in the file once, and in memory once after it is loaded.
func TestStateFileSharesRows(t *testing.T) {
	const rows, boxes = 500, 200
	before := forks(t, rows, boxes)
	before.Get("0003").Replace(newStore(t, "on its own"))
	for i, sb := range before.List() {
		switch i % 4 {
		case 0:
			add(t, sb.Store(), "added")
		case 1:
			if err := sb.Store().Write(func(tx *store.Tx) error {
				tx.DeleteAccount(tx.AccountsByCustomerID("7")[0])
				changed := *tx.AccountsByCustomerID("8")[0]
				changed.Name = "changed"
				tx.UpdateAccount(changed)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	file := saved(t, before)
	if one := len(saved(t, forks(t, rows, 1))); len(file) > 3*one {
		t.Errorf("%d sandboxes take %d bytes, one of them %d", boxes, len(file), one)
	}
	after := newSandboxes(t, nil)
	grown := heap()
	if err := after.Restore(strings.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	if grown = heap() - grown; grown > 20<<20 {
		t.Errorf("loaded, they take %d MiB", grown>>20)
	}
	for _, want := range before.List() {
		got := after.Get(want.Name).Store()
		if diff, err := want.Store().Diff(got); err != nil || len(diff) > 0 {
			t.Errorf("%s: differs: %v, %v", want.Name, diff, err)
		}
		if !maps.Equal(got.Sequences(), want.Store().Sequences()) || got.Rows() != want.Store().Rows() {
			t.Errorf("%s: numbers %v and %d rows, want %v and %d", want.Name, got.Sequences(), got.Rows(), want.Store().Sequences(), want.Store().Rows())
		}
	}
	if again := saved(t, after); again != file {
		t.Error("saved again, the file is another")
	}
	runtime.KeepAlive(after)
}

// TestStateFileTakesChangedRows saves sandboxes that each changed half of the rows that they
// share, some at a time: the file has the shared rows once, and of each sandbox what it changed
// and what that was before.
func TestStateFileTakesChangedRows(t *testing.T) {
	const rows, changed, together, boxes = 2000, 1000, 100, 6
	before := forks(t, rows, boxes)
	one := len(saved(t, forks(t, rows, 1)))
	for i, sb := range before.List() {
		for first := 0; first < changed; first += together {
			if err := sb.Store().Write(func(tx *store.Tx) error {
				for n := range together {
					row := *tx.AccountsByCustomerID(fmt.Sprint(first + n))[0]
					row.Name = fmt.Sprintf("changed by %d", i)
					tx.UpdateAccount(row)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	file := saved(t, before)
	perRow := one / rows
	if most := one + 2*boxes*changed*perRow*5/4 + boxes*1000; len(file) > most {
		t.Errorf("%d sandboxes that changed %d of %d rows take %d bytes, a row %d; want %d at most", boxes, changed, rows, len(file), perRow, most)
	}
	shared := fmt.Sprintf(`"customer_id":"%d"`, rows-1)
	if n := strings.Count(file, shared); n != 1 {
		t.Errorf("a row that none changed is %d times in the file", n)
	}
	after := newSandboxes(t, nil)
	if err := after.Restore(strings.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	for _, want := range before.List() {
		if diff, err := want.Store().Diff(after.Get(want.Name).Store()); err != nil || len(diff) > 0 {
			t.Errorf("%s: differs: %v", want.Name, err)
		}
	}
	if again := saved(t, after); again != file {
		t.Error("saved again, the file is another")
	}
}

// forks are sandboxes of one large state.
func forks(t testing.TB, rows, boxes int) *sandbox.Sandboxes {
	t.Helper()
	ids := make([]string, rows)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	sandboxes := newSandboxes(t, func(c *sandbox.Config) { c.Fixtures = newStore(t, ids...) })
	for i := range boxes {
		sandboxes.Get(fmt.Sprintf("%04d", i))
	}
	return sandboxes
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkStateFile saves and loads sandboxes that share their rows.
func BenchmarkStateFile(b *testing.B) {
	sandboxes := forks(b, 1000, 100)
	file := saved(b, sandboxes)
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			saved(b, sandboxes)
		}
	})
	b.Run("load", func(b *testing.B) {
		b.ReportMetric(float64(len(file)), "file-bytes")
		var kept int64
		for b.Loop() {
			before := heap()
			after := newSandboxes(b, nil)
			if err := after.Restore(strings.NewReader(file)); err != nil {
				b.Fatal(err)
			}
			kept = heap() - before
			runtime.KeepAlive(after)
		}
		b.ReportMetric(float64(kept), "heap-bytes")
	})
}

// FuzzRestore feeds state files: what is taken is saved as the same file ever after.
func FuzzRestore(f *testing.F) {
	full := newSandboxes(f, nil)
	full.Get("a").Clock.Advance(time.Hour)
	add(f, full.Get("b").Store(), "second")
	f.Add([]byte(saved(f, full)))
	f.Add([]byte(`{"format":"twinbill-state/1","sandboxes":[]}`))
	f.Add([]byte(`{"format":"twinbill-state/1","sandboxes":[{"name":"a","clock":{"at":"9999-12-31T23:59:59-14:00","since":"0000-01-01T00:00:00+14:00"},"state":{"accounts":null},"sequences":{"accounts":9007199254740991}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		first := newSandboxes(t, nil)
		if first.Restore(bytes.NewReader(data)) != nil {
			if list := first.List(); len(list) != 0 {
				t.Fatalf("refused, and made all the same: %v", names(list))
			}
			return
		}
		file := saved(t, first)
		second := newSandboxes(t, nil)
		if err := second.Restore(strings.NewReader(file)); err != nil {
			t.Fatalf("its own file is refused: %v\n%s", err, file)
		}
		if again := saved(t, second); again != file {
			t.Fatalf("saved again: %s\nnot %s", again, file)
		}
		for _, sb := range second.List() {
			if _, err := sb.Now().MarshalJSON(); err != nil {
				t.Errorf("%q: %v", sb.Name, err)
			}
		}
	})
}
