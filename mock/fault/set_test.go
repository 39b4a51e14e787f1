package fault

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/openapi"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// operation finds an operation of either API, and the rate that is documented for it.
func operation(t testing.TB, id string) (*openapi.Operation, openapi.RateLimit) {
	t.Helper()
	for _, api := range openapi.APIs() {
		c, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		if op := c.Operation(id); op != nil {
			return op, c.RateLimit
		}
	}
	t.Fatalf("there is no operation %s", id)
	return nil, openapi.RateLimit{}
}

func add(t testing.TB, s *Set, f gen.NewFault) gen.Fault {
	t.Helper()
	added, err := s.Add(f)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

// ask sends a set a request of an operation, and lists the ids of what it meets.
func ask(t testing.TB, s *Set, id string, now time.Time) string {
	t.Helper()
	op, limit := operation(t, id)
	var ids []string
	for _, m := range s.meets(op, limit, now) {
		ids = append(ids, m.id)
	}
	return strings.Join(ids, " ")
}

func TestRestrictions(t *testing.T) {
	tests := map[string]struct {
		fault gen.NewFault
		asked []string
		want  string // x for each request that meets it
	}{
		"none":              {gen.NewFault{Kind: gen.Malformed}, []string{"createAccount", "issueAccessToken", "listAwsAccountAssignments"}, "xxx"},
		"api":               {gen.NewFault{Kind: gen.Malformed, Api: new(gen.Ripple)}, []string{"createAccount", "listAwsAccountAssignments"}, "x."},
		"operation":         {gen.NewFault{Kind: gen.Malformed, Operations: &[]string{"createAccount"}}, []string{"createAccount", "deleteAccount"}, "x."},
		"operations":        {gen.NewFault{Kind: gen.Malformed, Operations: &[]string{"create*", "*Assignments"}}, []string{"createAccount", "createReseller", "listAccounts", "listAwsAccountAssignments"}, "xx.x"},
		"token not asked":   {gen.NewFault{Kind: gen.ExpiredToken}, []string{"issueAccessToken", "listAccounts"}, ".x"},
		"count":             {gen.NewFault{Kind: gen.Malformed, Count: new(2)}, slices.Repeat([]string{"listAccounts"}, 4), "xx.."},
		"skip":              {gen.NewFault{Kind: gen.Malformed, Skip: new(2)}, slices.Repeat([]string{"listAccounts"}, 4), "..xx"},
		"skip and count":    {gen.NewFault{Kind: gen.Malformed, Skip: new(1), Count: new(1)}, slices.Repeat([]string{"listAccounts"}, 3), ".x."},
		"skip of operation": {gen.NewFault{Kind: gen.Malformed, Skip: new(1), Operations: &[]string{"listAccounts"}}, []string{"createAccount", "listAccounts", "listAccounts"}, "..x"},
		"never":             {gen.NewFault{Kind: gen.Malformed, Probability: new(0.0)}, slices.Repeat([]string{"listAccounts"}, 5), "....."},
		"always":            {gen.NewFault{Kind: gen.Malformed, Probability: new(1.0)}, slices.Repeat([]string{"listAccounts"}, 5), "xxxxx"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := New(1)
			id := add(t, s, test.fault).Id
			got := ""
			for _, op := range test.asked {
				if ask(t, s, op, start) == "" {
					got += "."
				} else {
					got += "x"
				}
			}
			if got != test.want {
				t.Errorf("%v meet it %s, want %s", test.asked, got, test.want)
			}
			if f, ok := s.Get(id); !ok || f.Met != strings.Count(test.want, "x") {
				t.Errorf("counted %d (%v) of %s", f.Met, ok, test.want)
			}
		})
	}
}

func TestLatenciesAddUpAndOneOtherDecides(t *testing.T) {
	everywhere, s := New(0), New(1)
	s.Under(everywhere)
	add(t, everywhere, gen.NewFault{Kind: gen.Slow, BytesPerSecond: new(1), Everywhere: new(true)})
	add(t, everywhere, gen.NewFault{Kind: gen.Latency, Seconds: new(1.0), Everywhere: new(true)})
	add(t, s, gen.NewFault{Kind: gen.Latency, Seconds: new(2.0)})
	add(t, s, gen.NewFault{Kind: gen.Malformed, Count: new(1)})
	add(t, s, gen.NewFault{Kind: gen.Status, Status: new(500), Count: new(1)})
	for i, want := range []string{
		"fault-1 fault-2 everywhere-2", "fault-1 fault-3 everywhere-2", "fault-1 everywhere-1 everywhere-2",
	} {
		if got := ask(t, s, "listAccounts", start); got != want {
			t.Errorf("request %d meets %s, want %s", i, got, want)
		}
	}
}

func TestEverywhere(t *testing.T) {
	everywhere := New(0)
	a, b := New(1), New(2)
	a.Under(everywhere)
	b.Under(everywhere)
	quota := add(t, everywhere, gen.NewFault{Kind: gen.Quota, Limit: new(1), Everywhere: new(true)})
	count := add(t, everywhere, gen.NewFault{Kind: gen.Malformed, Count: new(3), Everywhere: new(true)})
	var got []string
	for _, s := range []*Set{a, b, a, b, a, b} {
		got = append(got, ask(t, s, "listAccounts", start))
	}
	// Each sandbox has a rate of its own, and the count is that of all.
	want := []string{count.Id, count.Id, quota.Id, quota.Id, quota.Id, quota.Id}
	if !slices.Equal(got, want) {
		t.Errorf("met %q, want %q", got, want)
	}
	if f, _ := everywhere.Get(count.Id); f.Met != 2 {
		t.Errorf("%d requests met the fault of all, want 2", f.Met)
	}
	if len(a.List()) != 0 {
		t.Error("a sandbox lists the faults of all as its own")
	}
}

func TestQuota(t *testing.T) {
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	t.Run("documented", func(t *testing.T) {
		for id, want := range map[string]struct {
			requests int
			seconds  float64
		}{"listAccounts": {100, 1}, "listAwsAccountAssignments": {30, 60}} {
			s := New(1)
			add(t, s, gen.NewFault{Kind: gen.Quota})
			for range want.requests {
				if ask(t, s, id, at(0)) != "" {
					t.Fatalf("%s: refused within the rate", id)
				}
			}
			if ask(t, s, id, at(want.seconds-0.001)) == "" {
				t.Errorf("%s: admitted beyond the rate", id)
			}
			if ask(t, s, id, at(want.seconds)) != "" {
				t.Errorf("%s: refused in the next window", id)
			}
		}
	})
	t.Run("own", func(t *testing.T) {
		s := New(1)
		add(t, s, gen.NewFault{Kind: gen.Quota, Limit: new(2), WindowSeconds: new(10.0), Count: new(2)})
		got := ""
		for _, seconds := range []float64{5, 6, 7, 14.9, 15, 16, -100, -99, -98} {
			if ask(t, s, "listAccounts", at(seconds)) == "" {
				got += "."
			} else {
				got += "x"
			}
		}
		// The last is beyond the rate too, but the count has ended; a clock that is set
		// back begins a window.
		if want := "..xx....."; got != want {
			t.Errorf("met %s, want %s", got, want)
		}
	})
	t.Run("each API has its own", func(t *testing.T) {
		s := New(1)
		add(t, s, gen.NewFault{Kind: gen.Quota, Limit: new(1)})
		ask(t, s, "listAccounts", start)
		if ask(t, s, "listAwsAccountAssignments", start) != "" {
			t.Error("a request to one API counts for the other")
		}
		if ask(t, s, "listBillingGroups", start) == "" {
			t.Error("each operation has a rate of its own")
		}
	})
}

// drawn plays some faults of chance to a set, and tells what came.
func drawn(t *testing.T, s *Set) string {
	t.Helper()
	add(t, s, gen.NewFault{Kind: gen.Latency, SpreadSeconds: new(10.0), Probability: new(0.5)})
	add(t, s, gen.NewFault{Kind: gen.Status, Status: new(500), Probability: new(0.3)})
	var out strings.Builder
	op, limit := operation(t, "listAccounts")
	for range 200 {
		for _, m := range s.meets(op, limit, start) {
			fmt.Fprint(&out, m.id, m.wait, " ")
		}
		out.WriteString("/")
	}
	return out.String()
}

func TestSeed(t *testing.T) {
	s := New(7)
	first := drawn(t, s)
	if again := drawn(t, New(7)); again != first {
		t.Error("the same seed draws otherwise")
	}
	if other := drawn(t, New(8)); other == first {
		t.Error("another seed draws the same")
	}
	s.Clear()
	if again := drawn(t, s); again != first {
		t.Error("a set that is cleared draws otherwise")
	}
	if n := strings.Count(first, "fault-2"); n < 30 || n > 90 {
		t.Errorf("a chance of 0.3 came %d times of 200", n)
	}
}

func TestSetIsForConcurrentUse(t *testing.T) {
	everywhere, s := New(0), New(1)
	s.Under(everywhere)
	count := add(t, everywhere, gen.NewFault{Kind: gen.Malformed, Count: new(100), Everywhere: new(true)})
	op, limit := operation(t, "listAccounts")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				s.meets(op, limit, start)
				f, err := s.Add(gen.NewFault{Kind: gen.Latency, Seconds: new(1.0)})
				if err != nil || !s.Remove(f.Id) || s.Remove(f.Id) {
					t.Error("a fault that was added cannot be removed once")
				}
				s.List()
			}
		})
	}
	group.Wait()
	if f, _ := everywhere.Get(count.Id); f.Met != 100 {
		t.Errorf("400 requests met a fault of 100 %d times", f.Met)
	}
}

func TestList(t *testing.T) {
	s := New(1)
	first := add(t, s, gen.NewFault{Kind: gen.Cut, Where: new(gen.CutPlaceIn)})
	second := add(t, s, gen.NewFault{Kind: gen.Status, Status: new(503), RetryAfterSeconds: new(3)})
	if list := s.List(); len(list) != 2 || list[0].Id != first.Id || list[1].Id != second.Id || *list[1].RetryAfterSeconds != 3 {
		t.Errorf("listed %+v", list)
	}
	if !s.Remove(first.Id) {
		t.Error("the first is not there")
	}
	if _, ok := s.Get(first.Id); ok {
		t.Error("what was removed is there")
	}
	if third := add(t, s, gen.NewFault{Kind: gen.Malformed}); third.Id == first.Id || third.Id == second.Id {
		t.Errorf("the id %s is given twice", third.Id)
	}
	s.Clear()
	if list := s.List(); len(list) != 0 {
		t.Errorf("cleared, it lists %+v", list)
	}
}

func TestAddRefuses(t *testing.T) {
	tests := map[string]struct {
		fault gen.NewFault
		says  string
	}{
		"no kind":               {gen.NewFault{}, "kind: "},
		"another kind":          {gen.NewFault{Kind: "explode"}, "kind: "},
		"another API":           {gen.NewFault{Kind: gen.Malformed, Api: new(gen.FaultApi("azure"))}, "api: "},
		"status without":        {gen.NewFault{Kind: gen.Status}, "status: the kind status needs it"},
		"status below":          {gen.NewFault{Kind: gen.Status, Status: new(399)}, "status: "},
		"status above":          {gen.NewFault{Kind: gen.Status, Status: new(600)}, "status: "},
		"status of latency":     {gen.NewFault{Kind: gen.Latency, Seconds: new(1.0), Status: new(500)}, "status: it is for status, not for latency; leave it out or take another kind"},
		"latency without":       {gen.NewFault{Kind: gen.Latency}, "seconds: the kind latency waits for nothing"},
		"latency of zero":       {gen.NewFault{Kind: gen.Latency, Seconds: new(0.0)}, "seconds: the kind latency waits for nothing"},
		"latency too long":      {gen.NewFault{Kind: gen.Latency, Seconds: new(601.0)}, "seconds: "},
		"latency not a number":  {gen.NewFault{Kind: gen.Latency, Seconds: new(math.NaN())}, "a number is not finite"},
		"window without limit":  {gen.NewFault{Kind: gen.Quota, WindowSeconds: new(1.0)}, "window_seconds: it needs limit"},
		"limit of zero":         {gen.NewFault{Kind: gen.Quota, Limit: new(0)}, "limit: "},
		"limit of slow":         {gen.NewFault{Kind: gen.Slow, BytesPerSecond: new(1), Limit: new(1)}, "limit: it is for quota, not for slow; "},
		"retry-after of cut":    {gen.NewFault{Kind: gen.Cut, Where: new(gen.CutPlaceIn), RetryAfterSeconds: new(1)}, "retry_after_seconds: it is for quota and status, not for cut; "},
		"cut without":           {gen.NewFault{Kind: gen.Cut}, "where: the kind cut needs it"},
		"cut elsewhere":         {gen.NewFault{Kind: gen.Cut, Where: new(gen.CutPlace("beside"))}, "where: "},
		"slow without":          {gen.NewFault{Kind: gen.Slow}, "bytes_per_second: the kind slow needs it"},
		"slow at nothing":       {gen.NewFault{Kind: gen.Slow, BytesPerSecond: new(0)}, "bytes_per_second: "},
		"count of zero":         {gen.NewFault{Kind: gen.Malformed, Count: new(0)}, "count: "},
		"skip below zero":       {gen.NewFault{Kind: gen.Malformed, Skip: new(-1)}, "skip: "},
		"chance above 1":        {gen.NewFault{Kind: gen.Malformed, Probability: new(1.1)}, "probability: "},
		"no operation":          {gen.NewFault{Kind: gen.Malformed, Operations: &[]string{}}, "operations: "},
		"unknown operation":     {gen.NewFault{Kind: gen.Malformed, Operations: &[]string{"list*", "explode*"}}, `operations: "explode*" matches no operation; * stands for any text, and the ids are `},
		"operation of no API's": {gen.NewFault{Kind: gen.Malformed, Api: new(gen.Cloudhealth), Operations: &[]string{"createAccount"}}, `operations: "createAccount" matches no operation`},
		"pattern of another":    {gen.NewFault{Kind: gen.Malformed, Operations: &[]string{"create.ccount"}}, `operations: "create.ccount" matches no operation`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := New(1)
			_, err := s.Add(test.fault)
			if err == nil || !strings.HasPrefix(err.Error(), test.says) {
				t.Errorf("it says %v, want %s", err, test.says)
			}
			if len(s.List()) != 0 {
				t.Error("what was refused is there")
			}
		})
	}
}
