package ripple

import "github.com/twinbill/twinbill/mock/wire"

// Reads reports whether a body is read as JSON: also one that names no media type
// (ripple.request.media-type).
func (t *Twin) Reads(contentType string) bool { return contentType == "" || wire.IsJSON(contentType) }
