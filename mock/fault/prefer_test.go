package fault

import (
	"strings"
	"testing"
)

func TestPreferredCode(t *testing.T) {
	tests := map[string]struct {
		headers []string
		value   string
		ok      bool
	}{
		"none":                  {nil, "", false},
		"another":               {[]string{"respond-async, wait=100"}, "", false},
		"alone":                 {[]string{"code=404"}, "404", true},
		"quoted":                {[]string{`code="404"`}, "404", true},
		"escaped":               {[]string{`code="4\04"`}, "404", true},
		"any case":              {[]string{"Code=404"}, "404", true},
		"blanks":                {[]string{" \tcode = 404 ; x=y"}, "404", true},
		"last of several":       {[]string{"return=minimal; foo=\"some, code=400; x\", wait=1,, code=404"}, "404", true},
		"on another line":       {[]string{"wait=1", "code=404"}, "404", true},
		"first of several":      {[]string{"code=404, code=400", "code=401"}, "404", true},
		"as a parameter":        {[]string{"foo; code=404"}, "", false},
		"in a quoted text":      {[]string{`foo="a, code=404"`}, "", false},
		"after a quoted escape": {[]string{`foo="\", code=400", code=404`}, "404", true},
		"without a value":       {[]string{"code"}, "", true},
		"of an empty value":     {[]string{`code=""`}, "", true},
		"with a longer name":    {[]string{"codes=404"}, "", false},
	}
	for name, test := range tests {
		if value, ok := preferredCode(test.headers); value != test.value || ok != test.ok {
			t.Errorf("%s: %q is read as %q (%v)", name, test.headers, value, ok)
		}
	}
}

// FuzzPreferredCode: a preference that comes after any others is found where their quotes
// are closed, and reading it ends.
func FuzzPreferredCode(f *testing.F) {
	f.Add(`return=minimal; foo="some, parameter"`)
	f.Add(`a="\"", b=\`)
	f.Add(`"`)
	f.Fuzz(func(t *testing.T, before string) {
		if strings.ContainsAny(before, `"\`) || strings.Contains(strings.ToLower(before), "code") {
			preferredCode([]string{before, before + ",code=404"})
			return
		}
		if value, ok := preferredCode([]string{before + `,code="404"`}); !ok || value != "404" {
			t.Errorf("after %q it is read as %q (%v)", before, value, ok)
		}
	})
}
