package mock

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

// controlled is the status that a control request gets.
func controlled(token string, change func(*http.Request)) int {
	engine := newEngine()
	engine.GET("/__admin/state", adminAccess(token), func(c *gin.Context) { c.Status(http.StatusOK) })
	r := httptest.NewRequest(http.MethodGet, "/__admin/state", nil)
	r.RemoteAddr, r.Host = "127.0.0.1:1", "localhost:4610"
	change(r)
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w.Code
}

func sends(header ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
	}
}

func asks(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }

func comes(from string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = from } }

func TestAdminAccessWithoutToken(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"this machine", func(*http.Request) {}, 200},
		{"IPv6", func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:1", "[::1]:4610" }, 200},
		{"IPv6 without a port", asks("[::1]"), 200},
		{"IPv4 in IPv6", comes("[::ffff:127.0.0.1]:1"), 200},
		{"other loopback address", asks("127.9.9.9"), 200},
		{"capitals", asks("LOCALHOST:4610"), 200},
		{"dot of the root", asks("localhost.:4610"), 200},
		{"same origin", sends("Origin", "http://localhost:4610", "Sec-Fetch-Site", "same-origin"), 200},
		{"same origin, in capitals", sends("Origin", "http://LOCALHOST:4610"), 200},
		{"same origin, encrypted", func(r *http.Request) {
			r.TLS = &tls.ConnectionState{}
			r.Header.Set("Origin", "https://localhost:4610")
		}, 200},
		{"typed into the browser", sends("Sec-Fetch-Site", "none"), 200},

		{"another machine", comes("192.0.2.1:1"), 403},
		{"no peer address", comes(""), 403},
		{"peer without a port", comes("127.0.0.1"), 403},
		{"no Host", asks(""), 403},
		{"rebound name", asks("rebound.example.com"), 403},
		{"rebound name with a port", asks("rebound.example.com:4610"), 403},
		{"name that begins well", asks("localhost.example.com:4610"), 403},
		{"name that ends well", asks("example-localhost:4610"), 403},
		{"address as a name", asks("127.0.0.1.example.com"), 403},
		{"foreign address", asks("192.0.2.1:4610"), 403},
		{"any address", asks("0.0.0.0:4610"), 403},
		{"address with a zone", asks("[::1%25lo]:4610"), 403},
		{"passed on", sends("X-Forwarded-For", "192.0.2.1"), 403},
		{"passed on, by an empty header", sends("X-Forwarded-For", ""), 403},
		{"passed on for a host", sends("X-Forwarded-Host", "localhost"), 403},
		{"passed on for an address", sends("X-Real-Ip", "192.0.2.1"), 403},
		{"passed on by a gateway", sends("Via", "1.1 gateway"), 403},
		{"passed on, by the standard", sends("Forwarded", "for=192.0.2.1"), 403},
		{"foreign origin", sends("Origin", "https://example.com"), 403},
		{"origin of another port", sends("Origin", "http://localhost:3000"), 403},
		{"origin of another scheme", sends("Origin", "https://localhost:4610"), 403},
		{"origin of another name", sends("Origin", "http://127.0.0.1:4610"), 403},
		{"no origin to speak of", sends("Origin", "null"), 403},
		{"two origins", sends("Origin", "http://localhost:4610", "Origin", "https://example.com"), 403},
		{"broken origin", sends("Origin", "http://%zz"), 403},
		{"cross-site", sends("Sec-Fetch-Site", "cross-site"), 403},
		{"cross-site, in small letters", sends("sec-fetch-site", "cross-site"), 403},
		{"cross-site, in capitals", sends("Sec-Fetch-Site", "CROSS-SITE"), 403},
		{"same site", sends("Sec-Fetch-Site", "same-site"), 403},
		{"a token that is none", sends(AdminTokenHeader, "x"), 200},
		{"a token from afar", func(r *http.Request) {
			r.RemoteAddr = "192.0.2.1:1"
			r.Header.Set(AdminTokenHeader, "")
		}, 403},
	} {
		if status := controlled("", c.change); status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, status, c.status)
		}
	}
}

func TestAdminAccessWithToken(t *testing.T) {
	afar := func(header ...string) func(*http.Request) {
		return func(r *http.Request) {
			r.RemoteAddr, r.Host = "192.0.2.1:1", "twin.example.com"
			sends(header...)(r)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"own header", afar(AdminTokenHeader, "the-token"), 200},
		{"own header, in small letters", afar("twinbill-admin-token", "the-token"), 200},
		{"beside a credential", afar(AdminTokenHeader, "the-token", "Authorization", "Bearer key"), 200},
		{"behind another server", afar(AdminTokenHeader, "the-token", "X-Forwarded-For", "192.0.2.1"), 200},

		{"none from here", func(*http.Request) {}, 401},
		{"none from afar", afar(), 401},
		{"another", afar(AdminTokenHeader, "other"), 401},
		{"in capitals", afar(AdminTokenHeader, "THE-TOKEN"), 401},
		{"the beginning", afar(AdminTokenHeader, "the-toke"), 401},
		{"more", afar(AdminTokenHeader, "the-token-"), 401},
		{"empty", afar(AdminTokenHeader, ""), 401},
		{"as a credential, which names a sandbox", afar("Authorization", "Bearer the-token"), 401},
		{"in the query", func(r *http.Request) { r.URL.RawQuery = "admin_token=the-token&api_key=the-token" }, 401},
	} {
		if status := controlled("the-token", c.change); status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, status, c.status)
		}
	}
}
