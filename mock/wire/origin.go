package wire

import (
	"context"
	"net/http"
)

type originKey struct{}

// WithOrigin returns a context that carries the URL by which a client reached the root of
// the twin's layout.
func WithOrigin(ctx context.Context, origin string) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

// Origin is the URL by which the client reached the root of the twin's layout, without a
// slash at its end. It is empty where nothing names a host; what begins with a path is
// then a lawful reference.
func Origin(r *http.Request) string {
	if origin, ok := r.Context().Value(originKey{}).(string); ok {
		return origin
	}
	return Address(r, "", "")
}

// Address is the scheme and host that a request asked for, where they are not given.
func Address(r *http.Request, scheme, host string) string {
	if host == "" {
		host = r.Host
	}
	switch {
	case host == "":
		return ""
	case scheme != "":
		return scheme + "://" + host
	case r.TLS != nil:
		return "https://" + host
	}
	return "http://" + host
}
