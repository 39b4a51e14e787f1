package ripple

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// Clients lists who may get a token, by client_id. Nil admits anybody.
type Clients map[string]Client

// Client is one registered client.
type Client struct {
	Secret string
	Roles  []string
}

// lifetime of an access token, in seconds.
const lifetime = 86400

type tokens struct {
	now func(sandbox string) time.Time
	key []byte
}

// newTokens signs with a key made of the clients and their secrets. Where anybody is
// admitted it guards nothing, and a token stays good when the twin is started again.
func newTokens(now func(sandbox string) time.Time, clients Clients) tokens {
	h := sha256.New()
	h.Write([]byte("twinbill"))
	for _, id := range slices.Sorted(maps.Keys(clients)) {
		fmt.Fprintf(h, "%q %q", id, clients[id].Secret)
	}
	return tokens{now: now, key: h.Sum(nil)}
}

type claims struct {
	jwt.RegisteredClaims
	Roles []string `json:"roles,omitempty"`
	Use   use      `json:"use"`
}

// use is what a token is for. An access token alone opens the API.
type use string

const (
	forAccess  use = "access_token"
	forID      use = "id_token"
	forRefresh use = "refresh_token" // as the grant is called too
)

// issue makes a token at a time.
func (t tokens) issue(now time.Time, clientID string, use use, roles []string) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: "twinbill", Subject: clientID,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(lifetime * time.Second)),
		},
		Roles: roles, Use: use,
	}).SignedString(t.key)
}

// parse reads the token that a request carries. Whether it has expired is for the clock
// of the sandbox to say that the request is about, which the token itself may name.
func (t tokens) parse(r *http.Request, token string) (*claims, error) {
	return t.read(token, forAccess, func(subject string) time.Time {
		name, _ := sandbox.Claimed(r, subject)
		return t.now(name)
	})
}

// read takes a token of one use, by the time that there is for its subject.
func (t tokens) read(token string, use use, now func(subject string) time.Time) (*claims, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.key, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer("twinbill"), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now(c.Subject) }))
	if err == nil && c.Use != use {
		err = fmt.Errorf("it is the %s: %w", c.Use, jwt.ErrTokenInvalidClaims)
	}
	return &c, err
}

// refreshes reports whether a refresh token is one of a client's that has not expired.
func (t tokens) refreshes(token, client string, now func() time.Time) bool {
	held, err := t.read(token, forRefresh, func(string) time.Time { return now() })
	return err == nil && held.Subject == client
}

// refreshes reports whether there is a grant by which a refresh token can be used.
func (t *Twin) refreshes() bool { return t.dialect.Is("ripple.token.refresh", "accepted") }

// IssueAccessToken answers a token request, whose fields may stand in the query
// string, in a URL-encoded form or in multipart parts, also such sent as files.
func (t *Twin) IssueAccessToken(ctx context.Context, request gen.IssueAccessTokenRequestObject) (gen.IssueAccessTokenResponseObject, error) {
	form, err := tokenForm(request)
	if err != nil {
		return nil, rule.Refusals{formReadable.When(true, err)}
	}
	sent, _ := ctx.Value(basicKey{}).(map[string]string)
	for name, value := range sent {
		if form[name] == "" {
			form[name] = value
		}
	}
	// Who comes by HTTP Basic and is not let in is told so (RFC 6749, section 5.2).
	unread := sent != nil && len(sent) == 0 && form["client_id"] == ""
	if r := ctx.Value(gin.ContextRequestKey).(*http.Request); t.refreshes() && form[string(forRefresh)] == "" {
		form[string(forRefresh)] = cmp.Or(r.PostForm.Get(string(forRefresh)), r.URL.Query().Get(string(forRefresh)))
	}
	grant := form["grant_type"]
	refreshing := t.refreshes() && grant == string(forRefresh)
	roles, known := t.rolesOf(form["client_id"], form["client_secret"])
	if err := t.rules.First(
		formComplete.When(grant == "" && t.rules.Holds("ripple.token.issue.grant-type.required"), "grant_type"),
		grantSupported.When(grant != "" && !gen.GrantType(grant).Valid() && !refreshing && t.rules.Holds("ripple.token.issue.grant-type.enum")),
		clientKnown.When(unread),
		formComplete.When(form["client_id"] == "", "client_id"),
		formComplete.When(form["client_secret"] == "", "client_secret"),
		clientKnown.When(!known),
		userRequired.When(grant == "password" && (form["username"] == "" || form["password"] == "")),
		refreshRequired.When(refreshing && form[string(forRefresh)] == ""),
		refreshKnown.When(refreshing && !t.tokens.refreshes(form[string(forRefresh)], form["client_id"], sandbox.From(ctx).Now)),
		userKnown.When(grant == "password" && !userAdmitted(form)),
		scopeSupported.When(form["scope"] != "" && !slices.Contains(strings.Fields(form["scope"]), "openid")),
	); err != nil {
		return nil, err
	}
	now, client := sandbox.From(ctx).Now(), form["client_id"]
	access, err := t.tokens.issue(now, client, forAccess, roles)
	id, errID := t.tokens.issue(now, client, forID, nil)
	refresh, errRefresh := t.tokens.issue(now, client, forRefresh, nil)
	if err := errors.Join(err, errID, errRefresh); err != nil {
		return nil, err
	}
	return gen.IssueAccessToken200JSONResponse{
		TokenType: "Bearer", ExpiresIn: lifetime, AccessToken: access, RefreshToken: refresh, IdToken: id,
	}, nil
}

// tokenForm gathers the fields of a token request from all the places they may
// stand in; a field of the body wins over one of the query string.
func tokenForm(request gen.IssueAccessTokenRequestObject) (map[string]string, error) {
	form := map[string]string{}
	set := func(name string, value *string) {
		if value != nil {
			form[name] = *value
		}
	}
	p := request.Params
	set("grant_type", p.GrantType)
	set("client_id", p.ClientId)
	set("client_secret", p.ClientSecret)
	set("scope", p.Scope)
	set("username", p.Username)
	set("password", p.Password)
	if f := request.FormdataBody; f != nil {
		form["grant_type"], form["client_id"], form["client_secret"] = string(f.GrantType), f.ClientId, f.ClientSecret
		set("scope", f.Scope)
		set("username", f.Username)
		set("password", f.Password)
	}
	if request.MultipartBody != nil {
		if err := addParts(form, request.MultipartBody); err != nil {
			return nil, err
		}
	}
	for name, value := range form {
		if !utf8.ValidString(value) {
			return nil, fmt.Errorf("%s is not UTF-8", name)
		}
	}
	return form, nil
}

// addParts adds what stands in multipart parts, whether sent as fields or as files.
func addParts(form map[string]string, parts *multipart.Reader) error {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := setPart(form, part); err != nil {
			return err
		}
	}
}

func setPart(form map[string]string, part *multipart.Part) error {
	value, err := io.ReadAll(part)
	if err != nil {
		return err
	}
	form[part.FormName()] = string(value)
	return nil
}

// basic are the client's id and secret where a token request brings them in the
// Authorization header (RFC 6749, section 2.3.1, ripple.token.client-authentication): nil
// where it brings none there, and nothing where what it brings is not taken.
func (t *Twin) basic(r *http.Request) map[string]string {
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); !strings.EqualFold(scheme, "Basic") {
		return nil
	}
	user, password, ok := r.BasicAuth()
	id, errID := url.QueryUnescape(user)
	secret, errSecret := url.QueryUnescape(password)
	if !ok || errID != nil || errSecret != nil || !utf8.ValidString(id+secret) || t.dialect.Is("ripple.token.client-authentication", "form-only") {
		return map[string]string{}
	}
	return map[string]string{"client_id": id, "client_secret": secret}
}

type basicKey struct{}

// tokenFields reads the fields of a token request, before it is held to the contract.
func (t *Twin) tokenFields(r *http.Request) func(name string) string {
	asked := r.Clone(r.Context())
	asked.Body = io.NopCloser(bytes.NewReader(wire.Bytes(r)))
	_ = asked.ParseMultipartForm(wire.MaxBody) // what it cannot read names nobody
	basic := t.basic(r)
	return func(name string) string {
		if form := asked.MultipartForm; form != nil && len(form.File[name]) > 0 {
			return content(form.File[name][0])
		}
		return cmp.Or(asked.PostForm.Get(name), asked.Form.Get(name), basic[name])
	}
}

// Claimant is the client that a refused request names: in the fields of a token request,
// whatever they are sent as, or by a token that was issued here, whatever its scheme and
// expired or not. Where clients are registered, it is one of them.
func (t *Twin) Claimant(r *http.Request, op *openapi.Operation) string {
	id := ""
	if op != nil && !op.Authenticated() {
		id = t.clientOf(r)
	} else if id = t.subject(r); id == "" && op == nil {
		id = t.clientOf(r)
	}
	if user, _, basic := r.BasicAuth(); id == "" && basic { // sent where it is not taken, or not escaped
		id = user
	}
	if _, registered := t.clients[id]; t.clients != nil && !registered {
		return ""
	}
	return id
}

// clientOf is the client that the fields of a request name, be they JSON or a form under
// another media type.
func (t *Twin) clientOf(r *http.Request) string {
	var fields struct {
		ClientID string `json:"client_id"`
	}
	body := bytes.TrimPrefix(wire.Bytes(r), []byte("\ufeff"))
	_ = json.Unmarshal(body, &fields) // what cannot be read names nobody
	form, _ := url.ParseQuery(string(body))
	return cmp.Or(t.tokenFields(r)("client_id"), fields.ClientID, form.Get("client_id"))
}

// subject is whom a token of this service in the Authorization header was issued to.
func (t *Twin) subject(r *http.Request) string {
	for _, header := range r.Header.Values("Authorization") {
		words := strings.Fields(header)
		if len(words) == 0 {
			continue
		}
		if held, err := t.tokens.parse(r, strings.Trim(words[len(words)-1], `"`)); err == nil || errors.Is(err, jwt.ErrTokenExpired) {
			return held.Subject
		}
	}
	return ""
}

// content is what a part holds that was sent as a file; empty where it cannot be read.
func content(part *multipart.FileHeader) string {
	file, err := part.Open()
	if err != nil {
		return ""
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return ""
	}
	return string(data)
}

// formOnly refuses a token request whose body is no form, and keeps the client that its
// Authorization header names.
func (t *Twin) formOnly(c *gin.Context) {
	c.Header("Cache-Control", "no-store") // RFC 6749, section 5.1
	if sent := t.basic(c.Request); sent != nil {
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), basicKey{}, sent))
	}
	mediaType := wire.MediaTypeOf(c.GetHeader("Content-Type"))
	switch {
	case c.Request.ContentLength == 0, c.GetHeader("Content-Type") == "":
	case mediaType == "application/x-www-form-urlencoded", mediaType == "multipart/form-data":
	default:
		t.Refuse(c, rule.Refusals{shape[wire.MediaType].When(true, "the body must be sent as application/x-www-form-urlencoded or multipart/form-data")})
		c.Abort()
	}
}

// tokenProblem words a token request's departure from the contract as RFC 6749 does.
func (t *Twin) tokenProblem(problem *wire.Problem) *rule.Refusal {
	field := problem.Violations
	if len(field) > 0 && field[0].Field() == "grant_type" {
		return grantSupported.When(true)
	}
	return formComplete.When(true, "a field")
}

// Authenticate finds the client whose token a request carries, or who asks for one; the
// client's id names the sandbox. It refuses a missing, foreign or expired token, and one whose roles
// do not do for the operation.
func (t *Twin) Authenticate(r *http.Request, op *openapi.Operation) (string, error) {
	if op != nil && !op.Authenticated() {
		sent := t.tokenFields(r)
		if _, known := t.rolesOf(sent("client_id"), sent("client_secret")); !known {
			return "", nil
		}
		return sent("client_id"), nil
	}
	held, why := t.bearer(r)
	if why != "" {
		clause := tokenRequired
		if op != nil {
			clause.Clause = op.Slug + ".authentication"
		}
		return "", t.rules.First(clause.When(true, why))
	}
	if op == nil {
		return held.Subject, nil
	}
	needed := roleRequired
	needed.Clause = op.Slug + ".role"
	lacking := !t.covers(held.Roles, op.Roles)
	settings := op.ID == "setBillingGroupExchangeRate" && slices.Equal(held.Roles, []string{"ModifySettings"})
	return held.Subject, t.rules.First(
		settingsApart.When(lacking && settings),
		needed.When(lacking && !settings, strings.Join(op.Roles, ", ")),
	)
}

// bearer is what the token of a request says, and why it is no good; nothing where it was
// not issued here.
func (t *Twin) bearer(r *http.Request) (*claims, string) {
	sent := r.Header.Values("Authorization")
	switch {
	case len(sent) == 0:
		return nil, "the Authorization header is missing"
	case len(sent) > 1:
		return nil, "there is more than one Authorization header"
	}
	scheme, token, _ := strings.Cut(sent[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, "the scheme of the Authorization header is not Bearer"
	}
	held, err := t.tokens.parse(r, token)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return held, expired
	case err != nil:
		return nil, "the token was not issued by this service"
	}
	return held, ""
}
