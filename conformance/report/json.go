package report

import (
	"bytes"
	_ "embed" // the schema
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// SchemaID is the address of the JSON Schema of a report.
const SchemaID = "https://raw.githubusercontent.com/twinbill/twinbill/main/conformance/report/report.schema.json"

//go:embed report.schema.json
var schemaText []byte

// Schema is the JSON Schema (draft 2020-12) of a report.
func Schema() []byte { return bytes.Clone(schemaText) }

var schema = sync.OnceValue(func() *jsonschema.Schema {
	compiler := jsonschema.NewCompiler()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		panic(err)
	}
	if err := compiler.AddResource(SchemaID, document); err != nil {
		panic(err)
	}
	return compiler.MustCompile(SchemaID)
})

// JSON writes a report as a JSON document.
func JSON(w io.Writer, d *Document) error { return EncodeJSON(w, d) }

// EncodeJSON writes a value as a JSON document that is read as it stands: what is not seen,
// such as a character that changes the order of a text, is escaped.
func EncodeJSON(w io.Writer, v any) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	data := out.Bytes()
	if bytes.ContainsFunc(data, hidden) {
		data = []byte(visible(string(data)))
	}
	_, err := w.Write(data)
	return err
}

// mostBytes is the largest report that is read. A device, such as /dev/zero, may never end.
var mostBytes int64 = 256 << 20

// Read reads a report that JSON wrote. It errs, in one line, where it is not one.
func Read(r io.Reader) (*Document, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > mostBytes {
		return nil, fmt.Errorf("larger than %d bytes, and no report", mostBytes)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if err := schema().Validate(value); err != nil {
		return nil, fmt.Errorf("not a report of this version of `twinbill verify --report json=FILE`: %s", first(err))
	}
	var d Document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, err
	}
	return &d, nil
}

// first is the first of the places where a document is not as the schema has it.
func first(err error) string {
	var invalid *jsonschema.ValidationError
	if errors.As(err, &invalid) {
		for len(invalid.Causes) > 0 {
			invalid = invalid.Causes[0]
		}
		err = invalid
	}
	return shorten(Printable(err.Error()), 300)
}
