package clientgate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/twinbill/twinbill/internal/exact"
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

const (
	maxFile  = 256 << 10 // bytes
	maxDepth = 32        // of brackets, or of marks on one line
)

// form is what a file of expectations has to be.
const form = "want a list of `- name: WORDS`, each with what a request has to be and how often, such as `operation: createAccount` and `times: 1`"

// ParseExpectations reads a list of named expectations, as YAML or JSON. The name is used
// in errors only, which are one line with the file, the line and what is wrong.
func ParseExpectations(name string, data []byte) (list []Expectation, err error) {
	wrong := func(line int, format string, args ...any) error {
		return fmt.Errorf("%s:%d: %s", name, line, strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "))
	}
	switch {
	case len(data) > maxFile:
		return nil, wrong(1, "the file is larger than %d bytes; split it", maxFile)
	case !utf8.Valid(data):
		return nil, wrong(1, "this is not UTF-8; save the file as UTF-8 text")
	}
	defer func() { // the parser is not ours
		if recover() != nil {
			list, err = nil, wrong(1, "this is not readable as YAML; check quotes and indentation")
		}
	}()
	tokens := lexer.Tokenize(string(bytes.TrimPrefix(data, []byte("\ufeff"))))
	if t, says := unfit(tokens); t != nil {
		return nil, wrong(lineOf(t), "%s", says)
	}
	if number := exact.FirstMistyped(tokens); number != nil {
		return nil, wrong(lineOf(number), "%s %s", number.Value, exact.Mistyped)
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, wrong(misread(err, 1))
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil || file.Docs[0].Body.Type() == ast.NullType {
		return nil, wrong(1, "the file is empty; %s", form)
	}
	if len(file.Docs) > 1 {
		return nil, wrong(lineOf(file.Docs[1].Start), "one document is enough; take the rest out")
	}
	entries, ok := file.Docs[0].Body.(*ast.SequenceNode)
	if !ok {
		return nil, wrong(lineOf(file.Docs[0].Body.GetToken()), "%s", form)
	}
	if len(entries.Values) == 0 {
		return nil, wrong(1, "the list is empty; %s", form)
	}
	lines := map[string]int{}
	for _, node := range entries.Values {
		mapping, ok := node.(ast.MapNode)
		if !ok {
			return nil, wrong(lineOf(node.GetToken()), "%s", form)
		}
		line := lineOf(node.GetToken())
		if at := mapping.MapRange(); at.Next() {
			line = lineOf(at.Key().GetToken())
		}
		e := Expectation{Where: fmt.Sprintf("%s:%d", name, line)}
		if err := yaml.NodeToValue(node, &e.wanted, yaml.Strict()); err != nil {
			return nil, wrong(misread(err, line))
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

// unfit finds a token that the parser is not to be given: what is nested too deep takes
// its stack, and what an alias repeats its memory.
func unfit(tokens token.Tokens) (at *token.Token, says string) {
	line, brackets, marks := 0, 0, 0
	for _, t := range tokens {
		if now := lineOf(t); now != line {
			line, marks = now, 0
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			marks++
		case token.AliasType:
			return t, "aliases are not read here; write the value out"
		}
		if brackets > maxDepth || marks > maxDepth {
			return t, fmt.Sprintf("this is nested more than %d deep", maxDepth)
		}
	}
	return nil, ""
}

// misread tells where and why a YAML text cannot be read: the line, and a format with
// its argument. An error that names no place is of the line given.
func misread(err error, line int) (at int, format string, says any) {
	var mistyped *yaml.TypeError
	var mistake yaml.Error
	switch {
	case errors.As(err, &mistyped):
		return lineOf(mistyped.Token), "this has another type than it has to: %s", mistyped.GetMessage()
	case errors.As(err, &mistake):
		return lineOf(mistake.GetToken()), "%s", mistake.GetMessage()
	}
	return line, "%s", err
}

// lineOf is the line of a token; the first where there is none.
func lineOf(t *token.Token) int {
	if t == nil || t.Position == nil {
		return 1
	}
	return max(t.Position.Line, 1)
}
