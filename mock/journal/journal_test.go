package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/store"
)

// said is an entry whose request has a body of some bytes.
func said(id string, bytes int) Entry {
	text := strings.Repeat("x", bytes)
	return Entry{Request: gen.Request{Id: id, RequestBody: gen.Body{Bytes: bytes, Text: &text}}}
}

func ids(entries []Entry) string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Id)
	}
	return strings.Join(out, " ")
}

func TestLatestRequestsAreHeld(t *testing.T) {
	j := NewPool(Limits{Requests: 3}).New(1, "team")
	for i := range 5 {
		j.Append(said(fmt.Sprint("r", i), 0))
	}
	entries, matching, forgotten, err := j.List(Query{})
	if err != nil || ids(entries) != "r2 r3 r4" || matching != 3 || forgotten != 2 {
		t.Fatalf("list: %q, %d matching, %d forgotten, %v", ids(entries), matching, forgotten, err)
	}
	if e := entries[0]; e.Sequence != 3 || e.Sandbox != "team" {
		t.Errorf("the third request has sequence %d in sandbox %q", e.Sequence, e.Sandbox)
	}
	if _, ok := j.Get("r1"); ok {
		t.Error("a forgotten request is found")
	}
	if e, ok := j.Get("r2"); !ok || e.Sequence != 3 {
		t.Errorf("r2: %v, %v", e.Sequence, ok)
	}
}

func TestOldestOfAllGoesFirst(t *testing.T) {
	p := NewPool(Limits{Bytes: 10 << 10})
	a, b := p.New(0, "a"), p.New(0, "b")
	a.Append(said("a1", 2<<10))
	b.Append(said("b1", 2<<10))
	a.Append(said("a2", 2<<10))
	if p.Bytes() < 6<<10 || a.Len() != 2 || b.Len() != 1 {
		t.Fatalf("%d bytes, %d and %d entries", p.Bytes(), a.Len(), b.Len())
	}
	b.Append(said("b2", 2<<10)) // takes a1's place
	if a.Len() != 1 || b.Len() != 2 {
		t.Errorf("after a1 has gone: %d and %d entries", a.Len(), b.Len())
	}
	wrote := said("b3", 0)
	wrote.Wrote, wrote.After = true, new(store.Store)
	if more := cost(&wrote) - cost(ptr(said("b3", 0))); more != wroteCost {
		t.Errorf("a write costs %d bytes more", more)
	}
	b.Append(said("b4", 1<<20)) // is larger than everything
	if a.Len()+b.Len() != 0 || p.Bytes() != 0 {
		t.Errorf("after an entry beyond the bound: %d and %d entries, %d bytes", a.Len(), b.Len(), p.Bytes())
	}
}

func TestCloseGivesItsBytesBack(t *testing.T) {
	p := NewPool(Limits{})
	j := p.New(0, "a")
	j.Append(said("1", 100))
	j.Close()
	j.Append(said("2", 100))
	if p.Bytes() != 0 || j.Len() != 0 {
		t.Errorf("%d bytes in %d entries", p.Bytes(), j.Len())
	}
}

func TestIDsDependOnSeedSandboxAndNumber(t *testing.T) {
	p := NewPool(Limits{})
	first, same := p.New(7, "a"), p.New(7, "a")
	one, two := first.NextID(), first.NextID()
	if one == two || one != same.NextID() || two != same.NextID() {
		t.Errorf("%s, %s and again others", one, two)
	}
	if p.New(8, "a").NextID() == one || p.New(7, "b").NextID() == one {
		t.Error("another seed or sandbox gives the same id")
	}
	first.Clear()
	if id := first.NextID(); id == one || id == two {
		t.Errorf("%s is given out again after Clear", id)
	}
	first.Reset()
	if id := first.NextID(); id != one {
		t.Errorf("the first id after Reset is %s, not %s", id, one)
	}
}

func TestQuery(t *testing.T) {
	j := NewPool(Limits{}).New(0, "a")
	op, other, fault := "createAccount", "listAccounts", "f1"
	entries := []gen.Request{
		{Id: "1", Method: "POST", Operation: &op, Status: 200},
		{Id: "2", Method: "POST", Operation: &op, Status: 400, Clauses: []string{"ripple.a", "ripple.b"}},
		{Id: "3", Method: "GET", Operation: &other, Status: 200, Departures: []gen.Departure{{Says: "x"}}},
		{Id: "4", Method: "GET", Operation: &other, Status: 0, Fault: &fault},
		{Id: "5", Method: "GET", Status: 404},
	}
	for _, r := range entries {
		j.Append(Entry{Request: r})
	}
	ok, cut, yes, no := 200, 0, true, false
	for _, c := range []struct {
		query    Query
		want     string
		matching int
	}{
		{Query{}, "1 2 3 4 5", 5},
		{Query{Operation: op}, "1 2", 2},
		{Query{Method: "GET"}, "3 4 5", 3},
		{Query{Method: "get"}, "", 0},
		{Query{Clause: "ripple.b"}, "2", 1},
		{Query{Fault: fault}, "4", 1},
		{Query{Status: &ok}, "1 3", 2},
		{Query{Status: &cut}, "4", 1},
		{Query{Departing: &yes}, "3", 1},
		{Query{Departing: &no, Limit: 2}, "4 5", 4},
		{Query{After: "3"}, "4 5", 2},
		{Query{After: "5"}, "", 0},
		{Query{Operation: op, Status: &ok}, "1", 1},
	} {
		got, matching, _, err := j.List(c.query)
		if err != nil || ids(got) != c.want || matching != c.matching {
			t.Errorf("%+v: %q of %d, %v; want %q of %d", c.query, ids(got), matching, err, c.want, c.matching)
		}
	}
	if _, _, _, err := j.List(Query{After: "9"}); !errors.Is(err, ErrNotHeld) {
		t.Errorf("after an unknown request: %v", err)
	}
	j.Clear()
	if _, matching, forgotten, _ := j.List(Query{}); matching != 0 || forgotten != 0 {
		t.Errorf("after Clear: %d held, %d forgotten", matching, forgotten)
	}
	j.Append(Entry{Request: gen.Request{Id: "6"}})
	if e, _ := j.Get("6"); e.Sequence != 1 {
		t.Errorf("the first after Clear has sequence %d", e.Sequence)
	}
}

// meet takes the next event, and fails where none comes.
func meet(t *testing.T, events <-chan Event) (Event, bool) {
	t.Helper()
	select {
	case e, ok := <-events:
		return e, ok
	case <-time.After(10 * time.Second):
		t.Fatal("no event came")
	}
	panic("unreachable")
}

func TestFollow(t *testing.T) {
	j := NewPool(Limits{Requests: 5}).New(0, "a")
	j.Append(said("1", 0))
	ctx, stop := context.WithCancel(t.Context())
	live, resumed := j.Follow(ctx, Query{}), j.Follow(ctx, Query{After: "1"})
	unknown := j.Follow(ctx, Query{After: "gone"})
	if e, _ := meet(t, unknown); e.Id != "1" || e.Missed != 0 {
		t.Errorf("after an unknown request: %s, %d missed", e.Id, e.Missed)
	}
	j.Append(said("2", 0))
	for name, events := range map[string]<-chan Event{"live": live, "resumed": resumed, "unknown": unknown} {
		if e, _ := meet(t, events); e.Id != "2" || e.Missed != 0 {
			t.Errorf("%s: %s, %d missed", name, e.Id, e.Missed)
		}
	}
	stop()
	for range live { // until it is closed
	}
}

func TestSlowFollowerIsToldWhatItMissed(t *testing.T) {
	j := NewPool(Limits{Requests: 4}).New(0, "a")
	events := j.Follow(t.Context(), Query{})
	const sent = 100
	for i := range sent {
		j.Append(said(fmt.Sprint(i+1), 0)) // nobody waits for the follower
	}
	var met, missed int64
	for met+missed < sent {
		e, _ := meet(t, events)
		met++
		missed += e.Missed
		if e.Sequence != met+missed {
			t.Fatalf("met %d after %d, of which %d are said to be missed", e.Sequence, met+missed-1, missed)
		}
	}
	if missed == 0 {
		t.Error("nothing was missed")
	}
	j.Clear()
	j.Append(said("again", 0))
	if e, _ := meet(t, events); e.Id != "again" || e.Sequence != 1 {
		t.Errorf("after Clear: %s", e.Id)
	}
	j.Close()
	if e, ok := meet(t, events); ok {
		t.Errorf("a closed journal gives %s", e.Id)
	}
	if _, ok := meet(t, j.Follow(t.Context(), Query{})); ok {
		t.Error("a closed journal can be followed")
	}
}

func TestConcurrentUse(t *testing.T) {
	p := NewPool(Limits{Requests: 50, Bytes: 100 << 10})
	journals := []*Journal{p.New(1, "a"), p.New(1, "b")}
	var all sync.WaitGroup
	var mu sync.Mutex
	given := map[string]bool{}
	for i := range 8 {
		all.Go(func() {
			j := journals[i%2]
			events := j.Follow(t.Context(), Query{})
			go func() {
				for range events { // until it is closed
				}
			}()
			for range 100 {
				id := j.NextID()
				mu.Lock()
				if given[id] {
					t.Errorf("%s is given out twice", id)
				}
				given[id] = true
				mu.Unlock()
				j.Append(said(id, 500))
				_, _ = j.Get(id)
				_, _, _, _ = j.List(Query{Limit: 3})
				_ = j.Coverage(contracts())
				_, _ = j.Verify(gen.Expectation{})
			}
		})
	}
	all.Wait()
	var forgotten int64
	for _, j := range journals {
		held, _, gone, _ := j.List(Query{})
		for i := 1; i < len(held); i++ {
			if held[i].Sequence != held[i-1].Sequence+1 {
				t.Fatalf("%d follows %d", held[i].Sequence, held[i-1].Sequence)
			}
		}
		if int64(len(held))+gone != 400 {
			t.Errorf("%d held and %d forgotten", len(held), gone)
		}
		forgotten += gone
		j.Close()
	}
	if forgotten == 0 || p.Bytes() != 0 {
		t.Errorf("%d forgotten, %d bytes left", forgotten, p.Bytes())
	}
}

func BenchmarkAppend(b *testing.B) {
	op := "createAccount"
	body := `{"vendor":"aws","customer_id":"012345678901","account_id":"012345678901","name":"Example","company_id":"c-1"}`
	e := Entry{Of: operation(op), Request: gen.Request{
		Id: "x", Method: "POST", Url: "http://127.0.0.1:4610/m/ripple/accts", Operation: &op, Status: 200,
		RequestHeaders: gen.Headers{"Content-Type": {"application/json"}, "Authorization": {"Bearer x"}}, RequestBody: gen.Body{Bytes: len(body), Text: &body},
	}}
	j := NewPool(Limits{}).New(0, "a")
	b.ReportAllocs()
	for b.Loop() {
		j.Append(e)
	}
}
