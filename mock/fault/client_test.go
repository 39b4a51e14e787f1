package fault_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// server is a twin behind a listener, and a client of it.
type server struct {
	*httptest.Server
	client *http.Client
	key    string // of CloudHealth; each names a sandbox
}

type option func(*httptest.Server)

// serve runs a twin that has some faults, over HTTP/1.1 or HTTP/2.
func serve(t *testing.T, major int, options []mock.Option, more ...option) *server {
	t.Helper()
	twin, err := mock.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(twin)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, o := range more {
		o(s)
	}
	if major == 2 {
		s.EnableHTTP2 = true
		s.StartTLS()
	} else {
		s.Start()
		s.Client().Transport.(*http.Transport).DisableKeepAlives = true // or it asks again by itself
	}
	t.Cleanup(s.Close)
	s.Client().Timeout = 20 * time.Second
	return &server{Server: s, client: s.Client(), key: "k"}
}

func with(faults ...gen.NewFault) []mock.Option { return []mock.Option{mock.WithFaults(faults...)} }

// answer is what came of a request.
type answer struct {
	*http.Response
	err  error // of the request, or of reading the body
	body string
}

// do sends a request with the key of CloudHealth, and reads the answer.
func (s *server) do(ctx context.Context, method, path, body string) answer {
	request, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	request.Header.Set("Authorization", "Bearer "+s.key)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return s.send(request)
}

func (s *server) send(request *http.Request) answer {
	response, err := s.client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return answer{response, err, string(data)}
}

// list reads the assignments.
func (s *server) list(ctx context.Context) answer {
	return s.do(ctx, http.MethodGet, assignments, "")
}

const assignments = "/v1/aws_account_assignments"

// token gets one from Ripple.
func (s *server) token(t *testing.T) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"c"}, "client_secret": {"s"}, "scope": {"openid"}}
	response, err := s.client.PostForm(s.URL+"/ripple/access_token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil || token.AccessToken == "" {
		t.Fatalf("%s: no token (%v)", response.Status, err)
	}
	return token.AccessToken
}

// both runs a test over HTTP/1.1 and over HTTP/2.
func both(t *testing.T, test func(t *testing.T, major int)) {
	for _, major := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP %d", major), func(t *testing.T) {
			t.Parallel()
			test(t, major)
		})
	}
}

// whole is the answer without any fault.
func whole(t *testing.T, major int) answer {
	t.Helper()
	a := serve(t, major, nil).list(t.Context())
	if a.err != nil || a.StatusCode != http.StatusOK || a.ProtoMajor != major || a.Header.Get("Twinbill-Fault") != "" {
		t.Fatalf("without a fault it answers %+v", a)
	}
	return a
}

// faulted holds an answer to the fault that it says it met.
func faulted(t *testing.T, a answer, want ...string) {
	t.Helper()
	if a.Response == nil {
		t.Fatalf("no answer: %v", a.err)
	}
	if got := a.Header.Values("Twinbill-Fault"); !slices.Equal(got, want) {
		t.Errorf("Twinbill-Fault is %q, want %q", got, want)
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, major int) {
		s := serve(t, major, with(gen.NewFault{Kind: gen.Latency, Seconds: new(0.1), SpreadSeconds: new(0.05)}, gen.NewFault{Kind: gen.Latency, Seconds: new(0.1)}))
		began := time.Now()
		a := s.list(t.Context())
		if took := time.Since(began); took < 200*time.Millisecond {
			t.Errorf("it took %v, want 0.2 s at least", took)
		}
		if a.err != nil || a.StatusCode != http.StatusOK || a.body != whole(t, major).body {
			t.Errorf("it answers %+v", a)
		}
	})
}

// TestLatencyOutlastsTheServersLimits: the limits that keep other clients from holding
// connections do not end what is to be slow.
func TestLatencyOutlastsTheServersLimits(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, major int) {
		for _, f := range []gen.NewFault{
			{Kind: gen.Latency, Seconds: new(0.5)},
			{Kind: gen.Slow, BytesPerSecond: new(2 * len(whole(t, major).body))},
		} {
			s := serve(t, major, with(f), func(s *httptest.Server) {
				s.Config.ReadTimeout, s.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
			})
			began := time.Now()
			if a := s.list(t.Context()); a.err != nil || a.StatusCode != http.StatusOK || time.Since(began) < 300*time.Millisecond {
				t.Errorf("%s answers %+v after %v", f.Kind, a, time.Since(began))
			}
		}
	})
}

// TestLatencyEndsWithTheClient: the wait ends when the client goes away, and the request
// is carried out.
func TestLatencyEndsWithTheClient(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, major int) {
		s := serve(t, major, with(gen.NewFault{Kind: gen.Latency, Seconds: new(600.0), Operations: &[]string{"create*"}}))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if a := s.do(ctx, http.MethodPost, assignments, created); !errors.Is(a.err, context.DeadlineExceeded) {
			t.Errorf("the client sees %v", a.err)
		}
		s.carriedOut(t, true)
	})
}

// created is an assignment that the fixtures let be created.
const created = `{"owner_id": "000000000001", "customer_id": 1, "payer_account_owner_id": "000000000001"}`

// carriedOut holds the list of assignments to whether that was created, which may take
// the server a moment.
func (s *server) carriedOut(t *testing.T, want bool) {
	t.Helper()
	got := false
	for range 100 {
		a := s.list(t.Context())
		if got = strings.Contains(a.body, `"000000000001"`); got || !want {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got != want {
		t.Errorf("the request is carried out: %v, want %v", got, want)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	s := serve(t, 1, with(
		gen.NewFault{Kind: gen.Status, Status: new(503), RetryAfterSeconds: new(7), Operations: &[]string{"listAccounts"}},
		gen.NewFault{Kind: gen.Status, Status: new(500), Operations: &[]string{"listAwsAccountAssignments"}},
		gen.NewFault{Kind: gen.Status, Status: new(422), Operations: &[]string{"createAwsAccountAssignment"}},
		gen.NewFault{Kind: gen.Status, Status: new(599), Operations: &[]string{"deleteAwsAccountAssignment"}},
		gen.NewFault{Kind: gen.Status, Status: new(401), Operations: &[]string{"issueAccessToken"}, Skip: new(1)},
	))
	cloudhealth := s.key
	s.key = s.token(t)
	tests := []struct {
		method, path, key, body string
		status                  int
		retry                   string
	}{
		{"GET", "/m/ripple/accts?vendor=aws", s.key, `{"code":"5030","description":"The fault everywhere-1 answers so.","message":"service unavailable exception"}`, 503, "7"},
		{"GET", assignments, cloudhealth, `{"error":"The fault everywhere-2 answers so."}`, 500, ""},
		{"POST", assignments, cloudhealth, `{"errors":["The fault everywhere-3 answers so."]}`, 422, ""},
		{"DELETE", assignments + "/1", cloudhealth, `{"error":"The fault everywhere-4 answers so."}`, 599, ""},
		{"POST", "/ripple/access_token", "", `{"error":"invalid_client","error_description":"The fault everywhere-5 answers so."}`, 401, ""},
	}
	for i, test := range tests {
		s.key = test.key
		a := s.do(t.Context(), test.method, test.path, "")
		faulted(t, a, fmt.Sprintf("everywhere-%d; kind=status", i+1))
		if a.StatusCode != test.status || a.body != test.body || a.Header.Get("Retry-After") != test.retry || a.Header.Get("Twinbill-Clause") != "" {
			t.Errorf("%s %s is answered %d %s %v", test.method, test.path, a.StatusCode, a.body, a.Header)
		}
	}
}

func TestFailTheFirst(t *testing.T) {
	t.Parallel()
	s := serve(t, 1, with(gen.NewFault{Kind: gen.Status, Status: new(503), Count: new(2)}))
	var statuses []int
	for range 4 {
		statuses = append(statuses, s.list(t.Context()).StatusCode)
	}
	if want := []int{503, 503, 200, 200}; !slices.Equal(statuses, want) {
		t.Errorf("answered %v, want %v", statuses, want)
	}
}

func TestQuotaAsDocumented(t *testing.T) {
	t.Parallel()
	var at atomic.Int64
	clock := func() time.Time { return time.Unix(1_800_000_000, at.Load()) }
	tests := map[string]struct {
		path   string
		limit  int
		window time.Duration
		retry  *int
		body   string
	}{
		"ripple":      {"/m/ripple/accts?vendor=aws", 100, time.Second, nil, `{"code":"4290","description":"There were too many requests.","message":"too many requests exception"}`},
		"cloudhealth": {assignments, 30, time.Minute, new(60), `{"error":"There were too many requests."}`},
	}
	for name, test := range tests {
		s := serve(t, 2, append(with(gen.NewFault{
			Kind: gen.Quota, RetryAfterSeconds: test.retry, Operations: &[]string{"list*"},
		}), mock.WithClock(clock)))
		if name == "ripple" {
			s.key = s.token(t)
		}
		for i := range test.limit {
			if a := s.do(t.Context(), http.MethodGet, test.path, ""); a.err != nil || a.StatusCode != http.StatusOK {
				t.Fatalf("%s: request %d of %d is answered %+v", name, i+1, test.limit, a)
			}
		}
		a := s.do(t.Context(), http.MethodGet, test.path, "")
		faulted(t, a, "everywhere-1; kind=quota")
		retry := ""
		if test.retry != nil {
			retry = fmt.Sprint(*test.retry)
		}
		if a.StatusCode != http.StatusTooManyRequests || a.body != test.body || a.Header.Get("Retry-After") != retry {
			t.Errorf("%s: what exceeds the rate is answered %d %s %v", name, a.StatusCode, a.body, a.Header)
		}
		key := s.key
		if name == "cloudhealth" {
			s.key = "another"
			if a := s.do(t.Context(), http.MethodGet, test.path, ""); a.StatusCode != http.StatusOK {
				t.Errorf("%s: another client is answered %d", name, a.StatusCode)
			}
		}
		s.key = key
		at.Add(int64(test.window))
		if a := s.do(t.Context(), http.MethodGet, test.path, ""); a.StatusCode != http.StatusOK {
			t.Errorf("%s: after the window it is answered %d", name, a.StatusCode)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, major int) {
		full := whole(t, major).body
		cut := func(where gen.CutPlace) *server {
			return serve(t, major, with(gen.NewFault{Kind: gen.Cut, Where: &where, Count: new(1)}))
		}
		t.Run("before", func(t *testing.T) {
			if a := cut(gen.CutPlaceBefore).list(t.Context()); a.Response != nil || a.err == nil {
				t.Errorf("there is an answer: %+v", a)
			}
		})
		t.Run("in", func(t *testing.T) {
			a := cut(gen.CutPlaceIn).list(t.Context())
			faulted(t, a, "everywhere-1; kind=cut")
			if a.StatusCode != http.StatusOK || int(a.ContentLength) != len(full) || a.body != full[:len(full)/2] || a.err == nil {
				t.Errorf("%d of %d bytes are read, of %d: %v", len(a.body), a.ContentLength, len(full), a.err)
			}
			if major == 1 && !errors.Is(a.err, io.ErrUnexpectedEOF) {
				t.Errorf("the client sees %v", a.err)
			}
		})
		t.Run("after", func(t *testing.T) {
			a := cut(gen.CutPlaceAfter).list(t.Context())
			faulted(t, a, "everywhere-1; kind=cut")
			if a.StatusCode != http.StatusOK || a.ContentLength != -1 || a.body != full || a.err == nil {
				t.Errorf("%d of %d bytes are read, of %d: %v", len(a.body), a.ContentLength, len(full), a.err)
			}
		})
	})
}

// TestCutTellsWhetherItIsCarriedOut: a request that is cut before its answer is not
// carried out, any other is.
func TestCutTellsWhetherItIsCarriedOut(t *testing.T) {
	t.Parallel()
	for where, want := range map[gen.CutPlace]bool{gen.CutPlaceBefore: false, gen.CutPlaceIn: true, gen.CutPlaceAfter: true} {
		s := serve(t, 1, with(gen.NewFault{Kind: gen.Cut, Where: &where, Operations: &[]string{"create*", "delete*"}}))
		if a := s.do(t.Context(), http.MethodPost, assignments, created); a.err == nil {
			t.Errorf("%s: the client sees %+v", where, a)
		}
		s.carriedOut(t, want)
	}
}

// TestCutOfAnAnswerWithoutABody: there is nothing to cut it in, so that none of it comes.
func TestCutOfAnAnswerWithoutABody(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, major int) {
		for _, where := range []gen.CutPlace{gen.CutPlaceIn, gen.CutPlaceAfter} {
			s := serve(t, major, with(gen.NewFault{Kind: gen.Cut, Where: &where, Operations: &[]string{"delete*"}}))
			var made struct{ ID int64 }
			if err := json.Unmarshal([]byte(s.do(t.Context(), http.MethodPost, assignments, created).body), &made); err != nil {
				t.Fatal(err)
			}
			a := s.do(t.Context(), http.MethodDelete, fmt.Sprint(assignments, "/", made.ID), "")
			if a.Response != nil || a.err == nil {
				t.Errorf("%s: the client sees %+v", where, a)
			}
			s.carriedOut(t, false)
		}
	})
}

func TestSlow(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, major int) {
		full := whole(t, major).body
		s := serve(t, major, with(gen.NewFault{Kind: gen.Slow, BytesPerSecond: new(4 * len(full))}))
		began := time.Now()
		a := s.list(t.Context())
		faulted(t, a, "everywhere-1; kind=slow")
		if took := time.Since(began); took < 200*time.Millisecond || a.err != nil || a.body != full || int(a.ContentLength) != len(full) {
			t.Errorf("after %v, %d of %d bytes are read, of %d: %v", took, len(a.body), a.ContentLength, len(full), a.err)
		}
		// Its bytes come one by one, and it ends when the client goes away.
		s = serve(t, major, with(gen.NewFault{Kind: gen.Slow, BytesPerSecond: new(10)}))
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if a := s.list(ctx); a.body == "" || len(a.body) > 5 || !errors.Is(a.err, context.DeadlineExceeded) {
			t.Errorf("read %q: %v", a.body, a.err)
		}
	})
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, major int) {
		s := serve(t, major, with(gen.NewFault{Kind: gen.Malformed}))
		a := s.list(t.Context())
		faulted(t, a, "everywhere-1; kind=malformed")
		full := whole(t, major)
		if a.err != nil || a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != full.Header.Get("Content-Type") || int(a.ContentLength) != len(a.body) {
			t.Errorf("it answers %+v", a)
		}
		if json.Valid([]byte(a.body)) || len(a.body) != len(full.body) {
			t.Errorf("the body is %s", a.body)
		}
		// A refusal is spoilt as well.
		a = s.do(t.Context(), http.MethodGet, assignments+"/999999", "")
		if a.StatusCode != http.StatusNotFound || json.Valid([]byte(a.body)) {
			t.Errorf("a refusal is answered %d %s", a.StatusCode, a.body)
		}
	})
}

func TestExpiredToken(t *testing.T) {
	t.Parallel()
	s := serve(t, 1, with(gen.NewFault{Kind: gen.ExpiredToken, Count: new(2)}))
	a := s.list(t.Context())
	faulted(t, a, "everywhere-1; kind=expired-token")
	if a.StatusCode != http.StatusForbidden || a.body != `{"error":"The API key has expired."}` || a.Header.Get("Twinbill-Clause") == "" {
		t.Errorf("CloudHealth answers %d %s %v", a.StatusCode, a.body, a.Header)
	}
	s.key = s.token(t) // is not asked for a credential
	a = s.do(t.Context(), http.MethodGet, "/m/ripple/accts?vendor=aws", "")
	if a.StatusCode != http.StatusUnauthorized || !strings.Contains(a.body, "the token has expired after 86400 s") {
		t.Errorf("Ripple answers %d %s", a.StatusCode, a.body)
	}
	if a = s.do(t.Context(), http.MethodGet, "/m/ripple/accts?vendor=aws", ""); a.StatusCode != http.StatusOK {
		t.Errorf("after that it answers %d %s", a.StatusCode, a.body)
	}
}

// TestPreferForcesEveryDocumentedAnswer: each documented refusal of each operation can be
// had, as the contract has it, from a request that would not get it otherwise.
func TestPreferForcesEveryDocumentedAnswer(t *testing.T) {
	t.Parallel()
	s := serve(t, 2, nil)
	token := s.token(t)
	for _, api := range openapi.APIs() {
		contract, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		s.key = map[openapi.API]string{openapi.Ripple: token, openapi.CloudHealth: "k"}[api]
		for _, op := range contract.Operations {
			for _, status := range op.Statuses() {
				if status == op.Success {
					continue
				}
				a := s.prefer(t, op, fmt.Sprintf(`return=minimal, code="%d"`, status))
				if a.err != nil || a.StatusCode != status || a.Header.Get("Preference-Applied") != fmt.Sprint("code=", status) {
					t.Errorf("%s: code=%d is answered %d %v", op.ID, status, a.StatusCode, a.Header)
				}
				if broken := op.CheckResponse(a.StatusCode, a.Header, []byte(a.body)); len(broken) > 0 {
					t.Errorf("%s: the answer %d %s breaks the contract: %v", op.ID, a.StatusCode, a.body, broken)
				}
			}
			a := s.prefer(t, op, "code=418")
			if a.StatusCode != http.StatusBadRequest || a.Header.Get("Preference-Applied") != "" || !strings.Contains(a.body, strings.Trim(strings.ReplaceAll(fmt.Sprint(op.Statuses()), " ", ", "), "[]")) {
				t.Errorf("%s: code=418 is answered %d %s", op.ID, a.StatusCode, a.body)
			}
		}
	}
}

// prefer sends a request of an operation with a preference.
func (s *server) prefer(t *testing.T, op *openapi.Operation, preference string) answer {
	t.Helper()
	path := op.Base + strings.NewReplacer("{", "", "}", "").Replace(op.Routes[0].Path)
	body := ""
	if op.BodyRequired() { // or it might be a request of another operation
		body = "{}"
	}
	request, err := http.NewRequestWithContext(t.Context(), op.Routes[0].Method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.key)
	request.Header.Set("Prefer", preference)
	return s.send(request)
}

func TestPreferSuccessLeavesTheRequestAsItIs(t *testing.T) {
	t.Parallel()
	s := serve(t, 2, nil)
	contract, err := openapi.Load(openapi.CloudHealth, openapi.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	list := contract.Operation("listAwsAccountAssignments")
	if a := s.prefer(t, list, "code=200"); a.StatusCode != http.StatusOK || a.Header.Get("Preference-Applied") != "" || a.body != whole(t, 2).body {
		t.Errorf("it answers %d %s %v", a.StatusCode, a.body, a.Header)
	}
	create := contract.Operation("createAwsAccountAssignment")
	if a := s.prefer(t, create, fmt.Sprint("code=", create.Success)); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a request with nothing in it is answered %d", a.StatusCode)
	}
}

// TestStarted: a test of a client, as docs/faults.md shows it.
func TestStarted(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	twin.Fault(gen.NewFault{Kind: gen.Status, Status: new(503), Count: new(2)})
	s := &server{Server: &httptest.Server{URL: twin.URL}, client: http.DefaultClient, key: "key"}
	var got []string
	for range 3 {
		a := s.list(t.Context())
		got = append(got, fmt.Sprint(a.StatusCode, a.Header.Get("Twinbill-Fault")))
	}
	if want := []string{"503fault-1; kind=status", "503fault-1; kind=status", "200"}; !slices.Equal(got, want) {
		t.Errorf("answered %q, want %q", got, want)
	}
	for i, entry := range twin.Requests() {
		if met := entry.Fault != nil && *entry.Fault == "fault-1"; met != (i < 2) {
			t.Errorf("the journal says of request %d that it met %v", i, entry.Fault)
		}
	}
}
