package journal

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
)

const masked = "***"

// maskedHeader is the value of a header without credentials; the scheme of one stays.
func maskedHeader(name, value string) string {
	if !wire.Secret(name) {
		return maskedText(value)
	}
	if scheme, _, found := strings.Cut(value, " "); found && strings.HasSuffix(strings.ToLower(name), "authorization") {
		return scheme + " " + masked
	}
	return masked
}

// maskedURL is a URL without the credentials of its query string.
func maskedURL(u string) string {
	before, query, found := strings.Cut(u, "?")
	if !found {
		return u
	}
	return before + "?" + maskedForm(query)
}

// maskedForm is a query string or a URL-encoded form without credentials.
func maskedForm(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, found := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if found && (err != nil || wire.Secret(plain)) {
			pairs[i] = name + "=" + masked
		}
	}
	return strings.Join(pairs, "&")
}

// inText are parameters of the URLs within a text.
var inText = regexp.MustCompile(`([?&])([^?&=\s"'<>]+)=([^&\s"'<>;,]*)`)

// maskedText is a text without the credentials of the URLs in it.
func maskedText(s string) string {
	return inText.ReplaceAllStringFunc(s, func(found string) string { return found[:1] + maskedForm(found[1:]) })
}

// maskedBody is a body without credentials: those of its form, of its parts, of its
// JSON, whole or cut, and of the URLs in it.
func maskedBody(contentType, body string) string {
	switch t := wire.MediaTypeOf(contentType); {
	case t == formType:
		return maskedForm(body)
	case t == multipartType:
		return maskedParts(body)
	case strings.HasPrefix(strings.TrimSpace(body), "{"), strings.HasPrefix(strings.TrimSpace(body), "["):
		return maskedText(maskedJSON(body))
	}
	return maskedParts(maskedText(maskedForm(maskedJSON(body)))) // whatever it is
}

var (
	// part is one of a multipart body: its header, and what stands in it.
	part = regexp.MustCompile(`(?is)(content-disposition:[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n)(.*?)(\r?\n--|\z)`)
	// partName is the name of its field or file.
	partName = regexp.MustCompile(`(?i)name\s*=\s*"?([^"\r\n;]*)`)
)

func maskedParts(body string) string {
	return part.ReplaceAllStringFunc(body, func(found string) string {
		m := part.FindStringSubmatch(found)
		for _, name := range partName.FindAllStringSubmatch(m[1], -1) {
			if wire.Secret(name[1]) {
				return m[1] + masked + m[3]
			}
		}
		return found
	})
}

// member is a name in JSON, and what stands before its value.
var member = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"\s*:\s*`)

// maskedJSON reads names alone, so that JSON that is broken or cut off is masked too:
// what cannot be told apart from a credential goes with it.
func maskedJSON(body string) string {
	var out strings.Builder
	for {
		at := member.FindStringSubmatchIndex(body)
		if at == nil {
			break
		}
		out.WriteString(body[:at[1]])
		var name string
		if json.Unmarshal([]byte(`"`+body[at[2]:at[3]]+`"`), &name) != nil {
			name = body[at[2]:at[3]]
		}
		body = body[at[1]:]
		if !wire.Secret(name) || strings.HasPrefix(body, "null") {
			continue
		}
		out.WriteString(`"` + masked + `"`)
		value := json.NewDecoder(strings.NewReader(body))
		if value.Decode(new(json.RawMessage)) != nil {
			return out.String()
		}
		body = body[value.InputOffset():]
	}
	out.WriteString(body)
	return out.String()
}

// maskedDepartures are departures that repeat no credential.
func maskedDepartures(departures []gen.Departure) []gen.Departure {
	out := slices.Clone(departures)
	for i := range out {
		out[i].Says = maskedText(out[i].Says)
	}
	return out
}
