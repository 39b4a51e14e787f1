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

// format tells a state file from other JSON, and its version from later ones.
const format = "twinbill-state/1"

type saved struct {
	Name      string                     `json:"name"`
	Seed      int64                      `json:"seed"`
	Created   time.Time                  `json:"created"`
	Clock     *standing                  `json:"clock,omitempty"`
	State     map[string]json.RawMessage `json:"state"`
	Sequences map[string]uint64          `json:"sequences"`
}

// Save writes every sandbox as JSON. Writes that go on meanwhile are in it or not, each
// as a whole.
func (s *Sandboxes) Save(w io.Writer) error {
	out := file{Format: format, Sandboxes: []saved{}}
	for _, sb := range s.List() {
		state := sb.Store().Fork()
		tables := map[string]json.RawMessage{}
		for name, rows := range state.Dump() {
			text, err := json.Marshal(rows)
			if err != nil {
				return fmt.Errorf("sandbox %q: %w", sb.Name, err)
			}
			tables[name] = text
		}
		out.Sandboxes = append(out.Sandboxes, saved{
			Name: sb.Name, Seed: sb.Seed, Created: sb.Created, Clock: sb.Clock.standing(), State: tables, Sequences: state.Sequences(),
		})
	}
	return json.NewEncoder(w).Encode(out)
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
	if in.Format != format {
		return fmt.Errorf("not a state file of this version: format is %q, not %q", in.Format, format)
	}
	states := map[string]*store.Store{}
	for _, one := range in.Sandboxes {
		if _, twice := states[one.Name]; twice || one.Name == "" || len(one.Name) > LongestName {
			return fmt.Errorf("not a state file: the name %q stands twice, or is no name of a sandbox", one.Name)
		}
		state, err := store.Load(one.State, one.Sequences)
		if err != nil {
			return fmt.Errorf("sandbox %q: %w", one.Name, err)
		}
		states[one.Name] = state
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range in.Sandboxes {
		sb := s.make(one.Name, one.Seed, s.config.Clock)
		sb.Created = one.Created
		sb.Clock.stand(one.Clock)
		sb.Replace(states[one.Name])
		s.keep(sb)
	}
	return nil
}
