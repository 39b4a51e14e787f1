package mock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// tapped is a connection whose answers are kept as they come over the wire.
type tapped struct {
	net.Conn
	received *bytes.Buffer
}

func (c tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.received.Write(p[:n])
	return n, err
}

// script is what a client of both APIs asks, one after the other.
type script struct {
	t        *testing.T
	caller   caller
	received bytes.Buffer
}

func (s *script) example(api openapi.API, operation, name string) any {
	s.t.Helper()
	contract, err := openapi.Load(api, openapi.Dialect{})
	if err != nil {
		s.t.Fatal(err)
	}
	example := contract.Operation(operation).Spec.RequestBody.Value.Content["application/json"].Examples[name]
	if example == nil {
		s.t.Fatalf("%s has no example %s", operation, name)
	}
	return example.Value.Value
}

func (s *script) asks(method, path string, body any) {
	s.t.Helper()
	if _, err := s.caller.ask(method, path, body, nil); err != nil && !isSyntax(err) {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// isSyntax reports whether an answer was malformed, as one of the faults has it.
func isSyntax(err error) bool {
	var syntax *json.SyntaxError
	return errors.As(err, &syntax)
}

// wire runs the script on a fresh twin, and returns all that came over the wire.
func wire(t *testing.T, seed int64) string {
	t.Helper()
	twin, err := mock.New(mock.WithSeed(seed), mock.WithFrozenClock(time.Date(2026, 1, 31, 23, 59, 59, 0, time.UTC)), mock.WithFaults(
		gen.NewFault{Kind: gen.Status, Status: new(503), Probability: new(0.3), Api: new(gen.Cloudhealth), Everywhere: new(true)},
		gen.NewFault{Kind: gen.Malformed, Probability: new(0.3), Operations: &[]string{"listAccounts"}, Everywhere: new(true)},
		gen.NewFault{Kind: gen.Quota, Limit: new(12), Api: new(gen.Ripple), Everywhere: new(true)},
	))
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(serve(t, twin), "http://")
	s := &script{t: t}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return tapped{conn, &s.received}, err
	}}
	defer transport.CloseIdleConnections()
	s.caller = caller{url: "http://twinbill.test", http: &http.Client{Transport: transport, Timeout: time.Minute}, key: "client"}
	s.run()
	return regexp.MustCompile(`(?m)^Date: .*\r\n`).ReplaceAllString(s.received.String(), "")
}

func (s *script) run() {
	if err := s.caller.login(); err != nil {
		s.t.Fatal(err)
	}
	s.asks(http.MethodPost, "/ripple/access_token", nil) // refused
	group := s.example(openapi.Ripple, "createBillingGroup", "page")
	s.asks(http.MethodPost, "/m/ripple/billinggroup", group)
	s.asks(http.MethodPost, "/m/ripple/billinggroup", group) // its id is taken
	s.asks(http.MethodPost, "/m/ripple/reseller", s.example(openapi.Ripple, "createReseller", "page"))
	s.asks(http.MethodGet, "/m/ripple/billinggroup", nil)
	account := row{"vendor": "aws", "customer_id": "000000000001", "account_id": payer, "company_id": "company1", "name": "an account", "note": nil}
	for range 2 {
		s.asks(http.MethodPost, "/m/ripple/accts", account)
		s.asks(http.MethodGet, "/m/ripple/accts?vendor=aws", nil)
	}
	for n := range 12 {
		owner := fmt.Sprintf("%012d", n%6+1)
		s.asks(http.MethodPost, assignments, row{"owner_id": owner, "customer_id": n%3 + 1, "payer_account_owner_id": owner})
	}
	for page := range 4 {
		s.asks(http.MethodGet, fmt.Sprintf("%s?page=%d&per_page=1", assignments, page+1), nil)
		s.asks(http.MethodGet, fmt.Sprintf("%s/%d", assignments, page+1), nil)
	}
	for range 12 {
		s.asks(http.MethodGet, "/m/ripple/accts?vendor=aws", nil)
		s.asks(http.MethodGet, "/nowhere", nil)
	}
}

// TestRepeatable runs one script on two twins with the same seed and clock: what comes
// over the wire is the same, byte by byte. With another seed the ids are others, and
// others meet the faults.
func TestRepeatable(t *testing.T) {
	first, second, other := wire(t, 7), wire(t, 7), wire(t, 8)
	if first != second {
		a, b := strings.Split(first, "\r\n"), strings.Split(second, "\r\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("line %d of %d differs:\n%s\n%s", i, len(a), a[i], b[i])
			}
		}
		t.Fatalf("%d lines, then %d", len(a), len(b))
	}
	for _, status := range []string{"200 OK", "400 Bad Request", "404 Not Found", "422 Unprocessable Entity", "429 Too Many Requests", "503 Service Unavailable"} {
		if !strings.Contains(first, "HTTP/1.1 "+status) {
			t.Errorf("the script meets no %s", status)
		}
	}
	for what, pattern := range map[string]string{
		"the id of a request": `(?m)^X-Request-Id: (.*)\r$`,
		"a company_id":        `"company_id":"([A-Za-z]{12})","status"`,
		"who meets a fault":   `(?m)^HTTP/1\.1 (.*)\r$`,
	} {
		find := func(text string) string {
			return fmt.Sprint(regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1))
		}
		if a, b := find(first), find(other); a == "[]" || a == b {
			t.Errorf("%s is %s with either seed", what, a)
		}
	}
}
