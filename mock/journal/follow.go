package journal

import "context"

// Event is an entry as a follower meets it.
type Event struct {
	Entry
	Missed int64 // how many entries the journal let go before the follower came to them
}

// batch is how many entries a follower holds on to at once.
const batch = 16

// Follow gives each entry that a query chooses as it comes, and where the query names
// one to begin after, those that are held already. Nobody waits for a slow follower: it
// meets what is still held when it comes, and Event.Missed tells what is not. The
// channel is closed when the context ends or the journal is closed; one of them has to
// happen.
func (j *Journal) Follow(ctx context.Context, q Query) <-chan Event {
	at := j.begin(q.After)
	events := make(chan Event)
	go func() {
		defer close(events)
		var missed int64
		for {
			entries, lost, wait, closed := j.next(&at)
			missed += lost
			if closed {
				return
			}
			for _, e := range entries {
				if !q.chooses(&e) {
					continue
				}
				select {
				case events <- Event{Entry: e, Missed: missed}:
					missed = 0
				case <-ctx.Done():
					return
				}
			}
			if wait == nil {
				continue
			}
			select {
			case <-wait:
			case <-ctx.Done():
				return
			}
		}
	}()
	return events
}

// cursor is how far a follower has come.
type cursor struct {
	generation int
	sequence   int64
}

// begin is the place right after an entry, or after the latest where none is named. One
// that is not held is older than all that are.
func (j *Journal) begin(after string) cursor {
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	at := cursor{j.generation, j.sequence}
	if after != "" {
		at.sequence = j.forgotten
		if n := j.byID[after]; n != nil {
			at.sequence = n.entry.Sequence
		}
	}
	return at
}

// next reads the entries after a place and moves it on, and tells how many in between
// are gone. Where there are none, wait is closed once something has changed.
func (j *Journal) next(at *cursor) (entries []Entry, missed int64, wait <-chan struct{}, closed bool) {
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	if j.closed {
		return nil, 0, nil, true
	}
	if at.generation != j.generation {
		*at = cursor{generation: j.generation}
	}
	if at.sequence < j.forgotten {
		missed = j.forgotten - at.sequence
		at.sequence = j.forgotten
	}
	// Sequences have no gaps, so that the place tells the index.
	for _, n := range j.held[at.sequence-j.forgotten:] {
		if len(entries) == batch {
			break
		}
		entries = append(entries, n.entry)
		at.sequence = n.entry.Sequence
	}
	if len(entries) > 0 {
		return entries, missed, nil, false
	}
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return nil, missed, j.changed, false
}
