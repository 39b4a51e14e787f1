package mock

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// reach is how clients get to a twin that is not at the root of the host they name.
type reach struct {
	public    string // URL of the root of the layout; empty where each request says it
	base      string // path that the layout is below
	forwarded bool   // whether the headers of a proxy are believed
	partners  []string
}

// newReach checks what the options say.
func newReach(s *settings) (*reach, error) {
	partners, err := openapi.Hosts()
	if err != nil {
		return nil, err
	}
	x := &reach{forwarded: s.forwarded, partners: partners}
	if s.publicURL != "" {
		u, err := url.Parse(s.publicURL)
		if err != nil || !isPublic(s.publicURL, u) {
			return nil, fmt.Errorf("%q is no public URL; write the one by which clients reach the twin, such as https://twin.example.com/billing", s.publicURL)
		}
		x.public = strings.TrimRight(u.Scheme+"://"+u.Host+u.EscapedPath(), "/")
	}
	if s.basePath != "" {
		if x.base = pathPrefix(s.basePath); x.base == "" || wire.ForControl(&http.Request{URL: &url.URL{Path: x.base}}) {
			return nil, fmt.Errorf("%q is no base path; write letters, digits and -._~ between slashes, such as /billing", s.basePath)
		}
	}
	return x, nil
}

// wrap hands requests on as if the twin were at the root of a host of its own: with the
// base path taken off, the path and the body as plain as they can be, and the URL of the
// root in their context. What is not below the base path goes to another handler.
func (x *reach) wrap(next, beside http.Handler) http.Handler {
	plain := x.public == "" && x.base == "" && !x.forwarded
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, unknown := wire.Unpack(r)
		if unknown {
			w.Header().Set("Accept-Encoding", "gzip") // RFC 7694
		}
		if plain && r.Host != "" && r.URL.RawPath == "" { // as it has to be
			next.ServeHTTP(w, r)
			return
		}
		place := *r.URL
		if place.RawPath != "" {
			place.RawPath = wire.PlainPath(place.RawPath)
		}
		target := r.RequestURI
		partner := slices.Contains(x.partners, wire.HostName(r.Host))
		if x.base != "" && !partner {
			if !strings.HasPrefix(place.Path+"/", x.base+"/") {
				beside.ServeHTTP(w, r)
				return
			}
			place.Path = cmp.Or(place.Path[len(x.base):], "/")
			if place.RawPath != "" {
				place.RawPath = cmp.Or(place.RawPath[len(x.base):], "/")
			}
			target = strings.TrimPrefix(target, x.base)
		}
		host := r.Host
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && host == "" && !wire.ForControl(&http.Request{URL: &place}) {
			host = local.String() // HTTP/1.0 names no host; the control API is told so
		}
		r = r.WithContext(wire.WithOrigin(r.Context(), x.origin(r, host, partner)))
		r.URL, r.Host, r.RequestURI = &place, host, target
		next.ServeHTTP(w, r)
	})
}

// beside answers what is not below the base path.
func (x *reach) beside(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprintf(w, `{"error":"this twin is below %s/; add that to the base URL"}`, x.base)
}

// origin is the URL by which a client reached the root of the layout. A partner's own host
// is at its usual place, whatever the others are reached by.
func (x *reach) origin(r *http.Request, host string, partner bool) string {
	switch {
	case partner:
		return wire.Address(r, "", host)
	case x.public != "":
		return x.public
	case !x.forwarded:
		return wire.Address(r, "", host) + x.base
	}
	first := func(name string) string {
		value, _, _ := strings.Cut(r.Header.Get(name), ",")
		return strings.TrimSpace(value)
	}
	scheme, name := first("X-Forwarded-Proto"), first("X-Forwarded-Host")
	for _, pair := range strings.Split(first("Forwarded"), ";") { // RFC 7239
		key, value, _ := strings.Cut(pair, "=")
		switch value = strings.Trim(strings.TrimSpace(value), `"`); strings.ToLower(strings.TrimSpace(key)) {
		case "proto":
			scheme = value
		case "host":
			name = value
		}
	}
	if scheme = strings.ToLower(scheme); scheme != "http" && scheme != "https" {
		scheme = ""
	}
	if !isHost(name) {
		name = host
	}
	return wire.Address(r, scheme, name) + pathPrefix(first("X-Forwarded-Prefix")) + x.base
}

// isPublic reports whether a URL can be put before the path of a link: a host that DNS or
// an address gives, a port that there is, and a path that leads down alone.
func isPublic(text string, u *url.URL) bool {
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "80"), 10, 16)
	switch {
	case u.Scheme != "http" && u.Scheme != "https", !isHost(u.Host), err != nil, port == 0, strings.HasSuffix(u.Host, ":"):
		return false
	case u.User != nil, strings.ContainsAny(text, "?#;,"), strings.ContainsFunc(text+u.Host, func(r rune) bool { return r <= ' ' || r > '~' }):
		return false
	}
	return !slices.ContainsFunc(strings.Split(u.Path, "/"), func(segment string) bool { return segment == "." || segment == ".." })
}

// isHost reports whether a text is a host, with a port or without, as a URL has it.
func isHost(text string) bool {
	u, err := url.Parse("http://" + text)
	return err == nil && u.Hostname() != "" && u.Host == text && !strings.ContainsAny(text, `<>"'\^{}|`+"`")
}

// pathPrefix is a path that others go below, as a URL has it, without the slash at its
// end; empty where a text is none.
func pathPrefix(text string) string {
	text = "/" + strings.Trim(text, "/")
	for _, segment := range strings.Split(text[1:], "/") {
		if segment == "" || segment == "." || segment == ".." || url.QueryEscape(segment) != segment {
			return ""
		}
	}
	return text
}
