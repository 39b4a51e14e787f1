package conformance

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/twinbill/twinbill/conformance/target"
)

// links reads the Link fields of an answer (RFC 8288) by their relations. However many
// field lines there are, they are one list (RFC 9110, 5.3); a URL is resolved against
// the one that was asked. Of several links with a relation, the first counts.
func links(e *target.Exchange) map[string]*url.URL {
	out := map[string]*url.URL{}
	base, err := url.Parse(e.URL)
	if err != nil {
		return out
	}
	rest := strings.Join(e.Header[http.CanonicalHeaderKey("Link")], ",")
	for {
		_, after, found := strings.Cut(rest, "<")
		reference, parameters, closed := strings.Cut(after, ">")
		if !found || !closed {
			return out
		}
		var rel string
		rel, rest = relation(parameters)
		place, err := base.Parse(strings.TrimSpace(reference))
		for _, name := range strings.Fields(strings.ToLower(rel)) {
			if out[name] == nil && err == nil {
				out[name] = place
			}
		}
	}
}

// relation reads the parameters of one link: the value of the first rel, and what comes
// after the link.
func relation(text string) (rel, rest string) {
	seen := false
	for text != "" {
		var name, value string
		text = strings.TrimLeft(text, "; \t")
		if strings.HasPrefix(text, ",") || text == "" {
			return rel, text
		}
		end := strings.IndexAny(text, "=;,")
		if end < 0 {
			return rel, ""
		}
		name, text = strings.TrimSpace(text[:end]), text[end:]
		if strings.HasPrefix(text, "=") {
			value, text = parameterValue(strings.TrimLeft(text[1:], " \t"))
		}
		if strings.EqualFold(name, "rel") && !seen {
			rel, seen = value, true
		}
	}
	return rel, text
}

// parameterValue reads a token or a quoted string, and what comes after it.
func parameterValue(text string) (value, rest string) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ";,")
		if end < 0 {
			end = len(text)
		}
		return strings.TrimSpace(text[:end]), text[end:]
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
		case text[i] == '"':
			return b.String(), text[i+1:]
		}
		b.WriteByte(text[i])
	}
	return b.String(), ""
}
