package intercept

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/mock/wire"
)

// destination is where a client asks the proxy to go: the host of a CONNECT, or of a
// request that names its whole URL. The error is one line that says why it may not.
func destination(r *http.Request, hosts []string) (string, error) {
	refuse := func(what string) (string, error) {
		return "", fmt.Errorf("%s: Twinbill stands in for %s alone, each at its usual port", what, strings.Join(hosts, ", "))
	}
	asked := *r.URL
	if r.Method == http.MethodConnect {
		// The authority is all there is: it comes with a port.
		if r.URL.Scheme != "" || r.URL.Path != "" || r.URL.Port() != "443" {
			return refuse(fmt.Sprintf("no tunnel to %q", r.Host))
		}
		asked.Scheme = "https"
	}
	host := wire.HostName(asked.Host)
	if !slices.Contains(hosts, host) || asked.User != nil || !usual(&asked) {
		return refuse(fmt.Sprintf("no way to %q", asked.Scheme+"://"+asked.Host))
	}
	return host, nil
}

// usual reports whether a URL has the port of its scheme, http or https.
func usual(u *url.URL) bool {
	port, ok := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return ok && (u.Port() == port || u.Host == u.Hostname())
}

// direct is a request without the host in its target, as the host itself would be sent it.
func direct(r *http.Request) *http.Request {
	if !r.URL.IsAbs() {
		return r
	}
	place := *r.URL
	place.Scheme, place.Opaque, place.Host, place.User = "", "", "", nil
	if place.Path == "" {
		place.Path = "/"
	}
	out := *r
	out.URL, out.RequestURI, out.Header = &place, place.RequestURI(), r.Header.Clone()
	for _, own := range []string{"Proxy-Authorization", "Proxy-Connection"} { // meant for the proxy
		out.Header.Del(own)
	}
	return &out
}
