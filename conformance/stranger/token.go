package stranger

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"time"
)

// token is an access token in use.
type token struct {
	who   *client
	until time.Time
}

// form reads the fields of a token request from wherever clients put them:
// the body in either encoding, file parts included, and the query.
func (c *call) form() url.Values {
	out := url.Values{}
	media, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	switch media {
	case "application/x-www-form-urlencoded":
		out, _ = url.ParseQuery(string(c.raw))
	case "multipart/form-data":
		parts := multipart.NewReader(bytes.NewReader(c.raw), params["boundary"])
		for {
			p, err := parts.NextPart()
			if err != nil {
				break
			}
			if p.FileName() != "" && c.on("token-file-parts-refused") || p.FileName() == "" && c.on("token-plain-parts-ignored") {
				return url.Values{}
			}
			value, _ := io.ReadAll(p)
			out.Add(p.FormName(), string(value))
		}
	}
	for name, values := range c.r.URL.Query() {
		if out.Get(name) == "" {
			out[name] = values
		}
	}
	return out
}

// tokenError is an error of RFC 6749, section 5.2.
func tokenError(status int, code, text string) answer {
	a := ok(obj{"error": code, "error_description": text})
	a.status = status
	a.header.Set("Cache-Control", "no-store")
	a.header.Set("Pragma", "no-cache")
	return a
}

func (c *call) issueToken() answer {
	f := c.form()
	id, secret := f.Get("client_id"), f.Get("client_secret")
	if u, p, basic := c.r.BasicAuth(); basic && id == "" {
		id, secret = u, p
	}
	grant := f.Get("grant_type")
	if grant == "" || id == "" || secret == "" && !c.on("token-empty-secret-accepted") {
		return tokenError(400, "invalid_request", "a required field is missing")
	}
	who := c.s.clients[id]
	good := who != nil && who.secret == secret
	if who != nil && c.on("token-secret-longer-accepted") {
		good = strings.HasPrefix(secret, who.secret)
	}
	if who != nil && c.on("token-secret-case-ignored") {
		good = strings.EqualFold(who.secret, secret)
	}
	if who != nil && secret == "" && c.on("token-empty-secret-accepted") {
		good = true
	}
	if !good {
		a := tokenError(401, "invalid_client", "unknown client or wrong secret")
		a.header.Set("WWW-Authenticate", `Basic realm="ripple"`)
		if c.on("token-invalid-client-400") {
			a.status = 400
			a.header.Del("WWW-Authenticate")
		}
		return a
	}
	switch refresh := "refresh " + f.Get("refresh_token"); {
	case grant == "refresh_token" && c.on("token-refreshed"):
		if c.s.scratch[refresh] != who {
			return tokenError(400, "invalid_grant", "unknown or spent refresh token")
		}
		delete(c.s.scratch, refresh)
	case grant == "client_credentials":
	case grant == "password":
		if f.Get("username") == "" || f.Get("password") == "" {
			return tokenError(400, "invalid_request", "username and password are required")
		}
		want, known := who.users[f.Get("username")]
		unchecked := known && c.on("token-password-unchecked") || !known && c.on("token-unknown-user-accepted")
		if (!known || want != f.Get("password")) && !unchecked {
			return tokenError(400, "invalid_grant", "wrong username or password")
		}
	default:
		if !c.on("token-unknown-grant-accepted") {
			return tokenError(400, "unsupported_grant_type", "client_credentials or password")
		}
	}
	if key := "login " + id + f.Get("username"); c.on("token-again-refused") && grant == "password" {
		if c.s.scratch[key] != nil {
			return tokenError(400, "invalid_grant", "the user is logged in already")
		}
		c.s.scratch[key] = true
	}
	if scope := f.Get("scope"); scope != "" && scope != "openid" && !c.on("token-any-scope") {
		return tokenError(400, "invalid_scope", "only openid")
	}
	if c.any(func(b Bug) bool { return b.gap }) {
		c.s.scratch["client"] = who
		c.s.pause()
		who = c.s.scratch["client"].(*client)
	}
	access := c.s.newToken(who.id)
	if c.on("token-same-again") {
		for t, v := range c.s.tokens {
			if v.who == who {
				access = t
			}
		}
	}
	until := time.Now().Add(86400 * time.Second)
	if c.on("token-dies-early") {
		until = time.Now().Add(1500 * time.Millisecond)
	}
	c.s.tokens[access] = token{who, until}
	refresh := rand.Text()
	c.s.scratch["refresh "+refresh] = who
	a := ok(obj{"token_type": "Bearer", "expires_in": int64(86400), "access_token": access,
		"refresh_token": refresh, "id_token": jwt(obj{"sub": who.id, "iss": "ripple"})})
	a.header.Set("Cache-Control", "no-store")
	a.header.Set("Pragma", "no-cache")
	return a
}

func (s *Server) newToken(id string) string {
	switch {
	case s.on("token-opaque"):
		return rand.Text()
	case s.on("token-long"):
		return strings.Repeat(rand.Text(), 100)
	case s.on("token-odd-characters"):
		return rand.Text() + "-._~+/" + rand.Text() + "=="
	}
	return jwt(obj{"sub": id, "jti": rand.Text(), "exp": time.Now().Add(86400 * time.Second).Unix()})
}

// jwt makes a text in the form of a JSON web token.
func jwt(claims obj) string {
	enc := base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf("%s.%s.%s", enc([]byte(`{"alg":"RS256","typ":"JWT"}`)), enc([]byte(canonical(claims))), enc([]byte(rand.Text())))
}
