package journal

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/mock/wire"
)

// recorded is a server whose requests are journalled, and its client.
type recorded struct {
	*httptest.Server
	own, others *Journal
	now         time.Time
}

// record serves a handler that is told whose its requests are.
func record(t *testing.T, limits Limits, handle func(w http.ResponseWriter, r *http.Request, mine Owner), set ...func(*httptest.Server)) *recorded {
	pool := NewPool(limits)
	s := &recorded{own: pool.New(1, "mine"), others: pool.New(1, "others"), now: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)}
	now := func() time.Time { return s.now }
	mine := Owner{Name: "mine", Journal: s.own, Now: now}
	s.Server = httptest.NewUnstartedServer(Recorder(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, mine) }),
		func(*http.Request) Owner { return Owner{Name: "others", Journal: s.others, Now: now} },
	))
	s.Config.ErrorLog = nil
	for _, f := range set {
		f(s.Server)
	}
	if s.TLS != nil {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// ask sends a request, and returns the answer with its body.
func (s *recorded) ask(t *testing.T, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	response, err := s.Client().Do(request)
	if err != nil {
		return nil, ""
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return response, ""
	}
	return response, string(data)
}

// only is the one entry of a journal, which may come after its answer.
func only(t *testing.T, j *Journal) Entry {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		entries, _, _, _ := j.List(Query{})
		if len(entries) > 1 || time.Now().After(deadline) {
			t.Fatalf("%d entries", len(entries))
		}
		if len(entries) == 1 {
			return entries[0]
		}
	}
}

func TestRecorderKeepsBothMessages(t *testing.T) {
	after, err := store.New()
	if err != nil {
		t.Fatal(err)
	}
	s := record(t, Limits{}, func(w http.ResponseWriter, r *http.Request, mine Owner) {
		journal := From(r.Context())
		journal.Belongs(mine)
		journal.Operation(operation("createAccount"))
		journal.Depart(gen.Departure{Kind: gen.Violation, Says: "x"})
		journal.Fault("f1")
		journal.State(after, true)
		r.Method, r.URL.Path = "CHANGED", "/changed"
		r.Header.Set("Content-Type", "changed")
		body, _ := io.ReadAll(r.Body)
		w.Header().Add("Twinbill-Clause", "a.b; level=must")
		w.Header().Add("Twinbill-Clause", "c.d; level=silent")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("no "))
		_, _ = w.Write(body)
	})
	response, body := s.ask(t, "POST", "/m/ripple/accts?a=%20b", "héllo", "Content-Type", "text/plain", "X-Two", "1", "X-Two", "2")
	e := only(t, s.own)
	if body != "no héllo" || response.Header.Get("X-Request-Id") != e.Id || len(e.Id) != 24 {
		t.Errorf("answered %q with id %q, journalled as %q", body, response.Header.Get("X-Request-Id"), e.Id)
	}
	if e.Method != http.MethodPost || e.Url != s.URL+"/m/ripple/accts?a=%20b" || strings.Join(e.RequestHeaders["X-Two"], ",") != "1,2" || contentType(e.RequestHeaders) != "text/plain" {
		t.Errorf("%s %s %v", e.Method, e.Url, e.RequestHeaders)
	}
	if value(e.RequestBody.Text) != "héllo" || e.RequestBody.Bytes != 6 || e.RequestBody.Truncated != nil {
		t.Errorf("request body %+v", e.RequestBody)
	}
	if e.Status != 400 || value(e.ResponseBody.Text) != "no héllo" || strings.Join(e.Clauses, " ") != "a.b c.d" {
		t.Errorf("%d %+v %v", e.Status, e.ResponseBody, e.Clauses)
	}
	if value(e.Api) != "ripple" || value(e.Operation) != "createAccount" || value(e.Fault) != "f1" || len(e.Departures) != 1 || !e.Wrote || e.After != after {
		t.Errorf("%v %v %v %v %v", value(e.Api), value(e.Operation), value(e.Fault), e.Departures, e.Wrote)
	}
	if !e.Time.Equal(s.now) || e.DurationMs < 0 || e.Sandbox != "mine" || e.Sequence != 1 {
		t.Errorf("%v, %v ms, %s %d", e.Time, e.DurationMs, e.Sandbox, e.Sequence)
	}
}

func TestRequestNobodyClaims(t *testing.T) {
	s := record(t, Limits{}, func(w http.ResponseWriter, r *http.Request, _ Owner) {}) // 200 by itself
	response, _ := s.ask(t, "POST", "/nowhere", "unread", "X-Request-Id", "mine-1")
	e := only(t, s.others)
	if response.Header.Get("X-Request-Id") != "mine-1" || e.Id != "mine-1" || e.Status != 200 {
		t.Errorf("%q, journalled as %q with %d", response.Header.Get("X-Request-Id"), e.Id, e.Status)
	}
	if value(e.RequestBody.Text) != "unread" || e.Sandbox != "others" {
		t.Errorf("%+v in %s", e.RequestBody, e.Sandbox)
	}
	if len(e.Departures) != 1 || e.Departures[0].Kind != gen.UnknownRoute {
		t.Errorf("departures %+v", e.Departures)
	}
}

func TestOnlyAValidIDIsTakenOver(t *testing.T) {
	for sent, ok := range map[string]bool{"a": true, strings.Repeat("~", 128): true, "": false, strings.Repeat("a", 129): false, "a b": false, "é": false} {
		if got := wire.RequestID(http.Header{"X-Request-Id": {sent}}) != ""; got != ok {
			t.Errorf("%q: %v", sent, got)
		}
	}
	if wire.RequestID(http.Header{"X-Request-Id": {"a", "b"}}) != "" {
		t.Error("one of two ids is taken over")
	}
}

func TestBodiesAreBounded(t *testing.T) {
	s := record(t, Limits{Body: 10}, func(w http.ResponseWriter, r *http.Request, mine Owner) {
		From(r.Context()).Belongs(mine)
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write([]byte("123456789é123"))
	})
	_, body := s.ask(t, "PUT", "/", "\xff"+strings.Repeat("x", 99))
	e := only(t, s.own)
	if e.RequestBody.Bytes != 100 || len(bytesOf(e.RequestBody)) != 10 || e.RequestBody.Base64 == nil || e.RequestBody.Truncated == nil {
		t.Errorf("request body %+v", e.RequestBody)
	}
	if body != "123456789é123" || e.ResponseBody.Bytes != 14 || value(e.ResponseBody.Text) != "123456789" || e.ResponseBody.Truncated == nil {
		t.Errorf("answered %q, kept %+v", body, e.ResponseBody)
	}
}

func TestUnreadBodyIsReadOnlyWhereItHasCome(t *testing.T) {
	s := record(t, Limits{}, func(w http.ResponseWriter, r *http.Request, mine Owner) {
		From(r.Context()).Belongs(mine)
		w.WriteHeader(http.StatusUnauthorized)
	})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		t.Fatalf("a client that waits to be asked for its body: %v, %v", response, err)
	}
	if e := only(t, s.own); e.RequestBody.Bytes != 5 || value(e.RequestBody.Text) != "" || e.RequestBody.Truncated == nil {
		t.Errorf("body %+v", e.RequestBody)
	}
}

func TestCutConnections(t *testing.T) {
	for name, c := range map[string]struct {
		cut    func(http.ResponseWriter)
		status int
		body   string
	}{
		"before the answer": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 0, ""},
		"in the body": {func(w http.ResponseWriter) {
			_, _ = w.Write([]byte("half"))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, 200, "half"},
		"taken over": {func(w http.ResponseWriter) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := record(t, Limits{}, func(w http.ResponseWriter, r *http.Request, mine Owner) {
				From(r.Context()).Belongs(mine)
				if name == "in the body" {
					_, _ = io.Copy(io.Discard, r.Body)
				}
				c.cut(w)
			})
			if _, body := s.ask(t, "POST", "/", "sent"); body != "" {
				t.Errorf("the client read %q to its end", body)
			}
			e := only(t, s.own)
			if e.Status != c.status || value(e.ResponseBody.Text) != c.body {
				t.Errorf("journalled %d %q", e.Status, value(e.ResponseBody.Text))
			}
			if name != "taken over" && value(e.RequestBody.Text) != "sent" {
				t.Errorf("request body %+v", e.RequestBody)
			}
		})
	}
}

func TestFlushReachesTheClient(t *testing.T) {
	release := make(chan struct{})
	s := record(t, Limits{}, func(w http.ResponseWriter, r *http.Request, _ Owner) {
		w.WriteHeader(http.StatusEarlyHints)
		w.(http.Flusher).Flush()
		<-release
		_, _ = w.Write([]byte("late"))
	})
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	response, err := s.Client().Do(request) // returns with the header
	close(release)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); string(body) != "late" || response.Header.Get("X-Request-Id") == "" {
		t.Errorf("%q, id %q", body, response.Header.Get("X-Request-Id"))
	}
	if e := only(t, s.others); e.Status != 200 || e.Id != response.Header.Get("X-Request-Id") {
		t.Errorf("%d %s", e.Status, e.Id)
	}
}

func TestHTTP2(t *testing.T) {
	s := record(t, Limits{}, func(w http.ResponseWriter, r *http.Request, mine Owner) {
		From(r.Context()).Belongs(mine)
		w.WriteHeader(http.StatusForbidden)
	}, func(s *httptest.Server) { s.EnableHTTP2, s.TLS = true, new(tls.Config) })
	reading, writing := io.Pipe() // a body that never ends
	defer func() { _ = writing.Close() }()
	go func() { _, _ = writing.Write([]byte("begun")) }()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/x", reading)
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	e := only(t, s.own)
	if text := value(e.RequestBody.Text); response.ProtoMajor != 2 || e.Status != 403 || !strings.HasPrefix(e.Url, "https://") || text != "" && text != "begun" {
		t.Errorf("HTTP/%d, journalled %d %s %+v", response.ProtoMajor, e.Status, e.Url, e.RequestBody)
	}
}

func TestRecordOfNoRequest(t *testing.T) {
	none := From(t.Context())
	none.Belongs(Owner{})
	none.Operation(nil)
	none.Depart(gen.Departure{})
	none.Fault("x")
	none.State(nil, true)
	if none.ID() != "" {
		t.Error("it has an id")
	}
}

func TestOtherPanicsGoOn(t *testing.T) {
	broken := errors.New("broken")
	j := NewPool(Limits{}).New(0, "a")
	h := Recorder(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(broken) }), func(*http.Request) Owner {
		return Owner{Name: "a", Journal: j, Now: time.Now}
	})
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, broken) || j.Len() != 1 {
			t.Errorf("another panic came, or %d entries", j.Len())
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}

func BenchmarkRecorder(b *testing.B) {
	j := NewPool(Limits{}).New(0, "a")
	answer := []byte(`{"status":"success"}`)
	h := Recorder(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		From(r.Context()).Operation(operation("listAccounts"))
		_, _ = w.Write(answer)
	}), func(*http.Request) Owner { return Owner{Name: "a", Journal: j, Now: time.Now} })
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/m/ripple/accts?vendor=aws", nil))
	}
}
