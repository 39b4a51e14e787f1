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
	"unicode"
	"unicode/utf8"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/openapi"
)

// curl writes the commands that repeat requests. A secret becomes the shell variable
// that a reader sets it in.
type curl struct {
	mask      mask
	variables map[string]string // secret → variable
	longest   []string          // the secrets, the longest first
	madeUp    bool              // the target is a Twinbill: what is no secret of the run is made up
	issued    map[string]*target.Exchange
	ids       map[string]string // id that the target gave → variable
}

func newCurl(r *conformance.Report, m mask) curl {
	c := curl{mask: m, variables: r.Variables, madeUp: r.Health.Product != "", issued: r.Issued, ids: map[string]string{}}
	c.longest = slices.SortedFunc(maps.Keys(r.Variables), func(a, b string) int { return len(b) - len(a) })
	return c
}

// served is where `twinbill serve` listens unless told otherwise: a twin that is in the
// process of the suite listens nowhere.
const served = "http://127.0.0.1:4610"

// chain is the lines that repeat, from nothing, what led to an exchange: each token is
// asked for, an id that the target gives goes into the requests that name it, and what
// went out at the same moment does so again.
func (c curl) chain(exchanges []*target.Exchange) []string {
	var lines []string
	known := map[string]bool{}
	at := false // the line before is one of several at the same moment
	for i, e := range exchanges {
		token := strings.TrimPrefix(e.Sent.Get("Authorization"), "Bearer ")
		if by := c.issued[token]; by != nil && !known[c.variables[token]] {
			known[c.variables[token]] = true
			lines = append(lines, captured(c.variables[token], "access_token", c.line(by, "curl -sS")))
		}
		line := ""
		if key, id := c.given(e, exchanges[i+1:]); key != "" {
			variable := fmt.Sprintf("ID_%d", len(c.ids)+1)
			line = captured(variable, key, c.line(e, "curl -sS"))
			c.ids[id] = variable
		} else {
			line = c.line(e, "curl -i")
		}
		if line == "" {
			return nil
		}
		if i+1 < len(exchanges) && meet(e, exchanges[i+1]) {
			line, at = line+" &", true
		} else if at {
			line, at = line+"; wait", false
		}
		lines = append(lines, line)
	}
	return lines
}

// meet reports whether a request went out before the one before it was answered.
func meet(e, next *target.Exchange) bool { return next.Started.Before(e.Started.Add(e.Duration)) }

// meeting are the exchanges after the first that went out at the same moment.
func meeting(exchanges []*target.Exchange) []*target.Exchange {
	n := 1
	for n < len(exchanges) && meet(exchanges[n-1], exchanges[n]) {
		n++
	}
	return exchanges[1:n]
}

// captured is a command that sets a variable to a member of the JSON that a command prints.
func captured(variable, member, command string) string {
	return fmt.Sprintf(`%s=$(%s | grep -o '"%s" *: *"*[^",}]*' | head -n 1 | sed 's/.*[ ":]//')`, variable, command, member)
}

// given finds the member of an answer in which the target gave an id that a later request
// names, in its URL or as a text in its body.
func (c curl) given(e *target.Exchange, later []*target.Exchange) (member, id string) {
	if e.Method != http.MethodPost || e.Status/100 != 2 {
		return "", ""
	}
	answer, _ := e.JSON().(map[string]any)
	var sent map[string]any
	if body, err := exact.Decode(e.Body); err == nil {
		sent, _ = body.(map[string]any)
	}
	for _, name := range slices.Sorted(maps.Keys(answer)) {
		text := fmt.Sprint(answer[name])
		if _, nested := answer[name].(map[string]any); nested || c.ids[text] != "" || strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			continue
		}
		id := named(text)
		names := func(l *target.Exchange) bool { return id.MatchString(l.URL) || id.Match(l.Body) }
		if text != "" && (sent[name] == nil || fmt.Sprint(sent[name]) != text) && slices.ContainsFunc(later, names) {
			return name, text
		}
	}
	return "", ""
}

// named matches an id where it is a segment or a value of a URL, or a text of JSON.
func named(id string) *regexp.Regexp {
	return regexp.MustCompile(`[/="](` + id + `)(?:$|[/?&"])`)
}

// command is the line that repeats an exchange in a POSIX shell.
func (c curl) command(e *target.Exchange) string { return c.line(e, "curl -i") }

func (c curl) line(e *target.Exchange, program string) string {
	if e.Left[0] > 0 {
		return "" // not all of the request is kept
	}
	words := []string{program}
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
	if !utf8.Valid(e.Body) || strings.HasPrefix(body, "@") || strings.ContainsFunc(body, unicode.IsControl) {
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
	for id, variable := range c.ids {
		for _, m := range named(id).FindAllStringSubmatchIndex(s, -1) {
			all = append(all, found{span{m[2], m[3]}, variable})
		}
	}
	for _, p := range secretPlaces {
		for _, m := range p.pattern.FindAllStringSubmatchIndex(s, -1) {
			name, value := s[m[2]:m[3]], span{m[3], m[1]}
			if value.to == value.from || c.harmless(s[value.from:value.to], name, api) {
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
func (c curl) harmless(value, before string, api openapi.API) bool {
	token := api != openapi.CloudHealth && strings.Contains(strings.ToLower(before), "bearer") || strings.Contains(before, "_token")
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
