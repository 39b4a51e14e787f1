package mock_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/cloudhealth"
)

// TestEveryRequestIsInTheHistoryOfItsSandbox: one that is refused, or that nothing serves,
// is that of the sandbox which its credential or header names.
func TestEveryRequestIsInTheHistoryOfItsSandbox(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path   string
		header http.Header
		keys   cloudhealth.Keys
		want   string
	}{
		"another version":              {path: "/v2/aws_account_assignments?api_key=mine", want: "mine"},
		"a doubled slash":              {path: "//v1/aws_account_assignments?api_key=mine", want: "mine"},
		"a bearer key, nothing served": {path: "/nothing", header: http.Header{"Authorization": {"Bearer mine"}}, want: "mine"},
		"no credential, a header":      {path: "/v1/aws_account_assignments", header: http.Header{"Twinbill-Sandbox": {"mine"}}, want: "mine"},
		"a refused key, a header":      {path: "/v1/aws_account_assignments?api_key=invalid", header: http.Header{"Twinbill-Sandbox": {"mine"}}, want: "mine"},
		"nothing served, a header":     {path: "/v2", header: http.Header{"Twinbill-Sandbox": {"mine"}}, want: "mine"},
		"no credential":                {path: "/v2", want: "anonymous"},
		"a key that is not admitted":   {path: "/v2?api_key=mine", keys: cloudhealth.Keys{"other"}, want: "anonymous"},
		"not admitted, with a header":  {path: "/v2?api_key=mine", header: http.Header{"Twinbill-Sandbox": {"mine"}}, keys: cloudhealth.Keys{"other"}, want: "anonymous"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var options []mock.Option
			if c.keys != nil {
				options = append(options, mock.WithKeys(c.keys))
			}
			twin, err := mock.New(options...)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(twin)
			defer server.Close()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header = c.header.Clone()
			answer, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			for _, sb := range []string{"mine", "anonymous"} {
				want := 0
				if sb == c.want {
					want = 1
				}
				asked := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/__admin/requests", nil)
				asked.RemoteAddr = "127.0.0.1:1"
				asked.Header.Set("Twinbill-Sandbox", sb)
				listed := httptest.NewRecorder()
				twin.ServeHTTP(listed, asked)
				var list struct{ Matching int }
				if err := json.Unmarshal(listed.Body.Bytes(), &list); err != nil || list.Matching != want {
					t.Errorf("the journal of %s holds %d requests, want %d (%v): %s", sb, list.Matching, want, err, listed.Body)
				}
			}
		})
	}
}
