package report

import (
	"regexp"
	"slices"
	"strings"
)

const masked = "***"

// place is where a credential is expected by its name. A text without any of the hints
// does not have the place.
type place struct {
	hints   []string
	pattern *regexp.Regexp
}

// secretPlaces are a query string or form, JSON, JSON in JSON, a part of a multipart
// body, a bearer token, and the user of a URL.
var secretPlaces = func() []place {
	const names = `(?:access_token|refresh_token|id_token|client_secret|client_assertion|password|api_key)`
	hints := []string{"_token", "client_", "password", "api_key"}
	return []place{
		{hints, regexp.MustCompile(`(` + names + `=)[^&\s"'<>\\]+`)},
		{hints, regexp.MustCompile(`("` + names + `"\s*:\s*")(?:[^"\\]|\\.)*`)},
		{hints, regexp.MustCompile(`(\\"` + names + `\\"\s*:\s*\\")[^"\\]*`)},
		{hints, regexp.MustCompile(`(name="` + names + `"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)[^\r\n]*`)},
		{[]string{"earer ", "EARER "}, regexp.MustCompile(`((?i:bearer) )[A-Za-z0-9._~+/=-]{16,}`)},
		{[]string{"@"}, regexp.MustCompile(`(://)[^/?#\s@"'<>]+@`)},
	}
}()

// secretHeaders are parts of the names of headers that carry credentials.
var secretHeaders = []string{"authorization", "cookie", "token", "secret", "password", "api-key", "apikey"}

// mask hides the credentials in what a report shows: by their place, and by their value
// wherever a target repeats them, in the forms that docs/reports.md lists. It works on
// values before a format escapes them, in a time that is linear in their length.
type mask struct {
	plain   *finder // the secrets, without case
	encoded *finder // what they look like in an encoding, squeezed
	begun   *finder // their first bytes
	longest int     // secret, in bytes
	hurry   bool    // bodies are not shown
}

const (
	// cut is how many first bytes of a secret already give something away.
	cut = 4
	// leastEncoded is from how many bytes on a secret is looked for in encodings too, and
	// without its first or last byte: shorter ones would be found by chance.
	leastEncoded = 6
	// layers is in how many escapes within one another a secret is found.
	layers = 5
)

func newMask(secrets []string) mask {
	var plain, encoded, begun []needle
	m := mask{}
	for _, secret := range secrets {
		for i, form := range forms(secret) {
			if form == "" || i > 0 && len(form) < leastEncoded {
				continue
			}
			plain = append(plain, whole(form))
			encoded = append(encoded, encodings(form)...)
			folded := string(fold([]byte(form)))
			if len(folded) > cut {
				begun = append(begun, needle{text: folded[:cut], after: folded[cut:]})
				m.longest = max(m.longest, len(folded))
			}
		}
	}
	m.plain, m.encoded, m.begun = newFinder(plain), newFinder(encoded), newFinder(begun)
	return m
}

// forms are a secret as it is, and as it is once its own text is taken for escapes: a text
// is searched in every layer.
func forms(secret string) []string {
	out := []string{secret}
	for u := (layer{text: []byte(secret)}); len(out) <= layers; {
		deeper, changed := u.unescaped()
		if !changed {
			break
		}
		u = deeper
		out = append(out, string(u.text))
	}
	return out
}

// text hides the secrets of a text.
func (m mask) text(s string) string {
	for _, p := range secretPlaces {
		if slices.ContainsFunc(p.hints, func(hint string) bool { return strings.Contains(s, hint) }) {
			s = p.pattern.ReplaceAllStringFunc(s, func(found string) string {
				end := ""
				if strings.HasPrefix(found, "://") {
					end = "@"
				}
				return p.pattern.ReplaceAllString(found, "${1}"+masked+end)
			})
		}
	}
	return blank(s, m.spans(s))
}

// header hides a credential in a header.
func (m mask) header(name, value string) string {
	lower := strings.ToLower(name)
	for _, part := range secretHeaders {
		if !strings.Contains(lower, part) {
			continue
		}
		if scheme, _, found := strings.Cut(value, " "); found && strings.HasSuffix(lower, "authorization") {
			return m.text(scheme) + " " + masked
		}
		return masked
	}
	return m.text(value)
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// blank replaces parts of a text.
func blank(s string, spans []span) string {
	if len(spans) == 0 {
		return s
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	end := 0
	for _, found := range spans {
		if found.from >= end {
			out.WriteString(s[end:found.from])
			out.WriteString(masked)
		}
		end = max(end, found.to)
	}
	out.WriteString(s[end:])
	return out.String()
}

// spans finds the secrets of a text, in whatever layers of escapes they are. Each layer is
// searched once.
func (m mask) spans(s string) []span {
	if m.plain.none() {
		return nil
	}
	var out []span
	u := layer{text: []byte(s)}
	for range layers + 1 {
		folded := fold(u.text)
		for _, found := range slices.Concat(m.plain.find(folded), m.cutOff(folded)) {
			out = append(out, u.source(found))
		}
		squeezed := u.squeezed()
		end := 0
		for _, found := range m.encoded.find(squeezed.text) {
			found = span{squeezed.place(found.from), squeezed.place(found.to-1) + 1}
			if found.to <= end {
				continue
			}
			found = wordAround(u.text, found, end)
			end = found.to
			out = append(out, u.source(found))
		}
		deeper, changed := u.unescaped()
		if !changed {
			break
		}
		u = deeper
	}
	return out
}

// cutOff finds the secrets that a text ends in the middle of, or is cut short in by dots.
func (m mask) cutOff(text []byte) []span {
	var out []span
	for at := 0; at <= len(text); {
		end, next := ellipsis(text, at)
		if from, ok := m.endsIn(text[max(at, end-m.longest):end]); ok {
			out = append(out, span{max(at, end-m.longest) + from, end})
		}
		at = next
	}
	return out
}

// endsIn is where the secret begins that a text ends in the middle of.
func (m mask) endsIn(text []byte) (from int, ok bool) {
	for i := range text {
		for _, n := range m.begun.at(text, i) {
			if i+cut+same(n.after, text[i+cut:]) == len(text) {
				return i, true
			}
		}
	}
	return 0, false
}

// ellipsis is where the next dots that leave something out begin and end; the end of the
// text, and what is beyond it, where there are none.
func ellipsis(text []byte, at int) (from, to int) {
	for i := at; i < len(text); i++ {
		rest := text[i:min(i+3, len(text))]
		if string(rest) != "..." && string(rest) != "…" {
			continue
		}
		for to = i + 3; to < len(text) && text[to] == '.'; {
			to++
		}
		return i, to
	}
	return len(text), len(text) + 1
}
