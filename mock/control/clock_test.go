package control_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

func TestClock(t *testing.T) {
	w := newWorld(t).in("team")
	for _, step := range []struct{ method, path, body, want string }{
		{http.MethodGet, "/clock", "", `{"frozen":false,"time":"2026-01-31T12:00:00Z"}`},
		{http.MethodPost, "/clock/advance", `{"seconds": 86400.5}`, `{"frozen":false,"time":"2026-02-01T12:00:00.5Z"}`},
		{http.MethodPost, "/clock/advance", `{"seconds": 0}`, `{"frozen":false,"time":"2026-02-01T12:00:00.5Z"}`},
		{http.MethodPut, "/clock", `{"frozen": true}`, `{"frozen":true,"time":"2026-02-01T12:00:00.5Z"}`},
		{http.MethodPut, "/clock", `{"time": "2026-01-31T23:59:59+09:00"}`, `{"frozen":true,"time":"2026-01-31T23:59:59+09:00"}`},
		{http.MethodPost, "/clock/advance", `{"seconds": 1}`, `{"frozen":true,"time":"2026-02-01T00:00:00+09:00"}`},
		{http.MethodPut, "/clock", `{"frozen": false, "time": "2199-12-31T00:00:00Z"}`, `{"frozen":false,"time":"2199-12-31T00:00:00Z"}`},
		{http.MethodPut, "/clock", `{}`, `{"frozen":false,"time":"2026-01-31T12:00:00Z"}`},
	} {
		if got := strings.TrimSpace(w.ask(200, step.method, step.path, step.body)); got != step.want {
			t.Errorf("%s %s %s: %s, want %s", step.method, step.path, step.body, got, step.want)
		}
	}
	for body, words := range map[string]string{
		`{"time": "1969-12-31T23:59:59Z"}`: "time: keep the clock between 1970-01-01T00:00:00Z and 2200-01-01T00:00:00Z",
		`{"time": "2200-01-01T00:00:01Z"}`: "time: keep the clock between",
		`{"time": "2026-02-30T00:00:00Z"}`: "out of its range",
		`{"time": "noon"}`:                 `time: string doesn't match the format "date-time"`,
		`{"time": null}`:                   "time: ",
		`{"zone": "UTC"}`:                  `property "zone" is unsupported`,
	} {
		w.refuses(400, http.MethodPut, "/clock", body, words)
	}
	for body, words := range map[string]string{
		`{"seconds": -1}`: "seconds: number must be at least 0", `{}`: "seconds", `{"seconds": 3155760001}`: "seconds: number must be at most",
	} {
		w.refuses(400, http.MethodPost, "/clock/advance", body, words)
	}
	w.ask(200, http.MethodPut, "/clock", `{"time": "2199-12-31T00:00:00Z"}`)
	w.refuses(400, http.MethodPost, "/clock/advance", `{"seconds": 86401}`, "seconds: the clock would stand at 2200-01-01T00:00:01Z; keep it before")
	if got := reads[gen.Clock](w.in("other"), http.MethodGet, "/clock", ""); !got.Time.Equal(noon) {
		t.Errorf("another sandbox's clock is %v", got)
	}
}

// A token that was issued in a sandbox expires by the sandbox's clock.
func TestTokensExpireByTheClock(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"team"}, "client_secret": {"s"}}
	var token struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}
	if err := json.Unmarshal(w.serve(w.local(http.MethodPost, "/ripple/access_token?"+form.Encode(), "")).Body.Bytes(), &token); err != nil {
		t.Fatal(err)
	}
	status := func() int {
		r := w.local(http.MethodGet, "/m/ripple/billinggroup", "")
		r.Header.Set("Authorization", "Bearer "+token.AccessToken)
		return w.serve(r).Code
	}
	if got := status(); got != 200 || token.ExpiresIn != 86400 {
		t.Fatalf("status %d, and it expires in %d s", got, token.ExpiresIn)
	}
	for _, step := range []struct {
		sandbox, seconds string
		want             int
	}{{"other", "86401", 200}, {"team", "86399", 200}, {"team", "2", 401}} {
		w.in(step.sandbox).ask(200, http.MethodPost, "/clock/advance", `{"seconds": `+step.seconds+`}`)
		if got := status(); got != step.want {
			t.Errorf("after %s s more in %s: status %d, want %d", step.seconds, step.sandbox, got, step.want)
		}
	}
	w.in("team").ask(200, http.MethodPut, "/clock", `{}`)
	if got := status(); got != 200 {
		t.Errorf("with the clock where it was: status %d", got)
	}
}
