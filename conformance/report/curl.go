package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// curl writes the commands that repeat requests. A secret becomes the shell variable
// that a reader sets it in.
type curl struct {
	mask      mask
	variables map[string]string // secret → variable
	longest   []string          // the secrets, the longest first
	madeUp    bool              // the target is a Twinbill: what is no secret of the run is made up
}

func newCurl(r *conformance.Report, m mask) curl {
	c := curl{mask: m, variables: r.Variables, madeUp: r.Health.Product != ""}
	c.longest = slices.SortedFunc(maps.Keys(r.Variables), func(a, b string) int { return len(b) - len(a) })
	return c
}

// served is where `twinbill serve` listens unless told otherwise: a twin that is in the
// process of the suite listens nowhere.
const served = "http://127.0.0.1:4610"

// command is the line that repeats an exchange in a POSIX shell.
func (c curl) command(e *target.Exchange) string {
	if e.Left[0] > 0 {
		return "" // not all of the request is kept
	}
	words := []string{"curl -i"}
	if e.Method == http.MethodHead {
		words[0] = "curl -I"
	} else {
		words = append(words, "-X", quoted(e.Method))
	}
	if strings.ContainsAny(e.URL, "[]{}") {
		words = append(words, "-g")
	}
	if strings.Contains(e.URL, "/.") {
		words = append(words, "--path-as-is")
	}
	api := apiOf(e)
	words = append(words, c.word(strings.Replace(e.URL, target.InProcessBase, served, 1), api))
	for _, name := range slices.Sorted(maps.Keys(e.Sent)) {
		for _, value := range e.Sent[name] {
			if value == "" {
				words = append(words, "-H", quoted(name+";"))
				continue
			}
			words = append(words, "-H", c.word(name+": "+value, api))
		}
	}
	if e.Body == nil {
		if slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, e.Method) {
			words = append(words, "-H", "'Content-Length: 0'")
		}
		return strings.Join(words, " ")
	}
	if len(e.Sent["Content-Type"]) == 0 {
		words = append(words, "-H", "'Content-Type:'") // which curl would choose
	}
	body, before := string(e.Body), ""
	if !utf8.Valid(e.Body) || strings.ContainsRune(body, 0) || strings.HasPrefix(body, "@") {
		before = c.printf(body, api) + " | "
		words = append(words, "--data-binary", "@-")
	} else {
		words = append(words, "--data-binary", c.word(body, api))
	}
	return before + strings.Join(words, " ")
}

func apiOf(e *target.Exchange) openapi.API {
	if e.Request == nil || e.Request.Operation == nil {
		return ""
	}
	return e.Request.Operation.API
}

// piece is a part of a text: what it says, or the variable that stands for it.
type piece struct{ text, variable string }

// pieces divides a text into what can be shown and what is secret.
func (c curl) pieces(s string, api openapi.API) []piece {
	type found struct {
		span
		variable string
	}
	var all []found
	for _, secret := range c.longest {
		quoted, _ := json.Marshal(secret)
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), string(quoted[1 : len(quoted)-1])} {
			for at := 0; ; {
				i := strings.Index(s[at:], form)
				if i < 0 {
					break
				}
				all = append(all, found{span{at + i, at + i + len(form)}, c.variables[secret]})
				at += i + len(form)
			}
		}
	}
	for _, p := range secretPlaces {
		for _, m := range p.pattern.FindAllStringSubmatchIndex(s, -1) {
			name, value := s[m[2]:m[3]], span{m[3], m[1]}
			if value.to == value.from || c.harmless(s[value.from:value.to], name) {
				continue
			}
			all = append(all, found{value, placeVariable(name, api)})
		}
	}
	// What is known by its value comes before what only stands where a secret would.
	slices.SortStableFunc(all, func(a, b found) int { return a.from - b.from })
	var out []piece
	end := 0
	for _, f := range all {
		if f.from < end {
			continue
		}
		out = append(out, piece{text: c.shown(s[end:f.from])}, piece{variable: f.variable})
		end = f.to
	}
	return append(out, piece{text: c.shown(s[end:])})
}

// shown hides what is left of a secret in a text, such as one in another encoding.
func (c curl) shown(s string) string {
	return blank(s, c.mask.spans(s))
}

// harmless reports whether a value where a credential stands is none: one that is meant
// to be refused, or that is made up for a Twinbill.
func (c curl) harmless(value, before string) bool {
	token := strings.Contains(strings.ToLower(before), "bearer") || strings.Contains(before, "_token")
	return strings.HasPrefix(value, "invalid") || c.madeUp && !token
}

// placeVariable is the variable for a value by where it stands.
func placeVariable(before string, api openapi.API) string {
	switch {
	case strings.Contains(before, "api_key"), api == openapi.CloudHealth:
		return "TWINBILL_CLOUDHEALTH_API_KEY"
	case strings.Contains(before, "client_"):
		return "TWINBILL_RIPPLE_CLIENT_SECRET"
	case strings.Contains(before, "password"):
		return "TWINBILL_RIPPLE_PASSWORD"
	}
	return "TWINBILL_RIPPLE_TOKEN"
}

// tame is a text that means the same within double quotes.
var tame = regexp.MustCompile(`^[A-Za-z0-9 ,.:;/?&=%+@_~-]*$`)

// word writes a text as one word of a POSIX shell.
func (c curl) word(s string, api openapi.API) string {
	pieces := c.pieces(s, api)
	if len(pieces) == 1 {
		return quoted(pieces[0].text)
	}
	if !slices.ContainsFunc(pieces, func(p piece) bool { return !tame.MatchString(p.text) }) {
		var out strings.Builder
		for i, p := range pieces {
			out.WriteString(p.text)
			if p.variable == "" {
				continue
			}
			if next := pieces[i+1].text; next != "" && strings.ContainsAny(next[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") {
				out.WriteString("${" + p.variable + "}")
			} else {
				out.WriteString("$" + p.variable)
			}
		}
		return `"` + out.String() + `"`
	}
	var out strings.Builder
	for _, p := range pieces {
		switch {
		case p.variable != "":
			out.WriteString(`"$` + p.variable + `"`)
		case p.text != "":
			out.WriteString(quoted(p.text))
		}
	}
	return out.String()
}

// printf writes the command that prints a text whatever bytes it has.
func (c curl) printf(s string, api openapi.API) string {
	var format strings.Builder
	var arguments []string
	for _, p := range c.pieces(s, api) {
		if p.variable != "" {
			format.WriteString("%s")
			arguments = append(arguments, `"$`+p.variable+`"`)
			continue
		}
		for _, b := range []byte(p.text) {
			switch {
			case b == '%':
				format.WriteString("%%")
			case b == '\\', b == '\'', b < ' ', b > '~':
				fmt.Fprintf(&format, `\%03o`, b)
			default:
				format.WriteByte(b)
			}
		}
	}
	return strings.Join(append([]string{"printf -- '" + format.String() + "'"}, arguments...), " ")
}

// ShellWord writes a text as one word of a POSIX shell.
func ShellWord(s string) string { return quoted(s) }
