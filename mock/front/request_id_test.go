package front

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock/wire"
)

func TestRequestID(t *testing.T) {
	for _, c := range []struct {
		name string
		sent []string
		left bool
	}{
		{"none", nil, true},
		{"one", []string{"a-1_b:c~!"}, true},
		{"longest", []string{strings.Repeat("x", 128)}, true},
		{"too long", []string{strings.Repeat("x", 129)}, false},
		{"empty", []string{""}, false},
		{"space", []string{"a b"}, false},
		{"control character", []string{"a\x7f"}, false},
		{"not ASCII", []string{"é"}, false},
		{"two", []string{"a", "b"}, false},
	} {
		var got []string
		handler := RequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Values(wire.RequestIDHeader) }))
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, value := range c.sent {
			r.Header.Add(wire.RequestIDHeader, value)
		}
		handler.ServeHTTP(httptest.NewRecorder(), r)
		want := c.sent
		if !c.left {
			want = nil
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", c.name, got, want)
		}
		if !slices.Equal(r.Header.Values(wire.RequestIDHeader), c.sent) {
			t.Errorf("%s: the caller's request has changed", c.name)
		}
	}
}
