package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/peterhellberg/link"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
)

// namedCheck is a check on a step's answer that Arazzo cannot say. Its error is what
// the answer should have been.
type namedCheck func(ctx context.Context, s *session, e *target.Exchange, with arguments) error

// namedChecks are the checks that a step may ask for under x-checks.
var namedChecks map[string]namedCheck

func init() {
	namedChecks = map[string]namedCheck{
		"lacks":             lacks,
		"once":              once,
		"every":             every,
		"element":           element,
		"body":              wholeBody,
		"same-as":           sameAs,
		"same-element":      sameElement,
		"no-body":           noBody,
		"route":             route,
		"trailing-slash":    trailingSlash,
		"token-files":       tokenFiles,
		"token-accepted":    tokenAccepted,
		"no-text":           noText,
		"count":             count,
		"header-absent":     headerAbsent,
		"location-resolves": locationResolves,
		"follow-link":       followLink,
		"link":              linkHeader,
		"errors":            errorSentences,
	}
}

// unmet says what a named check expected, and what it found instead.
type unmet struct{ expected, actual string }

func (u unmet) Error() string { return "expected " + u.expected + ", found " + u.actual }

// arguments are those of a named check, with inputs and earlier answers put in.
type arguments map[string]any

// check runs one named check.
func (s *session) check(ctx context.Context, e *target.Exchange, check scenarios.Check) error {
	run, ok := namedChecks[check.Name]
	if !ok {
		return fmt.Errorf("no check is called %s", check.Name)
	}
	with, err := s.resolve(check.With)
	if err != nil {
		return err
	}
	arguments, _ := with.(map[string]any)
	return run(ctx, s, e, arguments)
}

// resolve puts inputs ($inputs.name) and earlier answers ($answers.step#/pointer)
// into arguments.
func (s *session) resolve(value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			resolved, err := s.resolve(inner)
			if err != nil {
				return nil, err
			}
			out[name] = resolved
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			resolved, err := s.resolve(inner)
			if err != nil {
				return nil, err
			}
			out[i] = resolved
		}
		return out, nil
	case string:
		if name, ok := strings.CutPrefix(v, "$inputs."); ok {
			input, known := s.inputs[name]
			if !known {
				return nil, fmt.Errorf("no input %s", name)
			}
			return input, nil
		}
		if reference, ok := strings.CutPrefix(v, "$answers."); ok {
			step, pointer, _ := strings.Cut(reference, "#")
			e := s.answers[step]
			if e == nil {
				return nil, fmt.Errorf("no earlier step %s", step)
			}
			found, _ := at(e.JSON(), pointer)
			return found, nil
		}
	}
	return value, nil
}

func (a arguments) object(name string) map[string]any {
	object, _ := a[name].(map[string]any)
	return object
}

func (a arguments) texts(name string) []string {
	list, _ := a[name].([]any)
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprint(v)
	}
	return out
}

func (a arguments) number(name string) int {
	n, _ := strconv.Atoi(fmt.Sprint(a[name]))
	return n
}

// rows is the array of an answer that a check is about.
func rows(e *target.Exchange, with arguments) ([]any, error) {
	pointer, _ := with["in"].(string)
	value, _ := at(e.JSON(), pointer)
	list, ok := value.([]any)
	if !ok {
		return nil, unmet{"an array" + under(pointer), answered(e)}
	}
	return list, nil
}

func under(pointer string) string {
	if pointer == "" {
		return ""
	}
	return " at " + pointer
}

func matching(list []any, where map[string]any) []any {
	var out []any
	for _, row := range list {
		if holds(row, where) {
			out = append(out, row)
		}
	}
	return out
}

func holds(row any, fields map[string]any) bool {
	for name, want := range fields {
		if got, ok := member(row, name); !ok || !equal(got, want) {
			return false
		}
	}
	return true
}

// member reads a field by its name, or by its JSON Pointer.
func member(row any, name string) (any, bool) {
	if strings.HasPrefix(name, "/") {
		return at(row, name)
	}
	object, ok := row.(map[string]any)
	if !ok {
		return nil, false
	}
	value, ok := object[name]
	return value, ok
}

func lacks(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	list, err := rows(e, with)
	if err != nil {
		return err
	}
	if found := matching(list, with.object("where")); len(found) > 0 {
		return unmet{"no element with " + show(with.object("where")), show(found[0])}
	}
	return nil
}

func once(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	list, err := rows(e, with)
	if err != nil {
		return err
	}
	if found := matching(list, with.object("where")); len(found) != 1 {
		return unmet{"exactly one element with " + show(with.object("where")), fmt.Sprintf("%d of %d", len(found), len(list))}
	}
	return nil
}

func every(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	list, err := rows(e, with)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return unmet{"elements", "an empty array"}
	}
	for _, row := range list {
		if !holds(row, with.object("where")) {
			return unmet{"every element with " + show(with.object("where")), show(row)}
		}
	}
	return nil
}

func element(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	list, err := rows(e, with)
	if err != nil {
		return err
	}
	found := matching(list, with.object("where"))
	if len(found) != 1 {
		return unmet{"one element with " + show(with.object("where")), fmt.Sprintf("%d of %d", len(found), len(list))}
	}
	return about(found[0], with)
}

func wholeBody(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	return about(e.JSON(), with)
}

// about holds one object to the arguments has, matching and lacking.
func about(object any, with arguments) error {
	for name, want := range with.object("has") {
		if got, ok := member(object, name); !ok || !equal(got, want) {
			return unmet{fmt.Sprintf("%s to be %s", name, show(want)), found(got, ok)}
		}
	}
	for name, pattern := range with.object("matching") {
		re, err := regexp.Compile(fmt.Sprint(pattern))
		if err != nil {
			return err
		}
		got, ok := member(object, name)
		if text, isText := got.(string); !ok || !isText || !re.MatchString(text) {
			return unmet{fmt.Sprintf("%s to match %s", name, re), found(got, ok)}
		}
	}
	for _, name := range with.texts("lacking") {
		if got, ok := member(object, name); ok {
			return unmet{"no " + name, show(got)}
		}
	}
	return nil
}

func found(value any, ok bool) string {
	if !ok {
		return "none"
	}
	return show(value)
}

func sameAs(_ context.Context, s *session, e *target.Exchange, with arguments) error {
	earlier := s.answers[fmt.Sprint(with["step"])]
	if earlier == nil {
		return fmt.Errorf("no earlier step %v", with["step"])
	}
	want, got := earlier.JSON(), e.JSON()
	for _, name := range with.texts("ignoring") {
		want, got = less(want, name), less(got, name)
	}
	if !equal(got, want) {
		return unmet{"the answer of step " + fmt.Sprint(with["step"]) + ": " + show(want), show(got)}
	}
	return nil
}

// sameElement holds the one element found by where to the one of an earlier answer.
func sameElement(_ context.Context, s *session, e *target.Exchange, with arguments) error {
	earlier := s.answers[fmt.Sprint(with["step"])]
	if earlier == nil {
		return fmt.Errorf("no earlier step %v", with["step"])
	}
	before, err := rows(earlier, with)
	if err != nil {
		return err
	}
	after, err := rows(e, with)
	if err != nil {
		return err
	}
	want, got := matching(before, with.object("where")), matching(after, with.object("where"))
	if len(want) != 1 || !equal(got, want) {
		return unmet{"as in step " + fmt.Sprint(with["step"]) + ": " + show(want), show(got)}
	}
	return nil
}

func noBody(_ context.Context, _ *session, e *target.Exchange, _ arguments) error {
	if len(e.Answer) > 0 {
		return unmet{"no body", answered(e)}
	}
	return nil
}

// less returns a value without the fields of a name, at any depth.
func less(value any, name string) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			if key != name {
				out[key] = less(inner, name)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = less(inner, name)
		}
		return out
	}
	return value
}

func noText(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	if text := fmt.Sprint(with["text"]); strings.Contains(string(e.Answer), text) {
		return unmet{fmt.Sprintf("%q nowhere in the answer", text), "it there"}
	}
	return nil
}

func count(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	list, err := rows(e, with)
	if err != nil {
		return err
	}
	if len(list) != with.number("is") {
		return unmet{fmt.Sprintf("%d elements", with.number("is")), strconv.Itoa(len(list))}
	}
	return nil
}

func headerAbsent(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	name := fmt.Sprint(with["name"])
	if value := e.Header.Get(name); value != "" {
		return unmet{"no header " + name, value}
	}
	return nil
}

// locationResolves reads what Location points to, on the target's own base.
func locationResolves(ctx context.Context, s *session, e *target.Exchange, _ arguments) error {
	location, err := url.Parse(e.Header.Get("Location"))
	if err != nil || location.Path == "" {
		return unmet{"a Location that is a URL", fmt.Sprintf("%q", e.Header.Get("Location"))}
	}
	read, err := s.do(ctx, &target.Request{
		Operation: s.contract.Operation("getAwsAccountAssignment"), Header: credentialOf(e),
		URL: pathAndQuery(location, e.Request.Query),
	})
	if err != nil {
		return err
	}
	if read.Status != http.StatusOK || !equal(read.JSON(), e.JSON()) {
		return unmet{"Location to give " + show(e.JSON()), fmt.Sprintf("%d %s", read.Status, show(read.JSON()))}
	}
	return nil
}

// credentialOf is the header by which a request authenticated itself.
func credentialOf(e *target.Exchange) http.Header {
	header := http.Header{}
	if value := e.Sent.Get("Authorization"); value != "" {
		header.Set("Authorization", value)
	}
	return header
}

// pathAndQuery is where a URL of the target's leads, with the key of the request
// that named it where it carries none.
func pathAndQuery(u *url.URL, asked url.Values) string {
	query := u.Query()
	if key := asked.Get("api_key"); key != "" && query.Get("api_key") == "" {
		query.Set("api_key", key)
	}
	out := u.EscapedPath()
	if len(query) > 0 {
		out += "?" + query.Encode()
	}
	return out
}

// followLink goes from page to page by rel=next and counts what it finds.
func followLink(ctx context.Context, s *session, e *target.Exchange, with arguments) error {
	const most = 1000 // pages; a list that goes round in circles ends here
	seen := map[string]bool{}
	pages, page := 0, e
	for {
		pages++
		list, err := rows(page, arguments{"in": "/aws_account_assignments"})
		if err != nil {
			return err
		}
		size, _ := strconv.Atoi(page.Header.Get("X-Per-Page"))
		if len(list) > size {
			return unmet{fmt.Sprintf("at most X-Per-Page = %d on page %d", size, pages), strconv.Itoa(len(list))}
		}
		for _, row := range list {
			number, _ := member(row, "id")
			id := show(number)
			if seen[id] {
				return unmet{"every assignment once", "id " + id + " again on page " + strconv.Itoa(pages)}
			}
			seen[id] = true
		}
		next := link.Parse(page.Header.Get("Link"))["next"]
		if next == nil || pages == most {
			break
		}
		u, err := url.Parse(next.URI)
		if err != nil {
			return unmet{"a URL under rel=next", next.URI}
		}
		page, err = s.do(ctx, &target.Request{Operation: e.Request.Operation, Header: credentialOf(e), URL: pathAndQuery(u, e.Request.Query)})
		if err != nil {
			return err
		}
		if page.Status != http.StatusOK {
			return unmet{"200 from " + next.URI, strconv.Itoa(page.Status)}
		}
	}
	if pages < with.number("pages") {
		return unmet{fmt.Sprintf("at least %d pages", with.number("pages")), strconv.Itoa(pages)}
	}
	if total := page.Header.Get("X-Total"); total != strconv.Itoa(len(seen)) {
		return unmet{"as many assignments as X-Total = " + total, strconv.Itoa(len(seen))}
	}
	return nil
}

// linkHeader holds the form of a Link header to the arguments rels and keeps.
func linkHeader(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	header := e.Header.Get("Link")
	var got []string
	for _, part := range strings.Split(header, ", ") {
		for rel, l := range link.Parse(part) {
			got = append(got, rel)
			u, err := url.Parse(l.URI)
			if err != nil || !u.IsAbs() {
				return unmet{"an absolute URL under rel=" + rel, l.URI}
			}
			for _, name := range with.texts("keeps") {
				if want := e.Request.Query.Get(name); u.Query().Get(name) != want {
					return unmet{fmt.Sprintf("%s=%s under rel=%s", name, want, rel), l.URI}
				}
			}
		}
	}
	if want := with.texts("rels"); !slices.Equal(got, want) {
		return unmet{"a Link header with the relations " + strings.Join(want, ", "), fmt.Sprintf("%q", header)}
	}
	return nil
}

// errorSentences holds the errors of an invalid assignment to the fields they name.
func errorSentences(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	list, err := rows(e, arguments{"in": "/errors"})
	if err != nil {
		return err
	}
	if len(list) < max(1, with.number("at-least")) {
		return unmet{fmt.Sprintf("at least %d errors", max(1, with.number("at-least"))), show(list)}
	}
	for _, field := range with.texts("naming") {
		names := func(v any) bool { return strings.Contains(fmt.Sprint(v), field) }
		if !slices.ContainsFunc(list, names) {
			return unmet{"an error that names " + field, show(list)}
		}
	}
	return nil
}

// at reads the value at a JSON Pointer.
func at(value any, pointer string) (any, bool) {
	if pointer == "" || pointer == "/" {
		return value, true
	}
	for _, segment := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		segment = strings.NewReplacer("~1", "/", "~0", "~").Replace(segment)
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[segment]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// equal compares values as JSON: 1 and 1.0 are the same number.
func equal(a, b any) bool {
	return reflect.DeepEqual(normal(a), normal(b))
}

func normal(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var out any
	if json.Unmarshal(data, &out) != nil {
		return v
	}
	return out
}

// show writes a value as compact JSON, cut where it grows long.
func show(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 400
	if len(data) > most {
		return string(data[:most]) + "..."
	}
	return string(data)
}
