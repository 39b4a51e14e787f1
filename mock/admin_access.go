package mock

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/mock/wire"
)

// AdminTokenHeader names the request header that carries the token of the control API.
const AdminTokenHeader = "Twinbill-Admin-Token"

// WithAdminToken opens the control API to whoever sends the token in the header
// Twinbill-Admin-Token, from any machine, and closes it to everybody else. Authorization
// names the sandbox there, as on the partner APIs.
// Default: no token, and it answers this machine alone.
func WithAdminToken(token string) Option { return func(s *settings) { s.adminToken = token } }

// adminAccess refuses requests that may not use the control API. With a token that is
// whoever does not send it (401). Without one it is whoever is not on this machine, or
// may be a page of another origin in a browser on it (403).
func adminAccess(token string) gin.HandlerFunc {
	if token != "" {
		return func(c *gin.Context) {
			if !same(c.GetHeader(AdminTokenHeader), token) {
				c.Header("WWW-Authenticate", AdminTokenHeader)
				c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"error": "the control API wants its token in the header " + AdminTokenHeader})
			}
		}
	}
	return func(c *gin.Context) {
		why := ""
		switch r := c.Request; {
		case !fromHere(r):
			why = "the control API answers this machine alone; ask it at http://127.0.0.1, or start the twin with --admin-token"
		case crossSite(r):
			why = "the control API answers no page of another origin; start the twin with --admin-token, or ask from outside the browser"
		default:
			return
		}
		c.AbortWithStatusJSON(http.StatusForbidden, gin.H{"error": why})
	}
}

// same compares in a time that tells nothing of what was sent, its length included.
func same(sent, token string) bool {
	a, b := sha256.Sum256([]byte(sent)), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// fromHere reports whether the peer is on this machine, asks for it by a name of its own,
// and passes nothing on for others. A foreign name may have been made to resolve to here.
func fromHere(r *http.Request) bool {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	host := wire.HostName(r.Host)
	return err == nil && loopback(peer) && (host == "localhost" || loopback(host)) && !passedOn(r)
}

// passedOn reports whether a request bears any header that a proxy adds, empty or not.
func passedOn(r *http.Request) bool {
	for name := range r.Header {
		if name == "Forwarded" || name == "Via" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	return false
}

// crossSite reports whether a browser says that a page of another origin asks. That holds
// for reads too; net/http.CrossOriginProtection lets them pass.
func crossSite(r *http.Request) bool {
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return true
		}
	}
	for _, origin := range r.Header.Values("Origin") {
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != scheme || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	return false
}

func loopback(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && ip.IsLoopback()
}
