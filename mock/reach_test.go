package mock_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock"
)

// raw sends a request as a client of any age writes it, and reads the answer. Lines end as
// HTTP has them; HOST stands for the twin's own address.
func raw(t *testing.T, twin *mock.Running, method, head, body string) (*http.Response, string) {
	t.Helper()
	address := strings.Split(strings.TrimPrefix(twin.URL, "http://"), "/")[0]
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	head = strings.NewReplacer("HOST", address, "\n", "\r\n").Replace(head)
	if _, err := io.WriteString(conn, method+" "+head+"\r\nConnection: close\r\n\r\n"+body); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(said)
}

// assign makes two assignments, so that lists of one a page have links.
func assign(t *testing.T, twin *mock.Running) {
	t.Helper()
	for _, owner := range []string{"000000000001", "000000000002"} {
		body := `{"owner_id":"` + owner + `","customer_id":1,"payer_account_owner_id":"` + owner + `"}`
		answer, err := http.Post(twin.CloudHealthURL()+"/v1/aws_account_assignments?api_key=k", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("status %d", answer.StatusCode)
		}
	}
}

// TestLinksAreWhereClientsCameFrom reads the first link of a list by clients that reach the
// twin in every way.
func TestLinksAreWhereClientsCameFrom(t *testing.T) {
	t.Parallel()
	const list = "/v1/aws_account_assignments?api_key=k&per_page=1"
	forwarded := "\nX-Forwarded-Proto: https\nX-Forwarded-Host: twin.example.com\nX-Forwarded-Prefix: /pre/"
	for name, c := range map[string]struct {
		options []mock.Option
		head    string
		want    string
	}{
		"a host":                         {nil, list + " HTTP/1.1\nHost: twin.test:8080", "http://twin.test:8080"},
		"HTTP/1.0 without a host":        {nil, list + " HTTP/1.0", "http://HOST"},
		"HTTP/1.0 with a host":           {nil, list + " HTTP/1.0\nHost: twin.test", "http://twin.test"},
		"a public URL":                   {[]mock.Option{mock.WithPublicURL("https://twin.example.com/billing/")}, list + " HTTP/1.1\nHost: HOST", "https://twin.example.com/billing"},
		"a public URL, HTTP/1.0":         {[]mock.Option{mock.WithPublicURL("https://twin.example.com")}, list + " HTTP/1.0", "https://twin.example.com"},
		"a public URL, a partner's host": {[]mock.Option{mock.WithPublicURL("https://twin.example.com")}, list + " HTTP/1.1\nHost: chapi.cloudhealthtech.com", "http://chapi.cloudhealthtech.com"},
		"a base path":                    {[]mock.Option{mock.WithBasePath("/billing")}, "/billing" + list + " HTTP/1.1\nHost: twin.test", "http://twin.test/billing"},
		"a base path with escapes":       {[]mock.Option{mock.WithBasePath("billing/")}, "/b%69lling/v1/%61ws_account_assignments?api_key=k&per_page=1 HTTP/1.1\nHost: twin.test", "http://twin.test/billing"},
		"a base path, HTTP/1.0":          {[]mock.Option{mock.WithBasePath("/a/b")}, "/a/b" + list + " HTTP/1.0", "http://HOST/a/b"},
		"a base path, a partner's host":  {[]mock.Option{mock.WithBasePath("/billing")}, list + " HTTP/1.1\nHost: chapi.cloudhealthtech.com", "http://chapi.cloudhealthtech.com"},
		"both":                           {[]mock.Option{mock.WithBasePath("/billing"), mock.WithPublicURL("https://twin.example.com/x")}, "/billing" + list + " HTTP/1.1\nHost: HOST", "https://twin.example.com/x"},
		"a proxy that is not believed":   {nil, list + " HTTP/1.1\nHost: twin.test" + forwarded, "http://twin.test"},
		"a proxy":                        {[]mock.Option{mock.WithForwarded()}, list + " HTTP/1.1\nHost: twin.test" + forwarded, "https://twin.example.com/pre"},
		"two proxies":                    {[]mock.Option{mock.WithForwarded()}, list + " HTTP/1.1\nHost: twin.test\nX-Forwarded-Proto: https, http\nX-Forwarded-Host: one.test, two.test", "https://one.test"},
		"a proxy as RFC 7239 has it":     {[]mock.Option{mock.WithForwarded()}, list + " HTTP/1.1\nHost: twin.test\nForwarded: for=192.0.2.1;Proto=HTTPS;host=\"twin.example.com:8443\"", "https://twin.example.com:8443"},
		"a proxy that says nothing":      {[]mock.Option{mock.WithForwarded()}, list + " HTTP/1.1\nHost: twin.test", "http://twin.test"},
		"a proxy that writes a link":     {[]mock.Option{mock.WithForwarded()}, list + " HTTP/1.1\nHost: twin.test\nX-Forwarded-Host: a>; rel=\"x\"\nX-Forwarded-Proto: javascript\nX-Forwarded-Prefix: /a>b", "http://twin.test"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			twin := mock.Start(t, c.options...)
			assign(t, twin)
			answer, said := raw(t, twin, http.MethodGet, c.head, "")
			address := strings.Split(strings.TrimPrefix(twin.URL, "http://"), "/")[0]
			want := "<" + strings.ReplaceAll(c.want, "HOST", address) + "/v1/aws_account_assignments?"
			if got := answer.Header.Get("Link"); !strings.HasPrefix(got, want) || strings.Contains(got, `rel="x"`) {
				t.Errorf("status %d, Link %q, want %s...: %s", answer.StatusCode, got, want, said)
			}
		})
	}
}

// TestLocationIsWhereClientsCameFrom: what a create names can be read by the same way.
func TestLocationIsWhereClientsCameFrom(t *testing.T) {
	t.Parallel()
	const body = `{"owner_id":"000000000001","customer_id":1,"payer_account_owner_id":"000000000001"}`
	for want, c := range map[string]struct {
		option mock.Option
		head   string
	}{
		"https://twin.example.com/x/v1/aws_account_assignments/1": {mock.WithPublicURL("https://twin.example.com/x"), "/v1/aws_account_assignments?api_key=k HTTP/1.1\nHost: HOST"},
		"http://twin.test/billing/v1/aws_account_assignments/1":   {mock.WithBasePath("/billing"), "/billing/v1/aws_account_assignments?api_key=k HTTP/1.1\nHost: twin.test"},
	} {
		answer, said := raw(t, mock.Start(t, c.option), http.MethodPost, c.head+"\nContent-Type: application/json\nContent-Length: 83", body)
		if got := answer.Header.Get("Location"); got != want {
			t.Errorf("status %d, Location %q, want %q: %s", answer.StatusCode, got, want, said)
		}
	}
}

// TestBasePath: nothing is beside it, and the control API and the journal are below it.
func TestBasePath(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t, mock.WithBasePath("/billing"))
	if !strings.HasSuffix(twin.URL, "/billing") {
		t.Errorf("URL %s", twin.URL)
	}
	for path, status := range map[string]int{
		"/v1/aws_account_assignments?api_key=k":         404,
		"/__admin/health":                               404,
		"/billings/v1/aws_account_assignments":          404,
		"/billing":                                      404,
		"/billing/__admin/health":                       200,
		"/billing/v1/aws_account_assignments?api_key=k": 200,
	} {
		answer, said := raw(t, twin, http.MethodGet, path+" HTTP/1.1\nHost: HOST", "")
		if answer.StatusCode != status || status == 404 && path != "/billing" && !strings.Contains(said, "this twin is below /billing/") {
			t.Errorf("%s: status %d, want %d: %s", path, answer.StatusCode, status, said)
		}
	}
	if asked := twin.Requests(); len(asked) != 5 {
		t.Errorf("the journal holds %d requests, want all but that of the control API", len(asked))
	}
	for _, asked := range twin.Requests() {
		if departs := len(asked.Departures) > 0; departs != (asked.Status == 404) || asked.Status == 200 && strings.Contains(asked.Url, "billing") {
			t.Errorf("%d %s: %v", asked.Status, asked.Url, asked.Departures)
		}
	}
}

// TestControlWantsAHostBelowABasePath: a request of HTTP/1.0 may name no host, and then
// asks the control API by no name of this machine, wherever that begins.
func TestControlWantsAHostBelowABasePath(t *testing.T) {
	t.Parallel()
	for base, options := range map[string][]mock.Option{"": nil, "/billing": {mock.WithBasePath("/billing")}} {
		answer, said := raw(t, mock.Start(t, options...), http.MethodGet, base+"/__admin/state HTTP/1.0", "")
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: status %d: %s", base, answer.StatusCode, said)
		}
	}
}

// TestReachRefuses: the error is one line, and says what to write.
func TestReachRefuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"twin.example.com", "//twin.example.com", "ftp://twin.example.com", "https://", "https://u@twin.example.com", "https://twin.example.com?x", "https://twin.example.com/#x", "https://a b",
		"https://twin.example.com:0", "https://twin.example.com:65536", "https://twin.example.com:", "https://twin.example.com;x", "https://a.example.com,b.example.com", "https://twin.example.com/a;b", "https://tw\u00edn.example.com", "https://tw%C3%ADn.example.com",
		"https://twin.example.com/a/../b", "https://twin.example.com/..", "https://twin.example.com/%2e%2e/b", "https://twin.example.com/?", "https://twin.example.com/#"} {
		if _, err := mock.New(mock.WithPublicURL(url)); err == nil || !strings.Contains(err.Error(), "such as https://") {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, path := range []string{"/", "/a//b", "/../a", "/a b", "/a%20b", "https://twin.example.com", "/a?b", "/__admin", "/__admin/x"} {
		if _, err := mock.New(mock.WithBasePath(path)); err == nil || !strings.Contains(err.Error(), "such as /billing") {
			t.Errorf("%q: %v", path, err)
		}
	}
}
