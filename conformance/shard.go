package conformance

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Shard is one of several equal parts of the selected checks. The zero value is all
// of them.
type Shard struct{ Index, Of int } // Index counts from 1

// ParseShard reads a shard as I/N, with I from 1 to N.
func ParseShard(text string) (Shard, error) {
	index, of, _ := strings.Cut(text, "/")
	s := Shard{}
	var errIndex, errOf error
	s.Index, errIndex = strconv.Atoi(index)
	s.Of, errOf = strconv.Atoi(of)
	if errIndex != nil || errOf != nil || s.Index < 1 || s.Index > s.Of {
		return Shard{}, fmt.Errorf("%q is not I/N with I from 1 to N, such as 1/4", text)
	}
	return s, nil
}

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// includes reports whether a check belongs to the shard. Its id alone decides, so that
// every machine divides alike, whatever else is selected.
func (s Shard) includes(c Check) bool {
	if s.Of <= 1 {
		return true
	}
	h := sha256.Sum256([]byte(c.ID))
	return binary.BigEndian.Uint64(h[:8])%uint64(s.Of) == uint64(s.Index-1)
}

// shuffle puts jobs into the order of a seed, so that a check that leans on another
// shows itself.
func shuffle(jobs []job, seed uint64) {
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
}
