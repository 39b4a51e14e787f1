package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/openapi"
)

// Parse reads a fault of every sandbox from a list such as
// `kind=latency,seconds=0.2,operations=create*`: the fields of a fault in the control
// API, with their values. The field operations may stand there more than once.
func Parse(text string) (gen.NewFault, error) {
	f, err := parse(text)
	if err == nil {
		err = check(f)
	}
	if err != nil {
		return gen.NewFault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	f.Everywhere = new(true)
	return f, nil
}

func parse(text string) (f gen.NewFault, err error) {
	contract, err := openapi.Load(openapi.Sandbox, openapi.Dialect{})
	if err != nil {
		return f, err
	}
	schema := contract.Operation("addFault").BodySchema()
	fields := map[string]any{}
	for _, setting := range strings.Split(text, ",") {
		name, value, found := strings.Cut(setting, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		property := schema.Properties[name]
		switch {
		case !found || name == "":
			return f, errors.New("write FIELD=VALUE,..., such as kind=status,status=503")
		case property == nil || name == "everywhere":
			names := slices.DeleteFunc(slices.Sorted(maps.Keys(schema.Properties)), func(name string) bool { return name == "everywhere" })
			return f, fmt.Errorf("%s: there is no such field%s; there are %s", name, hint.For(name, names), strings.Join(names, ", "))
		case property.Value.Type.Is("array"):
			list, _ := fields[name].([]string)
			fields[name] = append(list, value)
			continue
		case fields[name] != nil:
			return f, fmt.Errorf("%s: it stands there twice; give it once", name)
		case property.Value.Type.Is("integer"):
			number, err := strconv.Atoi(value)
			if err != nil {
				return f, fmt.Errorf("%s: %q is no whole number", name, value)
			}
			fields[name] = number
		case property.Value.Type.Is("number"):
			number, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return f, fmt.Errorf("%s: %q is no number", name, value)
			}
			fields[name] = number
		default:
			fields[name] = value
		}
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return f, errors.New("a number is not finite")
	}
	return f, json.Unmarshal(data, &f)
}
