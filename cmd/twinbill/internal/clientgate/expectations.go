package clientgate

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/twinbill/twinbill/internal/yamlfile"
)

// Expectation is a named one of a file.
type Expectation struct {
	Name   string
	Where  string // FILE:LINE of the entry
	wanted wanted
}

// wanted is an expectation as the control API takes it.
type wanted struct {
	Name      string            `yaml:"name" json:"-"`
	Operation string            `yaml:"operation" json:"operation,omitempty"`
	Method    string            `yaml:"method" json:"method,omitempty"`
	Path      string            `yaml:"path" json:"path,omitempty"`
	Query     map[string]string `yaml:"query" json:"query,omitempty"`
	Headers   map[string]string `yaml:"headers" json:"headers,omitempty"`
	Body      any               `yaml:"body" json:"body,omitempty"`
	Status    *int              `yaml:"status" json:"status,omitempty"`
	Clause    string            `yaml:"clause" json:"clause,omitempty"`
	Times     *int              `yaml:"times" json:"times,omitempty"`
	AtLeast   *int              `yaml:"at_least" json:"at_least,omitempty"`
	AtMost    *int              `yaml:"at_most" json:"at_most,omitempty"`
}

const maxFile = 256 << 10 // bytes

// form is what a file of expectations has to be.
const form = "want a list of `- name: WORDS`, each with what a request has to be and how often, such as `operation: createAccount` and `times: 1`"

// ParseExpectations reads a list of named expectations, as YAML or JSON. The name is used
// in errors only, which are one line with the file, the line and what is wrong.
func ParseExpectations(name string, data []byte) (list []Expectation, err error) {
	wrong := func(line int, format string, args ...any) error {
		return fmt.Errorf("%s:%d: %s", name, line, strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "))
	}
	if len(data) > maxFile {
		return nil, wrong(1, "the file is larger than %d bytes; split it", maxFile)
	}
	body, err := yamlfile.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	if body == nil {
		return nil, wrong(1, "the file is empty; %s", form)
	}
	if alias := ast.Filter(ast.AliasType, body); len(alias) > 0 {
		return nil, wrong(yamlfile.Line(alias[0].GetToken()), "aliases are not read here; write the value out")
	}
	entries, ok := body.(*ast.SequenceNode)
	if !ok {
		return nil, wrong(yamlfile.Line(body.GetToken()), "%s", form)
	}
	if len(entries.Values) == 0 {
		return nil, wrong(1, "the list is empty; %s", form)
	}
	lines := map[string]int{}
	for _, node := range entries.Values {
		mapping, ok := node.(ast.MapNode)
		if !ok {
			return nil, wrong(yamlfile.Line(node.GetToken()), "%s", form)
		}
		line := yamlfile.Line(node.GetToken())
		if at := mapping.MapRange(); at.Next() {
			line = yamlfile.Line(at.Key().GetToken())
		}
		e := Expectation{Where: fmt.Sprintf("%s:%d", name, line)}
		if err := yamlfile.Decode(node, &e.wanted); err != nil {
			return nil, fmt.Errorf("%s:%w", name, err)
		}
		if _, err := json.Marshal(e.wanted); err != nil {
			return nil, wrong(line, "JSON cannot say this: %v", err)
		}
		e.Name = strings.Join(strings.Fields(e.wanted.Name), " ")
		if e.Name == "" {
			return nil, wrong(line, "the expectation has no name; write `name:` with what it is about")
		}
		if first, twice := lines[e.Name]; twice {
			return nil, wrong(line, "the name %q stands on line %d already; choose another", e.Name, first)
		}
		lines[e.Name] = line
		list = append(list, e)
	}
	return list, nil
}
