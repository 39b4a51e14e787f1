package front

import (
	"mime"
	"net/http"

	"github.com/felixge/httpsnoop"
	"github.com/klauspost/compress/gzhttp"
)

// smallest is the smallest body that is compressed, in bytes; of one that is written in
// pieces the first has to be as large.
const smallest = 1024

// Compress sends answers in zstd or gzip to clients that take them, zstd first. Small
// bodies and events go as they are, and what a handler flushes leaves at once.
func Compress(next http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(smallest), gzhttp.ContentTypeFilter(compressible))
	if err != nil {
		return nil, err
	}
	return wrap(flushedPlain(next)), nil
}

func compressible(contentType string) bool {
	name, _, _ := mime.ParseMediaType(contentType)
	return name != "text/event-stream" && gzhttp.DefaultContentTypeFilter(contentType)
}

// flushedPlain has an answer that is flushed before it has a body sent as it is:
// compression would hold its header back until then.
func flushedPlain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := false
		inner := httpsnoop.Wrap(w, httpsnoop.Hooks{
			Write: func(write httpsnoop.WriteFunc) httpsnoop.WriteFunc {
				return func(p []byte) (int, error) {
					begun = begun || len(p) > 0
					return write(p)
				}
			},
			Flush: func(flush httpsnoop.FlushFunc) httpsnoop.FlushFunc {
				return func() {
					if !begun {
						begun = true
						w.Header().Set(gzhttp.HeaderNoCompression, "1")
						_, _ = w.Write(nil) // decides
					}
					flush()
				}
			},
		})
		next.ServeHTTP(inner, r)
	})
}
