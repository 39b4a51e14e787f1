package ripple_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/ripple"
)

// TestClientsThatAuthenticateByBasic, as libraries do without being told (RFC 6749, section
// 2.3.1): the pair is URL-encoded, and who is refused is challenged.
func TestClientsThatAuthenticateByBasic(t *testing.T) {
	basic := func(id, secret string) string {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.SetBasicAuth(id, secret)
		return r.Header.Get("Authorization")
	}
	const id, secret = "a b:c", "50%+ä"
	known := mock.WithClients(ripple.Clients{id: {Secret: secret}, "plain": {Secret: "secret"}, "tester": {Secret: "secret"}})
	for name, c := range map[string]struct {
		reading, authorization, form string
		status                       int
	}{
		"encoded":             {"", basic(url.QueryEscape(id), url.QueryEscape(secret)), "", 200},
		"plain":               {"", basic("plain", "secret"), "", 200},
		"scheme in any case":  {"", "bASIC" + strings.TrimPrefix(basic("plain", "secret"), "Basic"), "", 200},
		"and the form":        {"", basic("plain", "secret"), "&client_id=plain&client_secret=secret", 200},
		"and the form's id":   {"", basic("plain", "secret"), "&client_id=plain", 200},
		"a wrong secret":      {"", basic("plain", "wrong"), "", 401},
		"not encoded":         {"", basic("plain", "100%"), "", 401},
		"no base64":           {"", "Basic ???", "", 401},
		"no pair":             {"", "Basic cGxhaW4=", "", 401},
		"where it is refused": {"ripple.token.client-authentication=form-only", basic("plain", "secret"), "", 401},
		"the form instead":    {"ripple.token.client-authentication=form-only", basic("other", "other"), "&client_id=plain&client_secret=secret", 200},
		"none":                {"", "", "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			var readings []string
			if c.reading != "" {
				readings = append(readings, c.reading)
			}
			twin := startClient(t, readings, known)
			r := httptest.NewRequest(http.MethodPost, tokenPath, strings.NewReader("grant_type=client_credentials&scope=openid"+c.form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if c.authorization != "" {
				r.Header.Set("Authorization", c.authorization)
			}
			w := httptest.NewRecorder()
			twin.handler.ServeHTTP(w, r)
			challenge := ""
			if c.status == 401 {
				challenge = `Basic realm="ripple"`
			}
			if w.Code != c.status || w.Header().Get("WWW-Authenticate") != challenge || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, want %d; header %v: %s", w.Code, c.status, w.Header(), w.Body)
			}
			if c.status == 401 && !strings.Contains(w.Body.String(), `"error":"invalid_client"`) {
				t.Errorf("body %s", w.Body)
			}
		})
	}
}

// TestChallenges: a refusal with 401 says which scheme does, and another refusal does not.
func TestChallenges(t *testing.T) {
	for _, c := range []struct {
		reading, authorization, challenge string
		status                            int
	}{
		{"ripple.auth.statuses=401", "", `Bearer realm="ripple"`, 401},
		{"ripple.auth.statuses=401", "Bearer wrong", `Bearer realm="ripple"`, 401},
		{"ripple.auth.statuses=403", "", "", 403},
		{"ripple.auth.statuses=400", "", "", 400},
	} {
		r := httptest.NewRequest(http.MethodGet, base+"/accts?vendor=aws", nil)
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		w := httptest.NewRecorder()
		newClient(t, c.reading).handler.ServeHTTP(w, r)
		if got := w.Header().Get("WWW-Authenticate"); w.Code != c.status || got != c.challenge {
			t.Errorf("%s, %q: status %d, challenge %q", c.reading, c.authorization, w.Code, got)
		}
	}
}

// TestThreeTokens: each of the answer's tokens is another, and the access token alone opens
// the API.
func TestThreeTokens(t *testing.T) {
	c := newClient(t)
	given := c.token("", "application/x-www-form-urlencoded", credentials().Encode()).is(200).object()
	seen := map[any]bool{}
	for name, status := range map[string]int{"access_token": 200, "id_token": 401, "refresh_token": 401} {
		seen[given[name]] = true
		r := httptest.NewRequest(http.MethodGet, base+"/accts?vendor=aws", nil)
		r.Header.Set("Authorization", "Bearer "+given[name].(string))
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s: status %d, want %d", name, w.Code, status)
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d tokens", len(seen))
	}
}

// TestRefreshTokens under both readings: a client's own yields new ones until it expires,
// another's and any other token do not.
func TestRefreshTokens(t *testing.T) {
	const accepted, unsupported = "ripple.token.refresh=accepted", "ripple.token.refresh=unsupported"
	for name, c := range map[string]struct {
		reading, token, client string // of the first answer, or the token itself
		after                  time.Duration
		status                 int
		code                   string
	}{
		"its own":              {accepted, "refresh_token", "someone", 0, 200, ""},
		"its own, later":       {accepted, "refresh_token", "someone", 23 * time.Hour, 200, ""},
		"expired":              {accepted, "refresh_token", "someone", 25 * time.Hour, 400, "invalid_grant"},
		"another client's":     {accepted, "refresh_token", "another", 0, 400, "invalid_grant"},
		"an access token":      {accepted, "access_token", "someone", 0, 400, "invalid_grant"},
		"an id token":          {accepted, "id_token", "someone", 0, 400, "invalid_grant"},
		"none":                 {accepted, "", "someone", 0, 400, "invalid_request"},
		"made up":              {accepted, "invalid-refresh-token", "someone", 0, 400, "invalid_grant"},
		"where there are none": {unsupported, "refresh_token", "someone", 0, 400, "unsupported_grant_type"},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			twin := startClient(t, []string{c.reading}, mock.WithClock(func() time.Time { return now }))
			given := twin.token("", "application/x-www-form-urlencoded", credentials().Encode()).is(200).object()
			now = now.Add(c.after)
			token, ok := given[c.token].(string)
			if !ok {
				token = c.token
			}
			form := credentials("grant_type", "refresh_token", "client_id", c.client, "refresh_token", token)
			for _, answer := range []answer{
				twin.token("", "application/x-www-form-urlencoded", form.Encode()),
				twin.parts(nil, form, false),
				twin.parts(form, form, true),
			} {
				said := answer.is(c.status).object()
				if got, _ := said["error"].(string); got != c.code || (said["access_token"] != nil) != (c.status == 200) {
					t.Errorf("%v, want %q", said, c.code)
				}
			}
		})
	}
}

// TestNoTokenRefusalIsStored, whoever refuses it. A byte order mark is named as it is in
// JSON: it would be part of the first field.
func TestNoTokenRefusalIsStored(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		method, body string
		header       http.Header
		status       int
		says         string
	}{
		"a coding":          {http.MethodPost, "a=b", http.Header{"Content-Type": {form}, "Content-Encoding": {"br"}}, 415, ""},
		"a sandbox":         {http.MethodPost, "a=b", http.Header{"Content-Type": {form}, "Twinbill-Sandbox": {strings.Repeat("x", 500)}}, 400, ""},
		"a method":          {http.MethodPut, "a=b", http.Header{"Content-Type": {form}}, 405, ""},
		"a byte order mark": {http.MethodPost, "\ufeffgrant_type=client_credentials", http.Header{"Content-Type": {form + "; charset=utf-8"}}, 400, "begins with the byte order mark of UTF-8"},
		"that of UTF-16":    {http.MethodPost, "\xff\xfeg\x00", http.Header{"Content-Type": {form}}, 400, "begins with the byte order mark of UTF-16"},
		"a mark in JSON":    {http.MethodPost, "\ufeffa=b", http.Header{"Content-Type": {"application/json"}}, 415, ""},
	} {
		r := httptest.NewRequest(c.method, tokenPath, strings.NewReader(c.body))
		r.Header = c.header
		w := httptest.NewRecorder()
		startClient(t, nil).handler.ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: status %d, want %d; header %v: %s", name, w.Code, c.status, w.Header(), w.Body)
		}
	}
}
