package mock_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// token asks for a Ripple token.
func token(t *testing.T, twin *mock.Running) string {
	t.Helper()
	answer, err := http.PostForm(twin.TokenURL(), url.Values{"grant_type": {"client_credentials"}, "client_id": {"me"}, "client_secret": {"mine"}, "scope": {"openid"}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(said), `"access_token":"`)
	held, _, _ := strings.Cut(rest, `"`)
	return held
}

// send sends one request with a Ripple token.
func send(t *testing.T, twin *mock.Running, bearer, method, path, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, twin.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		request.Header = header.Clone()
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	answer, err := (&http.Client{Transport: &http.Transport{DisableCompression: true}}).Do(request)
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

// TestHeadOfEveryGet: it has the status and the header of GET and no body, and is no
// departure.
func TestHeadOfEveryGet(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	assign(t, twin)
	bearer := token(t, twin)
	heads := 0
	for _, api := range openapi.APIs() {
		contract, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range contract.Operations {
			for _, route := range op.Routes {
				if api == openapi.Sandbox || route.Method != http.MethodGet {
					continue
				}
				path := strings.NewReplacer("{id}", "1", "{month}", "2026-01", "{vendor}", "aws", "{customer_id}", "1", "{company_id}", "AJfdivbDjhvbpE", "{user_id}", "1", "{project_id}", "project-1").Replace(op.Base + route.Path)
				if op.ID == "listAccounts" {
					path += "?vendor=aws"
				}
				get, said := send(t, twin, bearer, http.MethodGet, path, "", nil)
				head, body := send(t, twin, bearer, http.MethodHead, path, "", nil)
				for _, answer := range []*http.Response{get, head} {
					for _, own := range []string{"Date", "X-Request-Id"} {
						answer.Header.Del(own)
					}
				}
				if head.StatusCode != get.StatusCode || fmt.Sprint(head.Header) != fmt.Sprint(get.Header) || body != "" || get.StatusCode == http.StatusMethodNotAllowed {
					t.Errorf("%s: %d %v %q, and GET %d %v (%d bytes)", path, head.StatusCode, head.Header, body, get.StatusCode, get.Header, len(said))
				}
				heads++
			}
		}
	}
	if heads < 10 {
		t.Errorf("%d paths", heads)
	}
	for _, asked := range twin.Requests() {
		for _, d := range asked.Departures {
			if asked.Method == http.MethodHead && asked.Status < 400 {
				t.Errorf("%s: %s", asked.Url, d.Says)
			}
		}
		if asked.Method == http.MethodHead && asked.ResponseBody.Bytes != 0 {
			t.Errorf("%s: the journal holds a body of %d bytes", asked.Url, asked.ResponseBody.Bytes)
		}
	}
	if answer, said := raw(t, twin, http.MethodHead, "/v1/aws_account_assignments?api_key=k HTTP/1.0", ""); answer.StatusCode != http.StatusOK || said != "" {
		t.Errorf("HTTP/1.0: %d %q", answer.StatusCode, said)
	}
}

// TestAllowIsComplete: a refused method names those that the path takes under the dialect,
// as OPTIONS does.
func TestAllowIsComplete(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, reading, allow string }{
		{"/v1/aws_account_assignments", "", "GET, POST, HEAD, OPTIONS"},
		{"/v1/aws_account_assignments/", "", "GET, HEAD, OPTIONS"},
		{"/v1/aws_account_assignments/1", "", "DELETE, GET, PUT, HEAD, OPTIONS"},
		{"/v1/%61ws_account_assignments/1", "", "DELETE, GET, PUT, HEAD, OPTIONS"},
		{"/m/ripple/accts", "", "GET, POST, HEAD, OPTIONS"},
		{"/ripple/access_token", "", "POST, OPTIONS"},
		{"/m/ripple/reseller", "", "GET, POST, HEAD, OPTIONS"},
		{"/m/ripple/reseller", "ripple.reseller.list.method=post", "POST, OPTIONS"},
	} {
		var d openapi.Dialect
		if c.reading != "" {
			var err error
			if d, err = d.Assign(c.reading); err != nil {
				t.Fatal(err)
			}
		}
		twin := mock.Start(t, mock.WithDialect(d))
		bearer := token(t, twin)
		for method, status := range map[string]int{"PATCH": 405, "TRACE": 405, "OPTIONS": 204} {
			answer, said := send(t, twin, bearer, method, c.path, "", nil)
			if got := answer.Header["Allow"]; answer.StatusCode != status || len(got) != 1 || got[0] != c.allow || status == 204 && said != "" {
				t.Errorf("%s %s: status %d, Allow %q, want %d, %s: %s", method, c.path, answer.StatusCode, got, status, c.allow, said)
			}
		}
		for _, asked := range twin.Requests() {
			if departs := len(asked.Departures) > 0; departs != (asked.Method == http.MethodPatch || asked.Method == http.MethodTrace) {
				t.Errorf("%s %s: %v", asked.Method, c.path, asked.Departures)
			}
		}
		if answer, _ := send(t, twin, bearer, "OPTIONS", "/v1/nothing", "", nil); answer.StatusCode != http.StatusNotFound || answer.Header.Get("Allow") != "" {
			t.Errorf("OPTIONS of nothing: %d, %v", answer.StatusCode, answer.Header)
		}
	}
}

// packed is a text as gzip has it.
func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

const (
	anAssignment = `{"owner_id":"000000000001","customer_id":1,"payer_account_owner_id":"000000000001"}`
	anAccount    = `{"vendor":"aws","customer_id":"012345678912","account_id":"919999618919","company_id":"AJfdivbDjhvbpE","name":"ripple customer1","note":%s}`
)

// TestBodiesInOtherCodings: gzip is taken, within the bound of any body; another coding is
// refused with the one that is taken.
func TestBodiesInOtherCodings(t *testing.T) {
	t.Parallel()
	account := fmt.Sprintf(anAccount, "null")
	for _, c := range []struct {
		coding, assignment, account string
		statuses                    [2]int // of the assignment and the account
		says                        string
	}{
		{"gzip", packed(anAssignment), packed(account), [2]int{200, 200}, ""},
		{"GZip", packed(anAssignment), packed(account), [2]int{200, 200}, ""},
		{"x-gzip", packed(anAssignment), packed(account), [2]int{200, 200}, ""},
		{"identity", anAssignment, account, [2]int{200, 200}, ""},
		{"gzip", anAssignment, account, [2]int{422, 400}, "cannot be unpacked"},
		{"gzip", packed(anAssignment)[:30], packed(account)[:30], [2]int{422, 400}, "cannot be unpacked"},
		{"gzip", packed(strings.Repeat(" ", 50<<20) + anAssignment), packed(strings.Repeat(" ", 50<<20) + account), [2]int{413, 413}, "larger than 1 MiB"},
		{"br", anAssignment, account, [2]int{415, 415}, "Content-Encoding: br"},
		{"deflate", anAssignment, account, [2]int{415, 415}, "send it as gzip"},
		{"gzip, gzip", packed(packed(anAssignment)), packed(packed(account)), [2]int{415, 415}, "send it as gzip"},
	} {
		twin := mock.Start(t)
		header := http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {c.coding}}
		for i, request := range []struct{ bearer, path, body string }{
			{"k", "/v1/aws_account_assignments", c.assignment}, {token(t, twin), "/m/ripple/accts", c.account},
		} {
			answer, said := send(t, twin, request.bearer, http.MethodPost, request.path, request.body, header)
			if answer.StatusCode != c.statuses[i] || !strings.Contains(said, c.says) {
				t.Errorf("%s, %s: status %d, want %d: %s", c.coding, request.path, answer.StatusCode, c.statuses[i], said)
			}
			if got := answer.Header.Get("Accept-Encoding"); (got == "gzip") != (c.statuses[i] == 415) {
				t.Errorf("%s, %s: Accept-Encoding %q", c.coding, request.path, got)
			}
		}
	}
}

// TestGzippedForm: a token can be asked for in gzip too, and the journal is readable.
func TestGzippedForm(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	form := packed("grant_type=client_credentials&client_id=me&client_secret=mine&scope=openid")
	answer, said := send(t, twin, "", http.MethodPost, "/ripple/access_token", form, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Content-Encoding": {"gzip"}})
	if answer.StatusCode != http.StatusOK {
		t.Errorf("status %d: %s", answer.StatusCode, said)
	}
	if asked := twin.Requests(); len(asked) != 1 || asked[0].RequestBody.Text == nil || !strings.HasPrefix(*asked[0].RequestBody.Text, "grant_type=") {
		t.Errorf("journal: %+v", asked)
	}
	twin.AssertNoDepartures()
}

// TestContentTypesByTheirMediaTypeAlone: neither its case nor its parameters, lawful or not,
// decide what becomes of a request.
func TestContentTypesByTheirMediaTypeAlone(t *testing.T) {
	t.Parallel()
	parts := "--b\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\nme\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\nmine\r\n--b--\r\n"
	const form = "grant_type=client_credentials&client_id=me&client_secret=mine&scope=openid"
	for _, c := range []struct{ contentType, path, body string }{
		{"application/json;", "json", ""},
		{"APPLICATION/JSON", "json", ""},
		{"application/json; charset=utf-8; charset=UTF-8", "json", ""},
		{"application/json; charset", "json", ""},
		{"application/json;charset=\"utf-8", "json", ""},
		{" application/json ;; ", "json", ""},
		{"Application/X-WWW-Form-URLEncoded", "/ripple/access_token", form},
		{"application/x-www-form-urlencoded; charset=UTF-8; charset=utf-8", "/ripple/access_token", form},
		{"application/x-www-form-urlencoded;charset", "/ripple/access_token", form},
		{"Multipart/Form-Data; Boundary=b", "/ripple/access_token", parts},
		{"multipart/form-data; boundary=b; charset=utf-8; charset=utf-8", "/ripple/access_token", parts},
		{"multipart/form-data; charset; boundary=\"b\"", "/ripple/access_token", parts},
	} {
		twin := mock.Start(t)
		type request struct{ bearer, path, body string }
		requests := []request{{"", c.path, c.body}}
		if c.path == "json" {
			requests = []request{{"k", "/v1/aws_account_assignments", anAssignment}, {token(t, twin), "/m/ripple/accts", fmt.Sprintf(anAccount, "null")}}
		}
		for _, r := range requests {
			if answer, said := send(t, twin, r.bearer, http.MethodPost, r.path, r.body, http.Header{"Content-Type": {c.contentType}}); answer.StatusCode >= 300 {
				t.Errorf("%q to %s: status %d: %s", c.contentType, r.path, answer.StatusCode, said)
			}
		}
		twin.AssertNoDepartures()
	}
}

// TestTextsThatAreNone: what a decoder would take in silence as another text is refused by
// name.
func TestTextsThatAreNone(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	bearer := token(t, twin)
	account := fmt.Sprintf(anAccount, "null")
	for _, c := range []struct{ body, says string }{
		{"\xEF\xBB\xBF" + account, "byte order mark of UTF-8; send UTF-8 without one"},
		{"\xFF\xFE{\x00", "byte order mark of UTF-16"},
		{"\xFE\xFF\x00{", "byte order mark of UTF-16"},
		{fmt.Sprintf(anAccount, `"a\ud83d"`), `\\ud83d, half of a surrogate pair`},
		{fmt.Sprintf(anAccount, `"\uDE00\uD83D"`), `\\uDE00, half of a surrogate pair`},
		{fmt.Sprintf(anAccount, `"\ud83d\ud83d\ude00"`), `\\ud83d, half of a surrogate pair`},
		{fmt.Sprintf(anAccount, `"\\\ud83d\\ude00"`), `\\ud83d, half of a surrogate pair`},
		{fmt.Sprintf(anAccount, `"\ud83d\`), "half of a surrogate pair"},
		{fmt.Sprintf(anAccount, `"\`), "not JSON"},
		{fmt.Sprintf(anAccount, `"\u12`), "not JSON"},
		{fmt.Sprintf(anAccount, "\"\xED\xA0\x80\""), "not UTF-8"},
		{fmt.Sprintf(anAccount, `"\\ud83d \uFFFD \ud83d\ude00 \u0041"`), ""},
	} {
		answer, said := send(t, twin, bearer, http.MethodPost, "/m/ripple/accts", c.body, http.Header{"Content-Type": {"application/json"}})
		if c.says == "" && answer.StatusCode != http.StatusOK || c.says != "" && (answer.StatusCode != http.StatusBadRequest || !strings.Contains(said, c.says)) {
			t.Errorf("%q: status %d, want %q: %s", c.body, answer.StatusCode, c.says, said)
		}
		if c.says == "" {
			continue
		}
		if answer, said := send(t, twin, "k", http.MethodPost, "/v1/aws_account_assignments", c.body, http.Header{"Content-Type": {"application/json"}}); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(said, c.says) {
			t.Errorf("%q: status %d, want %q: %s", c.body, answer.StatusCode, c.says, said)
		}
	}
}

// TestEscapedLettersOfAPath route as the plain ones do; what needs its escape keeps it.
func TestEscapedLettersOfAPath(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	assign(t, twin)
	bearer := token(t, twin)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/v1/%61ws_account_assignments", 200},
		{"GET", "/%761/aws%5Faccount%5fassignments/%31", 200},
		{"GET", "/m/r%69pple/accts?vendor=aws", 200},
		{"HEAD", "/m/r%69pple/accts?vendor=aws", 200},
		{"GET", "/__admin/he%61lth", 200},
		{"GET", "/v1%2Faws_account_assignments", 404},
		{"GET", "/v1/%2561ws_account_assignments", 404},
		{"GET", "/v1/aws_account_assignments/%2531", 404},
	} {
		answer, said := raw(t, twin, c.method, c.path+" HTTP/1.1\nHost: HOST\nAuthorization: Bearer "+bearer, "")
		if answer.StatusCode != c.status {
			t.Errorf("%s %s: status %d, want %d: %s", c.method, c.path, answer.StatusCode, c.status, said)
		}
	}
	for _, asked := range twin.Requests() {
		if asked.Status == 200 && len(asked.Departures) > 0 {
			t.Errorf("%s: %v", asked.Url, asked.Departures)
		}
	}
}

// TestCustomerIDsOfOtherCharacters: that an id has 12 characters is printed, that they are
// digits is a reading.
func TestCustomerIDsOfOtherCharacters(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	bearer := token(t, twin)
	account := func(customer, payer string) string {
		return strings.NewReplacer("012345678912", customer, "919999618919", payer).Replace(fmt.Sprintf(anAccount, "null"))
	}
	const edit = "/m/ripple/accts/012345678912/edit"
	send(t, twin, bearer, "POST", "/m/ripple/accts", account("012345678912", "919999618919"), http.Header{"Content-Type": {"application/json"}})
	for _, c := range []struct{ method, path, body, clause string }{
		{"POST", "/m/ripple/accts", account("1111", "919999618919"), "ripple.account.customer-id.aws; level=must"},
		{"POST", "/m/ripple/accts", account("12345678901x", "919999618919"), "ripple.account.charset; level=silent"},
		{"POST", "/m/ripple/accts", account("12345678901\u0661", "919999618919"), "ripple.account.charset; level=silent"},
		{"POST", "/m/ripple/accts", account("123456789012", "91999961891x"), "ripple.account.charset; level=silent"},
		{"POST", "/m/ripple/accts", account("123456789012", "1111"), "ripple.account.account-id.aws; level=must"},
		{"PUT", edit, account("012345678912", "91999961891x"), "ripple.account.charset; level=silent"},
		{"PUT", edit, account("012345678912", "1111"), "ripple.account.update.account-id.aws; level=must"},
	} {
		answer, said := send(t, twin, bearer, c.method, c.path, c.body, http.Header{"Content-Type": {"application/json"}})
		if got := answer.Header.Get("Twinbill-Clause"); answer.StatusCode != http.StatusBadRequest || got != c.clause {
			t.Errorf("%s: status %d, %s, want %s: %s", c.body, answer.StatusCode, got, c.clause, said)
		}
	}
}

// TestOrganizationOfAWSAccounts: the vendor's guide lists the parameter.
func TestOrganizationOfAWSAccounts(t *testing.T) {
	t.Parallel()
	twin := mock.Start(t)
	for _, organization := range []string{"1", "any"} {
		if answer, said := send(t, twin, "k", "GET", "/v1/aws_accounts?org_id="+organization, "", nil); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d: %s", organization, answer.StatusCode, said)
		}
	}
	twin.AssertNoDepartures()
}
