package mock_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/openapi"
)

// slowBody is a body of 1 MB that counts who reads it, and waits.
type slowBody struct {
	readers *atomic.Int32
	begun   bool
	wait    <-chan struct{}
}

func (b *slowBody) Read([]byte) (int, error) {
	if !b.begun {
		b.begun = true
		b.readers.Add(1)
	}
	<-b.wait
	return 0, io.EOF
}

func large(method, path string, body io.Reader) *http.Request {
	r := httptest.NewRequest(method, path, body)
	r.ContentLength = 1 << 20
	r.Header.Set("Content-Type", "application/json")
	return r
}

// TestRefusedBodiesAreNotRead sends large bodies without a credential: each is refused
// before anything of its body is read.
func TestRefusedBodiesAreNotRead(t *testing.T) {
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	close(ended)
	for path, method := range map[string]string{"/m/ripple/accts": "POST", "/m/ripple/billinggroup": "POST", "/v1/aws_account_assignments": "POST", "/v1/aws_account_assignments/1": "PUT"} {
		var readers atomic.Int32
		w := httptest.NewRecorder()
		twin.ServeHTTP(w, large(method, path, &slowBody{readers: &readers, wait: ended}))
		if w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden || readers.Load() > 0 {
			t.Errorf("%s %s: status %d, read %d times", method, path, w.Code, readers.Load())
		}
	}
}

// TestBodiesInFlight sends more large bodies at once than there is room for: the others
// wait unread, and are refused once they have waited for long; small ones never are.
func TestBodiesInFlight(t *testing.T) {
	mock.LittleRoom(t, 3<<20, 1<<30, 200*time.Millisecond)
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	var readers, busy atomic.Int32
	wait := make(chan struct{})
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			w := httptest.NewRecorder()
			twin.ServeHTTP(w, large("POST", "/v1/aws_account_assignments?api_key=k", &slowBody{readers: &readers, wait: wait}))
			if w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "" {
				busy.Add(1)
			}
		})
	}
	for deadline := time.Now().Add(30 * time.Second); busy.Load() < 7 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if readers.Load() != 3 || busy.Load() != 7 {
		t.Errorf("%d bodies of 10 are read at once, %d are refused", readers.Load(), busy.Load())
	}
	w := httptest.NewRecorder()
	small := httptest.NewRequest(http.MethodPost, "/v1/aws_account_assignments?api_key=k", strings.NewReader("{}"))
	small.Header.Set("Content-Type", "application/json")
	if twin.ServeHTTP(w, small); w.Code == http.StatusServiceUnavailable {
		t.Error("a small request waits for the large ones")
	}
	close(wait)
	all.Wait()
	twin.ServeHTTP(httptest.NewRecorder(), large("POST", "/v1/aws_account_assignments?api_key=k", &slowBody{readers: &readers, wait: wait}))
	if readers.Load() != 4 {
		t.Error("the room is not given back")
	}
}

// unread is the answer to a client that does not read.
type unread struct {
	http.ResponseWriter
	writers *atomic.Int32
	wait    <-chan struct{}
}

func (u *unread) Write(b []byte) (int, error) {
	u.writers.Add(1)
	<-u.wait
	return len(b), nil
}

// TestAnswersInFlight asks for many large lists at once and reads none: no more are made
// than there is room for.
func TestAnswersInFlight(t *testing.T) {
	const rows = 2000
	mock.LittleRoom(t, 1<<30, 3*rows<<11, 200*time.Millisecond)
	state, err := store.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := state.Write(func(tx *store.Tx) error {
		for i := range rows {
			tx.InsertAccount(store.Account{CustomerID: fmt.Sprintf("%012d", i), Vendor: "aws", Name: "name"})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	twin, err := mock.New(mock.WithFixtures(state))
	if err != nil {
		t.Fatal(err)
	}
	token := issued(t, twin)
	lists := 0
	for _, contract := range pageContracts(t, openapi.Dialect{}) {
		for _, op := range contract.Operations {
			if paged := slices.ContainsFunc(op.Parameters(), func(p *openapi3.Parameter) bool { return p.Name == "per_page" }); paged || !strings.HasPrefix(op.ID, "list") {
				continue
			}
			lists++
			place := strings.NewReplacer("{vendor}", "aws", "{month}", "2026-01").Replace(op.Base + op.Path)
			t.Run(op.ID, func(t *testing.T) { unreadLists(t, twin, place+"?vendor=aws", token) })
		}
	}
	if lists != 6 {
		t.Errorf("%d lists that are not paged", lists)
	}
}

// unreadLists asks for a list ten times at once, where there is room for three.
func unreadLists(t *testing.T, twin *mock.Twin, place, token string) {
	t.Helper()
	var writers, busy atomic.Int32
	wait := make(chan struct{})
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			r := httptest.NewRequest(http.MethodGet, place, nil)
			r.Header.Set("Authorization", "Bearer "+token)
			recorder := httptest.NewRecorder()
			w := &unread{recorder, &writers, wait}
			twin.ServeHTTP(w, r)
			if recorder.Code == http.StatusServiceUnavailable {
				busy.Add(1)
			}
		})
	}
	for deadline := time.Now().Add(30 * time.Second); writers.Load() < 10 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	close(wait)
	all.Wait()
	if n := busy.Load(); n < 7 || n > 9 {
		t.Errorf("%d of 10 large lists are refused while as many as there is room for are unread, want 7", n)
	}
}

// issued is a token of a twin.
func issued(t *testing.T, twin http.Handler) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/ripple/access_token", strings.NewReader("grant_type=client_credentials&client_id=c&client_secret=s"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	twin.ServeHTTP(w, r)
	_, rest, _ := strings.Cut(w.Body.String(), `"access_token":"`)
	token, _, ok := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("no token: %s", w.Body)
	}
	return token
}

// packedAdmin is a request to the control API with a gzip body that unpacks large, and
// whose last byte is withheld until the context is done.
func packedAdmin(ctx context.Context, t *testing.T, url, method, path string) (*http.Response, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(bytes.Repeat([]byte(" "), 8<<20)); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	data := packed.Bytes()
	body := io.MultiReader(bytes.NewReader(data[:len(data)-1]), &slowBody{readers: new(atomic.Int32), wait: ctx.Done()})
	r, err := http.NewRequestWithContext(ctx, method, url+"/__admin/"+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Encoding", "gzip")
	r.Header.Set("Content-Type", "application/json")
	return new(http.Client).Do(r)
}

// TestHealthReadsNoBody: anybody may ask for it, and so may send what fills the memory.
// Whoever withholds the end of a body is answered at once.
func TestHealthReadsNoBody(t *testing.T) {
	twin := mock.Start(t)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			answer, err := packedAdmin(ctx, t, twin.URL, http.MethodGet, "health")
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("status %d", answer.StatusCode)
			}
		})
	}
	all.Wait()
}

// TestAdminBodiesInFlight sends more states at once than there is room for: the others
// wait, and are refused once they have waited for long. One after another, all fit.
func TestAdminBodiesInFlight(t *testing.T) {
	mock.LittleRoom(t, 3<<20, 1<<30, 200*time.Millisecond)
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	put := func(body io.Reader) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), large("PUT", "http://127.0.0.1/__admin/state", body)
		r.RemoteAddr = "127.0.0.1:1"
		twin.ServeHTTP(w, r)
		return w
	}
	var readers, busy atomic.Int32
	wait := make(chan struct{})
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if w := put(&slowBody{readers: &readers, wait: wait}); w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "" {
				busy.Add(1)
			}
		})
	}
	for deadline := time.Now().Add(10 * time.Second); busy.Load() < 7 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if readers.Load() != 3 || busy.Load() != 7 {
		t.Errorf("%d states of 10 are read at once, %d are refused", readers.Load(), busy.Load())
	}
	close(wait)
	all.Wait()
	for range 3 { // larger than all the room
		if w := put(strings.NewReader(`{"state": {}` + strings.Repeat(" ", 8<<20) + "}")); w.Code != http.StatusOK {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	}
}
