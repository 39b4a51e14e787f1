package report

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// arrived is what a server saw of a request.
type arrived struct {
	method, uri, body string
	length            int64
	header            http.Header
}

// TestCurl pastes each command into a shell, and compares what arrives with what the
// suite sent.
func TestCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	var mu sync.Mutex
	var last arrived
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		last = arrived{r.Method, r.RequestURI, string(body), r.ContentLength, r.Header}
	}))
	defer server.Close()
	latest := func() arrived {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
	to, err := target.New(server.URL, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	ripple, cloudhealth := contractOf(t, openapi.Ripple), contractOf(t, openapi.CloudHealth)
	found := &conformance.Report{
		Secrets: []string{"s3cret-token-0123456789", "k-e-y", "pass&word='\"$x", "other"},
		Variables: map[string]string{
			"s3cret-token-0123456789": "TWINBILL_RIPPLE_TOKEN", "k-e-y": "TWINBILL_CLOUDHEALTH_API_KEY", "pass&word='\"$x": "TWINBILL_RIPPLE_PASSWORD",
		},
	}
	environment := []string{}
	for secret, variable := range found.Variables {
		environment = append(environment, variable+"="+secret)
	}
	bearer := http.Header{"Authorization": {"Bearer s3cret-token-0123456789"}, "Content-Type": {"application/json"}}
	for name, request := range map[string]*target.Request{
		"token":         {Operation: ripple.Operation("createAccount"), Header: bearer, Body: []byte(`{"name": "it's $HOME \"x\" \\n` + "`id`" + ` é %s !"}`)},
		"no body":       {Operation: ripple.Operation("listAccounts"), Header: http.Header{"Authorization": bearer["Authorization"]}, Query: url.Values{"vendor": {"a[1-3]{b}"}}},
		"post, no body": {Operation: ripple.Operation("createAccount"), Header: http.Header{"Authorization": bearer["Authorization"]}},
		"empty body":    {Operation: ripple.Operation("createAccount"), Header: bearer, Body: []byte{}},
		"no media type": {Operation: ripple.Operation("createAccount"), Header: http.Header{}, Body: []byte("{}")},
		"at":            {Operation: ripple.Operation("createAccount"), Header: bearer, Body: []byte("@/etc/passwd")},
		"bytes":         {Operation: ripple.Operation("createAccount"), Header: bearer, Body: []byte("\x00\xff%d\\n'\n\tk-e-y.")},
		"key":           {Operation: cloudhealth.Operation("listAwsAccountAssignments"), Header: http.Header{}, Query: url.Values{"api_key": {"k-e-y"}, "page": {"2"}}},
		"bad key":       {Operation: cloudhealth.Operation("listAwsAccountAssignments"), Header: http.Header{}, Query: url.Values{"api_key": {"invalid-1"}}},
		"bad token":     {Operation: ripple.Operation("listAccounts"), Header: http.Header{"Authorization": {"Bearer invalid"}}},
		"empty header":  {Operation: ripple.Operation("listAccounts"), Header: http.Header{"X-Empty": {""}, "X-Two": {"1", "2"}}},
		"odd path":      {Operation: cloudhealth.Operation("getAwsAccountAssignment"), Header: http.Header{}, URL: "/v1/a/../b'c?x=*&y=~"},
		"head":          {Operation: ripple.Operation("listAccounts"), Header: http.Header{}, Method: http.MethodHead},
		"delete":        {Operation: ripple.Operation("deleteAccount"), Header: bearer, Path: map[string]string{"vendor": "aws", "id": "1 2/3"}, Body: []byte("{}")},
		"secret in JSON": {Operation: ripple.Operation("createAccount"), Header: bearer,
			Body: []byte(`{"password": "s3cret-token-0123456789", "again": "k-e-y1"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			e := to.Send(t.Context(), request)
			if e.Err != nil {
				t.Fatal(e.Err)
			}
			sent := latest()
			line := newCurl(found, newMask(found.Secrets)).command(e)
			for _, secret := range found.Secrets[:3] {
				if strings.Contains(line, secret) {
					t.Errorf("the secret %s is in %s", secret, line)
				}
			}
			if strings.Contains(line, "\n") {
				t.Errorf("more than one line: %s", line)
			}
			command := exec.CommandContext(t.Context(), "bash", "-c", line)
			command.Env = append(command.Environ(), environment...)
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s\n%s", err, line, out)
			}
			came := latest()
			if came.method != sent.method || came.uri != sent.uri || came.body != sent.body || came.length != sent.length {
				t.Errorf("%s\n got %s %s %q of %d\nwant %s %s %q of %d", line, came.method, came.uri, came.body, came.length, sent.method, sent.uri, sent.body, sent.length)
			}
			for _, name := range append(slices.Collect(maps.Keys(e.Sent)), "Content-Type") {
				if got, want := came.header.Values(name), sent.header.Values(name); !slices.Equal(got, want) {
					t.Errorf("%s\n%s: got %q, want %q", line, name, got, want)
				}
			}
		})
	}
}

// TestCurlSecrets: what stands where a credential does is shown only where it is made up
// or meant to be refused.
func TestCurlSecrets(t *testing.T) {
	ripple, cloudhealth := contractOf(t, openapi.Ripple), contractOf(t, openapi.CloudHealth)
	list := func(key string) *target.Exchange {
		return &target.Exchange{Method: "GET", URL: "http://x.test/v1?api_key=" + key, Request: &target.Request{Operation: cloudhealth.Operation("listAwsAccountAssignments")}}
	}
	form := &target.Exchange{
		Method: "POST", URL: target.InProcessBase + "/ripple/access_token", Request: &target.Request{Operation: ripple.Operation("issueAccessToken")},
		Sent: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: []byte("client_id=a&client_secret=b&password=c"),
	}
	issued := &target.Exchange{
		Method: "GET", URL: "http://x.test/m", Request: &target.Request{Operation: ripple.Operation("listAccounts")},
		Sent: http.Header{"Authorization": {"Bearer abcdefghijklmnopqrstuvwxyz"}},
	}
	twinbill := target.Health{Product: "twinbill"}
	for name, c := range map[string]struct {
		health target.Health
		e      *target.Exchange
		want   string
	}{
		"deployment":         {target.Health{}, list("abc"), `curl -i -X GET "http://x.test/v1?api_key=$TWINBILL_CLOUDHEALTH_API_KEY"`},
		"refused":            {target.Health{}, list("invalid-1"), `curl -i -X GET 'http://x.test/v1?api_key=invalid-1'`},
		"made up":            {twinbill, list("verify-1-2"), `curl -i -X GET 'http://x.test/v1?api_key=verify-1-2'`},
		"form":               {target.Health{}, form, `curl -i -X POST http://127.0.0.1:4610/ripple/access_token -H 'Content-Type: application/x-www-form-urlencoded' --data-binary "client_id=a&client_secret=$TWINBILL_RIPPLE_CLIENT_SECRET&password=$TWINBILL_RIPPLE_PASSWORD"`},
		"token of an answer": {twinbill, issued, `curl -i -X GET http://x.test/m -H "Authorization: Bearer $TWINBILL_RIPPLE_TOKEN"`},
	} {
		if got := newCurl(&conformance.Report{Health: c.health}, newMask(nil)).command(c.e); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func contractOf(t *testing.T, api openapi.API) *openapi.Contract {
	t.Helper()
	contract, err := openapi.Load(api, openapi.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	return contract
}
