// Package yamlfile reads the YAML that users write: bounded in size and depth before the
// parser sees it, whose time, memory and stack grow with both, and with every mistake at
// its line.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/internal/hint"
)

// MaxDepth bounds the brackets within brackets, and the marks on one line. Nesting by
// indentation alone costs a file more bytes than the parser stack, and is not counted.
const MaxDepth = 32

// Mistake is what is wrong in a file, on one line, and where.
type Mistake struct {
	Line, Column int
	Says         string
}

func (m *Mistake) Error() string { return fmt.Sprintf("%d: %s", m.Line, m.Says) }

// At is a mistake at a token; at the beginning of the file where there is none.
func At(t *token.Token, format string, args ...any) *Mistake {
	m := &Mistake{Line: Line(t), Column: 1, Says: plain(fmt.Sprintf(format, args...))}
	if t != nil && t.Position != nil {
		m.Column = max(t.Position.Column, 1)
	}
	return m
}

// Line is the line of a token; the first where there is none.
func Line(t *token.Token) int {
	if t == nil || t.Position == nil {
		return 1
	}
	return max(t.Position.Line, 1)
}

// plain puts a text on one line.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}

// Read reads a file of at most so many bytes. The error names the file.
func Read(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%w; name a file that can be read", err)
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory; name a file", name)
	}
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fmt.Errorf("%w; name a file that can be read", err)
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s is larger than %d bytes; is it the right file?", name, most)
	}
	return data, nil
}

// Parse returns what the only document of a text holds; nil where it is empty. Its error
// is a *Mistake.
func Parse(data []byte) (body ast.Node, err error) {
	if !utf8.Valid(data) {
		return nil, &Mistake{invalidLine(data), 1, "this is not UTF-8; save the file as UTF-8 text"}
	}
	defer func() { // the parser is not ours
		if recover() != nil {
			body, err = nil, At(nil, "this is not readable as YAML; check quotes and indentation")
		}
	}()
	tokens, deep := tokenize(strings.TrimPrefix(string(data), "\ufeff"))
	if deep != nil {
		return nil, deep
	}
	if number := exact.FirstMistyped(tokens); number != nil {
		return nil, At(number, "%s %s", number.Value, exact.Mistyped)
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		mistake := Explain(err, 1)
		mistake.Says = "this is not YAML: " + mistake.Says
		return nil, mistake
	}
	if len(file.Docs) > 1 {
		return nil, At(file.Docs[1].Start, "%s", second)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil || file.Docs[0].Body.Type() == ast.NullType {
		return nil, nil
	}
	return file.Docs[0].Body, nil
}

// tokenize takes a text apart, unless it is nested too deep. The tokens of a text take
// hundreds of times its memory, so that the beginning is looked at first.
func tokenize(text string) (token.Tokens, *Mistake) {
	for size := 64 << 10; size < len(text); size *= 8 {
		if deep := tooDeep(lexer.Tokenize(text[:size])); deep != nil {
			return nil, deep
		}
	}
	tokens := lexer.Tokenize(text)
	return tokens, tooDeep(tokens)
}

// tooDeep finds the token that is nested too deep, or begins a second document, before any
// that is none. The parser takes a time that grows with the square of either.
func tooDeep(tokens token.Tokens) *Mistake {
	line, brackets, marks := 0, 0, 0
	begun, ended := false, false
	for _, t := range tokens {
		if t.Position != nil && t.Position.Line != line {
			line = t.Position.Line
			if brackets <= 0 { // within brackets a line is no end of anything
				marks = 0
			}
		}
		switch t.Type {
		case token.InvalidType: // such as quotes that the end of the text left open
			return nil
		case token.CommentType:
			continue
		case token.MappingStartType, token.SequenceStartType:
			brackets++
			marks = 0
		case token.MappingEndType, token.SequenceEndType:
			brackets--
			marks = 0
		case token.CollectEntryType:
			marks = 0
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType, token.AnchorType, token.TagType:
			marks++
		}
		if brackets > MaxDepth || marks > MaxDepth {
			return At(t, "this is nested more than %d deep; make it flatter", MaxDepth)
		}
		if ended || begun && t.Type == token.DocumentHeaderType {
			return At(t, "%s", second)
		}
		begun, ended = true, t.Type == token.DocumentEndType
	}
	return nil
}

// second is what is wrong with a further document.
const second = "a second document begins here; keep to one, without directives"

func invalidLine(data []byte) int {
	valid := bytes.ToValidUTF8(data, nil)
	same := 0
	for same < len(valid) && valid[same] == data[same] {
		same++
	}
	return 1 + bytes.Count(data[:same], []byte("\n"))
}

// Explain is an error as a mistake, where the YAML reader found it; on a given line where
// it names no place.
func Explain(err error, line int) *Mistake {
	if found, ok := errors.AsType[*Mistake](err); ok {
		return found
	}
	var mistake yaml.Error
	if !errors.As(err, &mistake) {
		return &Mistake{line, 1, plain(strings.Join(strings.Fields(err.Error()), " "))}
	}
	return At(mistake.GetToken(), "%s", strings.Join(strings.Fields(mistake.GetMessage()), " "))
}

// Decode puts what a node holds into a struct, or a list of them, that has a field for
// every key there. Its error is a *Mistake.
func Decode(node ast.Node, into any) error {
	err := yaml.NodeToValue(node, into, yaml.Strict())
	var mistyped *yaml.TypeError
	var unknown *yaml.UnknownFieldError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mistyped):
		return At(mistyped.Token, "this has another type than it has to: %s", mistyped.GetMessage())
	case errors.As(err, &unknown):
		keys := keysOf(reflect.TypeOf(into))
		return At(unknown.Token, "unknown field %q%s; known are %s", unknown.Token.Value, hint.For(unknown.Token.Value, keys), strings.Join(keys, ", "))
	}
	return Explain(err, Line(node.GetToken()))
}

// keysOf are the keys of a struct and of those in it, in their order.
func keysOf(typ reflect.Type) (keys []string) {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice:
		return keysOf(typ.Elem())
	case reflect.Struct:
		for field := range typ.Fields() {
			if key := field.Tag.Get("yaml"); key != "" {
				keys = append(append(keys, key), keysOf(field.Type)...)
			}
		}
	}
	return keys
}
