package conformance

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/conformance/target"
)

func wholeBody(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	return about(e.JSON(), with)
}

// about holds one object to the arguments has, matching and lacking.
func about(object any, with arguments) error {
	for name, want := range with.object("has") {
		if got, ok := member(object, name); !ok || !covers(got, want) {
			return unmet{name + ": " + show(want), found(got, ok)}
		}
	}
	for name, pattern := range with.object("matching") {
		re, err := regexp.Compile(fmt.Sprint(pattern))
		if err != nil {
			return err
		}
		got, ok := member(object, name)
		if text, isText := got.(string); !ok || !isText || !re.MatchString(text) {
			return unmet{fmt.Sprintf("%s: a text that matches %s", name, re), found(got, ok)}
		}
	}
	for _, name := range with.texts("lacking") {
		if got, ok := member(object, name); ok {
			return unmet{name + ": none", show(got)}
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
	want, got := documented(earlier), documented(e)
	for _, name := range with.texts("ignoring") {
		want, got = less(want, name), less(got, name)
	}
	if !equal(got, want) {
		return unlike{"the answer of step " + fmt.Sprint(with["step"]), want, got}
	}
	return nil
}

// documented is an answer without the fields that a deployment adds of its own, which may
// change as they like.
func documented(e *target.Exchange) any { return e.Request.Operation.Declared(e.Status, e.JSON()) }

// sameElement holds the one element found by where to the one of an earlier answer.
func sameElement(_ context.Context, s *session, e *target.Exchange, with arguments) error {
	earlier := s.answers[fmt.Sprint(with["step"])]
	if earlier == nil {
		return fmt.Errorf("no earlier step %v", with["step"])
	}
	before, err := rowsOf(earlier, documented(earlier), with)
	if err != nil {
		return err
	}
	after, err := rowsOf(e, documented(e), with)
	if err != nil {
		return err
	}
	want, got := matching(before, with.object("where")), matching(after, with.object("where"))
	if len(want) != 1 || !equal(got, want) {
		return unlike{"it as in step " + fmt.Sprint(with["step"]), want, got}
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

func noBody(_ context.Context, _ *session, e *target.Exchange, _ arguments) error {
	if len(e.Answer) > 0 {
		return unmet{"no body", answered(e)}
	}
	return nil
}

func noText(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	if text := fmt.Sprint(with["text"]); strings.Contains(string(e.Answer), text) {
		return unmet{fmt.Sprintf("%q nowhere in the answer", text), "it there"}
	}
	return nil
}

func headerAbsent(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	name := fmt.Sprint(with["name"])
	total, _ := strconv.Atoi(e.Header.Get("X-Total"))
	if size, err := strconv.Atoi(e.Header.Get("X-Per-Page")); name == "Link" && err == nil && total > size {
		return notSupplied(fmt.Sprintf("a list that fits one page (%d rows, %d a page)", total, size))
	}
	if value := e.Header.Get(name); value != "" {
		return unmet{"no header " + name, value}
	}
	return nil
}
