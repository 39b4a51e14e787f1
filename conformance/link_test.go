package conformance

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/target"
)

// TestLinksAreReadAsRFC8288Has reads every form in which the same next page is named.
func TestLinksAreReadAsRFC8288Has(t *testing.T) {
	const next = "http://a.test/v1/list?page=2&x=1,2;3"
	for name, lines := range map[string][]string{
		"as printed":            {`<` + next + `>; rel="next"`},
		"without quotes":        {`<` + next + `>;rel=next`},
		"two field lines":       {`<http://a.test/v1/list?page=9>; rel="last"`, `<` + next + `>; rel="next"`},
		"one line":              {`<http://a.test/v1/list?page=9>; rel=last,<` + next + `>; rel=next`},
		"several relations":     {`<` + next + `>; rel="last  Next"`},
		"relative to the host":  {`</v1/list?page=2&x=1,2;3>; rel=next`},
		"relative to the query": {`<?page=2&x=1,2;3>; rel=next`},
		"further parameters":    {`<` + next + `>; title="a, <b>; rel=\"prev\""; foo; rel = "next"; rel="prev"; hreflang=en`},
		"blanks and no links":   {``, ` , `, "\t<" + next + `> ; REL="next"`},
	} {
		e := &target.Exchange{URL: "http://a.test/v1/list?page=1", Header: http.Header{"Link": lines}}
		got := links(e)
		if got["next"] == nil || got["next"].String() != next || got["prev"] != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, none := range []string{"", "next", "<a", "<a>", "<a>; rel", "<a>; rel=", `<a>; rel="`, "<:>; rel=next", ">;rel=next<"} {
		if got := links(&target.Exchange{URL: "http://a.test/", Header: http.Header{"Link": {none}}}); len(got) > 0 {
			t.Errorf("%q: %s", none, strings.Join(slices.Collect(maps.Keys(got)), " "))
		}
	}
}
