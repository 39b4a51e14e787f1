package intercept

import (
	"bufio"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzDestination reads a request as a server does: whatever is let through is for a
// partner's host at its usual port, and leaves as that host would be sent it.
func FuzzDestination(f *testing.F) {
	for _, line := range []string{
		"CONNECT api.alphaus.cloud:443", "CONNECT API.Alphaus.Cloud.:443", "CONNECT api.alphaus.cloud:80", "CONNECT api.alphaus.cloud",
		"CONNECT [::1]:443", "CONNECT user@login.alphaus.cloud:443", "CONNECT /v1", "CONNECT *", "CONNECT api.alphaus.cloud:443/x?y",
		"CONNECT http://api.alphaus.cloud:443", "GET http://chapi.cloudhealthtech.com/v1/x?y=z", "GET https://login.alphaus.cloud",
		"GET http://api.alphaus.cloud:443/", "GET https://api.alphaus.cloud:0443/", "GET ftp://api.alphaus.cloud/", "GET http:api.alphaus.cloud",
		"GET http://a:b@api.alphaus.cloud/", "GET http://localhost/__admin/state", "GET http://api.alphaus.cloud:/", "GET //api.alphaus.cloud/", "OPTIONS *",
		"GET http://api.alphaus.cloud%2eexample.com/", "GET http://[api.alphaus.cloud]/",
	} {
		f.Add(line, "localhost:4610")
	}
	hosts := partners(f)
	f.Fuzz(func(t *testing.T, line, host string) {
		if strings.ContainsAny(line+host, "\r\n") {
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")))
		if err != nil || r.Method != http.MethodConnect && !r.URL.IsAbs() {
			return
		}
		to, err := destination(r, hosts)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("not one line: %q", err)
			}
			return
		}
		if !slices.Contains(hosts, to) {
			t.Errorf("%q leads to %q", line, to)
		}
		// The authority as the client wrote it, read by other means than the code's.
		_, target, _ := strings.Cut(line, " ")
		scheme, rest, ok := strings.Cut(target, "://")
		if !ok {
			scheme, rest = "https", target
		}
		authority := strings.ToLower(strings.TrimSpace(rest[:strings.IndexAny(rest+"/", "/?#")]))
		name, port, _ := strings.Cut(authority, ":")
		want := map[string]string{"https": "443", "http": "80"}[strings.ToLower(scheme)]
		if strings.TrimSuffix(name, ".") != to || port != want && (port != "" || r.Method == http.MethodConnect) {
			t.Errorf("%q leads to %q", line, to)
		}
		if r.Method == http.MethodConnect {
			return
		}
		if d := direct(r); d.URL.IsAbs() || d.URL.Host != "" || !strings.HasPrefix(d.URL.Path, "/") || strings.Contains(d.RequestURI, "://"+authority) || d.Host != r.Host {
			t.Errorf("%q leaves as %q for %q", line, d.RequestURI, d.Host)
		}
	})
}
