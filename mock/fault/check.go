package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// kinds lists the fields that only some kinds have, and those of them that a kind needs.
var kinds = map[gen.FaultKind]struct{ has, needs []string }{
	gen.Latency:      {has: []string{"seconds", "spread_seconds"}},
	gen.Status:       {has: []string{"status", "retry_after_seconds"}, needs: []string{"status"}},
	gen.Quota:        {has: []string{"limit", "window_seconds", "retry_after_seconds"}},
	gen.Cut:          {has: []string{"where"}, needs: []string{"where"}},
	gen.Slow:         {has: []string{"bytes_per_second"}, needs: []string{"bytes_per_second"}},
	gen.Malformed:    {},
	gen.ExpiredToken: {},
}

// check holds a fault to the schema of the control API, and to what a schema cannot say.
func check(f gen.NewFault) error {
	data, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("a number is not finite; write seconds, spread_seconds, window_seconds and probability as plain numbers")
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	contract, err := openapi.Load(openapi.Sandbox, openapi.Dialect{})
	if err != nil {
		return err
	}
	if broken := contract.Operation("addFault").CheckBody(fields, false); len(broken) > 0 {
		return errors.New(broken[0].String())
	}
	if err := checkKind(f, fields); err != nil {
		return err
	}
	return checkOperations(f)
}

// checkKind holds the fields of a fault to its kind.
func checkKind(f gen.NewFault, fields map[string]any) error {
	own := kinds[f.Kind]
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if others := having(name); others != nil && !slices.Contains(own.has, name) {
			return fmt.Errorf("%s: it is for %s, not for %s; leave it out or take another kind", name, strings.Join(others, " and "), f.Kind)
		}
	}
	for _, name := range own.needs {
		if fields[name] == nil {
			return fmt.Errorf("%s: the kind %s needs it", name, f.Kind)
		}
	}
	switch {
	case f.Kind == gen.Latency && of(f.Seconds)+of(f.SpreadSeconds) == 0:
		return errors.New("seconds: the kind latency waits for nothing; give seconds, spread_seconds or both, above zero")
	case f.WindowSeconds != nil && f.Limit == nil:
		return errors.New("window_seconds: it needs limit, the requests that a window admits; leave both out for the documented rate")
	}
	return nil
}

// having lists the kinds that a field is for; none where it is for all.
func having(name string) []string {
	var all []string
	for kind, own := range kinds {
		if slices.Contains(own.has, name) {
			all = append(all, string(kind))
		}
	}
	slices.Sort(all)
	return all
}

// checkOperations has each pattern of a fault match an operation that it can meet.
func checkOperations(f gen.NewFault) error {
	var ids []string
	for _, api := range openapi.APIs() {
		contract, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			return err
		}
		for _, op := range contract.Operations {
			if f.Api == nil || string(*f.Api) == string(api) {
				ids = append(ids, op.ID)
			}
		}
	}
	for _, pattern := range of(f.Operations) {
		if !slices.ContainsFunc(ids, func(id string) bool { return wire.Glob(pattern, id) }) {
			return fmt.Errorf("operations: %q matches no operation; * stands for any text, and the ids are %s", pattern, strings.Join(ids, ", "))
		}
	}
	return nil
}

// scope tells which operations a fault is limited to. A credential that is not asked for
// cannot have expired.
func scope(f gen.NewFault) func(*openapi.Operation) bool {
	patterns := of(f.Operations)
	return func(op *openapi.Operation) bool {
		return (f.Api == nil || string(*f.Api) == string(op.API)) &&
			(f.Kind != gen.ExpiredToken || op.Authenticated()) &&
			(patterns == nil || slices.ContainsFunc(patterns, func(pattern string) bool { return wire.Glob(pattern, op.ID) }))
	}
}
