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
)

// TestEveryRequestIsInTheHistoryOfItsSandbox: one that is refused, or that nothing serves,
// is that of the sandbox which its credential or header names.
func TestEveryRequestIsInTheHistoryOfItsSandbox(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path   string
		header http.Header
		keys   cloudhealth.Keys
		want   string
	}{
		"another version":              {path: "/v2/aws_account_assignments?api_key=mine", want: "mine"},
		"a doubled slash":              {path: "//v1/aws_account_assignments?api_key=mine", want: "mine"},
		"a bearer key, nothing served": {path: "/nothing", header: http.Header{"Authorization": {"Bearer mine"}}, want: "mine"},
		"no credential, a header":      {path: "/v1/aws_account_assignments", header: http.Header{"Twinbill-Sandbox": {"mine"}}, want: "mine"},
		"a refused key, a header":      {path: "/v1/aws_account_assignments?api_key=invalid", header: http.Header{"Twinbill-Sandbox": {"mine"}}, want: "mine"},
		"nothing served, a header":     {path: "/v2", header: http.Header{"Twinbill-Sandbox": {"mine"}}, want: "mine"},
		"no credential":                {path: "/v2", want: "anonymous"},
		"a key that is not admitted":   {path: "/v2?api_key=mine", keys: cloudhealth.Keys{"other"}, want: "anonymous"},
		"not admitted, with a header":  {path: "/v2?api_key=mine", header: http.Header{"Twinbill-Sandbox": {"mine"}}, keys: cloudhealth.Keys{"other"}, want: "anonymous"},
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
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header = c.header.Clone()
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
