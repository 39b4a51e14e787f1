package openapi

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/pb33f/go-yaml"
	model "github.com/pb33f/libopenapi/datamodel/high/overlay"
	"github.com/pb33f/libopenapi/overlay"
)

// overlayOf returns the OpenAPI Overlay that a reading brings, or nil where the
// reading changes behaviour alone.
func overlayOf(point, reading string) []byte {
	data, err := documents.ReadFile("overlays/" + point + "." + reading + ".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		panic(err)
	}
	return data
}

// ChangesContract reports whether some reading of a point changes what the contract
// says, and not behaviour alone.
func ChangesContract(p Point) bool {
	return slices.ContainsFunc(p.Readings, func(r Reading) bool { return overlayOf(p.Slug, r.Slug) != nil })
}

var parsed sync.Map // API and the names of the overlays in force → *openapi3.T

// document is an API's document with the overlays of a dialect applied. Dialects that
// bring the same overlays share it; nobody may change it.
func document(api API, d Dialect) (*openapi3.T, error) {
	names, layers := overlays(api, d)
	key := string(api) + names
	if doc, ok := parsed.Load(key); ok {
		return doc.(*openapi3.T), nil
	}
	data, err := apply(api, layers)
	if err != nil {
		return nil, fmt.Errorf("%s: overlay: %w", key, err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("%s.yaml: %w", api, err)
	}
	actual, _ := parsed.LoadOrStore(key, doc)
	return actual.(*openapi3.T), nil
}

// Text is an API's contract as YAML with the overlays of a dialect applied.
func Text(api API, d Dialect) ([]byte, error) {
	_, layers := overlays(api, d)
	return apply(api, layers)
}

// overlays are those that a dialect brings to an API, with their names.
func overlays(api API, d Dialect) (names string, layers [][]byte) {
	for _, p := range Points() {
		if p.API() != api {
			continue
		}
		if layer := overlayOf(p.Slug, d.Reading(p.Slug)); layer != nil {
			names += " " + p.Slug + "." + d.Reading(p.Slug)
			layers = append(layers, layer)
		}
	}
	return names, layers
}

// apply is an API's contract with overlays applied, one after the other.
func apply(api API, layers [][]byte) ([]byte, error) {
	data := Document(api)
	for _, layer := range layers {
		var err error
		if data, err = applyOne(data, layer); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// applyOne returns a document with one overlay applied. libopenapi's own function for bytes
// also builds a model of the result, and whoever imports mock would compile every model
// that it has.
func applyOne(document, layer []byte) ([]byte, error) {
	var read struct {
		Overlay string
		Actions []struct {
			Target string
			Update yaml.Node
			Remove bool
		}
	}
	if err := yaml.Unmarshal(layer, &read); err != nil {
		return nil, err
	}
	o := model.Overlay{Overlay: read.Overlay, Info: &model.Info{}}
	for _, a := range read.Actions {
		action := &model.Action{Target: a.Target, Remove: a.Remove}
		if !a.Update.IsZero() {
			action.Update = &a.Update
		}
		o.Actions = append(o.Actions, action)
	}
	result, err := overlay.Apply(document, &o)
	if err != nil {
		return nil, err
	}
	return result.Bytes, nil
}
