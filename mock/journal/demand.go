package journal

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/mock/wire"
)

// another is the weight of what makes a request another one, beyond all that one may say.
const another = 1 << 20

// demand is one thing that an expectation asks of a request: it tells how an entry
// differs from it, a sentence each.
type demand struct {
	weight int // of a difference, in the distance of a near miss
	of     func(*Entry) []string
}

// miss is an entry that does not match.
type miss struct {
	id          string
	distance    int
	differences []string
}

func compare(e *Entry, wanted []demand) miss {
	m := miss{id: e.Id}
	for _, d := range wanted {
		found := d.of(e)
		m.differences = append(m.differences, found...)
		m.distance += d.weight * len(found)
	}
	return m
}

// demands takes an expectation apart.
func demands(e gen.Expectation) []demand {
	var out []demand
	add := func(weight int, of func(*Entry) []string) { out = append(out, demand{weight, of}) }
	if e.Operation != nil {
		add(another, func(r *Entry) []string { return differs("the operation", value(r.Operation), *e.Operation) })
	}
	if e.Method != nil {
		add(another, func(r *Entry) []string { return differs("the method", r.Method, *e.Method) })
	}
	if e.Path != nil {
		add(another, func(r *Entry) []string {
			path, escaped := pathOf(r)
			if wire.Glob(*e.Path, path) || wire.Glob(*e.Path, escaped) {
				return nil
			}
			return []string{fmt.Sprintf("the path is %s, not %s", clipped(path), *e.Path)}
		})
	}
	if e.Query != nil {
		add(1, func(r *Entry) []string { return lacks("the parameter", queryOf(r), *e.Query) })
	}
	if e.Headers != nil {
		add(1, func(r *Entry) []string {
			wanted := map[string]string{}
			for name, v := range *e.Headers {
				wanted[http.CanonicalHeaderKey(name)] = v
			}
			return lacks("the header", r.RequestHeaders, wanted)
		})
	}
	if e.Body != nil {
		wanted := plain(e.Body)
		add(1, func(r *Entry) []string { return bodyDiffers(r, wanted) })
	}
	if e.Status != nil {
		add(2, func(r *Entry) []string {
			if r.Status == *e.Status {
				return nil
			}
			says := fmt.Sprintf("the status is %d, not %d", r.Status, *e.Status)
			if len(r.Clauses) > 0 {
				says += ", by " + strings.Join(r.Clauses, " and ")
			}
			return []string{says}
		})
	}
	if e.Clause != nil {
		add(2, func(r *Entry) []string {
			if slices.Contains(r.Clauses, *e.Clause) {
				return nil
			}
			return differs("what decided", strings.Join(r.Clauses, " and "), *e.Clause)
		})
	}
	return out
}

func differs(what, is, wanted string) []string {
	switch is {
	case wanted:
		return nil
	case "":
		return []string{fmt.Sprintf("%s is none, not %s", what, wanted)}
	}
	return []string{fmt.Sprintf("%s is %s, not %s", what, clipped(is), wanted)}
}

// lacks lists the names that do not have the value that is wanted.
func lacks(what string, have map[string][]string, wanted map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		switch values := have[name]; {
		case slices.Contains(values, wanted[name]):
		case len(values) == 0:
			out = append(out, fmt.Sprintf("%s %s is missing; %q is expected", what, name, wanted[name]))
		default:
			out = append(out, fmt.Sprintf("%s %s is %q, not %q", what, name, clipped(strings.Join(values, ", ")), wanted[name]))
		}
	}
	return out
}

// pathOf is the path of a request, unescaped and as it was sent.
func pathOf(e *Entry) (path, escaped string) {
	u, err := url.Parse(e.Url)
	if err != nil { // by no client that keeps to the rules of URLs
		bare, _, _ := strings.Cut(e.Url, "?")
		return bare, bare
	}
	return u.Path, u.EscapedPath()
}

func queryOf(e *Entry) url.Values {
	_, query, _ := strings.Cut(e.Url, "?")
	values, _ := url.ParseQuery(query) // what can be read
	return values
}

// bodyDiffers compares the body of a request with the value that is wanted.
func bodyDiffers(e *Entry, wanted any) []string {
	have, ok := bodyOf(e)
	if !ok {
		if e.RequestBody.Bytes == 0 {
			return []string{"the body is missing"}
		}
		if e.RequestBody.Truncated != nil && *e.RequestBody.Truncated {
			return []string{fmt.Sprintf("the body has %d bytes, of which not all are kept", e.RequestBody.Bytes)}
		}
		return []string{"the body is neither JSON nor a form"}
	}
	return valueDiffers("the body", "", have, wanted)
}

// bodyOf reads the body of a request: JSON, or the fields of a form as texts.
func bodyOf(e *Entry) (any, bool) {
	data := bytesOf(e.RequestBody)
	if len(data) == 0 || e.RequestBody.Truncated != nil && *e.RequestBody.Truncated {
		return nil, false
	}
	if fields := form(contentType(e.RequestHeaders), data); fields != nil {
		out := map[string]any{}
		for name, values := range fields {
			out[name] = values[0]
		}
		return out, true
	}
	v, err := exact.Decode(data)
	return v, err == nil
}

// plain is a value as it is read from JSON, whatever made it.
func plain(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return v
	}
	out, err := exact.Decode(data)
	if err != nil {
		return v
	}
	return out
}

// valueDiffers lists where a JSON value is not as wanted; fields that are not wanted do
// not matter.
func valueDiffers(what, at string, have, wanted any) []string {
	name := what
	if at != "" {
		name = what + "'s " + at
	}
	switch wanted := wanted.(type) {
	case map[string]any:
		object, ok := have.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %s, not an object", name, shown(have))}
		}
		var out []string
		for _, field := range slices.Sorted(maps.Keys(wanted)) {
			value, ok := object[field]
			if !ok {
				out = append(out, fmt.Sprintf("%s's %s is missing; %s is expected", what, below(at, field), shown(wanted[field])))
				continue
			}
			out = append(out, valueDiffers(what, below(at, field), value, wanted[field])...)
		}
		return out
	case []any:
		array, ok := have.([]any)
		if !ok || len(array) != len(wanted) {
			return []string{fmt.Sprintf("%s is %s, not %s", name, shown(have), shown(wanted))}
		}
		var out []string
		for i := range wanted {
			out = append(out, valueDiffers(what, below(at, strconv.Itoa(i)), array[i], wanted[i])...)
		}
		return out
	}
	if exact.Equal(have, wanted) {
		return nil
	}
	return []string{fmt.Sprintf("%s is %s, not %s", name, shown(have), shown(wanted))}
}

// shown is a JSON value in a sentence.
func shown(v any) string {
	const longest = 80
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(data) > longest {
		return strings.ToValidUTF8(string(data[:longest]), "") + "..."
	}
	return string(data)
}
