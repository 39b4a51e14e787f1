package mock_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/cloudhealth"
	"github.com/twinbill/twinbill/mock/ripple"
	"github.com/twinbill/twinbill/openapi"
)

// TestEveryRequestIsInTheHistoryOfItsSandbox: one that is refused, or that nothing serves,
// is that of the sandbox which its credential or header names.
func TestEveryRequestIsInTheHistoryOfItsSandbox(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path   string
		header http.Header
		body   string
		keys   cloudhealth.Keys
		want   string
	}{
		"two keys":                       {path: "/v1/aws_account_assignments?api_key=mine&api_key=other", want: "mine"},
		"a key without a scheme":         {path: "/v1/aws_account_assignments", header: http.Header{"Authorization": {"mine"}}, want: "mine"},
		"a key of another scheme":        {path: "/v1/aws_account_assignments", header: http.Header{"Authorization": {"ApiKey mine"}}, want: "mine"},
		"a key as a user":                {path: "/v1/aws_account_assignments", header: http.Header{"Authorization": {"Basic bWluZTo="}}, want: "mine"},
		"a scheme without a key":         {path: "/v1/aws_account_assignments", header: http.Header{"Authorization": {"Bearer"}}, want: "anonymous"},
		"a header that names nothing":    {path: "/v1/aws_account_assignments?api_key=mine", header: http.Header{"Twinbill-Sandbox": {strings.Repeat("x", 500)}}, want: "mine"},
		"a token asked for in JSON":      {path: "/ripple/access_token", header: http.Header{"Content-Type": {"application/json"}}, body: `{"grant_type":"client_credentials","client_id":"mine"}`, want: "mine"},
		"a token asked for in text":      {path: "/ripple/access_token", header: http.Header{"Content-Type": {"text/plain"}}, body: "client_id=mine", want: "mine"},
		"a token asked for untyped":      {path: "/ripple/access_token", body: "client_id=mine", want: "mine"},
		"a token asked for after a mark": {path: "/ripple/access_token", header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, body: "\ufeffclient_id=mine", want: "mine"},
		"a secret that is not escaped":   {path: "/ripple/access_token", header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {"Basic bWluZTpwYSVzcw=="}}, body: "grant_type=client_credentials", want: "mine"},
		"a token at another path":        {path: "/ripple/accesstoken", header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, body: "client_id=mine", want: "mine"},
		"a token at no path":             {path: "/oauth/token", header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, body: "client_id=mine", want: "mine"},
		"a token asked for by GET":       {path: "/ripple/access_token?client_id=mine", want: "mine"},
		"another version":                {path: "/v2/aws_account_assignments?api_key=mine", want: "mine"},
		"a doubled slash":                {path: "//v1/aws_account_assignments?api_key=mine", want: "mine"},
		"a bearer key, nothing served":   {path: "/nothing", header: http.Header{"Authorization": {"Bearer mine"}}, want: "mine"},
		"no credential, a header":        {path: "/v1/aws_account_assignments", header: http.Header{"Twinbill-Sandbox": {"mine"}}, want: "mine"},
		"a refused key, a header":        {path: "/v1/aws_account_assignments?api_key=invalid", header: http.Header{"Twinbill-Sandbox": {"mine"}}, want: "mine"},
		"nothing served, a header":       {path: "/v2", header: http.Header{"Twinbill-Sandbox": {"mine"}}, want: "mine"},
		"no credential":                  {path: "/v2", want: "anonymous"},
		"a key that is not admitted":     {path: "/v2?api_key=mine", keys: cloudhealth.Keys{"other"}, want: "anonymous"},
		"not admitted, with a header":    {path: "/v2?api_key=mine", header: http.Header{"Twinbill-Sandbox": {"mine"}}, keys: cloudhealth.Keys{"other"}, want: "anonymous"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var options []mock.Option
			if c.keys != nil {
				options = append(options, mock.WithKeys(c.keys))
			}
			twin, err := mock.New(options...)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(twin)
			defer server.Close()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if request.Header = c.header.Clone(); c.body != "" {
				request.Method = http.MethodPost
			}
			answer, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			inHistory(t, twin, c.want, 1)
		})
	}
}

// inHistory: of the sandboxes `mine` and of nobody, one holds all of n requests.
func inHistory(t *testing.T, twin *mock.Twin, want string, n int) {
	t.Helper()
	for _, name := range []string{"mine", "anonymous"} {
		count := 0
		if name == want {
			count = n
		}
		asked := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/__admin/requests", nil)
		asked.RemoteAddr = "127.0.0.1:1"
		asked.Header.Set("Twinbill-Sandbox", name)
		listed := httptest.NewRecorder()
		twin.ServeHTTP(listed, asked)
		var list struct{ Matching int }
		if err := json.Unmarshal(listed.Body.Bytes(), &list); err != nil || list.Matching != count {
			t.Errorf("the journal of %s holds %d requests, want %d (%v): %s", name, list.Matching, count, err, listed.Body)
		}
	}
}

// TestARefusalIsNamedBesideOtherDepartures: to allow one departure does not allow a rule to
// be broken by the same request, and what is refused for a departure is one.
func TestARefusalIsNamedBesideOtherDepartures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dialect []string
		body    string
		want    string
	}{
		"a rule and a field": {
			body: `{"vendor":"aws","customer_id":"1111","account_id":"919999618919","company_id":"AJfdivbDjhvbpE","name":"Example","foo":1}`,
			want: "undeclared-field ripple.unknown-fields silent; refused ripple.account.customer-id.aws must",
		},
		"a field that is refused": {
			dialect: []string{"ripple.unknown-fields=refused"},
			body:    `{"vendor":"aws","customer_id":"012345678912","account_id":"919999618919","company_id":"AJfdivbDjhvbpE","name":"Example","foo":1}`,
			want:    "undeclared-field ripple.unknown-fields silent",
		},
		"a length": {
			body: `{"vendor":"aws","customer_id":"012345678912","account_id":"919999618919","company_id":"AJfdivbDjhvbpE","name":"` + strings.Repeat("x", 101) + `"}`,
			want: "violation ripple.account.create.name.length must",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var dialect openapi.Dialect
			for _, reading := range c.dialect {
				dialect, _ = dialect.Assign(reading)
			}
			twin, err := mock.New(mock.WithDialect(dialect))
			if err != nil {
				t.Fatal(err)
			}
			create := httptest.NewRequest(http.MethodPost, "/m/ripple/accts", strings.NewReader(c.body))
			create.Header.Set("Authorization", "Bearer "+tokenFor(twin, "mine", "right"))
			create.Header.Set("Content-Type", "application/json")
			twin.ServeHTTP(httptest.NewRecorder(), create)
			asked := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/__admin/requests?operation=createAccount", nil)
			asked.RemoteAddr = "127.0.0.1:1"
			asked.Header.Set("Twinbill-Sandbox", "mine")
			listed := httptest.NewRecorder()
			twin.ServeHTTP(listed, asked)
			var list struct {
				Requests []struct {
					Departures []struct{ Kind, Clause, Level string }
				}
			}
			if err := json.Unmarshal(listed.Body.Bytes(), &list); err != nil || len(list.Requests) != 1 {
				t.Fatalf("%v: %s", err, listed.Body)
			}
			var got []string
			for _, d := range list.Requests[0].Departures {
				got = append(got, d.Kind+" "+d.Clause+" "+d.Level)
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestARefusedClientIsInItsOwnHistory: a wrong secret, and a token that has expired, are put
// down to the client that they name, if the twin knows it.
func TestARefusedClientIsInItsOwnHistory(t *testing.T) {
	t.Parallel()
	registered := mock.WithClients(ripple.Clients{"mine": {Secret: "right"}})
	for name, c := range map[string]struct {
		client, secret string
		options        []mock.Option
		want           string
	}{
		"a wrong secret":       {client: "mine", secret: "wrong", options: []mock.Option{registered}, want: "mine"},
		"nobody's client":      {client: "other", secret: "wrong", options: []mock.Option{registered}, want: "anonymous"},
		"a secret to refuse":   {client: "mine", secret: "invalid", want: "mine"},
		"the right credential": {client: "mine", secret: "right", options: []mock.Option{registered}, want: "mine"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			twin, err := mock.New(c.options...)
			if err != nil {
				t.Fatal(err)
			}
			tokenFor(twin, c.client, c.secret)
			inHistory(t, twin, c.want, 1)
		})
	}
	for name, spoilt := range map[string]func(http.Header, string){
		"a token without its scheme":   func(h http.Header, token string) { h.Set("Authorization", token) },
		"a token of another scheme":    func(h http.Header, token string) { h.Set("Authorization", "Token "+token) },
		"a token after two blanks":     func(h http.Header, token string) { h.Set("Authorization", "Bearer  "+token) },
		"a client in place of a token": func(h http.Header, _ string) { h.Set("Authorization", "Basic bWluZTpyaWdodA==") },
		"two headers":                  func(h http.Header, token string) { h["Authorization"] = []string{"Bearer " + token, "Bearer x"} },
		"a header that names nothing": func(h http.Header, token string) {
			h.Set("Authorization", "Bearer "+token)
			h.Set("Twinbill-Sandbox", strings.Repeat("x", 500))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			twin, err := mock.New(registered)
			if err != nil {
				t.Fatal(err)
			}
			list := httptest.NewRequest(http.MethodGet, "/m/ripple/billinggroup", nil)
			spoilt(list.Header, tokenFor(twin, "mine", "right"))
			answer := httptest.NewRecorder()
			if twin.ServeHTTP(answer, list); answer.Code < 400 {
				t.Errorf("status %d", answer.Code)
			}
			inHistory(t, twin, "mine", 2)
		})
	}
	t.Run("an expired token", func(t *testing.T) {
		t.Parallel()
		var now atomic.Pointer[time.Time]
		now.Store(new(time.Now()))
		twin, err := mock.New(mock.WithClock(func() time.Time { return *now.Load() }), mock.WithSandboxes(10, 1000*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		issued := tokenFor(twin, "mine", "right")
		now.Store(new(time.Now().Add(48 * time.Hour)))
		for _, path := range []string{"/m/ripple/billinggroup", "/m/ripple/nothing"} {
			list := httptest.NewRequest(http.MethodGet, path, nil)
			list.Header.Set("Authorization", "Bearer "+issued)
			answer := httptest.NewRecorder()
			twin.ServeHTTP(answer, list)
			if answer.Code < 400 {
				t.Errorf("%s: status %d", path, answer.Code)
			}
		}
		inHistory(t, twin, "mine", 3)
	})
}

// tokenFor asks for a token, empty where none is given.
func tokenFor(twin *mock.Twin, client, secret string) string {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}}
	request := httptest.NewRequest(http.MethodPost, "/ripple/access_token", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	twin.ServeHTTP(answer, request)
	var issued struct {
		Token string `json:"access_token"`
	}
	_ = json.Unmarshal(answer.Body.Bytes(), &issued) // a refusal has none
	return issued.Token
}
