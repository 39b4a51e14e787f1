package conformance_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/cloudhealth"
	"github.com/twinbill/twinbill/mock/ripple"
	"github.com/twinbill/twinbill/openapi"
)

// admitting is a twin that admits one client and one key, and does not say that it is one.
func admitting(t *testing.T) http.Handler {
	t.Helper()
	twin, err := mock.New(mock.WithClients(ripple.Clients{"acme": {Secret: "acme-secret", Roles: []string{"Admin"}}}), mock.WithKeys(cloudhealth.Keys{"acme-key"}))
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			http.NotFound(w, r)
			return
		}
		twin.ServeHTTP(w, r)
	})
}

// TestWrongTargetIsSaidInOneLine meets what is not the deployment that was meant: one line
// says which, within two seconds and ten requests, and nothing is verified.
func TestWrongTargetIsSaidInOneLine(t *testing.T) {
	admitted := target.Credentials{Ripple: target.Ripple{Client: target.Client{ID: "acme", Secret: "acme-secret"}}, CloudHealth: target.CloudHealth{Key: "acme-key"}}
	wrongSecret, wrongKey := admitted, admitted
	wrongSecret.Ripple.Secret = "another-secret"
	wrongKey.CloudHealth.Key = "another-key"
	otherClient, otherKey, roleClient, user := admitted, admitted, admitted, admitted
	roleClient.Ripple.Roles = map[string]target.Client{"ReadAccount": {ID: "reader", Secret: "reader-secret"}}
	user.Ripple.Username, user.Ripple.Password = "someone", "another-password"
	otherClient.Ripple.Fewer = map[string]target.Client{"ripple_other_token": {ID: "other", Secret: "other-secret"}}
	otherKey.CloudHealth.OtherKey = "other-key"
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Welcome</html>") })
	fine := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":true}`)
	})
	rowsOf := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		}
	}
	admits := admitting(t)
	tokens := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/access_token") {
			admits.ServeHTTP(w, r)
			return
		}
		fine(w, r)
	})
	for name, c := range map[string]struct {
		handler     http.Handler
		tls         bool
		address     func(string) string
		credentials target.Credentials
		apis        []openapi.API
		says        string
	}{
		"another server":                 {handler: page, credentials: admitted, says: "is it the token URL?"},
		"another server, CloudHealth":    {handler: page, credentials: admitted, apis: []openapi.API{openapi.CloudHealth}, says: "this is not CloudHealth"},
		"another API":                    {handler: fine, credentials: admitted, apis: []openapi.API{openapi.CloudHealth}, says: "this is not CloudHealth"},
		"a token, and another API":       {handler: tokens, credentials: admitted, apis: []openapi.API{openapi.Ripple}, says: "this is not Ripple"},
		"no credential":                  {handler: page, says: "this is not Ripple"},
		"no credential, all refused":     {handler: admitting(t), says: "every read is refused, and verify was given no credential"},
		"no credential, wrong base path": {handler: admitting(t), address: func(u string) string { return u + "/api" }, apis: []openapi.API{openapi.CloudHealth}, says: "this is not CloudHealth"},
		"a bare list":                    {handler: rowsOf(`[]`), credentials: admitted, apis: []openapi.API{openapi.CloudHealth}, says: "this is not CloudHealth"},
		"another API's list":             {handler: rowsOf(`[{"id":1,"title":"blog"}]`), apis: []openapi.API{openapi.Ripple}, says: "this is not Ripple"},
		"down": {handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusServiceUnavailable)
		}), credentials: admitted, says: "try again when the server is up"},
		"empty answers":                {handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), credentials: admitted, apis: []openapi.API{openapi.CloudHealth}, says: "this is not CloudHealth"},
		"wrong base path":              {handler: admitting(t), address: func(u string) string { return u + "/api" }, credentials: admitted, says: "404"},
		"wrong base path, CloudHealth": {handler: admitting(t), address: func(u string) string { return u + "/api" }, credentials: admitted, apis: []openapi.API{openapi.CloudHealth}, says: "check the URL"},
		"wrong secret":                 {handler: admitting(t), credentials: wrongSecret, says: "the Ripple client acme is refused"},
		"wrong key":                    {handler: admitting(t), credentials: wrongKey, says: "the CloudHealth key is refused"},
		"wrong client of one role":     {handler: admitting(t), credentials: roleClient, says: "(ripple.roles.ReadAccount)"},
		"wrong password": {handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("grant_type") == "password" {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
				return
			}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(r.PostForm.Encode())), int64(len(r.PostForm.Encode()))
			admits.ServeHTTP(w, r)
		}), credentials: user, says: "check ripple.user"},
		"wrong client of another partner": {handler: admitting(t), credentials: otherClient, says: "the Ripple client other is refused"},
		"wrong key of another partner":    {handler: admitting(t), credentials: otherKey, says: "the other CloudHealth key is refused"},
		"plain HTTP to TLS":               {handler: admitting(t), tls: true, address: func(u string) string { return strings.Replace(u, "https:", "http:", 1) }, credentials: admitted, says: "it speaks TLS; write https://"},
		"TLS to plain HTTP":               {handler: admitting(t), address: func(u string) string { return strings.Replace(u, "http:", "https:", 1) }, credentials: admitted, says: "it speaks plain HTTP; write http://"},
		"redirects all": {handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://api.example.com/new"+r.URL.Path, http.StatusPermanentRedirect)
		}), credentials: admitted, says: "name the URL that it leads to, https://api.example.com/new"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				c.handler.ServeHTTP(w, r)
			})
			server := httptest.NewUnstartedServer(counted)
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			if c.tls {
				server.StartTLS()
			} else {
				server.Start()
			}
			defer server.Close()
			address := server.URL
			if c.address != nil {
				address = c.address(address)
			}
			reached, err := target.New(address, 2*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			config := conformance.Config{
				Target: reached, Credentials: c.credentials, Shared: true, APIs: c.apis, Seed: 1, Writes: conformance.Writes{Allowed: true},
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // where the preflight is none
			defer cancel()
			for name, ask := range map[string]func() error{
				"run":     func() error { _, err := conformance.Run(ctx, config); return err },
				"examine": func() error { _, _, err := conformance.Examine(ctx, config); return err },
			} {
				if name == "examine" && c.credentials.Empty() {
					continue // nothing is sent
				}
				asked.Store(0)
				started := time.Now()
				err := ask()
				if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: want one line that says %q, got %v", name, c.says, err)
				}
				if asked.Load() > 10 || time.Since(started) > 2*time.Second {
					t.Errorf("%s: %d requests in %v", name, asked.Load(), time.Since(started))
				}
			}
		})
	}
}

// TestBrokenDeploymentIsJudged: one operation that is missing does not make a deployment
// another server.
func TestBrokenDeploymentIsJudged(t *testing.T) {
	whole := admitting(t)
	for _, missing := range []string{"/m/ripple/accts", "/m/ripple/billinggroup"} {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == missing {
				http.NotFound(w, r)
				return
			}
			whole.ServeHTTP(w, r)
		})
		report, err := conformance.Run(t.Context(), conformance.Config{
			Target: target.InProcess(handler), APIs: []openapi.API{openapi.Ripple}, Shared: true, Seed: 1, Writes: conformance.Writes{ReadOnly: true},
			Credentials: target.Credentials{Ripple: target.Ripple{Client: target.Client{ID: "acme", Secret: "acme-secret"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if report.ExitCode(false) != 1 {
			t.Errorf("without %s: exit %d", missing, report.ExitCode(false))
		}
	}
}

// TestIdleConnectionsMayBeClosed: a server that drops idle connections loses no request, not
// even one that arrives at that moment. Only a create may not be sent again.
func TestIdleConnectionsMayBeClosed(t *testing.T) {
	whole := admitting(t)
	var closed atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last := r.Context().Value(answered{}).(*atomic.Int64)
		if before := last.Load(); before == 0 || time.Since(time.UnixMicro(before)) < 15*time.Millisecond || r.Method == http.MethodPost {
			whole.ServeHTTP(w, r)
			last.Store(time.Now().UnixMicro())
			return
		}
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if r.Method == http.MethodDelete {
			closed.Add(1)
		}
		_ = connection.Close()
	}))
	server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, answered{}, new(atomic.Int64))
	}
	server.Start()
	defer server.Close()
	reached, err := target.New(server.URL, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	reached.Pace(openapi.CloudHealth, 25) // one request every 40 ms, for which the connection is kept
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: reached, APIs: []openapi.API{openapi.CloudHealth}, Shared: true, Seed: 1, Parallel: 1, Writes: conformance.Writes{Allowed: true},
		Credentials: target.Credentials{CloudHealth: target.CloudHealth{Key: "acme-key"}}, Selection: conformance.Selection{Run: []string{"cloudhealth/assignment/delete*"}},
		Inputs: map[string]any{"customer": 1, "owner_a": "000000000001"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if clean(t, report); closed.Load() == 0 {
		t.Error("no connection was closed under a deletion")
	}
}

// answered is when a connection brought its last answer.
type answered struct{}

// served counts the requests of a connection.
type served struct{}

// TestAConnectionCutUnderAWrite: one that served before is closed as an update or a deletion
// arrives, before a byte of an answer. That is sent again, on another connection.
func TestAConnectionCutUnderAWrite(t *testing.T) {
	whole := admitting(t)
	var cut atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before := r.Context().Value(served{}).(*atomic.Int32).Add(1) - 1
		if before == 0 || r.Method != http.MethodPut && r.Method != http.MethodDelete {
			whole.ServeHTTP(w, r)
			return
		}
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		cut.Add(1)
		_ = connection.Close()
	}))
	server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, served{}, new(atomic.Int32))
	}
	server.Start()
	defer server.Close()
	reached := reach(t, server)
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: reached, APIs: []openapi.API{openapi.CloudHealth}, Shared: true, Seed: 1, Parallel: 1, Writes: conformance.Writes{Allowed: true},
		Credentials: target.Credentials{CloudHealth: target.CloudHealth{Key: "acme-key"}}, Selection: conformance.Selection{Run: []string{"cloudhealth/assignment/update-one-field"}},
		Inputs: map[string]any{"customer": 1, "owner_a": "000000000001", "owner_b": "000000000002"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if clean(t, report); cut.Load() < 2 {
		t.Errorf("%d connections were cut", cut.Load())
	}
}

// TestDeadlineEndsARun: what was not run is no pass.
func TestDeadlineEndsARun(t *testing.T) {
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(5 * time.Millisecond)
		twin.ServeHTTP(w, r)
	})
	report, err := conformance.Run(t.Context(), conformance.Config{Target: target.InProcess(slow), Seed: 1, Deadline: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if code := report.ExitCode(false); code != 3 || report.Unrun() == 0 {
		t.Errorf("exit %d, %d not run", code, report.Unrun())
	}
	if len(report.Residue) > 0 {
		t.Errorf("residue: %v", report.Residue)
	}
}

// TestInterruptionIsObeyedAtOnce interrupts runs that wait for a target, before anything was created.
func TestInterruptionIsObeyedAtOnce(t *testing.T) {
	whole := admitting(t)
	var begun atomic.Bool
	for name, answer := range map[string]http.HandlerFunc{
		"Retry-After": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "59")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"hanging": func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				defer connection.Close()
				_, _ = io.Copy(io.Discard, connection)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			begun.Store(false)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/ripple/access_token" || strings.HasPrefix(r.URL.Path, "/__admin") || r.Method != http.MethodGet {
					whole.ServeHTTP(w, r)
					return
				}
				begun.Store(true)
				answer(w, r)
			}))
			defer server.CloseClientConnections()
			reached, err := target.New(server.URL, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				for !begun.Load() {
					time.Sleep(time.Millisecond)
				}
				time.Sleep(50 * time.Millisecond)
				cancel()
			}()
			started := time.Now()
			_, _ = conformance.Run(ctx, conformance.Config{
				Target: reached, APIs: []openapi.API{openapi.Ripple}, Shared: true, Seed: 1, Writes: conformance.Writes{Allowed: true},
				Credentials: target.Credentials{Ripple: target.Ripple{Client: target.Client{ID: "acme", Secret: "acme-secret"}}},
			})
			if took := time.Since(started); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestASlowTargetIsToldOfTheTimeout: where no answer comes in time, the line names the key of
// the target file that allows more.
func TestASlowTargetIsToldOfTheTimeout(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	reached, err := target.New(server.URL, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conformance.Run(t.Context(), conformance.Config{Target: reached, Seed: 1, Contact: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "nothing came within 50ms") || !strings.Contains(err.Error(), "timeouts.contact") {
		t.Errorf("said: %v", err)
	}
}
