package clientgate

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// standIn answers as the control API of a twin does.
func standIn(t *testing.T, answers map[string]string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := answers[strings.TrimPrefix(r.URL.RequestURI(), "/__admin")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

const (
	counted = "/requests?limit=1"
	listed  = "/requests?departing=true&limit=1000"
)

func TestHostileNamesStayOnTheirLines(t *testing.T) {
	says := `a\u202e]]>\u0000\u001b[31m|<script>` + "`x`" + `\r\n::error::`
	url := standIn(t, map[string]string{
		counted: `{"requests":[],"matching":1,"forgotten":0}`,
		listed:  fmt.Sprintf(`{"requests":[{"id":"i\n1","method":"GET","url":"http://x/p?client_secret=SECRET","departures":[{"kind":"unknown-route","says":"%s"}]}],"matching":1}`, says),
	})
	result, err := Run(t.Context(), Config{URL: url, Patience: time.Minute})
	if err != nil || result.Met || len(result.Findings) != 1 || result.Findings[0].Name != "GET /p unknown-route" {
		t.Fatalf("%+v, %v", result, err)
	}
	for _, write := range append(Formats(), Format{"terminal", Terminal}) {
		var out bytes.Buffer
		if err := write.Write(&out, result); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x00\x1b\r\u202e") || strings.Contains(out.String(), "\n::error") || strings.Contains(out.String(), "SECRET") {
			t.Errorf("%s: %q", write.Name, out.String())
		}
		if write.Name == "html" && !strings.Contains(out.String(), "<h1>Not met</h1>") {
			t.Errorf("html: %s", out.String())
		}
		if (write.Name == "md" || write.Name == "html") && strings.Contains(out.String(), "<script>") {
			t.Errorf("%s: %s", write.Name, out.String())
		}
		if write.Name == "junit" {
			if err := xml.Unmarshal(out.Bytes(), new(junitSuites)); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestRefusalsAreCountedByRequest: a request that breaks three rules is one of those that
// --max-refusals lets pass, and one that is allowed for another reason is none.
func TestRefusalsAreCountedByRequest(t *testing.T) {
	refusal := func(clause string) string { return `{"kind":"refused","clause":"` + clause + `","says":"x"}` }
	url := standIn(t, map[string]string{
		counted: `{"requests":[],"matching":2,"forgotten":0}`,
		listed: fmt.Sprintf(`{"requests":[{"id":"1","departures":[%s,%s,%s]},{"id":"2","departures":[%s]}],"matching":2}`,
			refusal("a.one"), refusal("a.two"), refusal("a.three"), refusal("b.one")),
	})
	for _, c := range []struct {
		allowed  []string
		refusals int
		met      bool
	}{{nil, 1, false}, {nil, 2, true}, {[]string{"b.*"}, 1, true}, {[]string{"a.one"}, 1, false}, {[]string{"*"}, 0, true}} {
		result, err := Run(t.Context(), Config{URL: url, Allowed: c.allowed, Refusals: c.refusals, Patience: time.Minute})
		if err != nil || result.Met != c.met {
			t.Errorf("%v, %d refusals: %+v, %v", c.allowed, c.refusals, result, err)
		}
	}
}

func TestNoHeaderCanBeForged(t *testing.T) {
	if _, err := Run(t.Context(), Config{URL: "http://127.0.0.1:1", Sandbox: "a\r\nb: c"}); err == nil || !strings.HasPrefix(err.Error(), "--sandbox: ") {
		t.Errorf("%v", err)
	}
}

func TestMoreDeparturesThanAreListed(t *testing.T) {
	url := standIn(t, map[string]string{
		counted: `{"matching":3}`,
		listed:  `{"requests":[{"id":"1","operation":"listAccounts","departures":[{"kind":"violation","says":"x"}]}],"matching":3}`,
	})
	result, err := Run(t.Context(), Config{URL: url, Allowed: []string{"violation"}, Patience: time.Minute})
	if err != nil || result.Met || result.Failures() != 1 || result.Findings[0].Name != "listed" {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, answers := range map[string]map[string]string{
		"no JSON":   {counted: "<html>"},
		"not there": {},
		"half":      {counted: `{"matching":1}`},
	} {
		if result, err := Run(t.Context(), Config{URL: standIn(t, answers), Patience: time.Minute}); err == nil || !strings.Contains(err.Error(), "mend --url") {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
	}
	held := make(chan struct{})
	mute := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	t.Cleanup(mute.Close)
	t.Cleanup(func() { close(held) })
	if _, err := Run(t.Context(), Config{URL: mute.URL, Patience: 10 * time.Millisecond}); err == nil || !strings.HasPrefix(err.Error(), "no twin answers at "+mute.URL) {
		t.Errorf("mute: %v", err)
	}
}

// TestHTMLSaysWhatIsWrong: each finding stands once in the page, below its group, with its
// clause and level, what it says, the details and how to mend it.
func TestHTMLSaysWhatIsWrong(t *testing.T) {
	result := &Result{URL: "http://127.0.0.1:1", Sandbox: "mine", Requests: 9, Findings: []Finding{
		{Group: "departures", Name: "createAccount refused", Verdict: Fail, Says: "It was refused.", Clause: "ripple.account.customer-id.unique", Level: "must", Requests: []string{"id-1", "id-2"}, Count: 7, Mend: "mend the client"},
		{Group: "departures", Name: "listAccounts undeclared-field page", Verdict: Allowed, Says: "page is not documented.", Clause: "ripple.unknown-fields", Level: "silent", Count: 1},
		{Group: "expectations", Name: "every page is read", Verdict: Fail, Says: "It was never called.", Details: []string{"page: 2 is missing"}, Mend: "mend demands.yaml:1"},
		{Group: "coverage", Name: "operations", Verdict: Pass, Says: "Enough is met."},
	}}
	var out bytes.Buffer
	if err := HTML(&out, result); err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(out.String(), "<wbr>", "")
	for _, once := range []string{
		"<h1>Not met</h1>", `<section id="departures"`, `<section id="expectations"`, `<section id="coverage"`,
		"<h3>createAccount refused</h3>", "It was refused.", `/docs/ledger.md#ripple.account.customer-id.unique">`, " · must", " · 7 requests", "request id-1, id-2 and 5 more", "to mend: mend the client<",
		"<h3>listAccounts undeclared-field page</h3>", `/docs/ledger.md#ripple.unknown-fields">`, " · silent", " · 1 request<",
		"<h3>every page is read</h3>", "page: 2 is missing", "to mend: mend demands.yaml:1", "Enough is met.",
	} {
		if n := strings.Count(page, once); n != 1 {
			t.Errorf("%q stands there %d times, want once", once, n)
		}
	}
	if places := []int{strings.Index(page, `id="departures"`), strings.Index(page, "It was refused."), strings.Index(page, `id="expectations"`), strings.Index(page, "It was never called."), strings.Index(page, `id="coverage"`)}; !slices.IsSorted(places) {
		t.Errorf("findings are outside of their groups: %v", places)
	}
	if n := strings.Count(page, `<details class="check fail" open>`); n != 2 {
		t.Errorf("%d findings are open, want those that fail", n)
	}
}
