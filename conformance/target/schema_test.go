package target

import (
	"bytes"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func schema(t *testing.T) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("target.schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("target.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled, document.(map[string]any)
}

// validate holds a target file to the schema.
func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(document)
}

func TestSchemaTakesTheExample(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := schema(t)
	if err := validate(t, s, text); err != nil {
		t.Errorf("%#v", err)
	}
	if hint := "# yaml-language-server: $schema=../conformance/target/target.schema.json\n"; !strings.HasPrefix(string(text), hint) {
		t.Error("the example has no hint for editors")
	}
}

// TestSchemaRefuses: what reading a file refuses, as far as a schema can see it.
func TestSchemaRefuses(t *testing.T) {
	s, _ := schema(t)
	for _, text := range []string{
		"{}", "inputs: {}", "aws: {}", "ripple: {url: 'http://a'}", "cloudhealth: {url: a}", "cloudhealth: {url: 'http://u@h'}",
		"cloudhealth: {url: 'http://h', key: abc}", "cloudhealth: {url: 'http://h', pace: fast}", "cloudhealth: {url: 'http://h', pace: 0}",
		"cloudhealth: {url: 'http://h', headers: {a: 5}}", "cloudhealth: {url: 'http://h', tls: {key: k}}",
		"cloudhealth: {url: 'http://h'}\ntimeouts: {answer: 5}", "cloudhealth: {url: 'http://h'}\ntimeouts: {answer: -5s}",
		"cloudhealth: {url: 'http://h'}\ninputs: {customer: '1'}", "cloudhealth: {url: 'http://h'}\ninputs: {owner_a: '1'}",
		"cloudhealth: {url: 'http://h'}\ninputs: {costumer: 1}", ripple + "  client: {id: a}\n",
	} {
		if validate(t, s, []byte(text)) == nil {
			t.Errorf("the schema takes %s", text)
		}
		if _, err := Parse("f.yaml", []byte(text), lookUp); err == nil {
			t.Errorf("reading takes %s", text)
		}
	}
	for _, pace := range []string{"50", "50/s", "30/m", "1/4s", "0.25", "'1 / 4s'"} {
		text := "cloudhealth: {url: 'http://h', pace: " + pace + "}"
		if err := validate(t, s, []byte(text)); err != nil {
			t.Errorf("%s: %v", pace, err)
		}
		if _, err := Parse("f.yaml", []byte(text), lookUp); err != nil {
			t.Errorf("%s: %v", pace, err)
		}
	}
}

// TestSchemaIsWhatIsRead: every field is in the schema and in the struct, and every
// field of the schema says what it is.
func TestSchemaIsWhatIsRead(t *testing.T) {
	_, document := schema(t)
	definitions := document["$defs"].(map[string]any)
	var compare func(place string, described map[string]any, typ reflect.Type)
	compare = func(place string, described map[string]any, typ reflect.Type) {
		said := described["description"]
		if reference, ok := described["$ref"].(string); ok {
			described = definitions[strings.TrimPrefix(reference, "#/$defs/")].(map[string]any)
		}
		if said == nil && described["description"] == nil {
			t.Errorf("%s is not described", place)
		}
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		properties, _ := described["properties"].(map[string]any)
		if place == ".inputs" {
			if got := slices.Sorted(maps.Keys(properties)); !slices.Equal(got, InputNames()) {
				t.Errorf("inputs are %v in the schema", got)
			}
			return
		}
		if typ.Kind() != reflect.Struct {
			if properties != nil {
				t.Errorf("%s has properties in the schema alone", place)
			}
			return
		}
		if got, want := slices.Sorted(maps.Keys(properties)), slices.Sorted(maps.Keys(fields(typ))); !slices.Equal(got, want) {
			t.Fatalf("%s has %v in the schema, %v is read", place, got, want)
		}
		if described["additionalProperties"] != false {
			t.Errorf("%s takes other keys", place)
		}
		for key, field := range fields(typ) {
			compare(place+"."+key, properties[key].(map[string]any), field)
		}
	}
	compare("", document, reflect.TypeFor[content]())
}
