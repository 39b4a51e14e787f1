package target

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/openapi"
)

// TestClipped clips what each part of an exchange has too much of, and nothing else.
func TestClipped(t *testing.T) {
	const most = 100
	long := strings.Repeat("é", most)
	for name, e := range map[string]Exchange{
		"answer":            {Answer: []byte(long)},
		"header":            {Header: http.Header{"X-A": {long, "b"}, "X-B": {long}, "X-C": {"c"}}},
		"many names":        {Header: http.Header{"A" + long: {"a"}, "B" + long: {"b"}}},
		"request":           {Body: []byte(long), Sent: http.Header{"X": {long}}, URL: "http://x/" + long},
		"error":             {Err: errors.New(long)},
		"bytes of no text":  {Answer: []byte(strings.Repeat("\xff", 2*most))},
		"cut in characters": {Answer: []byte("a" + long)},
	} {
		e.Request = &Request{Operation: &openapi.Operation{ID: "op"}, Body: e.Body}
		before := e.Size()
		clipped := e.Clipped(most)
		if e.Size() != before || clipped == &e || clipped.Request.Operation.ID != "op" {
			t.Errorf("%s: the exchange itself is changed, or not clipped", name)
		}
		if clipped.Size() > 5*most || len(clipped.Answer) > most || len(clipped.Request.Body) > most {
			t.Errorf("%s: %d bytes are left of %d", name, clipped.Size(), before)
		}
		if name != "error" && clipped.Left[0]+clipped.Left[1] != before-clipped.Size() {
			t.Errorf("%s: %v bytes are said to be left out of %d, and %d are", name, clipped.Left, before, before-clipped.Size())
		}
		if again := clipped.Clipped(most); again.Left != clipped.Left {
			t.Errorf("%s: clipped again, %v is said to be left out, before %v", name, again.Left, clipped.Left)
		}
		if strings.Contains(string(clipped.Answer), "\xc3") && !strings.HasSuffix(string(clipped.Answer), "é") {
			t.Errorf("%s: cut within a character", name)
		}
	}
	small := &Exchange{Answer: []byte("small")}
	if small.Clipped(most) != small {
		t.Error("a small exchange is copied")
	}
}
