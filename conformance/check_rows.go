package conformance

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/conformance/target"
)

// rows is the array of an answer that a check is about.
func rows(e *target.Exchange, with arguments) ([]any, error) { return rowsOf(e, e.JSON(), with) }

func rowsOf(e *target.Exchange, answer any, with arguments) ([]any, error) {
	pointer, _ := with["in"].(string)
	value, _ := at(answer, pointer)
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
		if got, ok := member(row, name); !ok || !covers(got, want) {
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

// either wants exactly one element that matches one of several patterns.
func either(_ context.Context, _ *session, e *target.Exchange, with arguments) error {
	list, err := rows(e, with)
	if err != nil {
		return err
	}
	patterns, _ := with["where"].([]any)
	found := 0
	for _, pattern := range patterns {
		where, _ := pattern.(map[string]any)
		found += len(matching(list, where))
	}
	if found != 1 {
		return unmet{"exactly one element with either of " + show(patterns), fmt.Sprintf("%d of %d", found, len(list))}
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
		if err := about(row, with); err != nil {
			return err
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
