package score

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/twinbill/twinbill/openapi"
)

// Equivalent is a breach that the contract permits, so that no check may fail on it.
type Equivalent struct {
	ID        string `yaml:"id"`
	Permitted string `yaml:"permitted"` // the slug of a clause, or API.yaml#/JSON/Pointer
	Reading   string `yaml:"reading"`   // of the point that Permitted is, as which the suite sees the breach; empty where it sees none
	Reason    string `yaml:"reason"`
}

// Share is the most of all breaches that may be equivalent.
const Share = 0.03

//go:embed equivalents.yaml
var listed []byte

// Equivalents reads the list that comes with the suite, and returns the entries on the
// selected breaches. It errs where an entry names no breach at all, says no reason, or
// names a line that the contract does not have.
func Equivalents(all, selected []Breach) ([]Equivalent, error) {
	entries, err := ParseEquivalents(listed)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !stands(all, e.ID) {
			return nil, fmt.Errorf("equivalents.yaml: %s: there is no such breach", e.ID)
		}
	}
	return slices.DeleteFunc(entries, func(e Equivalent) bool { return !stands(selected, e.ID) }), nil
}

func stands(breaches []Breach, id string) bool {
	return slices.ContainsFunc(breaches, func(b Breach) bool { return b.ID == id })
}

// ParseEquivalents reads a list of equivalent breaches.
func ParseEquivalents(data []byte) ([]Equivalent, error) {
	var all []Equivalent
	if err := yaml.UnmarshalWithOptions(data, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("equivalents.yaml: %s", strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	seen := map[string]bool{}
	for _, e := range all {
		switch {
		case e.ID == "" || e.Reason == "":
			return nil, fmt.Errorf("equivalents.yaml: an entry needs id, permitted and reason: %+v", e)
		case seen[e.ID]:
			return nil, fmt.Errorf("equivalents.yaml: %s stands twice", e.ID)
		case !exists(e.Permitted):
			return nil, fmt.Errorf("equivalents.yaml: %s: the contract has no %q; name a clause, or ripple.yaml#/a/pointer", e.ID, e.Permitted)
		case e.Reading != "" && !reads(e.Permitted, e.Reading):
			return nil, fmt.Errorf("equivalents.yaml: %s: %q is no reading of %q", e.ID, e.Reading, e.Permitted)
		}
		seen[e.ID] = true
	}
	return all, nil
}

// reads reports whether a point of the dialect has a reading.
func reads(slug, reading string) bool {
	point, ok := openapi.FindPoint(slug)
	return ok && slices.ContainsFunc(point.Readings, func(r openapi.Reading) bool { return r.Slug == reading })
}

// exists reports whether a clause or a line of a contract exists.
func exists(reference string) bool {
	file, pointer, isPointer := strings.Cut(reference, "#")
	for _, api := range openapi.APIs() {
		if !isPointer {
			contract, err := openapi.Load(api, openapi.Dialect{})
			if err != nil {
				return false
			}
			if _, ok := contract.Clause(reference); ok {
				return true
			}
			continue
		}
		if file == string(api)+".yaml" {
			return pointed(api, pointer)
		}
	}
	return false
}

func pointed(api openapi.API, pointer string) bool {
	var value any
	if yaml.Unmarshal(openapi.Document(api), &value) != nil || !strings.HasPrefix(pointer, "/") {
		return false
	}
	for _, name := range strings.Split(pointer[1:], "/") {
		object, ok := value.(map[string]any)
		if !ok {
			return false
		}
		if value, ok = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]; !ok {
			return false
		}
	}
	return true
}

// seenAs is the reason of a breach that passes for a reading.
const seenAs = "seen as "

// excuse marks the survivors that are listed as equivalent, and returns what is wrong
// with the list. A breach that passes for another reading survives, unless the list
// permits that reading.
func excuse(rows []Row, equivalents []Equivalent) (mistakes []string) {
	byID := map[string]int{}
	for i, row := range rows {
		byID[row.ID] = i
	}
	permitted := map[string]bool{}
	for _, e := range equivalents {
		i, ok := byID[e.ID]
		switch {
		case !ok:
			mistakes = append(mistakes, e.ID+": listed as equivalent, and there is no such breach")
		case rows[i].Outcome == Killed || rows[i].Outcome == Wrong:
			mistakes = append(mistakes, fmt.Sprintf("%s: listed as equivalent, and %s fails on it", e.ID, rows[i].Check))
		case e.Reading != "" && (rows[i].Outcome != Reading || rows[i].Reason != seenAs+e.Permitted+"="+e.Reading):
			mistakes = append(mistakes, fmt.Sprintf("%s: listed as %s=%s, and not seen as that", e.ID, e.Permitted, e.Reading))
		case e.Reading != "":
			permitted[e.ID] = true
		case rows[i].Outcome == Survived:
			rows[i].Outcome, rows[i].Reason = Permitted, e.Reason+" ("+e.Permitted+")"
		}
	}
	for i, row := range rows {
		if row.Outcome == Reading && !permitted[row.ID] {
			rows[i].Outcome, rows[i].Reason = Survived, row.Reason+", which equivalents.yaml does not permit"
		}
	}
	return mistakes
}
