package wire

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// MediaTypeOf is that of a Content-Type, in lower case and without parameters, of which none
// decides anything.
func MediaTypeOf(contentType string) string {
	name, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// ContentType writes a Content-Type as every reader of it understands it: the media
// type, and of its parameters the boundary that a multipart body is parted by.
func ContentType(contentType string) string {
	plain := MediaTypeOf(contentType)
	if !strings.HasPrefix(plain, "multipart/") {
		return plain
	}
	for _, parameter := range strings.Split(contentType, ";")[1:] {
		if name, value, _ := strings.Cut(parameter, "="); strings.EqualFold(strings.TrimSpace(name), "boundary") {
			return plain + "; boundary=" + strings.TrimSpace(value)
		}
	}
	return plain
}

// Unpack has the body of a request read as it was before the client compressed it: as
// gzip alone. How much of it is read is for the reader to bound. A coding that it does not
// know stays, and unknown is true.
func Unpack(r *http.Request) (unpacked *http.Request, unknown bool) {
	coding := strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ",")))
	switch coding {
	case "":
		return r, false
	case "identity", "gzip", "x-gzip":
	default:
		return r, true
	}
	plain := *r
	plain.Header = r.Header.Clone()
	plain.Header.Del("Content-Encoding")
	if coding != "identity" && r.Body != nil && r.Body != http.NoBody {
		plain.Body, plain.ContentLength = &gzipped{source: r.Body}, -1
	}
	return &plain, false
}

// packedWrong is why a compressed body cannot be read.
type packedWrong struct{ err error }

func (p *packedWrong) Error() string {
	return fmt.Sprintf("the request body came as Content-Encoding: gzip and cannot be unpacked: %s", p.err)
}

// gzipped is a body that is unpacked while it is read.
type gzipped struct {
	source io.ReadCloser
	plain  *gzip.Reader
}

func (g *gzipped) Read(p []byte) (n int, err error) {
	if g.plain == nil {
		if g.plain, err = gzip.NewReader(g.source); err != nil {
			return 0, &packedWrong{err}
		}
	}
	if n, err = g.plain.Read(p); err != nil && !errors.Is(err, io.EOF) {
		err = &packedWrong{err}
	}
	return n, err
}

func (g *gzipped) Close() error { return g.source.Close() }
