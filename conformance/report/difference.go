package report

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// difference shows two JSON values line by line: a line begins
// with - where only the expected value has it, with + where only the actual one has
// it. It is empty where one of them is no object or array.
func difference(expected, actual string) []string {
	a, ok := indented(expected)
	b, both := indented(actual)
	if !ok || !both {
		return nil
	}
	text := string(diff.Diff("expected", a, "actual", b))
	if text == "" {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return lines[min(4, len(lines)):] // without the names and the first position
}

// indented is an object or array with one value a line and its members sorted.
func indented(s string) ([]byte, bool) {
	var v any
	decoder := json.NewDecoder(strings.NewReader(s))
	decoder.UseNumber()
	if decoder.Decode(&v) != nil || decoder.More() {
		return nil, false
	}
	switch v.(type) {
	case map[string]any, []any:
	default:
		return nil, false
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if encoder.Encode(v) != nil {
		return nil, false
	}
	return out.Bytes(), true
}
