package sandbox

import (
	"sync"
	"time"
)

// Clock is the time in one sandbox: that of the process, moved or standing still. It
// is safe for concurrent use.
type Clock struct {
	process func() time.Time
	changed func() // called after each change

	mu  sync.Mutex
	set *standing // nil where it is the time of the process; never changed in place
}

// standing is how a clock was set.
type standing struct {
	At     time.Time `json:"at"`    // what it showed then
	Since  time.Time `json:"since"` // when that was, by the time of the process
	Frozen bool      `json:"frozen"`
}

// Setting is what a clock is set to. Without a time it goes on from where it is; one
// that says nothing at all gives it the time of the process again.
type Setting struct {
	Time   *time.Time
	Frozen *bool
}

// A clock keeps a day away from the years that JSON cannot write, whatever the zone.
var (
	earliest = time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(9999, time.December, 30, 0, 0, 0, 0, time.UTC)
)

func newClock(process func() time.Time, s Setting, changed func()) *Clock {
	c := &Clock{process: process, changed: changed}
	c.begin(s)
	return c
}

// begin sets the clock from the time of the process.
func (c *Clock) begin(s Setting) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set = nil
	c.apply(s)
}

// Now is the time in the sandbox.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at(c.process())
}

// Frozen reports whether the clock stands still.
func (c *Clock) Frozen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frozen()
}

// Set sets, freezes or releases the clock.
func (c *Clock) Set(s Setting) {
	defer c.changed()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.apply(s)
}

// Advance moves the clock forward, whether it runs or stands still.
func (c *Clock) Advance(by time.Duration) {
	defer c.changed()
	c.mu.Lock()
	defer c.mu.Unlock()
	process := c.process()
	c.place(c.at(process).Add(by), process, c.frozen())
}

// setting is what makes another clock show the same.
func (c *Clock) setting() Setting {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.set == nil {
		return Setting{}
	}
	at, still := c.at(c.process()), c.set.Frozen
	return Setting{Time: &at, Frozen: &still}
}

// standing is how the clock was set; nil where it was not.
func (c *Clock) standing() *standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.set
}

// stand sets the clock as standing said.
func (c *Clock) stand(as *standing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set = as
}

// apply does the work of Set. The clock is locked, as for all below.
func (c *Clock) apply(s Setting) {
	if s == (Setting{}) {
		c.set = nil
		return
	}
	process := c.process()
	at, still := c.at(process), c.frozen()
	if s.Time != nil {
		at = *s.Time
	}
	if s.Frozen != nil {
		still = *s.Frozen
	}
	c.place(at, process, still)
}

// at is what the clock shows at a time of the process.
func (c *Clock) at(process time.Time) time.Time {
	switch {
	case c.set == nil:
		return process
	case c.set.Frozen:
		return c.set.At
	}
	return within(c.set.At.Add(process.Sub(c.set.Since)))
}

func (c *Clock) frozen() bool { return c.set != nil && c.set.Frozen }

func (c *Clock) place(at, process time.Time, still bool) {
	c.set = &standing{At: within(at), Since: process, Frozen: still}
}

// within is a time, or the nearest that a clock can show.
func within(at time.Time) time.Time {
	switch {
	case at.Before(earliest):
		return earliest
	case at.After(latest):
		return latest
	}
	return at
}
