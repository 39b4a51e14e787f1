package openapi

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/pb33f/libopenapi"
)

// overlay returns the OpenAPI Overlay that a reading brings, or nil where the
// reading changes behaviour alone.
func overlay(point, reading string) []byte {
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
	return slices.ContainsFunc(p.Readings, func(r Reading) bool { return overlay(p.Slug, r.Slug) != nil })
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
		if layer := overlay(p.Slug, d.Reading(p.Slug)); layer != nil {
			names += " " + p.Slug + "." + d.Reading(p.Slug)
			layers = append(layers, layer)
		}
	}
	return names, layers
}

func apply(api API, layers [][]byte) ([]byte, error) {
	data := Document(api)
	for _, layer := range layers {
		result, err := libopenapi.ApplyOverlayFromBytesToSpecBytes(data, layer)
		if err != nil {
			return nil, err
		}
		data = result.Bytes
	}
	return data, nil
}
