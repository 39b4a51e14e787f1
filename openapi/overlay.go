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
	key, data := string(api), Document(api)
	var layers [][]byte
	for _, p := range Points() {
		if p.API() != api {
			continue
		}
		name := p.Slug + "." + d.Reading(p.Slug)
		if layer := overlayOf(p.Slug, d.Reading(p.Slug)); layer != nil {
			key += " " + name
			layers = append(layers, layer)
		}
	}
	if doc, ok := parsed.Load(key); ok {
		return doc.(*openapi3.T), nil
	}
	for _, layer := range layers {
		var err error
		if data, err = apply(data, layer); err != nil {
			return nil, fmt.Errorf("%s: overlay: %w", key, err)
		}
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("%s.yaml: %w", api, err)
	}
	actual, _ := parsed.LoadOrStore(key, doc)
	return actual.(*openapi3.T), nil
}

// apply returns a document with one overlay applied. libopenapi's own function for bytes
// also builds a model of the result, and whoever imports mock would compile every model
// that it has.
func apply(document, layer []byte) ([]byte, error) {
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
