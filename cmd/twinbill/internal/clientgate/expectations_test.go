package clientgate

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestParseExpectations(t *testing.T) {
	data, err := os.ReadFile("../../../../examples/expectations.yaml")
	if err != nil {
		t.Fatal(err)
	}
	list, err := ParseExpectations("f.yaml", data)
	if err != nil || len(list) != 3 || list[0].Where != "f.yaml:4" || list[2].Name != "nothing is deleted" {
		t.Fatalf("the example: %+v, %v", list, err)
	}
	sent, _ := json.Marshal(list[0].wanted)
	if want := `{"operation":"createAwsAccountAssignment","body":{"customer_id":1},"status":200,"times":1}`; string(sent) != want {
		t.Errorf("%s\nwant %s", sent, want)
	}
	if list, err := ParseExpectations("f.json", []byte(`[{"name": "a", "times": 0, "headers": {"X": "y"}}]`)); err != nil || len(list) != 1 {
		t.Errorf("JSON: %+v, %v", list, err)
	}
}

func TestUnreadableExpectations(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "f:1: the file is empty; want a list",
		"[]":                                "f:1: the list is empty; want a list",
		"name: a":                           "f:1: want a list",
		"- a":                               "f:1: want a list",
		"- operation: x":                    "f:1: the expectation has no name",
		"- name: a\n- name: a":              `f:2: the name "a" stands on line 1 already`,
		"- name: a\n  tmies: 1":             "f:2: unknown field",
		"- name: a\n  times: once":          "f:2: this has another type",
		"- name: a\n  body: .nan":           "f:1: JSON cannot say this",
		"- &a {name: a}\n- *a":              "f:2: aliases are not read here",
		"- name: a\n---\n- name: b":         "a second document begins here",
		"- name: \"a":                       "f:1: ",
		"\xff":                              "f:1: this is not UTF-8",
		strings.Repeat("[", 100):            "f:1: this is nested more than 32 deep",
		strings.Repeat(" ", maxFile) + "[]": "f:1: the file is larger than",
	} {
		_, err := ParseExpectations("f", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

func TestParseMinimum(t *testing.T) {
	if m, err := ParseMinimum("operations=80%, fields=12.5"); err != nil || m["operations"] != 80 || m["fields"] != 12.5 || len(m) != 2 {
		t.Errorf("%v, %v", m, err)
	}
	for _, text := range []string{"", "operations", "operations=", "operations=-1", "operations=NaN", "operations=101%", "operations=1,operations=2", "clauses=1"} {
		if m, err := ParseMinimum(text); err == nil {
			t.Errorf("%q: %v", text, m)
		}
	}
}

// FuzzParseExpectations wants of any file: a list that the control API can be sent, each
// entry with a name of its own, or an error on one line that begins with the place.
func FuzzParseExpectations(f *testing.F) {
	for _, text := range []string{
		"- name: a\n  operation: createAccount\n  body: {a: [1, {b: null}]}\n  times: 1\n", `[{"name":"a","status":200}]`, "- &a {name: *a}", "- {name: a, body: .inf}",
		"- ? [a]\n  : b", "- name: a\n  <<: {times: 1}", "- !!binary a", "- name: |\n    a\n    b", "\ufeff- name: a",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ParseExpectations("f", data)
		if err != nil {
			if text := err.Error(); !strings.HasPrefix(text, "f:") || strings.ContainsAny(text, "\r\n") || list != nil {
				t.Errorf("%q", text)
			}
			return
		}
		names := map[string]bool{}
		for _, e := range list {
			if _, err := json.Marshal(e.wanted); err != nil || e.Name == "" || names[e.Name] {
				t.Errorf("%+v: %v", e, err)
			}
			names[e.Name] = true
		}
	})
}
