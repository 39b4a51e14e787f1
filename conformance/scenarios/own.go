package scenarios

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pb33f/go-yaml"

	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/openapi"
)

// suffixes are how the names of a user's documents end.
var suffixes = []string{".arazzo.yaml", ".arazzo.yml", ".arazzo.json"}

// LoadOwn reads the scenarios of a user's directory and of those below it: every
// *.arazzo.yaml, *.arazzo.yml and *.arazzo.json. The error is one line with file, line
// and column of the first mistake.
func LoadOwn(dir string, checks Vocabulary) ([]*Scenario, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is a file; name the directory that holds it", dir)
	}
	var all []*Scenario
	from := map[string]string{} // stem → file
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		stem, ours := stemOf(name)
		if err != nil || entry.IsDir() || !ours {
			return err
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if other, taken := from[stem]; taken {
			return fmt.Errorf("%s:1:1: its checks would have the ids of those of %s; rename one", file, other)
		}
		from[stem] = file
		data, err := read(file)
		if err != nil {
			return err
		}
		parsed, err := ParseOwn(file, path.Join("user", stem), data, checks)
		all = append(all, parsed...)
		return err
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s holds no scenario: no file there ends in %s", dir, strings.Join(suffixes, ", "))
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}

// stemOf is the name of a document without its suffix.
func stemOf(name string) (string, bool) {
	for _, suffix := range suffixes {
		if stem, ok := strings.CutSuffix(name, suffix); ok && path.Base(stem) != "." && !strings.HasSuffix(stem, "/") && stem != "" {
			return stem, true
		}
	}
	return "", false
}

// read reads a document that is no larger than documents are.
func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxBytes {
		return nil, fmt.Errorf("%s:1:1: the file is larger than %d bytes; divide it", file, maxBytes)
	}
	return os.ReadFile(file)
}

// ParseOwn reads the scenarios of one document of a user. The file is used in errors,
// the stem begins the ids. The error is one line: FILE:LINE:COLUMN: the first mistake.
func ParseOwn(file, stem string, data []byte, checks Vocabulary) (out []*Scenario, err error) {
	r := &reading{name: file}
	// The parsers are not ours: a panic in one is a mistake in the file, too.
	defer func() {
		if recover() != nil {
			r.mistakes = nil
			r.fail(nil, "this is not readable as an Arazzo document; compare it with those of the suite")
			out, err = nil, r.err()
		}
	}()
	var root yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&root); err != nil && len(bytes.TrimSpace(data)) > 0 {
		r.misread(err)
		return nil, r.err()
	}
	if len(root.Content) == 0 {
		r.fail(nil, "the file is empty; write an Arazzo 1.0.1 document")
		return nil, r.err()
	}
	var second yaml.Node
	if decoder.Decode(&second) == nil {
		r.fail(&second, "a second document begins here; keep to one")
		return nil, r.err()
	}
	if !r.bounded(root.Content[0]) {
		return nil, r.err()
	}
	defaults := r.document(root.Content[0], checks)
	if err := r.err(); err != nil {
		return nil, err
	}
	out, err = parse(stem, data, func(*Scenario) {}) // a user's names go out as they are written
	if err != nil {
		r.fail(nil, "%s", flat(err))
		return nil, r.err()
	}
	for _, s := range out {
		s.Own, s.Defaults = true, defaults[s.workflow.WorkflowId]
		if s.Summary == "" {
			s.Summary = s.workflow.WorkflowId
		}
	}
	return out, nil
}

// named is how workflows and steps are called.
var named = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// document holds a document to what this suite takes, and returns the defaults of the
// inputs that it does not supply, by workflow.
func (r *reading) document(root *yaml.Node, checks Vocabulary) map[string]map[string]any {
	o := r.object(root, "the document", []string{"arazzo", "info", "sourceDescriptions", "workflows", "components"}, []string{"x-values"})
	if version := o.requiredText("arazzo"); version != "" && !strings.HasPrefix(version, "1.0.") {
		r.fail(o.values["arazzo"], "this is Arazzo %s; the suite runs 1.0.1", shorten(version))
	}
	if info := o.required("info"); info != nil {
		i := r.object(info, "info", []string{"title", "summary", "description", "version"}, nil)
		i.requiredText("title")
		i.requiredText("version")
	}
	contract := r.source(o)
	parameters := map[string]*yaml.Node{}
	if components := o.at("components"); components != nil {
		c := r.object(components, "components", []string{"parameters", "inputs", "successActions", "failureActions"}, nil)
		if node := c.at("parameters"); node != nil && node.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(node.Content); i += 2 {
				parameters[node.Content[i].Value] = node.Content[i+1]
			}
		}
	}
	defaults := map[string]map[string]any{}
	for _, node := range o.requiredList("workflows") {
		if contract == nil {
			break
		}
		w := &workflowReading{reading: r, document: o, contract: contract, checks: checks, parameters: parameters, steps: map[string][]string{}}
		id := w.read(node)
		if _, twice := defaults[id]; twice && id != "" {
			r.fail(node, "the workflowId %s stands twice; rename one", id)
		}
		defaults[id] = w.defaults
	}
	return defaults
}

// source finds the contract that the document is written for; nil where it is none of
// this suite's.
func (r *reading) source(o object) *openapi.Contract {
	sources := o.requiredList("sourceDescriptions")
	if len(sources) == 0 {
		return nil
	}
	if len(sources) > 1 {
		r.fail(sources[1], "one document is about one API; divide it")
		return nil
	}
	s := r.object(sources[0], "a source description", []string{"name", "url", "type"}, nil)
	if name := s.requiredText("name"); name != "" && !named.MatchString(name) {
		r.fail(s.values["name"], "the name %q has other characters than letters, digits, - and _", shorten(name))
	}
	if t := s.text("type"); t != "" && t != "openapi" {
		r.fail(s.values["type"], "the type is openapi, not %q", shorten(t))
	}
	url := s.requiredText("url")
	if url == "" {
		return nil
	}
	api := openapi.API(strings.TrimSuffix(path.Base(url), ".yaml"))
	if !slices.Contains(openapi.APIs(), api) || path.Ext(url) != ".yaml" {
		r.fail(s.values["url"], "%q is no contract of this suite; end it in ripple.yaml or cloudhealth.yaml", shorten(url))
		return nil
	}
	contract, err := openapi.Load(api, openapi.Dialect{})
	if err != nil {
		r.fail(s.values["url"], "%v", err)
		return nil
	}
	return contract
}

// workflowReading is a workflow while it is read.
type workflowReading struct {
	*reading
	document   object
	contract   *openapi.Contract
	checks     Vocabulary
	parameters map[string]*yaml.Node // the document's reusable ones
	inputs     []string              // the workflow's
	steps      map[string][]string   // earlier step → its outputs
	defaults   map[string]any
}

// unsupported are the parts of Arazzo that the suite does not carry out, and what to do
// instead.
var unsupported = map[string]string{
	"dependsOn":      "each workflow runs by itself; do all of it in its own steps",
	"successActions": "steps run in their order, and the first that does not pass ends the workflow",
	"failureActions": "steps run in their order, and the first that does not pass ends the workflow",
	"onSuccess":      "steps run in their order, and the first that does not pass ends the workflow",
	"onFailure":      "steps run in their order, and the first that does not pass ends the workflow",
	"parameters":     "write the parameters at each step",
	"workflowId":     "write the steps of the other workflow out",
	"operationPath":  "name the operation by its operationId",
	"replacements":   "write the values into the payload",
	"x-reading":      "readings are the suite's own",
	"x-baseline":     "baselines are the suite's own",
	"x-questions":    "the ledger's questions are the suite's own",
}

// refuse notes the parts that the suite does not carry out.
func (w *workflowReading) refuse(o object, keys ...string) {
	for _, key := range keys {
		if node, ok := o.keys[key]; ok {
			w.fail(node, "the suite does not carry out %s of %s; %s", key, o.what, unsupported[key])
		}
	}
}

// read holds a workflow to what the suite takes, and returns its id.
func (w *workflowReading) read(node *yaml.Node) string {
	o := w.object(node, "a workflow",
		[]string{"workflowId", "summary", "description", "inputs", "dependsOn", "steps", "successActions", "failureActions", "outputs", "parameters"},
		[]string{"x-when", "x-portable", "x-reading", "x-baseline"})
	w.refuse(o, "dependsOn", "successActions", "failureActions", "parameters", "x-reading", "x-baseline")
	id := o.requiredText("workflowId")
	if id != "" && !named.MatchString(id) {
		w.fail(o.values["workflowId"], "the workflowId %q has other characters than letters, digits, - and _", shorten(id))
	}
	o.text("summary")
	for _, condition := range o.list("x-when") {
		if _, err := (openapi.Dialect{}).Assign(behind(condition).Value); err != nil {
			w.fail(condition, "x-when: %v", err)
		}
	}
	w.readInputs(o)
	for _, step := range o.requiredList("steps") {
		w.step(step)
	}
	if outputs := o.at("outputs"); outputs != nil {
		w.expressions(outputs, afterAnswer)
	}
	return id
}

// readInputs gathers the names of a workflow's inputs, and the defaults of those that
// the suite does not supply.
func (w *workflowReading) readInputs(o object) {
	node := o.at("inputs")
	if node == nil {
		return
	}
	inputs := w.object(node, "inputs", []string{"type", "properties", "required", "title", "description", "additionalProperties"}, nil)
	node = inputs.at("properties")
	if node == nil {
		return
	}
	if node.Kind != yaml.MappingNode {
		w.fail(node, "properties of inputs is a mapping (name: schema), not %s", kind(node))
		return
	}
	w.defaults = map[string]any{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, schema := node.Content[i], behind(node.Content[i+1])
		w.inputs = append(w.inputs, key.Value)
		if schema.Kind != yaml.MappingNode {
			w.fail(schema, "the input %s has a schema, such as {type: string}, not %s", key.Value, kind(schema))
			continue
		}
		if Supplies(key.Value, w.contract) {
			continue
		}
		fallback := valueOf(schema, "default")
		if fallback == nil {
			w.fail(key, "the suite supplies no input %q%s, or give it a default", shorten(key.Value), suggestion(key.Value, supplied()))
			continue
		}
		var value any
		if err := fallback.Decode(&value); err != nil {
			w.fail(fallback, "the default of %s cannot be read: %s", key.Value, flat(err))
		}
		w.defaults[key.Value] = value
	}
}

// valueOf is the value of a key of a mapping; nil where it is absent.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return behind(mapping.Content[i+1])
		}
	}
	return nil
}

// suggestion is hint, with words for where there is none.
func suggestion(word string, known []string) string {
	if near := hint.Nearest(word, known); near != "" {
		return fmt.Sprintf("; write %s", near)
	}
	return "; take one that it does supply"
}

// supplied lists the names of inputs that stand in inputs.yaml or go by a fixed name.
func supplied() []string {
	in := LoadInputs()
	names := slices.Concat(slices.Collect(maps.Keys(in.Supplied)), slices.Collect(maps.Keys(in.Tokens)), credentials, Months())
	for _, kind := range freshKinds {
		names = append(names, "fresh_"+kind)
	}
	slices.Sort(names)
	return names
}
