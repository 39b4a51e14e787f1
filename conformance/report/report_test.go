package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
)

// TestNoSecretInAReport plants a sentinel in every credential, verifies a deployment
// that repeats whatever it is sent, and searches what is written.
func TestNoSecretInAReport(t *testing.T) {
	const sentinel = "SENTINEL"
	for name, value := range map[string]string{
		"TWINBILL_RIPPLE_CLIENT_ID": "shared", "TWINBILL_RIPPLE_CLIENT_SECRET": `se"cr&t/` + sentinel, "TWINBILL_RIPPLE_USERNAME": "user",
		"TWINBILL_RIPPLE_PASSWORD": "pass word " + sentinel, "TWINBILL_CLOUDHEALTH_API_KEY": "key-" + sentinel,
		"TWINBILL_CLOUDHEALTH_OTHER_API_KEY": "other-" + sentinel,
	} {
		t.Setenv(name, value)
	}
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	var tokens []string
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			http.NotFound(w, r)
			return
		}
		if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ey"); ok {
			tokens = append(tokens, "ey"+token)
		}
		recorder := httptest.NewRecorder()
		sent, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
		twin.ServeHTTP(recorder, r)
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.Header().Set("X-Echo", r.Header.Get("Authorization")+" "+r.URL.String()+" "+strings.NewReplacer("\r", "", "\n", " ").Replace(string(sent)))
		w.WriteHeader(recorder.Code)
		if recorder.Code >= 400 {
			_ = json.NewEncoder(w).Encode(map[string]string{"error": r.Header.Get("Authorization") + r.URL.String() + string(sent)})
			return
		}
		_, _ = w.Write(recorder.Body.Bytes())
	})
	credentials := target.FromEnvironment()
	credentials.Ripple.Fewer = map[string]target.Client{
		"ripple_readonly_token": {ID: "readonly", Secret: "fewer-" + sentinel}, "ripple_noroles_token": {ID: "noroles", Secret: sentinel + "-fewest"},
	}
	found, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(echo), Seed: 1, Parallel: 1, Credentials: credentials,
		Writes: conformance.Writes{Allowed: true, Irreversible: true}, Secrets: []string{"header-" + sentinel},
		Selection: conformance.Selection{Run: []string{"ripple/token/*", "ripple/account/*", "cloudhealth/assignment/*", "probe/createReseller/*"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if found.Count(conformance.Fail) == 0 || len(tokens) == 0 {
		t.Fatal("the deployment does not repeat what it is sent")
	}
	// What the suite does not say by itself in this run may hold a secret in another one.
	spill := append(credentials.Secrets(), "header-"+sentinel)
	sort.Strings(spill)
	leak := strings.Join(spill, " and ") + " at https://user:" + sentinel + "@billing.example/?api_key=" + sentinel
	found.Residue, found.Kept, found.Stale = []string{leak}, []string{leak}, []string{leak}
	found.Replay = "twinbill verify --url " + leak
	found.Target = leak
	for i := range found.Results {
		if r := &found.Results[i]; r.Verdict == conformance.Fail {
			r.Reason, r.Expected, r.Actual, r.Blame, r.Summary = leak, leak, leak, leak, leak
			if i%2 == 0 {
				r.Excused = leak
			}
		}
	}
	d := report.New(found, report.Options{Version: "test", Strict: true})
	texts := map[string]string{}
	write := func(name string, to func(io.Writer) error) {
		var b bytes.Buffer
		if err := to(&b); err != nil {
			t.Fatal(err)
		}
		texts[name] = b.String()
	}
	for _, f := range report.Formats() {
		write(f.Name, func(w io.Writer) error { return f.Write(w, d) })
	}
	write("annotations", func(w io.Writer) error { return report.Annotations(w, d) })
	write("terminal", func(w io.Writer) error { report.NewTerminal(w, false).Finish(d); return nil })
	write("diff", report.Diff(&report.Document{}, d).Text)
	write("diff as JSON", report.Diff(&report.Document{}, d).JSON)
	for name, text := range texts {
		if len(text) < 200 {
			t.Errorf("%s is empty", name)
		}
		if i := strings.Index(text, sentinel); i >= 0 {
			t.Errorf("%s shows a secret: ...%s", name, text[max(0, i-200):i+20])
		}
		for _, token := range tokens {
			if strings.Contains(text, token) {
				t.Errorf("%s shows a token", name)
				break
			}
		}
	}
}

// TestTerminalIsNotRewritten: control characters of a target stay out of the terminal.
func TestTerminalIsNotRewritten(t *testing.T) {
	hostile := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if list := map[string]string{"/m/ripple/accts": `[]`, "/v1/aws_account_assignments": `{"aws_account_assignments":[]}`}[r.URL.Path]; list != "" {
			_, _ = io.WriteString(w, list) // what opens a run, so that it goes on
			return
		}
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "{\"error\":\"\x1b[2J\x07 gone\r\n0 checks: all is well\"}")
	})
	t.Setenv("TWINBILL_CLOUDHEALTH_API_KEY", "key")
	found, err := conformance.Run(t.Context(), conformance.Config{Target: target.InProcess(hostile), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	report.NewTerminal(&shown, false).Finish(report.New(found, report.Options{}))
	if strings.ContainsAny(shown.String(), "\x1b\x07\r") || strings.Contains(shown.String(), "\n0 checks") {
		t.Error("the target has written to the terminal")
	}
}
