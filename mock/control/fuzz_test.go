package control_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/twinbill/twinbill/conformance/probe"
	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fixtures"
	"github.com/twinbill/twinbill/openapi"
)

// FuzzControl asks the control API anything at all. Each answer keeps to the contract, or
// is an error in its shape; what is refused changes nothing; and what is accepted leaves
// a sandbox that the partner APIs can show.
func FuzzControl(f *testing.F) {
	contract := sandboxContract(f)
	for _, op := range contract.Operations {
		call := baseline(f, probe.Probe{Operation: op, Kind: probe.Valid})
		path := op.Path
		for name, value := range call.Path {
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
		}
		var body []byte
		if call.Body != nil {
			body, _ = json.Marshal(call.Body)
		}
		f.Add(op.Method, path, "Content-Type: application/json", body)
		f.Add(op.Method, path+"?"+call.Query.Encode(), "Twinbill-Sandbox: team", body)
	}
	state, err := fixtures.Default()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, headings string, body []byte) {
		w := newWorld(t, mock.WithFixtures(state)).in("team")
		w.assigns("req-1", "000000000001")
		r := received(method, target, headings, body)
		if r == nil {
			return
		}
		before := w.everything()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		a := httptest.NewRecorder()
		w.twin.ServeHTTP(untilFlushed{a, cancel}, r.WithContext(ctx))
		holdAnswer(t, contract, r, a)
		switch {
		case a.Code >= 400 && w.everything() != before:
			t.Errorf("status %d, and yet\n%s\nbecame\n%s", a.Code, before, w.everything())
		case a.Code < 400 && r.Method != http.MethodGet:
			w.shows(r)
		}
	})
}

// received reads a request as a server would, and is nil where that server would answer
// by itself, or the control API is not asked.
func received(method, target, headings string, body []byte) *http.Request {
	var raw bytes.Buffer
	fmt.Fprintf(&raw, "%s %s HTTP/1.1\r\nHost: localhost:4610\r\n", method, target)
	for line := range strings.Lines(headings) {
		fmt.Fprintf(&raw, "%s\r\n", strings.TrimRight(line, "\r\n"))
	}
	fmt.Fprintf(&raw, "Content-Length: %d\r\n\r\n%s", len(body), body)
	r, err := http.ReadRequest(bufio.NewReader(&raw))
	if err != nil || !strings.HasPrefix(r.URL.Path, "/__admin") || r.Method == http.MethodConnect {
		return nil
	}
	r.RemoteAddr = "127.0.0.1:1"
	return r
}

// holdAnswer holds an answer to the contract where it is an operation's, and to the shape
// of errors where it is none.
func holdAnswer(t *testing.T, contract *openapi.Contract, r *http.Request, a *httptest.ResponseRecorder) {
	t.Helper()
	shown := a.Body.String()
	if a.Code < 200 || a.Code >= 500 {
		t.Errorf("%s %s: status %d %s", r.Method, r.RequestURI, a.Code, shown)
	}
	for _, op := range contract.Operations {
		if op.Method != r.Method || !op.Fits(r.URL) {
			continue
		}
		for _, v := range op.CheckResponse(a.Code, a.Header(), a.Body.Bytes()) {
			t.Errorf("%s: %d %s: %s", op.ID, a.Code, shown, v)
		}
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	var e map[string]string
	if err := json.Unmarshal(a.Body.Bytes(), &e); err != nil || len(e) != 1 || e["error"] == "" {
		t.Errorf("%s %s: no error in the API's shape: %d %s", r.Method, r.RequestURI, a.Code, shown)
	}
}

// everything is what the sandboxes hold that a refused request could have changed.
func (w world) everything() string {
	var all []string
	for _, name := range []string{"team", "anonymous", "team-a"} {
		for _, path := range []string{"/state", "/snapshots", "/faults", "/clock"} {
			all = append(all, w.in(name).ask(200, http.MethodGet, path, ""))
		}
	}
	return strings.Join(all, "")
}

// shows lists what the partner APIs show of the sandboxes that a request may have been
// about. Whatever was written to them, an API answers.
func (w world) shows(r *http.Request) {
	names := append([]string{"team", "anonymous"}, r.Header.Values("Twinbill-Sandbox")...)
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" || len(name) > 256 || !utf8.ValidString(name) })
	for _, name := range names {
		w.in(name).ask(204, http.MethodDelete, "/faults", "")
	}
	for _, everywhere := range reads[gen.FaultList](w, http.MethodGet, "/faults", "").Faults {
		w.ask(204, http.MethodDelete, "/faults/"+everywhere.Id, "")
	}
	token := "Bearer " + w.token()
	for _, name := range names {
		for _, path := range []string{
			"/v1/aws_account_assignments", "/m/ripple/accts?vendor=aws", "/m/ripple/accts?vendor=azure", "/m/ripple/billinggroup", "/m/ripple/reseller",
			"/m/ripple/payer/exchange_rate/2020-01", "/m/ripple/invoiceid/exchangerate/aws/2020-01",
		} {
			asked := w.in(name).local(http.MethodGet, path, "")
			asked.Header.Set("Authorization", "Bearer key")
			if strings.HasPrefix(path, "/m/") {
				asked.Header.Set("Authorization", token)
			}
			if a := w.serve(asked); a.Code >= 500 {
				w.t.Errorf("after %s %s, %s in %q answers %d %s", r.Method, r.RequestURI, path, name, a.Code, a.Body)
			}
		}
	}
}

// token takes a Ripple token.
func (w world) token() string {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"key"}, "client_secret": {"s"}}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(w.serve(w.local(http.MethodPost, "/ripple/access_token?"+form.Encode(), "")).Body.Bytes(), &token); err != nil {
		w.t.Fatal(err)
	}
	return token.AccessToken
}
