package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

func names(list []*sandbox.Sandbox) []string {
	all := []string{}
	for _, sb := range list {
		all = append(all, sb.Name)
	}
	return all
}

// TestClaimed holds the name of a request's sandbox to header, context and credential.
func TestClaimed(t *testing.T) {
	long := strings.Repeat("x", sandbox.LongestName)
	for _, test := range []struct {
		name, joining, credential string
		headers                   []string
		want                      string
		refused                   bool
	}{
		{name: "nothing", want: sandbox.Anonymous},
		{name: "credential", credential: "key", want: "key"},
		{name: "context", joining: "test", credential: "key", want: "test"},
		{name: "header", headers: []string{"named"}, joining: "test", credential: "key", want: "named"},
		{name: "empty header", headers: []string{""}, credential: "key", want: "key"},
		{name: "longest header", headers: []string{long}, want: long},
		{name: "too long a header", headers: []string{long + "x"}, credential: "key", want: "key", refused: true},
		{name: "a header that is not UTF-8", headers: []string{"\xff"}, credential: "key", want: "key", refused: true},
		{name: "two headers", headers: []string{"a", "a"}, want: sandbox.Anonymous, refused: true},
		{name: "longest credential", credential: long, want: long},
		{name: "too long a credential", credential: long + "x", want: "sha256-15eb95a462ee20bd91a415ae2d4aed341288186ddaa2b37908f7d592f0c3f85f"},
		{name: "a credential that is not UTF-8", credential: "\xff", want: "sha256-a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if test.joining != "" {
			r = r.WithContext(sandbox.Joining(r.Context(), test.joining))
		}
		for _, value := range test.headers {
			r.Header.Add(sandbox.Header, value)
		}
		got, ok := sandbox.Claimed(r, test.credential)
		if got != test.want || ok == test.refused {
			t.Errorf("%s: %q, %v; want %q, %v", test.name, got, ok, test.want, !test.refused)
		}
	}
}

// TestSandboxesApart writes to sandboxes of several origins: none sees another's rows,
// and the fixtures see none.
func TestSandboxesApart(t *testing.T) {
	sandboxes := newSandboxes(t, nil)
	got := sandboxes.Get("got")
	created, err := sandboxes.Create("created", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	add(t, got.Store(), "of got")
	fork, err := sandboxes.Fork(got, "fork")
	if err != nil {
		t.Fatal(err)
	}
	add(t, fork.Store(), "of fork")
	add(t, got.Store(), "of got later")
	add(t, created.Store(), "of created")
	lost := got.Losing()
	add(t, lost.Store(), "lost")
	for _, test := range []struct {
		name string
		want []string
	}{
		{"got", []string{"first", "of got", "of got later"}},
		{"created", []string{"first", "of created"}},
		{"fork", []string{"first", "of got", "of fork"}},
		{"new", []string{"first"}},
	} {
		if rows := customers(sandboxes.Get(test.name).Store()); !slices.Equal(rows, test.want) {
			t.Errorf("%s: %v, want %v", test.name, rows, test.want)
		}
	}
}

// TestSandboxesByName holds to the names: found again, taken, gone, looked at.
func TestSandboxesByName(t *testing.T) {
	sandboxes := newSandboxes(t, nil)
	b := sandboxes.Get("b")
	if sandboxes.Get("b") != b {
		t.Error("a name has two sandboxes")
	}
	if looked := sandboxes.Look("c"); looked.Name != "c" || !slices.Equal(customers(looked.Store()), []string{"first"}) {
		t.Errorf("looked at: %+v", looked)
	}
	if _, ok := sandboxes.Find("c"); ok {
		t.Error("a look made a sandbox")
	}
	if sandboxes.Look("b") != b {
		t.Error("a look shows another sandbox")
	}
	if sb := sandboxes.Stranger("b"); sb != b {
		t.Errorf("a stranger that names b is put down to %s", sb.Name)
	}
	if sb := sandboxes.Stranger("nobody"); sb.Name != "nobody" {
		t.Errorf("a stranger is put down to %s", sb.Name)
	}
	closed := newSandboxes(t, func(c *sandbox.Config) { c.Closed = true })
	if sb := closed.Stranger("nobody"); sb.Name != sandbox.Anonymous {
		t.Errorf("a stranger is put down to %s where some are admitted alone", sb.Name)
	}
	seed := int64(7)
	if a, err := sandboxes.Create("a", &seed, &sandbox.Setting{Frozen: new(true)}); err != nil || a.Seed != 7 || !a.Clock.Frozen() {
		t.Errorf("created: %+v, %v", a, err)
	}
	if list := names(sandboxes.List()); !slices.Equal(list, []string{"a", "b", "nobody"}) {
		t.Errorf("the list is %v", list)
	}
	if _, err := sandboxes.Create("a", nil, nil); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("a name that is taken: %v", err)
	}
	if _, err := sandboxes.Fork(b, "a"); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("a name that is taken, for a fork: %v", err)
	}
	if !sandboxes.Delete("b") || sandboxes.Delete("b") {
		t.Error("a sandbox is not deleted exactly once")
	}
	if sandboxes.Get("b") == b {
		t.Error("a deleted sandbox is back")
	}
}

// TestSeeds holds the seed of a sandbox to the seed of the process and to its name.
func TestSeeds(t *testing.T) {
	seeds := map[int64]string{}
	for seed := range int64(3) {
		for _, name := range []string{"a", "b", "0 a"} {
			of := func() int64 {
				return newSandboxes(t, func(c *sandbox.Config) { c.Seed = seed }).Get(name).Seed
			}
			got, whose := of(), fmt.Sprintf("%s of %d", name, seed)
			if again := of(); again != got {
				t.Errorf("%s has the seeds %d and %d", whose, got, again)
			}
			if other := seeds[got]; other != "" {
				t.Errorf("%s and %s share the seed %d", whose, other, got)
			}
			if got < 0 || got > 1<<53 {
				t.Errorf("%s has the seed %d, which not every JSON reader keeps", whose, got)
			}
			seeds[got] = whose
		}
	}
	sandboxes := newSandboxes(t, nil)
	fork, err := sandboxes.Fork(sandboxes.Get("a"), "fork")
	if err != nil || fork.Seed != sandboxes.Get("a").Seed {
		t.Errorf("a fork goes on from another seed: %v", err)
	}
}

// TestReset changes all there is of a sandbox and resets it: nothing is left of it.
func TestReset(t *testing.T) {
	p := newProcess()
	sandboxes := newSandboxes(t, func(c *sandbox.Config) { c.Process = p.now })
	sb := sandboxes.Get("a")
	fill := func() (ids []string) {
		add(t, sb.Store(), "second")
		if _, err := sb.TakeSnapshot("s"); err != nil {
			t.Fatal(err)
		}
		if _, err := sb.Faults.Add(gen.NewFault{Kind: gen.Malformed}); err != nil {
			t.Fatal(err)
		}
		sb.Clock.Advance(time.Hour)
		ids = append(ids, sb.Journal.NextID(), sb.Journal.NextID())
		sb.Journal.Append(journal.Entry{Request: gen.Request{Id: ids[0]}})
		return ids
	}
	ids := fill()
	if sandboxes.Reset("a") != sb {
		t.Error("a reset makes another sandbox")
	}
	if rows := customers(sb.Store()); !slices.Equal(rows, []string{"first"}) {
		t.Errorf("state: %v", rows)
	}
	if len(sb.Snapshots()) != 0 || len(sb.Faults.List()) != 0 || sb.Journal.Len() != 0 || !sb.Now().Equal(p.now()) {
		t.Errorf("%d snapshots, %d faults, %d requests, clock at %v", len(sb.Snapshots()), len(sb.Faults.List()), sb.Journal.Len(), sb.Now())
	}
	if again := fill(); !slices.Equal(again, ids) {
		t.Errorf("the ids of requests go on: %v after %v", again, ids)
	}
}

// TestFixturesOfOwn loads fixtures into a sandbox and reloads those of the process: a
// reset comes back to the sandbox's own, and a fork has them too.
func TestFixturesOfOwn(t *testing.T) {
	sandboxes := newSandboxes(t, nil)
	own := sandboxes.Get("own")
	loaded := newStore(t, "loaded")
	own.Load(loaded)
	add(t, loaded, "too late")
	add(t, own.Store(), "second")
	fork, err := sandboxes.Fork(own, "fork")
	if err != nil {
		t.Fatal(err)
	}
	reloaded := newStore(t, "reloaded")
	plain := sandboxes.Get("plain")
	sandboxes.Reload(reloaded)
	add(t, reloaded, "too late")
	check := func(when string, want map[string][]string) {
		t.Helper()
		for name, rows := range want {
			if got := customers(sandboxes.Get(name).Store()); !slices.Equal(got, rows) {
				t.Errorf("%s, %s: %v, want %v", when, name, got, rows)
			}
		}
	}
	check("before the reset", map[string][]string{
		"own": {"loaded", "second"}, "fork": {"loaded", "second"}, "plain": {"first"}, "new": {"reloaded"},
	})
	for _, sb := range []*sandbox.Sandbox{own, fork, plain} {
		sandboxes.Reset(sb.Name)
	}
	check("after it", map[string][]string{"own": {"loaded"}, "fork": {"loaded"}, "plain": {"reloaded"}})
}

// TestMost keeps three sandboxes at most: the one unused for longest goes, the log says
// so, and its journal is closed.
func TestMost(t *testing.T) {
	records := logged(t)
	sandboxes := newSandboxes(t, func(c *sandbox.Config) { c.Most = 3 })
	first := sandboxes.Get("a")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	follower := first.Journal.Follow(ctx, journal.Query{})
	for _, name := range []string{"b", "c", "b"} {
		sandboxes.Get(name)
	}
	sandboxes.Find("a") // no use
	sandboxes.Look("a")
	before := sandboxes.Changes()
	sandboxes.Get("d")
	if list := names(sandboxes.List()); !slices.Equal(list, []string{"b", "c", "d"}) {
		t.Errorf("kept: %v", list)
	}
	if sandboxes.Changes() == before {
		t.Error("an eviction is no change")
	}
	if _, open := <-follower; open || ctx.Err() != nil {
		t.Error("the evicted sandbox's journal is open")
	}
	all := records()
	if len(all) != 1 || all[0]["sandbox"] != "a...ca978112" || all[0]["most"] != 3.0 {
		t.Errorf("the log says %v", all)
	}
}

// TestIdle lets sandboxes stand unused: those over the bound are gone, whoever asks
// first, and the log names each.
func TestIdle(t *testing.T) {
	asks := map[string]func(*sandbox.Sandboxes){
		"the same one": func(s *sandbox.Sandboxes) { s.Get("idle") },
		"another one":  func(s *sandbox.Sandboxes) { s.Get("used") },
		"a list":       func(s *sandbox.Sandboxes) { s.List() },
		"a look":       func(s *sandbox.Sandboxes) { s.Look("idle") },
		"a search":     func(s *sandbox.Sandboxes) { s.Find("idle") },
		"a create": func(s *sandbox.Sandboxes) {
			if _, err := s.Create("idle", nil, nil); err != nil {
				t.Error(err)
			}
		},
	}
	for ask, do := range asks {
		t.Run(ask, func(t *testing.T) {
			records := logged(t)
			p := newProcess()
			sandboxes := newSandboxes(t, func(c *sandbox.Config) { c.Process, c.Idle = p.now, time.Hour })
			idle := sandboxes.Get("idle")
			add(t, idle.Store(), "second")
			p.pass(time.Hour)
			if sandboxes.Get("used") == nil || sandboxes.Look("idle") != idle {
				t.Error("gone within its time")
			}
			p.pass(time.Nanosecond)
			do(sandboxes)
			if sandboxes.Look("idle") == idle {
				t.Error("still there after its time")
			}
			if _, ok := sandboxes.Find("used"); !ok {
				t.Error("one that is in use is gone")
			}
			all := records()
			if len(all) != 1 || all[0]["sandbox"] != "id...4fb62348" {
				t.Errorf("the log says %v", all)
			}
		})
	}
}

// TestChanges counts what a state file would have to be written for, and nothing else.
func TestChanges(t *testing.T) {
	sandboxes := newSandboxes(t, nil)
	sb := sandboxes.Get("a")
	ctx := sandbox.With(t.Context(), sb)
	write := func(refusal error) {
		err := sandbox.Write(ctx, func(tx *store.Tx) error {
			tx.InsertPayer(store.Payer{Vendor: "aws", AccountID: "1"})
			return refusal
		})
		if !errors.Is(err, refusal) {
			t.Error(err)
		}
	}
	for _, test := range []struct {
		name  string
		do    func()
		wrote bool
	}{
		{"write", func() { write(nil) }, true},
		{"refused write", func() { write(errors.New("refused")) }, false},
		{"read", func() { sandboxes.List(); sandboxes.Look("b"); sandboxes.Get("a") }, false},
		{"create", func() { sandboxes.Get("b") }, true},
		{"delete", func() { sandboxes.Delete("b") }, true},
		{"delete of none", func() { sandboxes.Delete("b") }, false},
		{"replace", func() { sb.Replace(newStore(t)) }, true},
		{"clock", func() { sb.Clock.Advance(time.Second) }, true},
		{"reset", func() { sandboxes.Reset("a") }, true},
	} {
		before := sandboxes.Changes()
		test.do()
		if changed := sandboxes.Changes() != before; changed != test.wrote {
			t.Errorf("%s: changed %v, want %v", test.name, changed, test.wrote)
		}
	}
}
