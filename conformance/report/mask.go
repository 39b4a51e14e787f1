package report

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/twinbill/twinbill/conformance"
)

const masked = "***"

// secretPlaces are where a credential stands by its name: in a query string or form,
// in JSON, and in a part of a multipart body.
var secretPlaces = []*regexp.Regexp{
	regexp.MustCompile(`((?:api_key|client_secret|password)=)[^&\s"]+`),
	regexp.MustCompile(`("(?:access_token|refresh_token|id_token|client_secret|password)"\s*:\s*")(?:[^"\\]|\\.)*`),
	regexp.MustCompile(`(name="(?:client_secret|password)"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)[^\r\n]*`),
	regexp.MustCompile(`((?i:bearer) )[A-Za-z0-9._~+/=-]{16,}`),
}

// mask hides the credentials in what a report shows: by their place, and by their
// value wherever a target repeats them.
type mask struct{ values *strings.Replacer }

func newMask(r *conformance.Report) mask {
	var pairs []string
	for _, secret := range r.Secrets {
		quoted, _ := json.Marshal(secret)
		forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), string(quoted[1 : len(quoted)-1])}
		slices.Sort(forms)
		for _, form := range slices.Compact(forms) {
			pairs = append(pairs, form, masked)
		}
	}
	return mask{strings.NewReplacer(pairs...)}
}

// text hides the secrets of a text.
func (m mask) text(s string) string {
	for _, place := range secretPlaces {
		s = place.ReplaceAllString(s, "${1}"+masked)
	}
	return m.values.Replace(s)
}

// header hides a credential in a header.
func (m mask) header(name, value string) string {
	if strings.EqualFold(name, "Authorization") {
		scheme, _, found := strings.Cut(value, " ")
		if !found {
			return masked
		}
		return scheme + " " + masked
	}
	return m.text(value)
}

// printable puts a text from a target on one line of a terminal: control characters,
// by which it could rewrite the screen, become visible.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
