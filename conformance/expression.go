package conformance

import (
	"encoding/json"
	"strings"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
)

// evaluate reads a runtime expression, or a template of them, over an exchange.
func evaluate(source string, e *target.Exchange) (string, bool) {
	if strings.HasPrefix(source, "$") {
		return expression(source, e)
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(source, "{")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		inner, after, _ := strings.Cut(rest, "}")
		value, ok := expression(inner, e)
		if !ok {
			return "", false
		}
		out.WriteString(value)
		source = after
	}
}

func expression(source string, e *target.Exchange) (string, bool) {
	if pointer, ok := strings.CutPrefix(source, "$request.body#"); ok {
		return scalar(decodeBody(e.Body), pointer)
	}
	if pointer, ok := strings.CutPrefix(source, "$response.body#"); ok {
		return scalar(e.JSON(), pointer)
	}
	if name, ok := strings.CutPrefix(source, "$request.path."); ok {
		value, ok := e.Request.Path[name]
		return value, ok
	}
	return "", false
}

func scalar(body any, pointer string) (string, bool) {
	value, ok := at(body, pointer)
	switch value.(type) {
	case string, json.Number:
		return exact.Text(value), ok
	}
	return "", false
}

// decodeBody reads a JSON body; nil where it is none.
func decodeBody(body []byte) any {
	v, err := exact.Decode(body)
	if err != nil {
		return nil
	}
	return v
}
