package report

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
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

// mask hides the credentials in what a report shows: by their place, and by their
// value wherever a target repeats them, also encoded or cut short. It works on values
// before a format escapes them.
type mask struct {
	needles map[string][]needle // by their first size bytes
	size    int
	begins  map[string][]string // secrets by their first cut bytes
	longest int                 // secret, in bytes
}

// cut is how many first bytes of a secret already give something away.
const cut = 4

// needle is a secret, or what it looks like in an encoding whose neighbouring
// characters carry a part of it too.
type needle struct {
	text string
	run  bool
}

func newMask(secrets []string) mask {
	m := mask{needles: map[string][]needle{}, begins: map[string][]string{}}
	var all []needle
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		forms := slices.Compact([]string{secret, strings.ReplaceAll(secret, " ", "+")})
		for _, form := range forms {
			all = append(all, needle{text: form})
			if len(form) > cut {
				m.begins[form[:cut]] = append(m.begins[form[:cut]], form)
				m.longest = max(m.longest, len(form))
			}
		}
		all = append(all, encodings(secret)...)
	}
	m.size = 8
	for _, n := range all {
		m.size = min(m.size, len(n.text))
	}
	for _, n := range all {
		m.needles[n.text[:m.size]] = append(m.needles[n.text[:m.size]], n)
	}
	return m
}

// encodings lists what a secret looks like inside base64, at each of the three places
// it can begin at, and in hexadecimal. Very short ones would be found by chance.
func encodings(secret string) []needle {
	const least = 6
	if len(secret) < least {
		return nil
	}
	digits := hex.EncodeToString([]byte(secret))
	out := []needle{{digits, true}, {strings.ToUpper(digits), true}}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := encoding.EncodeToString(append(make([]byte, before), secret...))
			from, to := (before*8+5)/6, (before+len(secret))*8/6
			out = append(out, needle{text[from:to], true})
		}
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
	if len(m.needles) == 0 {
		return s
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

// spans finds the secrets of a text, in whatever layers of escapes they stand.
func (m mask) spans(s string) []span {
	const layers = 3
	var out []span
	seen := []string{s}
	level := []unescaped{{text: s}}
	for depth := 0; len(level) > 0; depth++ {
		var next []unescaped
		for _, u := range level {
			for _, found := range m.find(u.text) {
				out = append(out, u.source(found))
			}
			if depth == layers {
				continue
			}
			for _, escape := range []func(string) (string, int){percentEscape, backslashEscape, entityEscape} {
				if deeper, changed := u.decode(escape); changed && !slices.Contains(seen, deeper.text) {
					seen, next = append(seen, deeper.text), append(next, deeper)
				}
			}
		}
		level = next
	}
	return out
}

// find finds the secrets that stand in a text as they are.
func (m mask) find(s string) []span {
	var out []span
	for i := 0; i+m.size <= len(s); i++ {
		best := span{i, i}
		for _, n := range m.needles[s[i:i+m.size]] {
			if !strings.HasPrefix(s[i:], n.text) {
				continue
			}
			found := span{i, i + len(n.text)}
			if n.run {
				found = wordAround(s, found)
			}
			best = span{min(best.from, found.from), max(best.to, found.to)}
		}
		if best.to > i {
			out = append(out, best)
			i = best.to - 1
		}
	}
	for at := 0; at <= len(s); {
		end, next := len(s), len(s)+1
		for _, dots := range []string{"...", "…"} {
			if i := strings.Index(s[at:], dots); i >= 0 && at+i < end {
				end, next = at+i, at+i+len(dots)
			}
		}
		if from, ok := m.begun(s[:end]); ok {
			out = append(out, span{from, end})
		}
		at = next
	}
	return out
}

// begun finds the secret that a text, which was cut off, ends in the middle of.
func (m mask) begun(s string) (from int, ok bool) {
	for i := max(0, len(s)-m.longest); i+cut <= len(s); i++ {
		for _, secret := range m.begins[s[i:i+cut]] {
			if strings.HasPrefix(secret, s[i:]) {
				return i, true
			}
		}
	}
	return 0, false
}

// wordAround widens a span to the base64 characters around it.
func wordAround(s string, found span) span {
	of64 := func(b byte) bool {
		return b == '+' || b == '/' || b == '-' || b == '_' || b == '=' || unicode.IsLetter(rune(b)) && b < 0x80 || '0' <= b && b <= '9'
	}
	for found.from > 0 && of64(s[found.from-1]) {
		found.from--
	}
	for found.to < len(s) && of64(s[found.to]) {
		found.to++
	}
	return found
}

// unescaped is a text without one or more layers of escapes, and where each of its
// bytes began in the source; no places mean that it is the source.
type unescaped struct {
	text string
	at   []int
}

func (u unescaped) place(i int) int {
	if u.at == nil {
		return i
	}
	return u.at[i]
}

// source is what a part of the text was in the source.
func (u unescaped) source(s span) span {
	from, to := u.place(s.from), s.to
	for to < len(u.text) && u.place(to) == u.place(s.to-1) { // within one escape
		to++
	}
	return span{from, u.place(to)}
}

// decode takes one kind of escape away.
func (u unescaped) decode(escape func(string) (string, int)) (unescaped, bool) {
	if !strings.ContainsAny(u.text, `%\&`) {
		return u, false
	}
	var text strings.Builder
	at := make([]int, 0, len(u.text)+1)
	changed := false
	for i := 0; i < len(u.text); {
		value, n := escape(u.text[i:])
		if n == 0 {
			value, n = u.text[i:i+1], 1
		} else {
			changed = true
		}
		for range len(value) {
			at = append(at, u.place(i))
		}
		text.WriteString(value)
		i += n
	}
	return unescaped{text.String(), append(at, u.place(len(u.text)))}, changed
}

// percentEscape reads the escape of a URL that a text begins with; 0 where there is none.
func percentEscape(s string) (value string, length int) {
	if len(s) < 3 || s[0] != '%' {
		return "", 0
	}
	b, err := strconv.ParseUint(s[1:3], 16, 8)
	if err != nil {
		return "", 0
	}
	return string([]byte{byte(b)}), 3
}

// backslashEscape is the same for a text in JSON.
func backslashEscape(s string) (value string, length int) {
	if len(s) < 2 || s[0] != '\\' {
		return "", 0
	}
	switch s[1] {
	case '"', '\\', '/', '\'':
		return s[1:2], 2
	case 'n':
		return "\n", 2
	case 'r':
		return "\r", 2
	case 't':
		return "\t", 2
	case 'u':
		unit, ok := codeUnit(s)
		if !ok {
			return "", 0
		}
		if low, ok := codeUnit(s[6:]); ok && utf16.IsSurrogate(unit) {
			return string(utf16.DecodeRune(unit, low)), 12
		}
		return string(unit), 6
	}
	return "", 0
}

func codeUnit(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	unit, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(unit), err == nil
}

// entityEscape is the same for HTML and XML.
func entityEscape(s string) (value string, length int) {
	const longest = 12
	if s[0] != '&' {
		return "", 0
	}
	end := strings.IndexByte(s[:min(len(s), longest)], ';')
	if end < 2 {
		return "", 0
	}
	value = html.UnescapeString(s[:end+1])
	if value == s[:end+1] {
		return "", 0
	}
	return value, end + 1
}
