package target

import (
	"maps"
	"net/http"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/http/httpguts"
)

var (
	reference = regexp.MustCompile(`\$\{([^{}]*)\}`)
	variable  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// leastSecret is the shortest value that reports can mask without hiding what merely
// looks like it.
const leastSecret = 4

// text fills in the environment variables of a value.
func (b *builder) text(place string, value *string) {
	written := *value
	*value = reference.ReplaceAllStringFunc(written, func(found string) string {
		name := reference.FindStringSubmatch(found)[1]
		if !variable.MatchString(name) {
			b.fail(place, "%s names no environment variable; write it like ${RIPPLE_SECRET}", found)
			return ""
		}
		text, _ := b.environment(name)
		switch {
		case text == "":
			b.fail(place, "the environment variable %s is not set, or is empty; set it, or take this line out", name)
		case strings.ContainsFunc(text, unicode.IsControl):
			b.fail(place, "the environment variable %s holds a line break or another control character; set it without", name)
		case len(text) < leastSecret:
			b.fail(place, "the environment variable %s is shorter than %d characters, so that no report could hide it; use a longer one", name, leastSecret)
		case !slices.Contains(b.secrets, text):
			b.secrets = append(b.secrets, text)
		}
		return text
	})
	if strings.Contains(reference.ReplaceAllString(written, ""), "${") {
		b.fail(place, "${ is not closed; write an environment variable like ${RIPPLE_SECRET}")
	}
}

// secret is text that has to come from the environment.
func (b *builder) secret(place string, value *string) {
	if *value != "" && !reference.MatchString(*value) && !strings.Contains(*value, "${") {
		b.fail(place, "this is a secret, and stands in a file; keep it in an environment variable, and write ${ITS_NAME} here")
	}
	b.text(place, value)
}

// client reads a client, of which both halves have to be there.
func (b *builder) client(place string, one *client) {
	if *one == (client{}) {
		return
	}
	if one.ID == "" || one.Secret == "" {
		b.fail(place, "a client is {id, secret}; one of them is missing")
	}
	b.text(place+".id", &one.ID)
	b.secret(place+".secret", &one.Secret)
}

// ours are the headers that the checks themselves set, leave out or spoil.
var ours = []string{
	"Accept-Encoding", "Authorization", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Host",
	"Te", "Trailer", "Transfer-Encoding", "Twinbill-Sandbox", "Upgrade",
}

// headers reads the headers that go with every request.
func (b *builder) headers(place string, written map[string]any) http.Header {
	out := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		at := place + "." + name
		text, ok := written[name].(string)
		if !ok {
			b.fail(at, "a header is a text; put its value in quotes")
		}
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			b.fail(at, "%q is no name of a header", name)
		case slices.Contains(ours, canonical):
			b.fail(at, "%s is the suite's to send; take it out", canonical)
		case out[canonical] != nil:
			b.fail(at, "the header %s stands here twice; take one out", canonical)
		}
		b.text(at, &text)
		if !httpguts.ValidHeaderFieldValue(text) {
			b.fail(at, "the value of %s cannot go into a header; take control characters out", canonical)
		}
		out[canonical] = []string{text}
	}
	return out
}
