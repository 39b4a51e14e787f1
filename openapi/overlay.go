package openapi

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

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

// ChangesContract tells whether some reading of a point changes what the contract
// says, and not behaviour alone.
func ChangesContract(p Point) bool {
	return slices.ContainsFunc(p.Readings, func(r Reading) bool { return overlay(p.Slug, r.Slug) != nil })
}

// under returns an API's document with the overlays of a dialect applied.
func under(api API, d Dialect) ([]byte, error) {
	doc := Document(api)
	for _, p := range Points() {
		if p.API() != api {
			continue
		}
		layer := overlay(p.Slug, d.Reading(p.Slug))
		if layer == nil {
			continue
		}
		result, err := libopenapi.ApplyOverlayFromBytesToSpecBytes(doc, layer)
		if err != nil {
			return nil, fmt.Errorf("overlay %s.%s: %w", p.Slug, d.Reading(p.Slug), err)
		}
		doc = result.Bytes
	}
	return doc, nil
}
