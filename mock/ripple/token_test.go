package ripple_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/ripple"
)

// credentials are the fields of a token request.
func credentials(pairs ...string) url.Values {
	v := url.Values{"grant_type": {"client_credentials"}, "client_id": {"someone"}, "client_secret": {"secret"}, "scope": {"openid"}}
	for i := 0; i < len(pairs); i += 2 {
		if v.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			v.Del(pairs[i])
		}
	}
	return v
}

// parts asks for a token by a query string and multipart parts, sent as files or as
// fields.
func (c client) parts(query url.Values, fields url.Values, files bool) answer {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name := range fields {
		create := w.CreateFormField
		if files {
			create = func(name string) (io.Writer, error) { return w.CreateFormFile(name, name) }
		}
		part, err := create(name)
		if err != nil {
			c.t.Fatal(err)
		}
		if _, err := part.Write([]byte(fields.Get(name))); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	return c.token(query.Encode(), w.FormDataContentType(), b.String())
}

func (c client) token(query, contentType, body string) answer {
	c.t.Helper()
	r := httptest.NewRequest(http.MethodPost, tokenPath+"?"+query, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return c.do(r)
}

// held are the roles of the token in an answer.
func held(a answer) []string {
	a.t.Helper()
	segments := strings.Split(a.is(200).object()["access_token"].(string), ".")
	if len(segments) != 3 {
		a.t.Fatalf("the access token has %d segments", len(segments))
	}
	data, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		a.t.Fatal(err)
	}
	var claims struct {
		Roles []string `json:"roles"`
	}
	if err := json.Unmarshal(data, &claims); err != nil {
		a.t.Fatal(err)
	}
	return claims.Roles
}

func TestTokenForms(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	for name, ask := range map[string]func() answer{
		"URL-encoded":                   func() answer { return c.form("", credentials().Encode()) },
		"query and URL-encoded":         func() answer { return c.form(credentials("scope", "").Encode(), "scope=openid") },
		"multipart fields":              func() answer { return c.parts(nil, credentials(), false) },
		"multipart files":               func() answer { return c.parts(nil, credentials(), true) },
		"query and files":               func() answer { return c.parts(credentials(), credentials(), true) },
		"query alone":                   func() answer { return c.form(credentials().Encode(), "") },
		"query alone, JSON for no body": func() answer { return c.token(credentials().Encode(), "application/json", "") },
		"without a scope":               func() answer { return c.form("", credentials("scope", "").Encode()) },
		"password": func() answer {
			return c.form("", credentials("grant_type", "password", "username", "u", "password", "p").Encode())
		},
	} {
		t.Run(name, func(t *testing.T) {
			token := ask().is(200).object()
			has(t, token, "token_type", "Bearer", "expires_in", 86400.0)
			if roles := held(ask()); !slices.Contains(roles, "ModifyAccount") {
				t.Errorf("the token holds %v", roles)
			}
		})
	}
}

func TestTokenErrors(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for _, tc := range []struct {
		name, contentType, body string
		status                  int
		code, clause            string
	}{
		{"no grant", form, credentials("grant_type", "").Encode(), 400, "invalid_request", "ripple.token.client.required"},
		{"refresh token", form, credentials("grant_type", "refresh_token").Encode(), 400, "unsupported_grant_type", "ripple.token.error"},
		{"no client_id", form, credentials("client_id", "").Encode(), 400, "invalid_request", "ripple.token.client.required"},
		{"no client_secret", form, credentials("client_secret", "").Encode(), 400, "invalid_request", "ripple.token.client.required"},
		{"nothing", form, "", 400, "invalid_request", "ripple.token.client.required"},
		{"refused client", form, credentials("client_id", "invalid-1").Encode(), 401, "invalid_client", "ripple.token.client.refused"},
		{"no user", form, credentials("grant_type", "password", "username", "u").Encode(), 400, "invalid_request", "ripple.token.grant.password.user-required"},
		{"other scope", form, credentials("scope", "profile").Encode(), 400, "invalid_scope", "ripple.token.scope"},
		{"broken escape", form, "client_id=%zz", 400, "invalid_request", "ripple.token.error"},
		{"not UTF-8", form, credentials("client_id", "\xff").Encode(), 400, "invalid_request", "ripple.token.error"},
		{"no boundary", "multipart/form-data", "x", 400, "invalid_request", "ripple.token.error"},
		{"broken parts", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\nabc", 400, "invalid_request", "ripple.token.error"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			refused := c.token("", tc.contentType, tc.body).refused(tc.status, tc.clause).object()
			has(t, refused, "error", tc.code)
			c = newClient(t, "ripple.token.error=three-field")
			refused = c.token("", tc.contentType, tc.body).refused(tc.status, tc.clause).object()
			has(t, refused, "code", tc.code, "message", "token exception")
		})
	}
	c := newClient(t)
	c.token("", "application/json", `{"grant_type":"client_credentials"}`).refused(415, "ripple.request.media-type")
	c.form("", "client_id="+strings.Repeat("x", 1<<20)).refused(413, "ripple.request.malformed")
	c.form("client_id=%zz", credentials().Encode()).is(400)
}

func TestTokenOfConfiguredClients(t *testing.T) {
	t.Parallel()
	c := client{t: t}
	handler, err := mock.New(mock.WithClients(ripple.Clients{"someone": {Secret: "secret", Roles: []string{"ReadAccount"}}}))
	if err != nil {
		t.Fatal(err)
	}
	c.handler, c.contract = handler, newClient(t).contract
	if roles := held(c.form("", credentials().Encode())); !slices.Equal(roles, []string{"ReadAccount"}) {
		t.Errorf("the token holds %v", roles)
	}
	c.form("", credentials("client_secret", "wrong").Encode()).refused(401, "ripple.token.client.refused")
	c.form("", credentials("client_id", "nobody").Encode()).refused(401, "ripple.token.client.refused")
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	c := startClient(t, nil, mock.WithClock(func() time.Time { return now }))
	token := c.header.Get("Authorization")
	for _, tc := range []struct {
		name   string
		sent   []string
		status int
	}{
		{"token", []string{token}, 200},
		{"scheme in lower case", []string{"b" + token[1:]}, 200},
		{"none", nil, 401},
		{"twice", []string{token, token}, 401},
		{"other scheme", []string{"Basic" + token[6:]}, 401},
		{"no scheme", []string{token[7:]}, 401},
		{"foreign token", []string{"Bearer x.y.z"}, 401},
		{"changed token", []string{token[:len(token)-4] + "AAAA"}, 401},
		{"unsigned token", []string{"Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJ0d2luYmlsbCIsImV4cCI6OTk5OTk5OTk5OX0."}, 401},
		{"empty", []string{""}, 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := c
			c.t, c.header = t, map[string][]string{"Authorization": tc.sent}
			if a := c.get("/billinggroup").is(tc.status); tc.status == 401 {
				a.refused(401, "ripple.billinggroup.list.authentication")
			}
		})
	}
	now = now.Add(86399 * time.Second)
	c.get("/billinggroup").is(200)
	now = now.Add(time.Second)
	c.get("/billinggroup").refused(401, "ripple.billinggroup.list.authentication")
}

func TestSandboxOfCredential(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	c.as("one").post("/billinggroup", c.example("createBillingGroup", "page")).is(200)
	c.as("two").post("/billinggroup", c.example("createBillingGroup", "page")).is(200)
	c.as("one").post("/billinggroup", c.example("createBillingGroup", "page")).refused(400, "ripple.billinggroup.duplicate-id")
}
