package probe_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/twinbill/twinbill/conformance/probe"
	"github.com/twinbill/twinbill/openapi"
)

// TestEnumeration lists the probes a contract calls for a second time, from the
// document's own text with none of the loader's code, and compares.
func TestEnumeration(t *testing.T) {
	for _, api := range openapi.APIs() {
		contract, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range probe.Derive(contract) {
			got = append(got, p.ID)
		}
		want := enumerate(t, openapi.Document(api))
		slices.Sort(got)
		slices.Sort(want)
		for _, id := range want {
			if !slices.Contains(got, id) {
				t.Errorf("%s: not derived: %s", api, id)
			}
		}
		for _, id := range got {
			if !slices.Contains(want, id) {
				t.Errorf("%s: not called for: %s", api, id)
			}
		}
		if len(got) != len(slices.Compact(slices.Clone(got))) {
			t.Errorf("%s: some id stands twice", api)
		}
		t.Logf("%s: %d probes", api, len(got))
	}
}

type object = map[string]any

type document struct{ root object }

func enumerate(t *testing.T, text []byte) []string {
	t.Helper()
	var d document
	if err := yaml.Unmarshal(text, &d.root); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, item := range d.root["paths"].(object) {
		shared, _ := item.(object)["parameters"].([]any)
		for method, operation := range item.(object) {
			if slices.Contains([]string{"get", "post", "put", "delete"}, method) {
				out = append(out, d.operation(operation.(object), shared)...)
			}
		}
	}
	return out
}

// resolve follows references. What stands beside a reference is kept.
func (d document) resolve(value any) object {
	o, _ := value.(object)
	reference, ok := o["$ref"].(string)
	if !ok {
		return o
	}
	var at any = d.root
	for _, segment := range strings.Split(strings.TrimPrefix(reference, "#/"), "/") {
		at = at.(object)[segment]
	}
	out := maps.Clone(d.resolve(at))
	for key, v := range o {
		if key != "$ref" {
			out[key] = v
		}
	}
	return out
}

func (d document) operation(op object, shared []any) []string {
	prefix := "probe/" + op["operationId"].(string) + "/"
	out := []string{prefix + "valid"}
	cloudhealth := strings.Contains(prefix, "AwsAccount") || strings.Contains(prefix, "Customer")
	if security, ok := op["security"].([]any); !ok || len(security) > 0 {
		out = append(out, prefix+"no-credential", prefix+"bad-credential")
	}
	if roles, _ := op["x-roles"].([]any); len(roles) > 0 {
		out = append(out, prefix+"insufficient-role")
	}
	if roles, _ := op["x-roles"].([]any); len(roles) > 0 && op["x-level"] == nil {
		reads := slices.ContainsFunc(roles, func(role any) bool { return strings.HasPrefix(role.(string), "Read") })
		for _, role := range d.roles() {
			if strings.HasPrefix(role, "Read") && !reads {
				continue
			}
			out = append(out, prefix+"role="+role)
		}
	}
	named := false
	parameters, _ := op["parameters"].([]any)
	for _, p := range slices.Concat(shared, parameters) {
		parameter := d.resolve(p)
		schema := d.resolve(parameter["schema"])
		place := parameter["in"].(string)
		if place != "path" && place != "query" {
			continue
		}
		if place == "path" && schema["enum"] == nil && schema["pattern"] == nil {
			named = true
		}
		kinds := []string{}
		if place == "query" {
			kinds = append(kinds, "missing")
		}
		kinds = append(kinds, keywords(schema)...)
		out = append(out, d.ids(prefix+place+"/"+parameter["name"].(string)+"/", kinds, schema, parameter)...)
	}
	if named {
		out = append(out, prefix+"unknown-id")
	}
	content, _ := d.resolve(op["requestBody"])["content"].(object)
	if json, ok := content["application/json"].(object); ok {
		out = append(out, prefix+"media-type", prefix+"malformed-json")
		if !cloudhealth {
			out = append(out, prefix+"unknown-field")
		}
		schema := d.resolve(json["schema"])
		if required, _ := schema["required"].([]any); len(required) > 0 && orEmpty(op["x-unprobed"])["missing-all"] == nil {
			out = append(out, prefix+"missing-all")
		}
		out = append(out, d.properties(prefix+"body/", schema, []string{"missing", "null", "type"})...)
	} else if form, ok := content["application/x-www-form-urlencoded"].(object); ok {
		out = append(out, d.properties(prefix+"body/", d.resolve(form["schema"]), []string{"missing"})...)
	}
	return out
}

// roles are those that the operations of the pages name.
func (d document) roles() []string {
	var out []string
	for _, item := range d.root["paths"].(object) {
		for _, operation := range item.(object) {
			op, _ := operation.(object)
			for _, role := range orNone(op["x-roles"]) {
				if name := role.(string); op["x-level"] == nil && !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

func orNone(v any) []any {
	list, _ := v.([]any)
	return list
}

func (d document) properties(prefix string, schema object, always []string) []string {
	var out []string
	properties, _ := schema["properties"].(object)
	for name, p := range properties {
		property := d.resolve(p)
		at := prefix + name
		out = append(out, d.ids(at+"/", slices.Concat(always, keywords(property)), property, object{})...)
		switch property["type"] {
		case "object":
			out = append(out, d.properties(at+".", property, always)...)
		case "array":
			out = append(out, d.properties(at+".*.", d.resolve(property["items"]), always)...)
		}
	}
	return out
}

// keywords lists the kinds that the keywords of a schema call for.
func keywords(schema object) []string {
	var kinds []string
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return schema[name] != nil })
	}
	if has("minLength", "minimum") {
		kinds = append(kinds, "min-1", "min")
	}
	if has("maxLength", "maximum") {
		kinds = append(kinds, "max", "max+1")
	}
	if has("enum") {
		kinds = append(kinds, "enum", "enum-outside")
	}
	if has("pattern") {
		kinds = append(kinds, "pattern")
	}
	return kinds
}

func (d document) ids(prefix string, kinds []string, schema, parameter object) []string {
	off := maps.Clone(orEmpty(schema["x-unprobed"]))
	maps.Copy(off, orEmpty(parameter["x-unprobed"]))
	var out []string
	for _, kind := range kinds {
		if _, unprobed := off[kind]; unprobed {
			continue
		}
		if kind != "enum" {
			out = append(out, prefix+kind)
			continue
		}
		for _, value := range schema["enum"].([]any) {
			if id := fmt.Sprintf("enum=%v", value); value != nil && off[id] == nil {
				out = append(out, prefix+id)
			}
		}
	}
	return out
}

func orEmpty(v any) object {
	if o, ok := v.(object); ok {
		return o
	}
	return object{}
}
