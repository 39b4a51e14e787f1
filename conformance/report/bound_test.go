package report

import (
	"io"
	"strings"
	"testing"
)

// TestReadIsBounded: a device may never end.
func TestReadIsBounded(t *testing.T) {
	defer func(was int64) { mostBytes = was }(mostBytes)
	mostBytes = 1 << 20
	left := &io.LimitedReader{R: zeros{}, N: 8 << 20}
	if _, err := Read(left); err == nil || !strings.Contains(err.Error(), "larger than 1048576 bytes") || left.N < 6<<20 {
		t.Errorf("%v, with %d bytes left", err, left.N)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
