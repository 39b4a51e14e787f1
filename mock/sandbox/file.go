package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/twinbill/twinbill/mock/store"
)

// file is what a state file holds: every sandbox with its state, seed and clock.
// Journals, snapshots and faults are not carried over, nor fixtures and a beginning of
// the clock that are a sandbox's own: a reset comes back to those of the process.
type file struct {
	Format    string  `json:"format"`
	Sandboxes []saved `json:"sandboxes"`
}

// format tells a state file from other JSON, and its version from later ones. Before, each
// sandbox had all its rows.
const (
	format       = "twinbill-state/2"
	formatBefore = "twinbill-state/1"
)

// saved is one sandbox. With a base, another sandbox of the file that has none, State is the
// rows in which it differs from that, and Gone those of the base that it has not.
type saved struct {
	Name      string                     `json:"name"`
	Seed      int64                      `json:"seed"`
	Created   time.Time                  `json:"created"`
	Clock     *standing                  `json:"clock,omitempty"`
	Base      string                     `json:"base,omitempty"`
	State     map[string]json.RawMessage `json:"state"`
	Gone      map[string]json.RawMessage `json:"gone,omitempty"`
	Sequences map[string]uint64          `json:"sequences"`
}

// Save writes every sandbox as JSON. Writes that go on meanwhile are in it or not, each
// as a whole. Rows that sandboxes share are written once.
func (s *Sandboxes) Save(w io.Writer) error {
	out := file{Format: format, Sandboxes: []saved{}}
	all := s.List()
	states := make([]*store.Store, len(all))
	for i, sb := range all {
		states[i] = sb.Store().Fork()
	}
	bases := store.Bases(states)
	for i, sb := range all {
		one := saved{Name: sb.Name, Seed: sb.Seed, Created: sb.Created, Clock: sb.Clock.standing()}
		if err := one.fill(states[i], states[bases[i]], all[bases[i]].Name); err != nil {
			return fmt.Errorf("sandbox %q: %w", sb.Name, err)
		}
		out.Sandboxes = append(out.Sandboxes, one)
	}
	return json.NewEncoder(w).Encode(out)
}

// fill says what the state of the sandbox is: as it differs from that of a base where this
// is another one, and less to write.
func (one *saved) fill(state, base *store.Store, name string) (err error) {
	if name != one.Name {
		delta, less, err := state.Delta(base)
		if err != nil {
			return err
		}
		if less {
			one.Base, one.Sequences = name, delta.Sequences
			if one.State, err = written(delta.Rows); err != nil {
				return err
			}
			one.Gone, err = written(delta.Gone)
			return err
		}
	}
	one.Sequences = state.Sequences()
	one.State, err = written(state.Dump())
	return err
}

// written is tables of rows as JSON.
func written(tables map[string]any) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	for name, rows := range tables {
		text, err := json.Marshal(rows)
		if err != nil {
			return nil, err
		}
		out[name] = text
	}
	return out, nil
}

// Restore makes the sandboxes that Save wrote. It errs where the input is no such file,
// and makes none of them then.
func (s *Sandboxes) Restore(r io.Reader) error {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	var in file
	if err := decoder.Decode(&in); err != nil {
		return fmt.Errorf("not a state file: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("not a state file: something follows the JSON value")
	}
	if in.Format != format && in.Format != formatBefore {
		return fmt.Errorf("not a state file of this version: format is %q, not %q", in.Format, format)
	}
	states, err := in.states()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range in.Sandboxes {
		sb := s.make(one.Name, one.Seed, s.config.Clock)
		sb.Created = one.Created
		sb.Clock.stand(one.Clock)
		sb.state.Store(states[one.Name])
		s.keep(sb)
	}
	return nil
}

// states are the states of a file's sandboxes, those that others are based on first.
func (f file) states() (map[string]*store.Store, error) {
	named := map[string]bool{}
	for _, one := range f.Sandboxes {
		if named[one.Name] || one.Name == "" || len(one.Name) > LongestName {
			return nil, fmt.Errorf("not a state file: the name %q stands twice, or is no name of a sandbox", one.Name)
		}
		named[one.Name] = true
	}
	whole, states := map[string]*store.Store{}, map[string]*store.Store{}
	load := func(one saved) (state *store.Store, err error) {
		switch base := whole[one.Base]; {
		case one.Base == "" && len(one.Gone) == 0:
			state, err = store.Load(one.State, one.Sequences)
			whole[one.Name] = state
		case base == nil:
			err = fmt.Errorf("its base %q is no sandbox of the file that has none", one.Base)
		default:
			state, err = store.LoadOver(base, one.State, one.Gone, one.Sequences)
		}
		if err != nil {
			return nil, fmt.Errorf("sandbox %q: %w", one.Name, err)
		}
		return state, nil
	}
	for _, based := range []bool{false, true} {
		for _, one := range f.Sandboxes {
			if (one.Base != "") != based {
				continue
			}
			state, err := load(one)
			if err != nil {
				return nil, err
			}
			states[one.Name] = state
		}
	}
	return states, nil
}
