package front

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/felixge/httpsnoop"

	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
)

// AccessLog writes one line a request, once it is answered: method, host, path and query,
// status, bytes of the body sent, time taken, the sandbox that the request joins by name,
// in a form that is no key, and its id. Secrets in the query are masked. Of a connection that the twin cut it says
// so; the status is 0 where none was sent.
func AccessLog(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent httpsnoop.Metrics
		taken, ended := false, false
		defer func() {
			cut := !ended || taken && r.Method != http.MethodConnect
			if sent.Code == 0 && (!cut || sent.Written > 0) {
				sent.Code = http.StatusOK
			}
			attributes := []slog.Attr{
				slog.String("method", r.Method), slog.String("host", r.Host), slog.String("path", masked(r.URL)),
				slog.Int("status", sent.Code), slog.Int64("bytes", sent.Written), slog.Duration("duration", sent.Duration),
			}
			if name := r.Header.Get(sandbox.Header); name != "" {
				attributes = append(attributes, slog.String("sandbox", sandbox.Unspoken(name)))
			}
			if id := idOf(w, r); id != "" {
				attributes = append(attributes, slog.String("request_id", id))
			}
			if cut {
				attributes = append(attributes, slog.Bool("cut", true))
			}
			log.LogAttrs(r.Context(), slog.LevelInfo, "request", attributes...)
		}()
		sent.CaptureMetrics(w, func(w http.ResponseWriter) {
			next.ServeHTTP(httpsnoop.Wrap(w, httpsnoop.Hooks{
				Hijack: func(hijack httpsnoop.HijackFunc) httpsnoop.HijackFunc {
					return func() (net.Conn, *bufio.ReadWriter, error) {
						conn, buffered, err := hijack()
						taken = taken || err == nil
						return conn, buffered, err
					}
				},
			}), r)
		})
		ended = true
	})
}

// idOf is the id of a request: the one in its answer, or else the client's.
func idOf(w http.ResponseWriter, r *http.Request) string {
	if id := w.Header().Get(wire.RequestIDHeader); id != "" {
		return id
	}
	return r.Header.Get(wire.RequestIDHeader)
}

// item is one parameter of a query; some servers part them by semicolons.
var item = regexp.MustCompile(`[^&;]+`)

// named is a path of the control API that names a sandbox, wherever its layout begins.
var named = regexp.MustCompile(`^(.*/__admin/+sandboxes/+)([^/]+)(.*)$`)

// maskedPath is the path of a URL as a client sent it, or one with the name of a sandbox in
// a form that is no key.
func maskedPath(u *url.URL) string {
	found := named.FindStringSubmatch(wire.PlainPath(u.EscapedPath())) // any letter may be escaped
	if found == nil {
		return u.EscapedPath()
	}
	name, err := url.PathUnescape(found[2])
	if err != nil {
		name = found[2]
	}
	return found[1] + url.PathEscape(sandbox.Unspoken(name)) + found[3]
}

// masked is the path and query of a URL, with *** for the value of each secret.
func masked(u *url.URL) string {
	if u.RawQuery == "" {
		return maskedPath(u)
	}
	return maskedPath(u) + "?" + item.ReplaceAllStringFunc(u.RawQuery, func(item string) string {
		name, _, valued := strings.Cut(item, "=")
		plain, err := url.QueryUnescape(name)
		plain, _, _ = strings.Cut(plain, "=")
		switch {
		case err == nil && !wire.Secret(plain):
			return item
		case valued:
			return name + "=***"
		}
		return "***"
	})
}
