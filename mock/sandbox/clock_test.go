package sandbox_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock/sandbox"
)

// TestClock sets clocks and lets time pass: an hour before the changes, another after
// each of them.
func TestClock(t *testing.T) {
	noon := newProcess().at
	newYear := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	far := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	set := func(at *time.Time, frozen *bool) func(*sandbox.Clock) {
		return func(c *sandbox.Clock) { c.Set(sandbox.Setting{Time: at, Frozen: frozen}) }
	}
	advance := func(by time.Duration) func(*sandbox.Clock) { return func(c *sandbox.Clock) { c.Advance(by) } }
	begun := sandbox.Setting{Time: &newYear, Frozen: new(true)}
	for _, test := range []struct {
		name    string
		begins  sandbox.Setting
		changes []func(*sandbox.Clock)
		want    time.Time
		frozen  bool
	}{
		{name: "as the process", want: noon.Add(time.Hour)},
		{name: "set", changes: []func(*sandbox.Clock){set(&newYear, nil)}, want: newYear.Add(time.Hour)},
		{name: "set and frozen", changes: []func(*sandbox.Clock){set(&newYear, new(true))}, want: newYear, frozen: true},
		{name: "frozen where it is", changes: []func(*sandbox.Clock){set(nil, new(true))}, want: noon.Add(time.Hour), frozen: true},
		{name: "released where it is", changes: []func(*sandbox.Clock){set(&newYear, new(true)), set(nil, new(false))}, want: newYear.Add(time.Hour)},
		{name: "released that runs", changes: []func(*sandbox.Clock){set(nil, new(false))}, want: noon.Add(2 * time.Hour)},
		{name: "set while frozen", changes: []func(*sandbox.Clock){set(nil, new(true)), set(&newYear, nil)}, want: newYear, frozen: true},
		{name: "advanced", changes: []func(*sandbox.Clock){advance(48 * time.Hour)}, want: noon.Add(50 * time.Hour)},
		{name: "advanced while frozen", changes: []func(*sandbox.Clock){set(&newYear, new(true)), advance(time.Minute)}, want: newYear.Add(time.Minute), frozen: true},
		{name: "advanced twice", changes: []func(*sandbox.Clock){advance(time.Minute), advance(time.Second)}, want: noon.Add(3*time.Hour + time.Minute + time.Second)},
		{name: "the empty setting", changes: []func(*sandbox.Clock){set(&newYear, new(true)), set(nil, nil)}, want: noon.Add(3 * time.Hour)},
		{name: "begun elsewhere", begins: begun, want: newYear, frozen: true},
		{name: "begun elsewhere, the empty setting", begins: begun, changes: []func(*sandbox.Clock){set(nil, nil)}, want: noon.Add(2 * time.Hour)},
		{name: "centuries from the process", changes: []func(*sandbox.Clock){set(new(time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)), nil)}, want: time.Date(3000, 1, 1, 1, 0, 0, 0, time.UTC)},
		{name: "the last moment", changes: []func(*sandbox.Clock){set(&far, nil), advance(1 << 62)}, want: time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProcess()
			sandboxes := newSandboxes(t, func(c *sandbox.Config) { c.Process, c.Clock = p.now, test.begins })
			clock := sandboxes.Get("a").Clock
			p.pass(time.Hour)
			for _, change := range test.changes {
				change(clock)
				p.pass(time.Hour)
			}
			if now := clock.Now(); !now.Equal(test.want) || clock.Frozen() != test.frozen {
				t.Errorf("%v, frozen %v; want %v, %v", now, clock.Frozen(), test.want, test.frozen)
			}
			if _, err := json.Marshal(clock.Now()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestForkOfClock moves a clock and forks its sandbox: the fork shows the same, and each
// goes its own way from there. A reset comes back to where each began.
func TestForkOfClock(t *testing.T) {
	newYear := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, frozen := range []bool{false, true} {
		p := newProcess()
		sandboxes := newSandboxes(t, func(c *sandbox.Config) { c.Process = p.now })
		origin := sandboxes.Get("origin")
		origin.Clock.Set(sandbox.Setting{Time: &newYear, Frozen: &frozen})
		fork, err := sandboxes.Fork(origin, "fork")
		if err != nil {
			t.Fatal(err)
		}
		if !fork.Now().Equal(newYear) || fork.Clock.Frozen() != frozen {
			t.Errorf("the fork shows %v, frozen %v", fork.Now(), fork.Clock.Frozen())
		}
		fork.Clock.Advance(time.Hour)
		if !origin.Now().Equal(newYear) {
			t.Errorf("the origin went along with its fork to %v", origin.Now())
		}
		p.pass(time.Minute)
		if now := sandboxes.Reset("origin").Now(); !now.Equal(p.now()) {
			t.Errorf("reset, the origin shows %v, not the time of the process", now)
		}
		if now := sandboxes.Reset("fork").Now(); !now.Equal(newYear) {
			t.Errorf("reset, the fork shows %v, not where it began", now)
		}
	}
}
