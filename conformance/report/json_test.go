package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/report"
)

// TestJSONSchema validates reports of all kinds of targets, and reads them back.
func TestJSONSchema(t *testing.T) {
	for name, d := range examples(t) {
		var b, again bytes.Buffer
		if err := report.JSON(&b, d); err != nil {
			t.Fatal(err)
		}
		read, err := report.Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := report.JSON(&again, read); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s is another report once it is read", name)
		}
	}
}

// TestReadRefuses: what is no report is refused in one line.
func TestReadRefuses(t *testing.T) {
	var b bytes.Buffer
	if err := report.JSON(&b, report.New(troubled(), report.Options{})); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "report", "cut": b.String()[:b.Len()/2], "two": b.String() + b.String(), "another document": `{"openapi":"3.0.3"}`, "null": "null",
		"an unknown field": strings.Replace(b.String(), `"seed":`, `"extra": 1, "seed":`, 1),
		"a field gone":     strings.Replace(b.String(), `"strict": false,`, ``, 1),
		"another verdict":  strings.Replace(b.String(), `"verdict": "fail"`, `"verdict": "bad\nnews"`, 1),
		"another type":     strings.Replace(b.String(), `"residue": [`, `"residue": [1, `, 1),
	} {
		_, err := report.Read(strings.NewReader(text))
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaIsClosed: every object of the schema names all its members, and they are
// those of the Go types, so that neither changes alone.
func TestSchemaIsClosed(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(report.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	objects := 0
	var walk func(where string, v any)
	walk = func(where string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if v["properties"] != nil {
				objects++
				if v["additionalProperties"] != false {
					t.Errorf("%s takes unknown members", where)
				}
			}
			for name, inner := range v {
				walk(where+"/"+name, inner)
			}
		case []any:
			for i, inner := range v {
				walk(fmt.Sprint(where, "/", i), inner)
			}
		}
	}
	walk("", schema)
	if objects < 9 {
		t.Errorf("only %d objects", objects)
	}
	definitions := schema["$defs"].(map[string]any)
	for name, of := range map[string]any{"": report.Document{}, "check": report.Check{}, "clause": report.Clause{}, "exchange": report.Exchange{}, "message": report.Message{}, "point": report.Point{}, "latency": report.Latency{}} {
		definition := schema
		if name != "" {
			definition = definitions[name].(map[string]any)
		}
		var have, want []string
		for member := range definition["properties"].(map[string]any) {
			have = append(have, member)
		}
		for i := range reflect.TypeOf(of).NumField() {
			member, _, _ := strings.Cut(reflect.TypeOf(of).Field(i).Tag.Get("json"), ",")
			want = append(want, member)
		}
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("%q: the schema has %v, the type %v", name, have, want)
		}
	}
}
