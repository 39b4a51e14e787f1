package scenarios

import (
	"cmp"
	"errors"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pb33f/go-yaml"

	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/openapi"
)

// step holds a step to what the suite takes.
func (w *workflowReading) step(node *yaml.Node) {
	o := w.object(node, "a step",
		[]string{"stepId", "description", "operationId", "operationPath", "workflowId", "dependsOn", "parameters", "requestBody", "successCriteria", "onSuccess", "onFailure", "outputs"},
		[]string{"x-clauses", "x-checks", "x-route", "x-first", "x-content-type", "x-raw", "x-later", "x-race", "x-questions"})
	w.refuse(o, "x-questions", "operationPath", "workflowId", "dependsOn", "onSuccess", "onFailure")
	id := o.requiredText("stepId")
	if id != "" && !named.MatchString(id) {
		w.fail(o.values["stepId"], "the stepId %q has other characters than letters, digits, - and _", shorten(id))
	}
	if _, twice := w.steps[id]; twice && id != "" {
		w.fail(o.values["stepId"], "the stepId %s stands twice; rename one", id)
	}
	op := w.operation(o)
	w.stepParameters(o, op)
	if body := o.at("requestBody"); body != nil {
		b := w.object(body, "the requestBody", []string{"contentType", "payload", "replacements"}, nil)
		w.refuse(b, "replacements")
		b.text("contentType")
		if payload := b.required("payload"); payload != nil {
			w.expressions(payload, beforeAnswer)
		}
	}
	criteria := o.list("successCriteria")
	if len(criteria) == 0 {
		w.fail(node, "the step asks for nothing; add successCriteria such as `condition: $statusCode == 200`")
	}
	for _, criterion := range criteria {
		w.criterion(criterion)
	}
	w.extensions(o, op)
	var outputs []string
	if node := o.at("outputs"); node != nil {
		w.expressions(node, afterAnswer)
		if node.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(node.Content); i += 2 {
				name, value := node.Content[i].Value, behind(node.Content[i+1])
				if outputs = append(outputs, name); value.Kind != yaml.ScalarNode || !strings.HasPrefix(value.Value, "$") {
					w.fail(node.Content[i+1], "the output %s is an expression, such as $response.body#/id", shorten(name))
				}
			}
		}
	}
	w.steps[id] = outputs
}

// operation finds the operation of a step; nil where there is none.
func (w *workflowReading) operation(o object) *openapi.Operation {
	if _, other := o.keys["workflowId"]; other {
		return nil
	}
	if _, other := o.keys["operationPath"]; other {
		return nil
	}
	id := o.requiredText("operationId")
	if id == "" {
		return nil
	}
	op := w.contract.Operation(id)
	if op == nil {
		var known []string
		for _, op := range w.contract.Operations {
			known = append(known, op.ID)
		}
		w.fail(o.values["operationId"], "%s has no operation %q%s", w.contract.API, shorten(id), hint.For(id, known))
	}
	return op
}

// stepParameters holds the parameters of a step to the operation's path, and each to
// its form.
func (w *workflowReading) stepParameters(o object, op *openapi.Operation) {
	filled := map[string]bool{}
	for _, node := range o.list("parameters") {
		if name, in := w.parameter(node, true); in == "path" {
			if filled[name] {
				w.fail(node, "the path parameter %s stands twice; keep one", shorten(name))
			}
			filled[name] = true
			if op != nil && !strings.Contains(op.Path, "{"+name+"}") {
				w.fail(node, "the path of %s has no parameter %q; it is %s", op.ID, shorten(name), op.Path)
			}
		}
	}
	if op == nil {
		return
	}
	for _, p := range op.Parameters() {
		if p.In == "path" && !filled[p.Name] {
			w.fail(o.node, "the step gives no path parameter %s, which %s needs", p.Name, op.ID)
		}
	}
}

// parameter holds one parameter to its form, and returns its name and place. One that
// is a reference is looked up.
func (w *workflowReading) parameter(node *yaml.Node, referring bool) (name, in string) {
	o := w.object(node, "a parameter", []string{"name", "in", "value", "reference"}, nil)
	if reference := o.text("reference"); reference != "" && referring {
		name, ok := strings.CutPrefix(reference, "$components.parameters.")
		component, there := w.parameters[name]
		if !ok || !there {
			w.fail(o.values["reference"], "the document has no %q; define it under components, parameters", shorten(reference))
			return "", ""
		}
		return w.parameter(component, false)
	}
	name, in = o.requiredText("name"), o.requiredText("in")
	if places := []string{"path", "query", "header"}; in != "" && !slices.Contains(places, in) {
		w.fail(o.values["in"], "a parameter stands in %s, not in %q", strings.Join(places, ", "), shorten(in))
	}
	switch value := behind(o.values["value"]); {
	case value == nil:
		w.fail(o.node, "a parameter has no value; add it")
	case value.Kind != yaml.ScalarNode:
		w.fail(value, "a parameter is a text, not %s", kind(value))
	case value.ShortTag() != "!!str" && !asText.MatchString(value.Value):
		w.fail(value, "a parameter is a text, and %q is sent as another one than was typed; put it in quotes", shorten(value.Value))
	default:
		w.expressions(o.values["value"], beforeAnswer)
	}
	return name, in
}

// asText is a value that is no text and is sent as it is typed.
var asText = regexp.MustCompile(`^(true|false|-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?)$`)

// criterion holds a success criterion to what the suite evaluates.
func (w *workflowReading) criterion(node *yaml.Node) {
	o := w.object(node, "a criterion", []string{"context", "condition", "type"}, nil)
	text, context := o.requiredText("condition"), o.text("context")
	kind := "simple"
	if node := o.at("type"); node != nil {
		kind = node.Value
		if node.Kind == yaml.MappingNode {
			t := w.object(node, "a criterion's type", []string{"type", "version"}, nil)
			kind = t.requiredText("type")
			if version := t.text("version"); kind == "jsonpath" && version != "" && version != "rfc9535" {
				w.fail(t.values["version"], "the suite reads JSONPath by RFC 9535, not by %q; write type: jsonpath", shorten(version))
			}
		}
	}
	switch {
	case context == "" && kind != "simple":
		w.fail(o.node, "a criterion of type %s needs a context, such as $response.body", kind)
	case context != "" && kind == "simple":
		w.fail(o.values["context"], "a criterion with a context needs a type, regex or jsonpath; a simple condition names what it compares")
	case text == "":
	case !slices.Contains([]string{"simple", "regex", "jsonpath"}, kind):
		w.fail(o.values["type"], "the type of a criterion is simple, regex or jsonpath, not %q", shorten(kind))
	default:
		if context != "" {
			w.expression(o.values["context"], context, afterAnswer)
		}
		c, err := compile(kind, cmp.Or(context, "$statusCode"), text)
		if err != nil {
			w.fail(o.values["condition"], "%v", err)
		}
		for _, e := range c.condition.sources() {
			w.refers(o.values["condition"], e, afterAnswer)
		}
		for _, inner := range embedded.FindAllString(c.path, -1) {
			w.expression(o.values["condition"], strings.Trim(inner, "{}"), afterAnswer)
		}
	}
}

// extensions holds this suite's own keys on a step to what it has.
func (w *workflowReading) extensions(o object, op *openapi.Operation) {
	for _, node := range o.list("x-clauses") {
		if id := behind(node).Value; !w.claims(id) {
			var known []string
			for _, clause := range w.contract.Clauses {
				known = append(known, clause.ID)
			}
			w.fail(node, "%s promises no %q%s", w.contract.API, shorten(id), hint.For(id, known))
		}
	}
	for _, node := range o.list("x-checks") {
		w.check(node, op)
	}
	if node := o.at("x-route"); node != nil {
		route := w.object(node, "x-route", []string{"method", "body"}, nil)
		route.requiredText("method")
		if body := route.text("body"); body != "" && body != "absent" {
			w.fail(route.values["body"], "body of x-route is absent, or left out")
		}
	}
	o.text("x-content-type")
	for _, key := range []string{"x-raw", "x-later"} {
		if value := o.at(key); value != nil && value.Value != "true" && value.Value != "false" {
			w.fail(o.values[key], "%s is true, or left out, not %s", key, kind(value))
		}
	}
	if node := o.at("x-race"); node != nil {
		w.race(node)
	}
	for _, node := range o.list("x-first") {
		if behind(node).Kind != yaml.MappingNode {
			w.fail(node, "x-first is a list of patterns (field: value), not of %s", kind(behind(node)))
		}
		w.references(node)
	}
}

// race holds a race to what it may be.
func (w *workflowReading) race(node *yaml.Node) {
	race := w.object(node, "x-race", []string{"times", "refused", "rival", "wins"}, nil)
	const most = 20
	var times int
	if value := race.at("times"); value != nil && (value.Decode(&times) != nil || times < 1 || times > most) {
		w.fail(race.values["times"], "times of x-race is a whole number from 1 to %d, not %s", most, kind(value))
	}
	if wins := race.text("wins"); wins != "" && wins != "all" && wins != "own" {
		w.fail(race.values["wins"], "wins of x-race is all or own, or left out, not %q", shorten(wins))
	}
	rival := race.at("rival")
	if rival == nil && times < 2 {
		w.fail(node, "x-race sends one request alone; give it times or a rival")
	}
	if rival != nil {
		w.operation(w.object(rival, "the rival of x-race", []string{"operationId", "path", "body"}, nil))
	}
	w.references(node)
}

func (w *workflowReading) claims(id string) bool {
	_, ok := w.contract.Clause(id)
	return ok
}

// check holds a named check to the vocabulary.
func (w *workflowReading) check(node *yaml.Node, op *openapi.Operation) {
	name, arguments := behind(node), (*yaml.Node)(nil)
	if name.Kind == yaml.MappingNode && len(name.Content) == 2 {
		name, arguments = name.Content[0], behind(name.Content[1])
	}
	if name.Kind != yaml.ScalarNode {
		w.fail(node, "x-checks lists names, or one name with its arguments (name: {...}), not %s", kind(name))
		return
	}
	check := Check{Name: name.Value, With: map[string]any{}}
	places := map[string]*yaml.Node{}
	if arguments != nil && arguments.Tag != "!!null" {
		if err := arguments.Decode(&check.With); err != nil {
			w.fail(arguments, "the arguments of %s are a mapping (name: value), not %s", shorten(name.Value), kind(arguments))
			return
		}
		for i := 0; i+1 < len(arguments.Content); i += 2 {
			places[arguments.Content[i].Value] = arguments.Content[i]
		}
	}
	if misuse, wrong := errors.AsType[Misuse](w.checks.Check(check)); wrong {
		at := name
		if place, there := places[misuse.Argument]; there {
			at = place
		}
		w.fail(at, "%s", misuse.Text)
		return
	}
	if arguments != nil {
		w.references(arguments)
	}
	if where, _ := check.With["where"].(map[string]any); check.Name == "lacks" && op != nil {
		w.declares(places["where"], op, check.With["in"], where)
	}
}

// declares checks that the rows of an operation's answer have the fields of a pattern that
// none may match: it would match none, whatever they hold.
func (w *workflowReading) declares(at *yaml.Node, op *openapi.Operation, in any, where map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(where)) {
		var answer any = []any{map[string]any{name: ""}}
		if pointer, _ := in.(string); pointer != "" {
			segments := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
			slices.Reverse(segments)
			for _, segment := range segments {
				answer = map[string]any{segment: answer}
			}
		}
		if !strings.HasPrefix(name, "/") && !reflect.DeepEqual(op.Declared(op.Success, answer), answer) {
			w.fail(at, "the answer of %s documents no row with %q, so that none would match", op.ID, shorten(name))
		}
	}
}
