package target

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/twinbill/twinbill/internal/exact"
)

// spots are the places of a file: where the value of each key is, by the keys that
// lead to it with dots between them.
type spots struct {
	name string
	at   map[string]spot
}

type spot struct{ line, column int }

// mistake is an error at a place, or at what it would be part of.
func (s spots) mistake(place, format string, args ...any) error {
	at, found := s.at[place]
	for ; !found && place != ""; at, found = s.at[place] {
		place = place[:max(strings.LastIndex(place, "."), 0)]
	}
	return s.mistakeAt(at, fmt.Sprintf(format, args...))
}

func (s spots) mistakeAt(at spot, text string) error {
	text = fmt.Sprintf("%s:%d:%d: %s", s.name, max(at.line, 1), max(at.column, 1), text)
	return errors.New(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text))
}

// dir is the directory of the file.
func (s spots) dir() string { return filepath.Dir(s.name) }

// inOrder sorts keys below a place as they stand in the file.
func (s spots) inOrder(place string, keys []string) []string {
	slices.SortFunc(keys, func(a, b string) int {
		at, bt := s.at[place+"."+a], s.at[place+"."+b]
		return cmp.Or(cmp.Compare(at.line, bt.line), cmp.Compare(at.column, bt.column), cmp.Compare(a, b))
	})
	return keys
}

// What is handed to the parser, whose time and stack grow with both, has bounds.
const (
	maxFile  = 64 << 10 // bytes
	maxDepth = 32       // brackets within brackets, or marks on one line
)

// decode reads a file into a struct and says where everything is. A key that the
// struct does not have is a mistake.
func decode(name string, data []byte, into any) (s spots, err error) {
	s = spots{name, map[string]spot{}}
	switch {
	case len(data) > maxFile:
		return s, s.mistakeAt(spot{}, fmt.Sprintf("the file is larger than %d bytes; is it a target file?", maxFile))
	case !utf8.Valid(data):
		return s, s.mistakeAt(spot{}, "this is not UTF-8; save the file as UTF-8 text")
	}
	defer func() { // the parser is not ours
		if recover() != nil {
			err = s.mistakeAt(spot{}, "this is not readable as YAML; check quotes and indentation")
		}
	}()
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	tokens := lexer.Tokenize(string(data))
	if at, deep := tooDeep(tokens); deep {
		return s, s.mistakeAt(at, fmt.Sprintf("this is nested more than %d deep; a target file needs no more than four", maxDepth))
	}
	if number := exact.FirstMistyped(tokens); number != nil {
		return s, s.mistakeAt(spotOf(number), number.Value+" "+exact.Mistyped)
	}
	parsed, err := parser.Parse(tokens, 0)
	if err != nil {
		return s, s.explain(err)
	}
	if len(parsed.Docs) == 0 || parsed.Docs[0].Body == nil {
		return s, s.mistakeAt(spot{}, "the file is empty; describe ripple or cloudhealth")
	}
	if len(parsed.Docs) > 1 {
		return s, s.mistakeAt(spotOf(parsed.Docs[1].Start), "a second document begins here; keep to one")
	}
	body := parsed.Docs[0].Body
	if _, ok := body.(ast.MapNode); !ok {
		return s, s.mistakeAt(spotOf(body.GetToken()), "a target file consists of keys: write ripple: or cloudhealth: with what is below it")
	}
	if err := s.walk("", body, reflect.TypeOf(into).Elem()); err != nil {
		return s, err
	}
	if err := yaml.NodeToValue(body, into); err != nil {
		return s, s.explain(err)
	}
	return s, nil
}

// walk notes where the values of a mapping stand, and refuses keys that its type lacks.
func (s spots) walk(place string, node ast.Node, typ reflect.Type) error {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if anchored, ok := node.(*ast.AnchorNode); ok {
		node = anchored.Value
	}
	if place != "" {
		s.at[place] = spotOf(node.GetToken())
	}
	entries, ok := node.(ast.MapNode)
	if !ok {
		return nil
	}
	for entry := entries.MapRange(); entry.Next(); {
		key, below := entry.Key().GetToken(), reflect.TypeFor[any]()
		if typ.Kind() == reflect.Struct {
			field, known := fields(typ)[key.Value]
			if !known {
				return s.mistakeAt(spotOf(key), fmt.Sprintf("the key %q is unknown; known here: %s", key.Value, strings.Join(keys(typ), ", ")))
			}
			below = field
		}
		if err := s.walk(strings.TrimPrefix(place+"."+key.Value, "."), entry.Value(), below); err != nil {
			return err
		}
		if _, group := entry.Value().(ast.MapNode); group || entry.Value().Type() == ast.NullType {
			s.at[strings.TrimPrefix(place+"."+key.Value, ".")] = spotOf(key)
		}
	}
	return nil
}

// fields are the types of a struct's fields by their keys.
func fields(typ reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range typ.NumField() {
		out[typ.Field(i).Tag.Get("yaml")] = typ.Field(i).Type
	}
	return out
}

// keys are the keys of a struct in its order.
func keys(typ reflect.Type) []string {
	var out []string
	for i := range typ.NumField() {
		out = append(out, typ.Field(i).Tag.Get("yaml"))
	}
	return out
}

// explain puts the parser's error in place.
func (s spots) explain(err error) error {
	var mistyped *yaml.TypeError
	var other yaml.Error
	switch {
	case errors.As(err, &mistyped) && mistyped.DstType != nil:
		return s.mistakeAt(spotOf(mistyped.Token), "want "+map[bool]string{true: "a text", false: "keys with values"}[mistyped.DstType.Kind() == reflect.String]+" here")
	case errors.As(err, &other):
		return s.mistakeAt(spotOf(other.GetToken()), "this is not as it has to be: "+other.GetMessage())
	}
	return s.mistakeAt(spot{}, "this is not YAML: "+err.Error())
}

func spotOf(t *token.Token) spot {
	if t == nil || t.Position == nil {
		return spot{}
	}
	return spot{t.Position.Line, t.Position.Column}
}

// tooDeep finds the token that is nested too deep.
func tooDeep(tokens token.Tokens) (spot, bool) {
	line, brackets, marks := 0, 0, 0
	for _, t := range tokens {
		at := spotOf(t)
		if at.line != line {
			line, marks = at.line, 0
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			marks++
		}
		if brackets > maxDepth || marks > maxDepth {
			return at, true
		}
	}
	return spot{}, false
}
