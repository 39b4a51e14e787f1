package sandbox_test

import (
	"bytes"
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
		{"another format", `{"format":"twinbill-state/2","sandboxes":[` + good + `]}`, `"twinbill-state/2"`},
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
